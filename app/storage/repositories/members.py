"""The members."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from sqlalchemy import func, select, update

from app.domain.certificates import Issued, Revocation
from app.domain.errors import NotFoundError
from app.domain.people import Member
from app.ports.storage import MemberStore
from app.storage.guard.tables import logins
from app.storage.rows import columns_of, fold, values_of
from app.storage.tables import certificate_revocations, certificates, members

if TYPE_CHECKING:
    from app.storage.statements import Statements

_MEMBERS = select(*columns_of(members, Member))
_ISSUED = select(*columns_of(certificates, Issued)).order_by(certificates.c.number)
_REVOKED = select(*columns_of(certificate_revocations, Revocation)).order_by(
    certificate_revocations.c.number
)


class SqlMemberStore(MemberStore):
    """Members in the workspace's database; none is ever removed."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def add(self, member: Member) -> None:
        self._run.add(members, values_of(member))

    @override
    def get(self, member_id: str) -> Member:
        row = self._run.first(_MEMBERS.where(members.c.id == member_id))
        if row is None:
            raise NotFoundError("member.not_found")
        return Member(*row)

    @override
    def entered(self) -> Member | None:
        if not self._run.has_logins:
            return None
        mine = select(logins.c.member).where(logins.c.login == func.session_user())
        row = self._run.first(_MEMBERS.where(members.c.id == mine.scalar_subquery()))
        return Member(*row) if row is not None else None

    @override
    def set_login(self, member_id: str, login: str) -> None:
        self._run.add(logins, {"login": login, "member": member_id})

    @override
    def login(self, member_id: str) -> str:
        found = self._run.value(select(logins.c.login).where(logins.c.member == member_id))
        return str(found or "")

    @override
    def all(self) -> tuple[Member, ...]:
        found = (Member(*row) for row in self._run.all(_MEMBERS))
        return tuple(sorted(found, key=lambda each: (fold(each.name), each.id)))

    @override
    def replace(self, member: Member) -> None:
        mine = members.c.id == member.id
        if not self._run.run(update(members).where(mine).values(values_of(member))):
            raise NotFoundError("member.not_found")

    @override
    def add_certificates(self, issued: Issued) -> None:
        self._run.add(certificates, values_of(issued))

    @override
    def certificates(self, member_id: str) -> tuple[Issued, ...]:
        hers = certificates.c.member == member_id
        return tuple(Issued(*row) for row in self._run.all(_ISSUED.where(hers)))

    @override
    def revoke(self, revocation: Revocation) -> None:
        self._run.add(certificate_revocations, values_of(revocation))

    @override
    def revocations(self, member_id: str) -> tuple[Revocation, ...]:
        hers = certificate_revocations.c.member == member_id
        return tuple(Revocation(*row) for row in self._run.all(_REVOKED.where(hers)))
