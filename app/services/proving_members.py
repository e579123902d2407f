"""Whether everybody is who the workspace's authority says: certificates, revocations, the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import SecurityError
from app.services.standing import entries_of_members
from app.services.vault_holders import keys_not_on_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.certificates import Issued, Revocation
    from app.domain.people import Member
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork

type Found = tuple[str, dict[str, object]]
"""The code of a fault, and what fills its sentence."""


def member_faults(unit: UnitOfWork, certificates: Certificates) -> Iterator[Found]:
    """Yield what is wrong with members: forged, exchanged, unlogged or gone, by member's id."""
    issued, revoked = _logged(unit)
    for member in unit.members.all():
        had = unit.members.certificates(member.id)
        taken_back = {each.number: each for each in unit.members.revocations(member.id)}
        yield from _of_certificates(
            unit, member, had, issued=issued.pop(member.id, {}), certificates=certificates
        )
        yield from _of_revocations(
            unit, had, taken_back, logged=revoked.pop(member.id, set()), certificates=certificates
        )
        yield from _of_member(member, had, taken_back, certificates)
    for gone in sorted({*issued, *revoked}):
        yield "proof.member_gone", {"member": gone}
    for request, holder in keys_not_on_record(unit):
        yield "proof.vault_key_not_logged", {"request": request, "member": holder}


def _of_certificates(
    unit: UnitOfWork,
    member: Member,
    had: tuple[Issued, ...],
    *,
    issued: dict[str, str],
    certificates: Certificates,
) -> Iterator[Found]:
    """Compare the certificates that a member had with those that the log says were issued."""
    authority, prints = unit.workspace.facts().authority_certificate, set()
    for each in had:
        signing = certificates.fingerprint(each.signing)
        prints.add(signing)
        yield from _of_certificate(each, member, certificates, authority)
        if issued.get(signing) not in {"", certificates.fingerprint(each.encryption)}:
            yield "proof.certificate_not_logged", {"member": member.id}
    if issued.keys() - prints:
        yield "proof.certificate_gone", {"member": member.id}


def _of_revocations(
    unit: UnitOfWork,
    had: tuple[Issued, ...],
    taken_back: dict[int, Revocation],
    *,
    logged: set[str],
    certificates: Certificates,
) -> Iterator[Found]:
    """Compare a member's revocations with the log, and with what this machine saw of them."""
    facts, seen = unit.workspace.facts(), unit.log.revoked()
    known, done = set(logged), set()
    for each in had:
        signing = certificates.fingerprint(each.signing)
        if certificates.fingerprint(each.encryption) in seen:
            known.add(signing)
        revocation = taken_back.get(each.number)
        if revocation is None:
            continue
        done.add(signing)
        said = revocation.signed_bytes(facts.id, signing)
        if not _is_signed(revocation, said, certificates, facts.authority_certificate):
            yield "proof.revocation_forged", {"member": each.member}
        if signing not in logged:
            yield "proof.revocation_not_logged", {"member": each.member}
    if had and known - done:
        yield "proof.revocation_gone", {"member": had[0].member}


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
    for entry in entries_of_members(unit):
        facts = entry.facts()
        member, details = str(facts["object"]), facts["details"]
        if not isinstance(details, dict):
            continue
        if "certificate" in details:
            hers = issued.setdefault(member, {})
            hers[str(details["certificate"])] = str(details.get("encryption", ""))
        if "revoked" in details:
            revoked.setdefault(member, set()).add(str(details["revoked"]))
    return issued, revoked
