"""Before anybody is signed in: look around, join, create, or go back to a recent workspace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, QTimeZone, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.people import Role
from app.domain.secrets import Secret
from app.domain.workspace import Controller
from app.i18n import _
from app.ui.errors import sentence_of
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, column, row, scrolled
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.passphrase import passphrase_items
from app.ui.widgets.picture import Picture
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.people import Member
    from app.domain.workspace import WorkspaceFacts
    from app.ports.storage import Workspace
    from app.services.membership import Membership
    from app.services.signed_in import SignedIn
    from app.ui.runner import Runner
    from app.ui.shell.preferences import Recent

_WIDTH = 640
_FILE_KINDS = "Sandglass (*.sqlite)"


@dataclass(frozen=True)
class _Door:
    """A workspace whose members are known, before one of them signs in."""

    path: Path
    workspace: Workspace
    facts: WorkspaceFacts
    members: tuple[Member, ...]


class _Services(NamedTuple):
    membership: Membership
    calendars: tuple[str, ...]


class Welcome(QStackedWidget):
    """The three ways in, the form to sign in, and the form to create."""

    demo_wanted = Signal()
    signed_in = Signal(object, object)
    """A ``SignedIn`` and the path of its workspace."""

    def __init__(self, *, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._services: _Services | None = None
        self._waiting: Callable[[], object] | None = None
        self._door: _Door | None = None
        self._wants_member = ""
        self.notice = Notice()
        self.busy = Busy()
        self._recent = QHBoxLayout()
        self._recent.setSpacing(6)
        self.addWidget(self._ways())
        self._sign_in = _FormPage(_("Sign in"), _("Sign in"), self._on_sign_in, self.show_ways)
        self._create = _FormPage(
            _("Start a workspace"), _("Create"), self._on_create, self.show_ways
        )
        self.addWidget(self._sign_in)
        self.addWidget(self._create)

    def _ways(self) -> QWidget:
        picture = Picture("sandglass", "accent", 34)
        name = Text("Sandglass", "title", wraps=False)
        self.demo = Button(_("Open the demo"), self.demo_wanted.emit, kind="primary")
        self.join = Button(_("Choose the file…"), partial(self.once_ready, self._on_join))
        self.start = Button(_("Create…"), partial(self.once_ready, self._on_new))
        inside = column(
            1,
            row(picture, name, 1, spacing=12),
            Text(
                _(
                    "Answers data subject requests. Opens personal data only for as long "
                    "as the answer needs it."
                ),
                "muted",
            ),
            self.notice,
            self.busy,
            _way(
                _("Look around"),
                _(
                    "A made company, a request that waits, you as officer and as "
                    "approver. Five minutes, nothing leaves this machine."
                ),
                self.demo,
                kind="chosen",
            ),
            _way(
                _("Open a workspace"),
                _("A workspace file in which somebody has made me a member."),
                self.join,
            ),
            _way(
                _("Start a workspace"),
                _("A new workspace file, on this machine or on a drive of the team."),
                self.start,
            ),
            self._recent,
            2,
            spacing=12,
        )
        return _in_the_middle(inside)

    def use(self, membership: Membership, *, calendars: tuple[str, ...]) -> None:
        """Work from now on; what was pressed meanwhile is done."""
        self._services = _Services(membership, calendars)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.set_busy("")
            waiting()

    def once_ready(self, do: Callable[[], object]) -> None:
        """Do it now, or as soon as there are services to do it with."""
        if self._services is not None:
            do()
            return
        self._waiting = do
        self.set_busy(_("Starting…"))

    @property
    def _membership(self) -> Membership:
        if self._services is None:
            raise RuntimeError("asked before the services are there")
        return self._services.membership

    def show_recent(self, recent: tuple[Recent, ...]) -> None:
        """Offer what was open here before."""
        clear(self._recent)
        if not recent:
            return
        self._recent.addWidget(Text(_("Recent:"), "muted", wraps=False))
        for each in recent[:3]:
            button = Button(
                each.title, partial(self.open_file, Path(each.path), each.member), kind="link"
            )
            button.describe(each.path)
            self._recent.addWidget(button)
        self._recent.addStretch(1)

    def show_ways(self) -> None:
        """Go back to the beginning."""
        self._sign_in.form_values_forgotten()
        self._create.form_values_forgotten()
        self.setCurrentIndex(0)
        self.set_busy("")

    def say_error(self, error: BaseException) -> None:
        """Say what could not be done."""
        self.set_busy("")
        self.notice.say_error(sentence_of(error))

    def set_busy(self, text: str) -> None:
        """Show that something is being prepared, and take nothing else meanwhile."""
        for button in (self.demo, self.join, self.start):
            button.setEnabled(not text)
        if text:
            self.notice.clear()
            self.busy.start(text)
        else:
            self.busy.stop()

    def _on_join(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _("Open a workspace"), "", _FILE_KINDS)
        if path:
            self.open_file(Path(path))

    def open_file(self, path: Path, member: str = "") -> None:
        """Open a workspace file and ask who signs in; ``member`` is chosen beforehand."""
        self._wants_member = member
        self.once_ready(partial(self._open, path))

    def _open(self, path: Path) -> None:
        self.set_busy(_("Opening…"))

        def look() -> _Door:
            workspace = self._membership.open(path)
            try:
                facts = self._membership.facts(workspace)
                members = self._membership.members(workspace)
            except BaseException:
                workspace.close()
                raise
            return _Door(path, workspace, facts, members)

        self._runner.run(self, lambda _work: look(), done=self._on_door, failed=self.say_error)

    def _on_door(self, door: _Door) -> None:
        self.set_busy("")
        self._door = door
        here = [each for each in door.members if each.left_at is None]
        keys = {each.id: self._membership.keys_rest_in(door.facts.id, each.id) for each in here}
        here.sort(key=lambda each: (not keys[each.id], each.name))
        self._sign_in.ask(
            _("Sign in to {workspace}").format(workspace=door.facts.title),
            str(door.path),
            (
                FormItem(
                    "member",
                    _("Who are you"),
                    kind="choice",
                    value=self._wants_member,
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
        self.setCurrentWidget(self._sign_in)

    def _on_sign_in(self, values: dict[str, str]) -> None:
        door = self._door
        if door is None:
            return
        passphrase = Secret(values["passphrase"]) if values["passphrase"] else None
        self._sign_in.run(
            self._runner,
            lambda: self._membership.sign_in(
                door.workspace, values["member"], passphrase=passphrase
            ),
            lambda here: self._enter(here, door.path),
        )

    def _on_new(self) -> None:
        has_keyring = self._membership.keyring_usable()
        zone = bytes(QTimeZone.systemTimeZoneId().data()).decode()
        zones = tuple(bytes(each.data()).decode() for each in QTimeZone.availableTimeZoneIds())
        known = self._services.calendars if self._services is not None else ()
        calendars = tuple((each, each) for each in known)
        country = zone if zone in known else "DE"
        self._create.ask(
            _("Start a workspace"),
            _("You become its first administrator. Others are added under People."),
            (
                FormItem(
                    "path"
                , _("Workspace file"), kind="new_file", is_required=True, file_kinds=_FILE_KINDS),
                FormItem("title", _("Name of the workspace"), is_required=True, is_half=True),
                FormItem("controller", _("Controller"), is_required=True, is_half=True,
                         hint=_("The organisation that answers")),
                FormItem(
                    "timezone"
                , _("Time zone"), kind="choice", value=zone or "UTC", is_half=True,
                         options=tuple((each, each) for each in zones)),
                FormItem(
                    "calendar"
                , _("Public holidays of"), kind="choice", value=country, is_half=True,
                         options=calendars),
                FormItem("name", _("Your name"), is_required=True, is_half=True),
                FormItem("email", _("Your e-mail address"), is_required=True, is_half=True),
                *passphrase_items(is_required=not has_keyring),
                FormItem("officer", _("I also handle requests"), kind="check", value=True),
            ),
            first="path",
        )  # fmt: skip
        self.setCurrentWidget(self._create)

    def _on_create(self, values: dict[str, str]) -> None:
        # Who only looks at the window must not wait for what makes workspaces.
        from app.services.membership import NewMember, NewWorkspace  # noqa: PLC0415

        path = Path(values["path"]).expanduser()
        if not path.suffix:
            path = path.with_suffix(".sqlite")
        roles = {Role.ADMINISTRATOR} | ({Role.OFFICER} if values["officer"] else set())
        new = NewWorkspace(
            values["title"].strip(),
            Controller(values["controller"].strip()),
            timezone=values["timezone"],
            calendar=values["calendar"],
        )
        passphrase = Secret(values["passphrase"]) if values["passphrase"] else None
        first = NewMember(
            values["name"].strip(), values["email"].strip(), frozenset(roles), passphrase
        )
        self._create.run(
            self._runner,
            lambda: self._membership.create(path, new, first=first),
            lambda here: self._enter(here, path),
        )

    def _enter(self, here: SignedIn, path: Path) -> None:
        self.show_ways()
        self.notice.clear()
        self.signed_in.emit(here, path)


class _FormPage(QWidget):
    """One form with its button, in the middle of the window."""

    def __init__(
        self,
        title: str,
        confirm: str,
        on_confirm: Callable[[dict[str, str]], object],
        on_back: Callable[[], object],
    ) -> None:
        super().__init__()
        self.form: Form | None = None
        self._on_confirm = on_confirm
        self._title = Text(title, "title")
        self._text = Text("", "muted")
        self._notice = Notice()
        self._busy = Busy()
        self._holder = QVBoxLayout()
        self.confirm = Button(confirm, self.submit, kind="primary")
        self.confirm.setAutoDefault(True)
        self._back = Button(_("Back"), on_back)
        card = Card(margin=22)
        card.body.setSpacing(12)
        for part in (self._title, self._text, self._notice):
            card.body.addWidget(part)
        card.body.addLayout(self._holder)
        card.body.addWidget(self._busy)
        card.body.addLayout(row(self._back, 1, self.confirm))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(_in_the_middle(column(1, card, 2)))

    def ask(self, title: str, text: str, fields: tuple[FormItem, ...], *, first: str) -> None:
        """Begin with empty fields."""
        self._title.setText(title)
        self._text.setText(text)
        self._notice.clear()
        clear(self._holder)
        self.form = Form(fields)
        for each in fields:
            if each.kind in {"secret", "text"}:
                self.form.input(each.key).returnPressed.connect(self.submit)  # type: ignore[attr-defined]
        self._holder.addWidget(self.form)
        self._set_busy(is_busy=False)
        self.form.input(first).setFocus()

    def form_values_forgotten(self) -> None:
        """Drop what was typed, passphrases among it."""
        clear(self._holder)
        self.form = None

    def submit(self) -> None:
        """Do it, if everything is filled in."""
        if self.form is not None and self.confirm.isEnabled() and self.form.validate():
            self._on_confirm(self.form.values())

    def run[T](self, runner: Runner, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Work in a thread; a failure is said here, and what was typed stays."""
        self._notice.clear()
        self._set_busy(is_busy=True)

        def finished(result: T) -> None:
            self._set_busy(is_busy=False)
            done(result)

        runner.run(self, lambda _work: work(), done=finished, failed=self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self._set_busy(is_busy=False)
        self._notice.say_error(sentence_of(error))

    def _set_busy(self, *, is_busy: bool) -> None:
        self.confirm.setEnabled(not is_busy)
        self._back.setEnabled(not is_busy)
        if is_busy:
            self._busy.start(_("Unlocking keys…"))
        else:
            self._busy.stop()


def _way(title: str, text: str, button: Button, *, kind: str = "true") -> Card:
    card = Card(kind=kind, margin=20)
    words = column(Text(title, "heading"), Text(text, "muted"), spacing=4)
    line = row(words, button, spacing=14)
    line.setStretch(0, 1)
    card.body.addLayout(line)
    card.setAccessibleName(title)
    button.describe(text)
    return card


def _in_the_middle(inside: QVBoxLayout) -> QWidget:
    holder = QWidget()
    holder.setObjectName("scrolled")
    narrow = QWidget()
    narrow.setMaximumWidth(_WIDTH)
    narrow.setLayout(inside)
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(24, 24, 24, 24)
    layout.addStretch(1)
    layout.addWidget(narrow, 100)
    layout.addStretch(1)
    layout.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return scrolled(holder)
