"""Back with a recovery kit: an administrator whose keys are lost gets new ones on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtWidgets import QFileDialog

from app.domain.errors import AppError, NotAllowedError
from app.domain.people import Verb
from app.domain.recovery import read_kit
from app.i18n import _
from app.ui.errors import sentence_of
from app.ui.shell.welcome.frame import Entered, FormPage
from app.ui.shell.welcome.login_fields import secret_of
from app.ui.theme.fonts import mono_font
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.form import FormItem
from app.ui.widgets.passphrase import passphrase_items

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.people import Member
    from app.ports.storage import Workspace
    from app.ui.runner import Runner
    from app.ui.shell.welcome.frame import Services

_KIT = "kit"
_KIT_HEIGHT = 210


class Claim(NamedTuple):
    """Who says that she lost her keys, to which workspace; ``then`` is done once she has new."""

    workspace: Workspace
    title: str
    member: Member
    place: str
    is_passwordless: bool
    then: Callable[[], object]


class KitPage(FormPage):
    """Asks for what the kit says and signs in whose it is."""

    def __init__(
        self,
        *,
        runner: Runner,
        services: Callable[[], Services],
        on_entered: Callable[[Entered], None],
        shown: Callable[[FormPage], object],
    ) -> None:
        super().__init__(
            _("Come back with the recovery kit"),
            _("Make new keys"),
            runner=runner,
            on_confirm=self._on_recover,
            on_back=self._on_back,
        )
        self._services = services
        self._on_entered = on_entered
        self._shown = shown
        self._claim: Claim | None = None
        self._before: FormPage | None = None
        self.above.addLayout(row(Button(_("Choose a file…"), self._on_choose), 1))

    def begin(self, claim: Claim, *, before: FormPage) -> None:
        """Ask for the kit; what is against it is said on the page before."""
        if not claim.member.may(Verb.MANAGE_MEMBERS):
            before.say_error(NotAllowedError("recovery.not_administrator"))
            return
        membership = self._services().membership

        def ask(has_keyring: bool) -> None:  # noqa: FBT001 - what a worker found
            self._before = before
            self._ask(claim, has_keyring=has_keyring)
            self._shown(self)

        before.run(membership.keyring_usable, ask, busy=_("Looking for a keyring…"))

    def _ask(self, claim: Claim, *, has_keyring: bool) -> None:
        self._claim = claim
        self.ask(
            _("Come back with the recovery kit"),
            _(
                "{name}, type its twenty lines with the number before each, or paste what its code "
                "says when it is scanned. New keys are made for you on this machine; the old ones "
                "of {workspace} count no more, wherever they are."
            ).format(name=claim.member.name, workspace=claim.title),
            (
                FormItem(_KIT, _("Recovery kit"), "long", is_required=True, check=_problem),
                *passphrase_items(is_required=not has_keyring),
            ),
        )
        if self.form is not None:
            kit = self.form.input(_KIT)
            kit.setFont(mono_font())
            kit.setMinimumHeight(_KIT_HEIGHT)
            kit.setFocus()

    @override
    def forget(self) -> None:
        """Drop the kit, and whose it is."""
        super().forget()
        self._claim = None

    def _on_back(self) -> None:
        if self._before is not None:
            self._shown(self._before)

    def _on_choose(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _("Recovery kit"))
        if path:
            self.read_file(Path(path))

    def read_file(self, path: Path) -> None:
        """Take what the kit says from a file."""
        recovering = self._services().recovering
        self.run(lambda: recovering.read(path), self._on_read, busy=_("Reading…"))

    def _on_read(self, text: str) -> None:
        if self.form is not None:
            self.form.set_text(_KIT, text)
            self.form.rows[_KIT].validate()
            self.form.input("passphrase").setFocus()

    def _on_recover(self, values: dict[str, str]) -> None:
        claim, recovering = self._claim, self._services().recovering
        if claim is None:
            return
        kit, passphrase = values[_KIT], secret_of(values["passphrase"])

        def recover() -> Entered:
            done = recovering.recover(
                claim.workspace, kit, member=claim.member.id, passphrase=passphrase
            )
            claim.then()
            return Entered(done.here, claim.place, claim.is_passwordless, lost=done.lost)

        self.run(recover, self._on_entered, busy=_("Making keys…"))


def _problem(text: str) -> str:
    try:
        read_kit(text)
    except AppError as error:
        sentence = sentence_of(error)
        return f"{sentence.happened} {sentence.next_step}"
    return ""
