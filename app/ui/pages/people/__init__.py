"""People: who works in this workspace, as what, with which keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.people import Role, Verb
from app.domain.secrets import Secret
from app.i18n import _, ngettext
from app.services.membership import NewMember
from app.ui.dialogs.ask import ask
from app.ui.models.paged import Column, ListModel
from app.ui.page import Page, PageWidget, Room
from app.ui.theme.cells import Style
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, row, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.header import PageHeader
from app.ui.widgets.notice import Notice
from app.ui.widgets.passphrase import passphrase_items
from app.ui.widgets.table import Table
from app.ui.widgets.text import Text
from app.wording.clock_days import short_day
from app.wording.moments import moment_in_words
from app.wording.people import keys_in_words, role_hint
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.people import Member
    from app.ui.runner import Work
    from app.wording.errors import Sentence

_WIDTH = 304


@dataclass(frozen=True)
class _Person:
    member: Member
    kept_in: str


class _Ground(NamedTuple):
    people: tuple[_Person, ...]
    has_keyring: bool


class PeoplePage(PageWidget):
    """The members at the left, one of them at the right."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._ground: _Ground | None = None
        self._may_manage = room.me.may(Verb.MANAGE_MEMBERS)
        self.notice = Notice()
        self.model: ListModel[_Person] = ListModel(_columns(), key=lambda each: each.member.id)
        self.table = Table(self.model, name=_("Members"))
        self.table.chosen.connect(self._on_chosen)
        self._who = Card("…")
        self._facts = Facts(label_width=86)
        self._leave = Button(_("Record departure…"), self._on_leave, kind="danger")
        self._build()
        self.first = self.table

    def _build(self) -> None:
        actions = []
        if self._may_manage:
            actions.append(Button(_("Add a member…"), self._on_add, kind="primary"))
        self._header = PageHeader(_("People"), *actions)
        members = Card(margin=6)
        members.body.addWidget(self.table)
        self._who.body.addWidget(self._facts)
        self._who.body.addLayout(row(self._leave, 1))
        roles = Card(_("What each role may do"))
        for each in Role:
            roles.body.addWidget(Text(in_words(ROLES, each.value).capitalize(), "strong"))
            roles.body.addWidget(Text(role_hint(each), "muted"))
        side = scrolled(column(self._who, roles, 1, spacing=14), name=_("Member"))
        side.setFixedWidth(_WIDTH)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(members, 1)
        body.addWidget(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(12)
        layout.addWidget(self._header)
        layout.addWidget(self.notice)
        layout.addLayout(body, 1)

    @override
    def open_item(self, item: str, *, stage: str = "") -> None:
        if item:
            self.table.choose(item)

    @override
    def refresh(self) -> None:
        membership, here = self._room.desk.membership, self._room.desk.here

        def read() -> _Ground:
            people = tuple(
                _Person(each, membership.keys_rest_in(here.workspace_id, each.id))
                for each in membership.members(here.workspace)
            )
            return _Ground(people, membership.keyring_usable())

        self._room.run(self, lambda _work: read(), done=self._on_ground, failed=self._on_failed)

    def _on_ground(self, ground: _Ground) -> None:
        self._ground = ground
        here = [each for each in ground.people if each.member.left_at is None]
        left = len(ground.people) - len(here)
        text = ngettext("{n} member", "{n} members", len(here)).format(n=len(here))
        if left:
            text += ", " + ngettext("{n} left", "{n} left", left).format(n=left)
        self._header.set_subtitle(text)
        self.model.show_rows(sorted(ground.people, key=_first_who_are_here))
        if not self.table.key:
            self.table.choose(self._room.me.id)
        self._show_chosen()

    def _on_chosen(self, _key: str) -> None:
        self._show_chosen()

    def _chosen(self) -> _Person | None:
        people = self._ground.people if self._ground is not None else ()
        return next((each for each in people if each.member.id == self.table.key), None)

    def _show_chosen(self) -> None:
        person = self._chosen()
        self._who.setVisible(person is not None)
        if person is None:
            return
        member, zone = person.member, self._room.facts.timezone
        self._who.title.setText(member.name)
        self._who.setAccessibleName(member.name)
        facts = [
            (_("E-mail"), member.email),
            (_("Roles"), _roles(person)),
            (_("Joined"), moment_in_words(member.joined_at, zone)),
        ]
        if member.left_at is not None:
            facts.append((_("Left"), moment_in_words(member.left_at, zone)))
        facts.append((_("Keys"), keys_in_words(person.kept_in)))
        self._facts.show_facts(*facts)
        self._leave.setVisible(self._may_manage and member.left_at is None)

    def _on_add(self) -> None:
        has_keyring = self._ground is not None and self._ground.has_keyring
        roles = tuple(
            FormItem(
                each.value,
                in_words(ROLES, each.value).capitalize(),
                "check",
                "yes" if each is Role.OFFICER else "",
                is_half=True,
            )
            for each in Role
        )
        membership, here = self._room.desk.membership, self._room.desk.here

        def add(values: Mapping[str, str], _work: Work) -> Member:
            phrase = values["passphrase"]
            new = NewMember(
                values["name"].strip(),
                values["email"].strip(),
                frozenset(each for each in Role if values[each.value]),
                Secret(phrase) if phrase else None,
            )
            return membership.add(here, new)

        ask(
            self,
            self._room,
            title=_("Add a member"),
            text=_(
                "Keys are made on this machine and certified by the workspace. Let the new member "
                "choose the passphrase: nobody else should know it."
            ),
            confirm=_("Add member"),
            fields=(
                FormItem("name", _("Name"), is_required=True, is_half=True),
                FormItem("email", _("E-mail address"), is_required=True, is_half=True),
                *roles,
                *passphrase_items(is_required=not has_keyring),
            ),
            work=add,
            done=self._on_added,
        )

    def _on_added(self, member: object) -> None:
        self.table.choose(getattr(member, "id", ""))
        self._room.tell(_("The member can sign in on this machine."))
        self.refresh()

    def _on_leave(self) -> None:
        person = self._chosen()
        if person is None:
            return
        member = person.member
        membership, here = self._room.desk.membership, self._room.desk.here
        ask(
            self,
            self._room,
            title=_("Record that {name} has left?").format(name=member.name),
            text=_(
                "She can no longer sign in or decide, and what is open for her closes at once. Her "
                "keys on this machine are destroyed. What she did stays on record. Hand her "
                "requests to a colleague first: their data are sealed to her."
            ),
            confirm=_("Record departure"),
            kind="danger",
            work=lambda _values, _work: membership.leave(here, member.id),
            done=self._on_left,
        )

    def _on_left(self, _nothing: object) -> None:
        self._room.tell(_("The departure is recorded."), tone="blue")
        self.refresh()

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


def _first_who_are_here(person: _Person) -> tuple[bool, str]:
    return person.member.left_at is not None, person.member.name.casefold()


def _roles(person: _Person) -> str:
    return ", ".join(in_words(ROLES, each.value) for each in sorted(person.member.roles))


def _state(person: _Person) -> str:
    return _("left") if person.member.left_at is not None else _("member")


def _state_tone(person: _Person) -> str:
    return "grey" if person.member.left_at is not None else "green"


def _columns() -> tuple[Column[_Person], ...]:
    return (
        Column("name", _("Name"), lambda each: each.member.name, 170, style=Style.STRONG),
        Column("roles", _("Roles"), _roles, 220),
        Column("email", _("E-mail"), lambda each: each.member.email, style=Style.MUTED),
        Column("state", _("State"), _state, 96, tone=_state_tone),
        Column(
            "joined",
            _("Joined"),
            lambda each: short_day(each.member.joined_at.date()),
            128,
            spare=1,
        ),
    )


PAGE = Page(
    key="people",
    title=lambda: _("People"),
    icon="users",
    order=50,
    build=PeoplePage,
    group=_("Set-up"),
    verbs=frozenset({Verb.MANAGE_MEMBERS, Verb.READ_LOG}),
)
