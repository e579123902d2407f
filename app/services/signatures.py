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


def signature_valid(
    unit: UnitOfWork, decision: Decision | None, certificates: Certificates
) -> bool | None:
    """Say whether the decision's signature holds; None where nothing was decided."""
    if decision is None:
        return None
    try:
        check_signature(unit, decision, certificates)
    except SecurityError:
        return False
    return True
