"""Looking a workspace over: its log, what was decided, who is who, and what guards it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.audit import NO_HASH, Action
from app.ports.storage import EntryFilter
from app.services.checkpoints import last_signed, signed_for
from app.services.log_checks import check_log
from app.services.proving_members import member_faults
from app.services.signatures import signature_valid
from app.services.standing import remember_revoked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.access import Decision
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork, Workspace

_DECIDED = (Action.ACCESS_GRANTED.value, Action.ACCESS_DENIED.value)
_AT_ONCE = 1000
_LOGINS_REPLACED = EntryFilter(actions=(Action.LOGIN_REPLACED.value,), limit=1)
_UNSIGNED_AT_MOST = timedelta(days=7)
"""A window signs what its member wrote half an hour later or when she signs out, and any signature
vouches for all before it; so nobody has to be there for long.
"""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; ``code`` has a sentence, ``values`` fill it."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class LookedOver:
    """What is wrong with a workspace, and the facts that a sentence on a sound one tells."""

    faults: tuple[Fault, ...]
    facts: Mapping[str, object]


def look_over(workspace: Workspace, certificates: Certificates) -> LookedOver:
    """Check all that can be checked of a workspace, as whoever opened it may read it."""
    with workspace.read() as unit:
        state = check_log(unit, certificates)
        faults = []
        if not state.is_sound:
            faults.append(Fault(f"proof.log_{state.fault}", {"entry": state.broken_at}))
        faults += _long_unsigned(unit)
        decided: list[Decision] = []
        for case in unit.access.decided():
            decided += case.decisions
            if case.window is not None and case.grant is None:
                faults.append(Fault("proof.window_not_granted", {"session": case.window.session}))
        faults += _of_decisions(unit, decided, certificates)
        faults += [Fault(code, values) for code, values in member_faults(unit, certificates)]
        remember_revoked(unit, certificates)
        facts = unit.workspace.facts()
        shown = {
            "title": facts.title,
            "authority": certificates.fingerprint(facts.authority_certificate),
            "entries": state.entries,
            "head": state.head,
            "decisions": len(decided),
            "logins_replaced": unit.log.find(_LOGINS_REPLACED).total,
        }
    flaws = workspace.flaws()
    faults += [Fault(f"guard.{each.kind.value}", {"what": each.what}) for each in flaws]
    return LookedOver(tuple(faults), shown)


def _of_decisions(
    unit: UnitOfWork, decided: list[Decision], certificates: Certificates
) -> Iterator[Fault]:
    """Yield what is wrong with decisions: each is signed, is in the log, and names the log as it
    was; each in the log is there. A log that was rewritten contradicts what they name.

    To cut a signature on the log out, whoever rewrites it would have to cut out the decision, too.
    """
    logged = _logged_decisions(unit)
    first, signed = signed_for(unit)
    for each in decided:
        entry, known = logged.pop(each.id, None), {"decision": each.id}
        if not signature_valid(unit, each, certificates):
            yield Fault("proof.decision_signature", known)
        if entry is None:
            yield Fault("proof.decision_not_logged", known)
        if each.head is not None and each.head != _hash_of(unit, each.entries or 0):
            yield Fault("proof.decision_other_log", {**known, "entry": each.entries})
        since = 0 if each.head is not None else first  # an older version signed no log
        if entry is not None and since is not None and entry > since and each.id not in signed:
            yield Fault("proof.log_not_signed", {**known, "entry": entry})
    for decision, entry in logged.items():
        yield Fault("proof.decision_gone", {"decision": decision, "entry": entry})


def _hash_of(unit: UnitOfWork, number: int) -> str | None:
    if number == 0:
        return NO_HASH
    entry = unit.log.get(number)
    return entry.hash if entry is not None else None


def _long_unsigned(unit: UnitOfWork) -> Iterator[Fault]:
    """Name the first entry of a member that nobody signed for longer than work goes on unsigned."""
    members = {each.id for each in unit.members.all()}
    _number, _hash, end = unit.log.head()
    signed = last_signed(unit)
    after = EntryFilter(since=signed.at if signed else None, newest_first=False, limit=_AT_ONCE)
    for entry in unit.log.find(after).rows:
        is_later = signed is None or entry.number > signed.number
        if is_later and str(entry.facts()["actor"]) in members:
            if end is not None and end - entry.at > _UNSIGNED_AT_MOST:
                yield Fault("proof.log_unsigned", {"entry": entry.number, "since": entry.at})
            return


def _logged_decisions(unit: UnitOfWork) -> dict[str, int]:
    """Return the numbers of the entries that record decisions, by decision."""
    found: dict[str, int] = {}
    which = EntryFilter(actions=_DECIDED, newest_first=False, limit=_AT_ONCE)
    while True:
        page = unit.log.find(which)
        for entry in page.rows:
            details = entry.facts()["details"]
            if isinstance(details, dict):
                found[str(details.get("decision", ""))] = entry.number
        which = replace(which, offset=which.offset + _AT_ONCE)
        if which.offset >= page.total:
            return found
