"""The members as people look at them: with which keys, certified how, and what those open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.certificates import Why
from app.domain.errors import SecurityError
from app.domain.people import Verb, why_no_departure, why_no_new_keys, why_no_new_roles
from app.services.airlock_secrets import NEXT

if TYPE_CHECKING:
    from datetime import datetime

    from app.domain.errors import AppError
    from app.domain.people import Member
    from app.ports.security import CertificateFacts, Certificates
    from app.ports.storage import UnitOfWork
    from app.services.joining import Inviting, Waiting
    from app.services.signed_in import SignedIn


class CertificateState(StrEnum):
    """What a member's certificate is worth now."""

    VALID = "valid"
    REVOKED = "revoked"
    OUT_OF_DATE = "out_of_date"
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Opens:
    """What a member holds of one source's secrets: kinds, as ``airlock_secrets.Kind``."""

    source: str
    title: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Hindrances:
    """Why a member's roles or keys cannot be changed, or her departure not recorded; None: can."""

    roles: AppError | None
    keys: AppError | None
    departure: AppError | None


@dataclass(frozen=True)
class PersonView:
    """One member. ``kept_in`` is where her keys rest on this machine, empty for elsewhere."""

    member: Member
    login: str
    kept_in: str
    certificate: CertificateFacts | None
    state: CertificateState
    keys_since: datetime | None
    opens: tuple[Opens, ...]
    hindrances: Hindrances
    holds_authority: bool
    """Only administrators are told."""


@dataclass(frozen=True)
class PeopleView:
    """Everybody, by name; who has left too. ``waiting`` are this administrator's invitations."""

    people: tuple[PersonView, ...]
    waiting: tuple[Waiting, ...]
    is_shared: bool
    has_keyring: bool


class PeopleViews:
    """Reads them; looking changes nothing."""

    def __init__(self, here: SignedIn, *, certificates: Certificates, inviting: Inviting) -> None:
        self._here = here
        self._certificates = certificates
        self._inviting = inviting

    def all(self) -> PeopleView:
        """Return everybody."""
        with self._here.workspace.read() as unit:
            me = unit.members.get(self._here.member)
            everybody = unit.members.all()
            opens = _opens(unit)
            may_manage = me.may(Verb.MANAGE_MEMBERS)
            authority = unit.workspace.authority_holders() if may_manage else ()
            people = tuple(
                self._person(
                    unit,
                    each,
                    me=me,
                    everybody=everybody,
                    opens=opens.get(each.id, ()),
                    holds_authority=each.id in authority,
                )
                for each in everybody
            )
        return PeopleView(
            people,
            self._inviting.waiting() if may_manage else (),
            self._here.workspace.is_shared,
            self._here.resting.keyring_usable(),
        )

    def _person(
        self,
        unit: UnitOfWork,
        member: Member,
        *,
        me: Member,
        everybody: tuple[Member, ...],
        opens: tuple[Opens, ...],
        holds_authority: bool,
    ) -> PersonView:
        certificate, state = self._certificate(unit, member)
        had = unit.members.certificates(member.id)
        made = [each.issued_at for each in had if each.why is not Why.ROLES]
        return PersonView(
            member=member,
            login=unit.members.login(member.id) if self._here.workspace.is_shared else "",
            kept_in=self._here.resting.where(self._here.workspace_id, member.id),
            certificate=certificate,
            state=state,
            keys_since=made[-1] if made else None,
            opens=opens,
            hindrances=Hindrances(
                why_no_new_roles(member, by=me),
                why_no_new_keys(member, by=me),
                why_no_departure(member, by=me, among=everybody),
            ),
            holds_authority=holds_authority,
        )

    def _certificate(
        self, unit: UnitOfWork, member: Member
    ) -> tuple[CertificateFacts | None, CertificateState]:
        signing = member.signing_certificate
        authority = unit.workspace.facts().authority_certificate
        try:
            facts = self._certificates.read(signing)
            self._certificates.check_issued(signing, authority=authority)
        except SecurityError:
            return None, CertificateState.NOT_OURS
        taken_back = {each.number for each in unit.members.revocations(member.id)}
        hers = [each for each in unit.members.certificates(member.id) if each.signing == signing]
        if not hers:
            return facts, CertificateState.NOT_OURS
        if any(each.number in taken_back for each in hers):
            return facts, CertificateState.REVOKED
        is_now = facts.valid_from <= unit.now() <= facts.valid_until
        return facts, CertificateState.VALID if is_now else CertificateState.OUT_OF_DATE


def _opens(unit: UnitOfWork) -> dict[str, tuple[Opens, ...]]:
    """Return what each member holds of the secrets of sources."""
    titles = {each.key: each.title for each in unit.sources.all()}
    held: dict[tuple[str, str], set[str]] = {}
    for source, kind, member in unit.airlocks.holders():
        held.setdefault((member, source), set()).add(kind.removeprefix(NEXT))
    found: dict[str, tuple[Opens, ...]] = {}
    for (member, source), kinds in sorted(held.items()):
        one = Opens(source, titles.get(source, source), tuple(sorted(kinds)))
        found[member] = (*found.get(member, ()), one)
    return found
