"""A new workspace: in a file for this machine alone, or on a server for a team."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QTimeZone
from PySide6.QtWidgets import QButtonGroup, QRadioButton

from app.domain.addresses import WorkspaceAddress
from app.domain.people import Role
from app.domain.workspace import Controller
from app.i18n import _
from app.ui.dialogs.recovery_kit import KIT_KINDS, kit_path
from app.ui.shell.welcome.frame import Door, Entered, FormPage
from app.ui.shell.welcome.login_fields import login_items, login_of, secret_of
from app.ui.shell.welcome.server_door import address_problem
from app.ui.widgets.form import FormItem
from app.ui.widgets.passphrase import passphrase_items

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from app.services.membership import NewMember, NewWorkspace
    from app.ui.runner import Runner
    from app.ui.shell.welcome.frame import Services

FILE_KINDS = "Sandglass (*.sqlite)"


class _New(NamedTuple):
    """What is the same wherever a workspace is made."""

    workspace: NewWorkspace
    first: NewMember
    kit: Path | None


class StartDoor(Door):
    """One form, whose first fields say where."""

    def __init__(
        self, *, runner: Runner, services: Callable[[], Services], parent: QObject
    ) -> None:
        super().__init__(runner=runner, services=services, parent=parent)
        self._has_keyring = False
        self._kit = ""
        self._page = FormPage(
            _("Start a workspace"),
            _("Create"),
            runner=runner,
            on_confirm=self._on_create,
            on_back=self.left.emit,
        )
        self.on_file = QRadioButton(_("For this machine alone: in a file"))
        self.on_server = QRadioButton(_("For a team: on a PostgreSQL server"))
        self._where = QButtonGroup(self)
        for each in (self.on_file, self.on_server):
            each.setAccessibleName(each.text())
            each.clicked.connect(self._on_where)
            self._where.addButton(each)
            self._page.above.addWidget(each)
        self.on_file.setChecked(True)
        self.pages = (self._page,)

    def begin(self) -> None:
        """Ask for everything, once it is known whether there is a keyring."""
        membership = self._services().membership
        self.runner.run(
            self,
            lambda _work: membership.keyring_usable(),
            done=self._on_keyring,
            failed=self.failed.emit,
        )

    def _on_keyring(self, has_keyring: bool) -> None:  # noqa: FBT001 - a slot
        self._has_keyring = has_keyring
        self.on_file.setChecked(True)
        self._ask({})
        self.shown.emit(self._page)
        if self._page.form is not None:
            self._page.form.input("path").setFocus()

    def _on_where(self) -> None:
        """Ask for the other place; what is the same for both stays."""
        typed = self._page.form.values() if self._page.form is not None else {}
        if typed.get("kit") == self._kit:
            typed.pop("kit", None)
        self._ask(typed)

    def _ask(self, typed: dict[str, str]) -> None:
        is_shared = self.on_server.isChecked()
        place = self._server_items() if is_shared else _file_items()
        items = (*place, *self._common_items(), _kit_item(is_required=is_shared))
        self._kit = ""
        self._page.ask(
            _("Start a workspace"),
            _("You become its first administrator. Others are added under People."),
            items,
        )
        form = self._page.form
        if form is None:
            return
        if not is_shared:
            form.edited.connect(self._on_edited)
        for each in items:
            if each.key in typed and not each.barred:
                form.set_text(each.key, typed[each.key])

    def _on_edited(self) -> None:
        """Offer to save the recovery kit beside the file, while nobody said otherwise."""
        form = self._page.form
        if form is None or form.text("kit") != self._kit:
            return
        path = Path(form.text("path"))
        self._kit = str(path.with_name(f"{path.stem}-recovery-kit.pdf")) if path.name else ""
        if form.text("kit") != self._kit:
            form.set_text("kit", self._kit)

    def _server_items(self) -> tuple[FormItem, ...]:
        return (
            FormItem(
                "address",
                _("Address of an empty database"),
                is_required=True,
                hint=_("postgresql://owner@host/database, with a login that may create roles"),
                check=address_problem,
            ),
            FormItem(
                "owner",
                _("Password of that login"),
                "secret",
                hint=_("It is used now and forgotten."),
            ),
            FormItem("login", _("Your own login"), is_required=True,
                     hint=_("An ordinary one, not the owner's")),
            FormItem("exists", _("The server has my login already"), "check",
                     hint=_("Else it is made now, with your password.")),
            *login_items(
                _("Password of your login"), address=None, has_keyring=self._has_keyring
            ),
        )  # fmt: skip

    def _common_items(self) -> tuple[FormItem, ...]:
        zone = bytes(QTimeZone.systemTimeZoneId().data()).decode()
        zones = tuple(bytes(each.data()).decode() for each in QTimeZone.availableTimeZoneIds())
        known = self._services().calendars
        return (
            FormItem("title", _("Name of the workspace"), is_required=True, is_half=True),
            FormItem("controller", _("Controller"), is_required=True, is_half=True,
                     hint=_("The organisation that answers")),
            FormItem("timezone", _("Time zone"), "choice", zone or "UTC",
                     tuple((each, each) for each in zones), is_half=True),
            FormItem("calendar", _("Public holidays of"), "choice", zone if zone in known else "DE",
                     tuple((each, each) for each in known), is_half=True),
            FormItem("name", _("Your name"), is_required=True, is_half=True),
            FormItem("email", _("Your e-mail address"), is_required=True, is_half=True),
            *passphrase_items(is_required=not self._has_keyring),
            FormItem("officer", _("I also handle requests"), "check", value=True),
        )  # fmt: skip

    def _on_create(self, values: dict[str, str]) -> None:
        new = _new(values)
        if "address" in values:
            self._create_on_server(values, new)
            return
        path = Path(values["path"]).expanduser()
        if not path.suffix:
            path = path.with_suffix(".sqlite")
        membership = self._services().membership
        self._page.run(
            lambda: Entered(
                membership.create(path, new.workspace, first=new.first), str(path), kit=new.kit
            ),
            self.entered.emit,
            busy=_("Making keys…"),
        )

    def _create_on_server(self, values: dict[str, str], new: _New) -> None:
        # Who only looks at the window must not wait for what makes workspaces.
        from app.ports.servers import FirstLogin  # noqa: PLC0415
        from app.services.membership import NewPlace  # noqa: PLC0415

        form, entering = self._page.form, self._services().entering
        if form is None:
            return
        owner, login = WorkspaceAddress.read(values["address"]), values["login"].strip()
        mine, secret, wanted = login_of(owner.for_login(login), form)
        first = FirstLogin(login, secret, exists=bool(values["exists"]), options=mine.options)
        owner = owner.with_options(sslrootcert=mine.options.get("sslrootcert", ""))
        place = NewPlace(owner, secret_of(values["owner"]), first)

        def create() -> Entered:
            here = entering.begin(place, new.workspace, first=new.first)
            entering.keep_password(mine, secret, wanted=wanted)
            return Entered(here, mine.text, secret is None, kit=new.kit)

        self._page.run(create, self.entered.emit, busy=_("Setting up the database…"))


def _file_items() -> tuple[FormItem, ...]:
    return (
        FormItem(
            "path",
            _("Workspace file"),
            "new_file",
            is_required=True,
            file_kinds=FILE_KINDS,
            hint=_("Whoever may read the file could rewrite it; its log would show that."),
        ),
    )


def _kit_item(*, is_required: bool) -> FormItem:
    return FormItem(
        "kit",
        _("Save the recovery kit as"),
        "new_file",
        is_required=is_required,
        file_kinds=KIT_KINDS,
        hint=_("A page with which an administrator comes back who loses her keys: to be printed."),
    )


def _new(values: dict[str, str]) -> _New:
    from app.services.membership import NewMember, NewWorkspace  # noqa: PLC0415 - as above

    roles = {Role.ADMINISTRATOR} | ({Role.OFFICER} if values["officer"] else set())
    workspace = NewWorkspace(
        values["title"].strip(),
        Controller(values["controller"].strip()),
        timezone=values["timezone"],
        calendar=values["calendar"],
    )
    first = NewMember(
        values["name"].strip(),
        values["email"].strip(),
        frozenset(roles),
        secret_of(values["passphrase"]),
    )
    return _New(workspace, first, kit_path(values["kit"]) if values["kit"].strip() else None)
