"""Whether somebody really signed: with a certificate that was hers, and counted, at that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import SecurityError
from app.domain.people import Role

if TYPE_CHECKING:
    from datetime import datetime

    from app.domain.access import Decision
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork


def check_signed_by(
    unit: UnitOfWork,
    member: str,
    signature: bytes,
    data: bytes,
    *,
    at: datetime,
    certificates: Certificates,
    role: Role | None = None,
) -> None:
    """Raise ``SecurityError`` unless ``member`` signed ``data`` with a key that was hers at ``at``.

    Her certificate of that time says that she had ``role`` then. Codes: signature.wrong,
    certificate.not_ours, certificate.out_of_date, certificate.revoked, certificate.other_role.
    """
    authority = unit.workspace.facts().authority_certificate
    revoked = {each.number: each.at for each in unit.members.revocations(member)}
    failure = "signature.wrong"
    for each in reversed(unit.members.certificates(member)):
        try:
            certificates.verify(
                signature, data, certificate=each.signing, authority=authority, at=at
            )
        except SecurityError as error:
            found = error.code
        else:
            found = ""
            if (
                each.issued_at > at
            ):  # what it says of its own beginning is the authority's to choose
                found = "certificate.out_of_date"
            elif each.number in revoked and revoked[each.number] < at:
                found = "certificate.revoked"
            elif role is not None and role.value not in certificates.read(each.signing).roles:
                found = "certificate.other_role"
        if not found:
            return
        if failure == "signature.wrong":  # what is wrong with the newest of them is told
            failure = found
    raise SecurityError(failure)


def check_signature(unit: UnitOfWork, decision: Decision, certificates: Certificates) -> None:
    """Raise ``SecurityError`` unless the approver's own key signed exactly this decision."""
    check_signed_by(
        unit,
        decision.approver,
        decision.signature,
        decision.signed_bytes(),
        at=decision.decided_at,
        certificates=certificates,
        role=Role.APPROVER,
    )


def signature_valid(unit: UnitOfWork, decision: Decision, certificates: Certificates) -> bool:
    """Say whether the decision's signature holds."""
    try:
        check_signature(unit, decision, certificates)
    except SecurityError:
        return False
    return True


def signatures_valid(
    unit: UnitOfWork, decisions: tuple[Decision, ...], certificates: Certificates
) -> bool | None:
    """Say whether the signature of each of them holds; None where nothing was decided."""
    if not decisions:
        return None
    return all(signature_valid(unit, each, certificates) for each in decisions)
