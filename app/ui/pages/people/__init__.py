"""People: who works in this workspace, as what, with which keys, and what those open."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.people import Role, Verb
from app.i18n import _, ngettext
from app.ui.dialogs.recovery_kit import ask_kit
from app.ui.models.paged import Column, ListModel
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.people import asks
from app.ui.pages.people.cards import AnswerCard, InvitationCard, WaitingCard
from app.ui.pages.people.person import PersonCard, roles_in_words
from app.ui.theme.cells import Style
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, scrolled
from app.ui.widgets.header import PageHeader
from app.ui.widgets.notice import Notice
from app.ui.widgets.table import Table
from app.ui.widgets.text import Text
from app.wording.clock_days import short_day
from app.wording.people import certificate_state, kit_in_words, lost_in_words, role_hint
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.services.joining import Confirmed
    from app.services.key_exchange import Lost
    from app.services.people_views import PeopleView, PersonView
    from app.ui.runner import Work
    from app.wording.errors import Sentence

_WIDTH = 320
_TONES = {"valid": "green", "revoked": "grey", "out_of_date": "amber", "not_ours": "red"}
_KEYS_OF_SOURCES = frozenset({"officers", "approvers"})


class PeoplePage(PageWidget):
    """The members at the left; one of them, and what waits, at the right."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._ground: PeopleView | None = None
        self._answer = ""
        self._may_manage = room.me.may(Verb.MANAGE_MEMBERS)
        self.notice = Notice()
        self.model: ListModel[PersonView] = ListModel(_columns(), key=lambda each: each.member.id)
        self.table = Table(self.model, name=_("Members"))
        self.table.chosen.connect(self._on_chosen)
        self.person = PersonCard(may_manage=self._may_manage, zone=room.facts.timezone)
        self.person.hide()  # until somebody is known
        self.invitation = InvitationCard()
        self.answer = AnswerCard()
        self.waiting = WaitingCard(zone=room.facts.timezone)
        self._kit = Button(_("Print a new recovery kit…"), self._on_kit)
        self._take = Button(_("Answer…"), self._on_take)
        self._add = Button(_("Add a member…"), self._on_add, kind="primary")
        self._connect()
        self._build()
        self.first = self.table

    def _connect(self) -> None:
        self.person.roles_wanted.connect(self._on_roles)
        self.person.keys_wanted.connect(self._on_keys)
        self.person.departure_wanted.connect(self._on_leave)
        self.invitation.copied.connect(self._on_copy)
        self.invitation.saved.connect(self._on_save)
        self.answer.same.connect(self._on_same)
        self.answer.different.connect(self._on_different)
        self.waiting.withdraw_wanted.connect(self._on_withdraw)

    def _build(self) -> None:
        actions = (self._kit, self._take, self._add) if self._may_manage else ()
        self._header = PageHeader(_("People"), *actions)
        self._take.hide()
        members = Card(margin=6)
        members.body.addWidget(self.table)
        roles = Card(_("What each role may do"))
        for each in Role:
            roles.body.addWidget(Text(in_words(ROLES, each.value).capitalize(), "strong"))
            roles.body.addWidget(Text(role_hint(each), "muted"))
        side = scrolled(
            column(self.answer, self.invitation, self.person, self.waiting, roles, 1, spacing=14),
            name=_("Member"),
        )
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
            self._show_chosen()

    @override
    def refresh(self) -> None:
        people = self._room.desk.people
        self._room.run(
            self, lambda _work: people.all(), done=self._on_ground, failed=self._on_failed
        )

    def _on_ground(self, ground: PeopleView) -> None:
        self._ground = ground
        here = [each for each in ground.people if each.member.left_at is None]
        left, open_ = len(ground.people) - len(here), len(ground.waiting)
        parts = [ngettext("{n} member", "{n} members", len(here)).format(n=len(here))]
        if left:
            parts.append(ngettext("{n} left", "{n} left", left).format(n=left))
        if open_:
            text = ngettext("{n} invitation open", "{n} invitations open", open_)
            parts.append(text.format(n=open_))
        self._header.set_subtitle(", ".join(parts))
        self._take.setVisible(ground.is_shared)
        self._add.set_text(_("Invite…") if ground.is_shared else _("Add a member…"))
        self.waiting.show_waiting(ground.waiting)
        self.model.show_rows(sorted(ground.people, key=_first_who_are_here))
        if not self.table.key:
            self.table.choose(self._room.me.id)
        self._show_chosen()

    def _on_chosen(self, _key: str) -> None:
        self._show_chosen()

    def _chosen(self) -> PersonView | None:
        people = self._ground.people if self._ground is not None else ()
        return next((each for each in people if each.member.id == self.table.key), None)

    def _show_chosen(self) -> None:
        person = self._chosen()
        self.person.setVisible(person is not None)
        if person is not None:
            self.person.show_person(person)

    # Coming in

    def _on_add(self) -> None:
        if self._ground is None:
            return
        if self._ground.is_shared:
            asks.ask_invitation(self, self._room, done=self._on_invited)
        else:
            asks.ask_new_member(
                self, self._room, has_keyring=self._ground.has_keyring, done=self._on_added
            )

    def _on_added(self, member: object) -> None:
        self.table.choose(getattr(member, "id", ""))
        self._room.tell(_("The member can sign in on this machine."))
        self.refresh()

    def _on_invited(self, made: object) -> None:
        if isinstance(made, tuple):
            name, invitation = made
            self.invitation.show_invitation(name, invitation.text())
        self.refresh()

    def _on_copy(self, text: str) -> None:
        self._room.copy(text, is_revealed=True)
        self._room.tell(_("Copied. It leaves the clipboard by itself."))

    def _on_save(self, text: str, path: Path) -> None:
        def write(_work: Work) -> None:
            self._room.desk.inviting.save(text, path)

        self._room.run(self, write, done=self._on_saved, failed=self._on_failed)

    def _on_saved(self, _nothing: object) -> None:
        self._room.tell(_("The invitation is saved."))

    def _on_take(self) -> None:
        asks.ask_answer(self, self._room, done=self._on_taken)

    def _on_taken(self, taken: object) -> None:
        if isinstance(taken, tuple):
            self._answer, answered = taken
            self.answer.show_answer(answered)

    def _on_same(self) -> None:
        text, inviting = self._answer, self._room.desk.inviting
        self.answer.wait()
        self._room.run(
            self,
            lambda _work: inviting.confirm(text),
            done=self._on_confirmed,
            failed=self._on_not_confirmed,
        )

    def _on_confirmed(self, confirmed: Confirmed) -> None:
        self.answer.hide()
        self._answer = ""
        self._room.tell(_("{name} can sign in now.").format(name=confirmed.member.name))
        self._say_lost(confirmed.lost)
        self.table.choose(confirmed.member.id)
        self.refresh()

    def _on_not_confirmed(self, sentence: Sentence) -> None:
        self.answer.hide()
        self.notice.say_error(sentence)
        self.refresh()

    def _on_different(self) -> None:
        text, inviting = self._answer, self._room.desk.inviting
        self.answer.wait()
        self._room.run(
            self,
            lambda _work: inviting.refuse(text),
            done=self._on_refused,
            failed=self._on_not_confirmed,
        )

    def _on_refused(self, _nothing: object) -> None:
        self.answer.hide()
        self._answer = ""
        self.notice.say(
            _(
                "Nobody was let in, and the invitation is withdrawn. Somebody may have read it on "
                "its way: send the next one another way."
            ),
            tone="amber",
        )
        self.refresh()

    def _on_withdraw(self, member: str) -> None:
        inviting = self._room.desk.inviting
        self._room.run(
            self,
            lambda _work: inviting.withdraw(member),
            done=self._on_withdrawn,
            failed=self._on_failed,
        )

    def _on_withdrawn(self, _nothing: object) -> None:
        self._room.tell(_("The invitation is withdrawn."), tone="blue")
        self.refresh()

    # Changing

    def _on_roles(self) -> None:
        if person := self._chosen():
            asks.ask_roles(self, self._room, person, done=self._on_changed)

    def _on_changed(self, _member: object) -> None:
        self._room.tell(_("The roles are changed."))
        self.refresh()

    def _on_keys(self) -> None:
        def go_on(person: PersonView, ground: PeopleView, lost: Lost) -> None:
            asks.ask_new_keys(
                self,
                self._room,
                person,
                lost,
                is_shared=ground.is_shared,
                has_keyring=ground.has_keyring,
                done=self._on_invited if ground.is_shared else self._on_new_keys,
            )

        self._knowing_what_is_lost(go_on)

    def _on_new_keys(self, lost: object) -> None:
        self._room.tell(_("The new keys are certified."))
        self._say_lost(lost)
        self.refresh()

    def _on_leave(self) -> None:
        def go_on(person: PersonView, _ground: PeopleView, lost: Lost) -> None:
            asks.ask_departure(self, self._room, person, lost, done=self._on_left)

        self._knowing_what_is_lost(go_on)

    def _knowing_what_is_lost(self, go_on: Callable[[PersonView, PeopleView, Lost], None]) -> None:
        """Look first what only this member can open, so that the question can say it."""
        person, ground, changes = self._chosen(), self._ground, self._room.desk.changes
        if person is None or ground is None:
            return
        member = person.member.id

        def ask_then(lost: Lost) -> None:
            go_on(person, ground, lost)

        self._room.run(
            self,
            lambda _work: changes.only_hers(member),
            done=ask_then,
            failed=self._on_failed,
        )

    def _on_left(self, _nothing: object) -> None:
        self._room.tell(_("The departure is recorded."), tone="blue")
        self.refresh()

    def _on_kit(self) -> None:
        ask_kit(self, self._room, done=self._on_kit_made)

    def _on_kit_made(self, path: object) -> None:
        self.notice.say(kit_in_words(path), tone="amber")

    def _say_lost(self, lost: object) -> None:
        text = lost_in_words(getattr(lost, "requests", ()), getattr(lost, "sources", ()))
        if text:
            self.notice.say(text, tone="amber")

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


def _first_who_are_here(person: PersonView) -> tuple[bool, str]:
    return person.member.left_at is not None, person.member.name.casefold()


def _key(person: PersonView) -> str:
    return _("left") if person.member.left_at is not None else certificate_state(person.state.value)


def _tone(person: PersonView) -> str:
    return "grey" if person.member.left_at is not None else _TONES[person.state.value]


def _opens(person: PersonView) -> str:
    return ", ".join(each.title for each in person.opens if _KEYS_OF_SOURCES & {*each.kinds})


def _columns() -> tuple[Column[PersonView], ...]:
    return (
        Column("name", _("Name"), lambda each: each.member.name, 140, style=Style.STRONG),
        Column("roles", _("Roles"), roles_in_words, 170),
        Column("key", _("Key"), _key, 96, tone=_tone),
        Column("opens", _("Holds a key of"), _opens, style=Style.MUTED, spare=2),
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
