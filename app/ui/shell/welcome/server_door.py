"""A workspace on a server: reached with a login, entered as whose login it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, override

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import AppError, SecurityError
from app.i18n import _
from app.ui.errors import sentence_of
from app.ui.shell.welcome.frame import Door, Entered, FormPage
from app.ui.shell.welcome.kit_page import Claim, KitPage
from app.ui.shell.welcome.login_fields import (
    Login,
    login_items,
    login_of,
    secret_of,
)
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.text import Text
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from app.domain.secrets import Secret
    from app.services.entering import Entering, SharedDoor
    from app.ui.runner import Runner
    from app.ui.shell.welcome.frame import Services


class _Tried(NamedTuple):
    """What came of opening an address that is known here; ``text`` is the address as given."""

    text: str
    is_passwordless: bool
    has_keyring: bool
    door: SharedDoor | None
    key: Login | None
    error: AppError | None


class ServerDoor(Door):
    """Asks for address and password, and for what else there is to ask."""

    def __init__(
        self, *, runner: Runner, services: Callable[[], Services], parent: QObject
    ) -> None:
        super().__init__(runner=runner, services=services, parent=parent)
        self._door: SharedDoor | None = None
        self._key: Login | None = None
        self._address = FormPage(
            _("Open a workspace on a server"),
            _("Continue"),
            runner=runner,
            on_confirm=self._on_address,
            on_back=self.left.emit,
            on_kit=partial(self._on_kit, 0),
        )
        self._address.kit.hide()  # until it is known who asks
        self._member = FormPage(
            _("Sign in"),
            _("Sign in"),
            runner=runner,
            on_confirm=self._on_sign_in,
            on_back=self._on_back,
            on_kit=partial(self._on_kit, 1),
        )
        self.kit = KitPage(
            runner=runner,
            services=services,
            on_entered=self._on_entered,
            shown=self.shown.emit,
        )
        self._facts = Facts(label_width=120)
        self._compare = Text(
            _(
                "This machine has not met this workspace before. Ask an administrator, by another "
                "way than this one, which fingerprint its authority has; she sees it on the page "
                "Workspace."
            ),
            "warning",
        )
        self._member.above.addWidget(self._facts)
        self._member.above.addWidget(self._compare)
        self.pages = (self._address, self._member, self.kit)

    def open(self, address: str, *, is_passwordless: bool = False) -> None:
        """Enter at ``address`` if the keyring has the password, else ask for what is missing."""
        entering = self._services().entering
        self.runner.run(
            self,
            lambda _work: _try(entering, address, is_passwordless=is_passwordless),
            done=self._on_tried,
            failed=self.failed.emit,
        )

    @override
    def forget(self) -> None:
        super().forget()
        self._key = None
        self._close_door()

    def _close_door(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            self.close_quietly(door.workspace)

    def _on_tried(self, tried: _Tried) -> None:
        known = None if address_problem(tried.text) else WorkspaceAddress.read(tried.text)
        self._address.ask(
            _("Open a workspace on a server"),
            _("For members: with a login of the server, and with keys on this machine."),
            (
                FormItem(
                    "address",
                    _("Address"),
                    value=known.without_files().text if known is not None else tried.text,
                    is_required=True,
                    hint=_("postgresql://login@host/database, as an administrator tells it"),
                    check=address_problem,
                ),
                *login_items(
                    _("Password of the login"),
                    address=known,
                    has_keyring=tried.has_keyring,
                    is_passwordless=tried.is_passwordless,
                ),
            ),
            first="password" if known is not None and known.login else "address",
        )
        self.shown.emit(self._address)
        if tried.error is not None:
            self._address.say_error(tried.error, first="password")
        elif tried.door is not None and tried.key is not None:
            self._on_door(tried.key, tried.door)

    def _on_address(self, values: dict[str, str]) -> None:
        if self._address.form is None:
            return
        key = login_of(WorkspaceAddress.read(values["address"]), self._address.form)
        entering = self._services().entering
        self._address.run(
            lambda: entering.knock(key.address, key.secret),
            partial(self._on_door, key),
            busy=_("Opening…"),
            first="password",
        )

    def _on_door(self, key: Login, door: SharedDoor) -> None:
        self._close_door()
        self._key, self._door = key, door
        if not door.kept_in:
            self._address.say_error(SecurityError("keys.not_here"))
            return
        if door.is_known and door.kept_in == "keyring":
            self._enter(self._address, passphrase=None, is_confirmed=False)
            return
        self._ask_member(door)

    def _ask_member(self, door: SharedDoor) -> None:
        roles = ", ".join(in_words(ROLES, role) for role in sorted(door.me.roles))
        facts = [
            (_("You are"), _("{name}, {roles}").format(name=door.me.name, roles=roles)),
            (_("Address"), door.address.text),
        ]
        fields = []
        if not door.is_known:
            facts.append((_("Its authority"), door.fingerprint))
            text = _("An administrator told me this fingerprint")
            fields.append(FormItem("same", text, "check", check=_not_compared))
        if door.kept_in == "file":
            fields.append(FormItem("passphrase", _("Passphrase"), "secret", is_required=True))
        self._facts.show_facts(*facts)
        self._compare.setVisible(not door.is_known)
        self._member.ask(
            _("Sign in to {workspace}").format(workspace=door.facts.title),
            "",
            fields,
            first=fields[0].key if fields else "",
        )
        self.shown.emit(self._member)

    def _on_back(self) -> None:
        self._close_door()
        self.shown.emit(self._address)

    def _on_sign_in(self, values: dict[str, str]) -> None:
        self._enter(
            self._member,
            passphrase=secret_of(values.get("passphrase", "")),
            is_confirmed=bool(values.get("same")),
        )

    def _enter(self, page: FormPage, *, passphrase: Secret | None, is_confirmed: bool) -> None:
        door, key, entering = self._door, self._key, self._services().entering
        if door is None or key is None:
            return

        def enter() -> Entered:
            here = entering.enter(door, passphrase=passphrase, is_confirmed=is_confirmed)
            entering.keep_password(key.address, key.secret, wanted=key.is_kept)
            return Entered(here, key.address.text, key.secret is None)

        page.run(enter, self._on_entered, busy=_("Unlocking keys…"))

    def _on_kit(self, page: int) -> None:
        door, key, entering = self._door, self._key, self._services().entering
        if door is None or key is None:
            return

        def then() -> None:
            entering.trust(door)
            entering.keep_password(key.address, key.secret, wanted=key.is_kept)

        claim = Claim(
            door.workspace,
            door.facts.title,
            door.me,
            key.address.text,
            is_passwordless=key.secret is None,
            then=then,
        )
        self.kit.begin(claim, before=self.pages[page])

    def _on_entered(self, entered: Entered) -> None:
        self._door = self._key = None
        self.entered.emit(entered)


def address_problem(text: str) -> str:
    """Return what is wrong with an address, or the empty text."""
    try:
        WorkspaceAddress.read(text)
    except AppError as error:
        sentence = sentence_of(error)
        return f"{sentence.happened} {sentence.next_step}"
    return ""


def _not_compared(text: str) -> str:
    return "" if text else _("Compare the fingerprint first.")


def _try(entering: Entering, text: str, *, is_passwordless: bool) -> _Tried:
    has_keyring = entering.keyring_usable()
    if not text:
        return _Tried("", is_passwordless, has_keyring, None, None, None)
    try:
        address = WorkspaceAddress.read(text)
        password = entering.kept_password(address) if has_keyring else None
        if password is None and not is_passwordless:
            return _Tried(text, is_passwordless, has_keyring, None, None, None)
        key = Login(address, password, password is not None)
        return _Tried(
            text, is_passwordless, has_keyring, entering.knock(address, password), key, None
        )
    except AppError as error:
        return _Tried(text, is_passwordless, has_keyring, None, None, error)
