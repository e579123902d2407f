"""One member at the side of People: who she is, with which keys, and what can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.i18n import _
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.facts import Facts
from app.wording.clock_days import short_day
from app.wording.errors import error_in_words
from app.wording.moments import moment_in_words
from app.wording.people import (
    certificate_state,
    keys_in_words,
    secret_in_words,
    short_fingerprint,
)
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from app.domain.errors import AppError
    from app.services.people_views import PersonView


class PersonCard(Card):
    """Shows a member; an administrator gets the buttons, which say why they cannot be pressed."""

    roles_wanted = Signal()
    keys_wanted = Signal()
    departure_wanted = Signal()

    def __init__(self, *, may_manage: bool, zone: str) -> None:
        super().__init__("…")
        self._may_manage, self._zone = may_manage, zone
        self._facts = Facts(label_width=86)
        self.roles = Button(_("Change roles…"), self.roles_wanted.emit)
        self.keys = Button(_("New keys…"), self.keys_wanted.emit)
        self.departure = Button(_("Record departure…"), self.departure_wanted.emit, kind="danger")
        self.body.addWidget(self._facts)
        self.body.addLayout(row(self.roles, self.keys, 1))
        self.body.addLayout(row(self.departure, 1))

    def show_person(self, person: PersonView) -> None:
        """Show a member."""
        member = person.member
        self.title.setText(member.name)
        self.setAccessibleName(member.name)
        self._facts.show_facts(*self._told(person))
        is_here = self._may_manage and member.left_at is None
        hindrances = person.hindrances
        for button, hindrance in (
            (self.roles, hindrances.roles),
            (self.keys, hindrances.keys),
            (self.departure, hindrances.departure),
        ):
            button.setVisible(is_here)
            button.allow(_why(hindrance))

    def _told(self, person: PersonView) -> list[tuple[str, str]]:
        member = person.member
        facts = [
            (_("E-mail"), member.email),
            (_("Roles"), roles_in_words(person)),
        ]
        if person.login:
            facts.append((_("Login"), person.login))
        facts.append((_("Joined"), moment_in_words(member.joined_at, self._zone)))
        if member.left_at is not None:
            facts.append((_("Left"), moment_in_words(member.left_at, self._zone)))
        facts.append((_("Keys"), keys_in_words(person.kept_in)))
        if person.keys_since is not None:
            facts.append((_("Keys since"), moment_in_words(person.keys_since, self._zone)))
        facts.append((_("Certificate"), _certificate(person)))
        if person.certificate is not None:
            shown = short_fingerprint(person.certificate.fingerprint)
            facts.append((_("Fingerprint"), shown))
        if person.holds_authority:
            facts.append((_("Authority"), _("holds its key: may certify members")))
        for each in person.opens:
            kinds = ", ".join(secret_in_words(kind) for kind in each.kinds)
            facts.append((each.title, kinds))
        return facts


def roles_in_words(person: PersonView) -> str:
    """Return what a member works as."""
    return ", ".join(in_words(ROLES, each.value) for each in sorted(person.member.roles))


def _certificate(person: PersonView) -> str:
    state = certificate_state(person.state.value)
    if person.certificate is None:
        return state
    day = short_day(person.certificate.valid_until.date())
    return _("{state}, to {day}").format(state=state, day=day)


def _why(hindrance: AppError | None) -> str:
    if hindrance is None:
        return ""
    sentence = error_in_words(hindrance)
    return f"{sentence.happened} {sentence.next_step}"
