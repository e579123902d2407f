"""A workspace in a file: it is opened, and one of its members signs in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, override

from app.i18n import _
from app.ui.shell.welcome.frame import Door, Entered, FormPage
from app.ui.shell.welcome.kit_page import Claim, KitPage
from app.ui.shell.welcome.login_fields import secret_of
from app.ui.widgets.form import FormItem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import QObject

    from app.domain.people import Member
    from app.domain.workspace import WorkspaceFacts
    from app.ports.storage import Workspace
    from app.ui.runner import Runner
    from app.ui.shell.welcome.frame import Services


@dataclass(frozen=True)
class _Opened:
    """A workspace whose members are known, before one of them signs in."""

    path: Path
    workspace: Workspace
    facts: WorkspaceFacts
    members: tuple[Member, ...]


class FileDoor(Door):
    """Asks who signs in; whose keys are on this machine comes first."""

    def __init__(
        self, *, runner: Runner, services: Callable[[], Services], parent: QObject
    ) -> None:
        super().__init__(runner=runner, services=services, parent=parent)
        self._opened: _Opened | None = None
        self._page = FormPage(
            _("Sign in"),
            _("Sign in"),
            runner=runner,
            on_confirm=self._on_sign_in,
            on_back=self.left.emit,
            on_kit=self._on_kit,
        )
        self.kit = KitPage(
            runner=runner,
            services=services,
            on_entered=self._on_entered,
            shown=self.shown.emit,
        )
        self.pages = (self._page, self.kit)

    def open(self, path: Path, member: str) -> None:
        """Open the file and ask who signs in; ``member`` is chosen beforehand."""
        membership = self._services().membership

        def look() -> _Opened:
            workspace = membership.open(path)
            try:
                facts = membership.facts(workspace)
                members = membership.members(workspace)
            except BaseException:
                workspace.close()
                raise
            return _Opened(path, workspace, facts, members)

        self.runner.run(
            self,
            lambda _work: look(),
            done=partial(self._on_opened, member),
            failed=self.failed.emit,
        )

    @override
    def forget(self) -> None:
        super().forget()
        opened, self._opened = self._opened, None
        if opened is not None:
            self.close_quietly(opened.workspace)

    def _on_opened(self, member: str, opened: _Opened) -> None:
        self._opened = opened
        membership = self._services().membership
        here = [each for each in opened.members if each.left_at is None]
        keys = {each.id: membership.keys_rest_in(opened.facts.id, each.id) for each in here}
        here.sort(key=lambda each: (not keys[each.id], each.name))
        self._page.ask(
            _("Sign in to {workspace}").format(workspace=opened.facts.title),
            str(opened.path),
            (
                FormItem(
                    "member",
                    _("Who are you"),
                    kind="choice",
                    value=member,
                    options=tuple((each.id, each.name) for each in here),
                ),
                FormItem(
                    "passphrase",
                    _("Passphrase"),
                    kind="secret",
                    hint=_("Leave it empty if your keys are in this desktop's keyring."),
                ),
            ),
            first="passphrase",
        )
        self.shown.emit(self._page)

    def _on_sign_in(self, values: dict[str, str]) -> None:
        opened = self._opened
        if opened is None:
            return
        membership, passphrase = self._services().membership, secret_of(values["passphrase"])
        self._page.run(
            lambda: Entered(
                membership.sign_in(opened.workspace, values["member"], passphrase=passphrase),
                str(opened.path),
            ),
            self._on_entered,
            busy=_("Unlocking keys…"),
            first="passphrase",
        )

    def _on_kit(self) -> None:
        opened = self._opened
        if opened is None or self._page.form is None:
            return
        chosen = self._page.form.text("member")
        member = next(each for each in opened.members if each.id == chosen)
        claim = Claim(
            opened.workspace,
            opened.facts.title,
            member,
            str(opened.path),
            is_passwordless=False,
            then=lambda: None,
        )
        self.kit.begin(claim, before=self._page)

    def _on_entered(self, entered: Entered) -> None:
        self._opened = None
        self.entered.emit(entered)
