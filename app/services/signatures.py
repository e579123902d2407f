"""Whether a decision was really signed by the approver whom it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import SecurityError

if TYPE_CHECKING:
    from app.domain.access import Decision
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork


def check_signature(unit: UnitOfWork, decision: Decision, certificates: Certificates) -> None:
    """Raise ``SecurityError`` unless the approver's own key signed exactly this decision."""
    certificates.verify(
        decision.signature,
        decision.signed_bytes(),
        certificate=unit.members.get(decision.approver).signing_certificate,
        authority=unit.workspace.facts().authority_certificate,
        at=decision.decided_at,
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
