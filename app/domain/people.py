"""Members, their roles, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Role(StrEnum):
    """What a member does in the workspace."""

    OFFICER = "officer"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Verb(StrEnum):
    """What somebody may want to do."""

    HANDLE_REQUESTS = "handle_requests"
    ASK_FOR_ACCESS = "ask_for_access"
    DECIDE_ACCESS = "decide_access"
    END_ACCESS = "end_access"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_MEMBERS = "manage_members"
    READ_LOG = "read_log"
    MAKE_REPORTS = "make_reports"


_MAY: dict[Role, frozenset[Verb]] = {
    Role.OFFICER: frozenset(
        {
            Verb.HANDLE_REQUESTS,
            Verb.ASK_FOR_ACCESS,
            Verb.END_ACCESS,
            Verb.READ_LOG,
            Verb.MAKE_REPORTS,
        }
    ),
    Role.APPROVER: frozenset(
        {Verb.DECIDE_ACCESS, Verb.END_ACCESS, Verb.READ_LOG, Verb.MAKE_REPORTS}
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Verb.MANAGE_SOURCES,
            Verb.MANAGE_MEMBERS,
            Verb.END_ACCESS,
            Verb.READ_LOG,
            Verb.MAKE_REPORTS,
        }
    ),
    Role.AUDITOR: frozenset({Verb.READ_LOG, Verb.MAKE_REPORTS}),
}


def roles_that_may(verb: Verb) -> tuple[Role, ...]:
    """Return the roles that allow ``verb``."""
    return tuple(each for each in Role if verb in _MAY[each])


@dataclass(frozen=True)
class Member:
    """Somebody who works in the workspace; certificates are DER, issued by its authority."""

    id: str
    name: str
    email: str
    roles: frozenset[Role]
    joined_at: datetime
    signing_certificate: bytes = b""
    encryption_certificate: bytes = b""
    left_at: datetime | None = None

    def may(self, verb: Verb) -> bool:
        """Say whether one of the member's roles allows ``verb``."""
        return self.left_at is None and any(verb in _MAY[role] for role in self.roles)

    def must(self, verb: Verb) -> None:
        """Raise ``NotAllowedError`` unless the member may do ``verb``."""
        if not self.may(verb):
            raise NotAllowedError("member.not_allowed", verb=verb)


def why_no_new_roles(member: Member, *, by: Member) -> NotAllowedError | None:
    """Return why ``by`` cannot give ``member`` other roles; None where she can."""
    return _why_no_change(member, by=by) or _if_own(member, by, "member.own_roles")


def why_no_new_keys(member: Member, *, by: Member) -> NotAllowedError | None:
    """Return why ``by`` cannot certify new keys of ``member``; None where she can."""
    return _why_no_change(member, by=by) or _if_own(member, by, "member.own_keys")


def why_no_departure(
    member: Member, *, by: Member, among: Iterable[Member]
) -> NotAllowedError | None:
    """Return why ``by`` cannot record that ``member`` left; at least one administrator stays."""
    if found := _why_no_change(member, by=by):
        return found
    if not any(each.may(Verb.MANAGE_MEMBERS) for each in among if each.id != member.id):
        return NotAllowedError("member.last_administrator")
    return _if_own(member, by, "member.own_departure")


def _why_no_change(member: Member, *, by: Member) -> NotAllowedError | None:
    if not by.may(Verb.MANAGE_MEMBERS):
        return NotAllowedError("member.not_allowed", verb=Verb.MANAGE_MEMBERS)
    return NotAllowedError("member.has_left") if member.left_at is not None else None


def _if_own(member: Member, by: Member, code: str) -> NotAllowedError | None:
    return NotAllowedError(code) if member.id == by.id else None
