"""Whether everybody is who the workspace's authority says: certificates, revocations, the log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action
from app.domain.errors import SecurityError
from app.ports.storage import EntryFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.certificates import Issued, Revocation
    from app.domain.people import Member
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork

_ACTIONS = tuple(
    each.value
    for each in (
        Action.MEMBER_JOINED,
        Action.MEMBER_CHANGED,
        Action.MEMBER_LEFT,
        Action.KEYS_REPLACED,
    )
)
_AT_ONCE = 1000

type Found = tuple[str, dict[str, object]]
"""The code of a fault, and what fills its sentence."""


def member_faults(unit: UnitOfWork, certificates: Certificates) -> Iterator[Found]:
    """Yield what is wrong with members: forged, exchanged, unlogged or gone, by member's id."""
    issued, revoked = _logged(unit)
    facts = unit.workspace.facts()
    for member in unit.members.all():
        had = unit.members.certificates(member.id)
        taken_back = {each.number: each for each in unit.members.revocations(member.id)}
        prints = {each.number: certificates.fingerprint(each.signing) for each in had}
        for each in had:
            yield from _of_certificate(each, member, certificates, facts.authority_certificate)
            sealed_to = issued.get(member.id, {}).get(prints[each.number])
            if sealed_to not in {"", certificates.fingerprint(each.encryption)}:
                yield "proof.certificate_not_logged", {"member": member.id}
            revocation = taken_back.get(each.number)
            if revocation is None:
                continue
            said = revocation.signed_bytes(facts.id, prints[each.number])
            if not _is_signed(revocation, said, certificates, facts.authority_certificate):
                yield "proof.revocation_forged", {"member": member.id}
            if prints[each.number] not in revoked.get(member.id, set()):
                yield "proof.revocation_not_logged", {"member": member.id}
        if issued.pop(member.id, {}).keys() - {*prints.values()}:
            yield "proof.certificate_gone", {"member": member.id}
        done = {prints[number] for number in taken_back if number in prints}
        if revoked.pop(member.id, set()) - done:
            yield "proof.revocation_gone", {"member": member.id}
        yield from _of_member(member, had, taken_back, certificates)
    for gone in sorted({*issued, *revoked}):
        yield "proof.member_gone", {"member": gone}


def _of_certificate(
    each: Issued, member: Member, certificates: Certificates, authority: bytes
) -> Iterator[Found]:
    for certificate in (each.signing, each.encryption):
        try:
            certificates.check_issued(certificate, authority=authority)
            is_hers = certificates.read(certificate).member == member.id
        except SecurityError:
            is_hers = False
        if not is_hers:
            yield "proof.certificate_not_ours", {"member": member.id}


def _of_member(
    member: Member,
    had: tuple[Issued, ...],
    taken_back: dict[int, Revocation],
    certificates: Certificates,
) -> Iterator[Found]:
    """Compare what a member is now with what was certified last."""
    shown = (member.signing_certificate, member.encryption_certificate)
    latest = had[-1] if had else None
    if latest is None or shown != (latest.signing, latest.encryption):
        yield "proof.member_not_certified", {"member": member.id}
        return
    if member.left_at is None and latest.number in taken_back:
        yield "proof.member_not_certified", {"member": member.id}
    try:
        roles = set(certificates.read(latest.signing).roles)
    except SecurityError:
        return
    if roles != {role.value for role in member.roles}:
        yield "proof.member_other_roles", {"member": member.id}


def _is_signed(
    revocation: Revocation, said: bytes, certificates: Certificates, authority: bytes
) -> bool:
    try:
        certificates.check_signed(revocation.signature, said, authority=authority)
    except SecurityError:
        return False
    return True


def _logged(unit: UnitOfWork) -> tuple[dict[str, dict[str, str]], dict[str, set[str]]]:
    """Return the fingerprints that the log says were issued and taken back, by member.

    Of the issued ones with that of the encryption certificate, of which older versions said none.
    """
    issued: dict[str, dict[str, str]] = {}
    revoked: dict[str, set[str]] = {}
    which = EntryFilter(actions=_ACTIONS, newest_first=False, limit=_AT_ONCE)
    while True:
        page = unit.log.find(which)
        for entry in page.rows:
            facts = entry.facts()
            member, details = str(facts["object"]), facts["details"]
            if not isinstance(details, dict):
                continue
            if "certificate" in details:
                hers = issued.setdefault(member, {})
                hers[str(details["certificate"])] = str(details.get("encryption", ""))
            if "revoked" in details:
                revoked.setdefault(member, set()).add(str(details["revoked"]))
        which = replace(which, offset=which.offset + _AT_ONCE)
        if which.offset >= page.total:
            return issued, revoked
