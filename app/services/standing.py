"""Whether what a member shows is what the authority certified of her last, as the log says.

Whoever rules the workspace's database can take rows out of it. A revocation that is gone there is
still in the log, and on every machine that saw it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action
from app.domain.errors import SecurityError
from app.ports.storage import EntryFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.audit import Entry
    from app.domain.people import Member
    from app.ports.security import CertificateFacts, Certificates
    from app.ports.storage import UnitOfWork

_OF_MEMBERS = EntryFilter(
    actions=(
        Action.MEMBER_JOINED.value,
        Action.MEMBER_CHANGED.value,
        Action.MEMBER_LEFT.value,
        Action.KEYS_REPLACED.value,
    ),
    limit=1000,
)


def entries_of_members(unit: UnitOfWork) -> Iterator[Entry]:
    """Yield the entries that say what members are and were, in order."""
    which = replace(_OF_MEMBERS, newest_first=False)
    while rows := unit.log.find(which).rows:
        yield from rows
        which = replace(which, offset=which.offset + which.limit)


def check_standing(
    unit: UnitOfWork, member: Member, *, certificates: Certificates, authority: bytes
) -> CertificateFacts:
    """Return what the member's encryption certificate says, which is hers and counts.

    ``SecurityError``: certificate.not_ours where it is not by the authority, or not hers;
    certificate.taken_back where the workspace, its log or this machine knows of that;
    certificate.not_on_record where the log does not say that she has it.
    """
    shown = member.encryption_certificate
    certificates.check_issued(shown, authority=authority)
    facts = certificates.read(shown)
    if facts.member != member.id:
        raise SecurityError("certificate.not_ours")
    fingerprint = certificates.fingerprint(shown)
    if fingerprint in unit.log.revoked() | _revoked_now(unit, member.id, certificates):
        raise SecurityError("certificate.taken_back")
    for entry in unit.log.find(replace(_OF_MEMBERS, text=member.id)).rows:
        said = entry.facts()
        if said["object"] != member.id:
            continue
        if said["action"] == Action.MEMBER_LEFT.value:
            raise SecurityError("certificate.taken_back")
        details = said["details"]
        # Older versions said nothing of the encryption certificate.
        if isinstance(details, dict) and details.get("encryption", fingerprint) == fingerprint:
            return facts
        break
    raise SecurityError("certificate.not_on_record")


def remember_revoked(unit: UnitOfWork, certificates: Certificates) -> None:
    """Let this machine remember what the authority took back, whatever becomes of the workspace.

    Only of a unit that reads: what another one writes may never be committed.
    """
    found = frozenset[str]()
    for member in unit.members.all():
        found |= _revoked_now(unit, member.id, certificates)
    if not found <= unit.log.revoked():
        unit.log.remember_revoked(found)


def _revoked_now(unit: UnitOfWork, member: str, certificates: Certificates) -> frozenset[str]:
    """Return the encryption certificates that the authority took back, as the workspace has it."""
    revocations = unit.members.revocations(member)
    if not revocations:
        return frozenset()
    had = {each.number: each for each in unit.members.certificates(member)}
    facts, found = unit.workspace.facts(), set()
    for each in revocations:
        issued = had.get(each.number)
        if issued is None:
            continue  # somebody took out what it took back; whoever verifies is told
        said = each.signed_bytes(facts.id, certificates.fingerprint(issued.signing))
        try:
            certificates.check_signed(each.signature, said, authority=facts.authority_certificate)
        except SecurityError:
            continue  # anybody's word; whoever verifies is told
        found.add(certificates.fingerprint(issued.encryption))
    return frozenset(found)
