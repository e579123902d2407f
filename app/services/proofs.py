"""Proofs of death that are on record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.airlock import Proof
from app.domain.audit import Action
from app.ports.storage import EntryFilter

if TYPE_CHECKING:
    from app.ports.storage import UnitOfWork


def recorded_proofs(unit: UnitOfWork, request: str, access_request: str) -> dict[str, Proof]:
    """Return what was last found left of an access at each source.

    By how much its last session outlived the deadline is known to who closed it first.
    """
    found: dict[str, Proof] = {}
    which = EntryFilter(request=request, actions=(Action.SOURCE_CLOSED.value,))
    for entry in unit.log.find(which).rows:
        details = entry.facts()["details"]
        if not isinstance(details, dict) or details.get("access_request") != access_request:
            continue
        proof = Proof.from_data(details)
        newer = found.setdefault(proof.source, proof)
        if newer.overshoot_ms is None and proof.overshoot_ms is not None:
            found[proof.source] = replace(newer, overshoot_ms=proof.overshoot_ms)
    return found
