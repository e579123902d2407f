"""The audit report of a request."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Entry, Event
from app.domain.clock import local_day
from app.domain.datamap import CollectionAddress
from app.domain.errors import AppError, SecurityError
from app.domain.people import Verb
from app.domain.pulls import in_effect
from app.ports.reports import AccessStory, AuditReport, Read, Seal
from app.ports.storage import EntryFilter
from app.services.checklist import checklist_of
from app.services.checkpoints import sign_log
from app.services.clocks import deadline_of
from app.services.log_checks import check_log
from app.services.proofs import recorded_proofs
from app.services.review_marks import count_review
from app.services.scoping import active_maps
from app.services.scratch import exporting
from app.services.signatures import signatures_valid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from app.domain.access import AccessCase
    from app.domain.airlock import Proof
    from app.domain.audit import StoredEntry
    from app.domain.requests import Request
    from app.ports.regimes import Regime
    from app.ports.reports import ReportType
    from app.ports.security import Certificates, DocumentSignatures
    from app.ports.storage import UnitOfWork
    from app.services.deadlines import Deadlines
    from app.services.scratch import Scratch
    from app.services.signed_in import SignedIn

_ENTRIES_AT_ONCE = 5_000
_STAMP_FAILURES = frozenset({"stamp.unreachable", "stamp.refused", "stamp.unusable"})


@dataclass(frozen=True)
class MadeReport:
    """A report that was written; ``not_stamped`` is why the time-stamping service gave no stamp."""

    id: str
    level: str
    not_stamped: AppError | None = None


class Auditing:
    """What auditors do."""

    def __init__(
        self,
        here: SignedIn,
        *,
        regimes: Mapping[str, Regime],
        deadlines: Deadlines,
        certificates: Certificates,
        signatures: DocumentSignatures,
        report: ReportType[AuditReport],
        scratch: Scratch,
    ) -> None:
        self._here = here
        self._regimes = regimes
        self._deadlines = deadlines
        self._certificates = certificates
        self._signatures = signatures
        self._report = report
        self._scratch = scratch

    def report(self, request_id: str, out: Path) -> MadeReport:
        """Write the audit report of one request to ``out``, whole and signed by this member.

        Where the time-stamping service of the workspace gives no stamp, it is made without, and
        says so.
        """
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.MAKE_REPORTS)
            stamps_from = unit.workspace.facts().policy.stamps_from
            year = unit.now().year
            number = unit.workspace.next_number(f"report {year}")
            unit.commit()
        report_id = f"AR-{year}-{number:04d}"
        stamper, failure = self._stamper(stamps_from)
        with self._here.workspace.read() as unit:
            seal = self._seal(unit, stamper, failure)
            content = self._content(unit, unit.requests.get(request_id), report_id, seal)
            try:
                sha256 = self._render(content, out, stamps_from=stamps_from if stamper else "")
            except SecurityError as error:
                if not stamper or error.code not in _STAMP_FAILURES:
                    raise
                stamper, failure = "", error
                seal = self._seal(unit, stamper, failure)
                sha256 = self._render(replace(content, seal=seal), out, stamps_from="")
        level = "B-LTA" if stamper else "B-B"
        with self._here.workspace.write() as unit:
            now = unit.now()
            unit.responses.add_report(
                report_id,
                request=request_id,
                sha256=sha256,
                head=content.chain.head,
                by=self._here.member,
                at=now,
            )
            details: Details = {
                "sha256": sha256,
                "head": content.chain.head,
                "entries": content.request_entries,
                "signature": level,
            }
            unit.record(
                Event(Action.REPORT_MADE, self._here.member, request_id, report_id, details=details)
            )
            sign_log(unit, self._here, about=report_id)
            unit.commit()
        return MadeReport(report_id, level, failure)

    def _stamper(self, address: str) -> tuple[str, AppError | None]:
        """Return who stamps the time, or why nobody does."""
        if not address:
            return "", None
        try:
            return self._signatures.stamper(address), None
        except AppError as error:
            return "", error

    def _seal(self, unit: UnitOfWork, stamper: str, failure: AppError | None) -> Seal:
        me, facts = unit.members.get(self._here.member), unit.workspace.facts()
        return Seal(
            certificate=self._certificates.fingerprint(me.signing_certificate),
            authority=self._certificates.fingerprint(facts.authority_certificate),
            stamped_by=stamper,
            not_stamped=failure.code if failure is not None else "",
        )

    def _render(self, content: AuditReport, out: Path, *, stamps_from: str) -> str:
        """Write the report, sign it last, and return its SHA-256."""
        with exporting(), self._scratch.beside(out) as work:
            made = work / out.name
            self._report.render(content, made)
            made.chmod(0o600)
            self._signatures.sign(
                made,
                keys=self._here.keys,
                certificate=content.made_by.signing_certificate,
                authority=content.workspace.authority_certificate,
                at=content.made_at,
                stamps_from=stamps_from,
            )
            with made.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            made.replace(out)
        return sha256

    def _content(
        self, unit: UnitOfWork, request: Request, report_id: str, seal: Seal
    ) -> AuditReport:
        facts = unit.workspace.facts()
        regime = self._regimes[request.regime]
        deadline = deadline_of(
            request,
            facts=facts,
            regime=regime,
            deadlines=self._deadlines,
            today=local_day(unit.now(), request.timezone),
        )
        reads, refused = self._reads(unit, request.id)
        cases = unit.access.of_request(request.id)
        finished = unit.review.finished(request.id)
        sessions = [case.window.session for case in cases if case.window]

        def entries() -> Iterator[Entry]:
            return self._entries(unit, request.id)

        def stored() -> Iterator[StoredEntry]:
            return unit.log.stored(request=request.id)

        return AuditReport(
            id=report_id,
            workspace=facts,
            regime=regime,
            request=request,
            deadline=deadline,
            deadline_rule_source="; ".join(deadline.case.rule.authority),
            calendar_source=deadline.case.calendar.source,
            members={each.id: each for each in unit.members.all()},
            made_by=unit.members.get(self._here.member),
            made_at=unit.now(),
            seal=seal,
            is_shared=self._here.workspace.is_shared,
            verifications=unit.requests.verifications(request.id),
            access=tuple(self._story(unit, case, reads, refused) for case in cases),
            pulled=in_effect(unit.pulls.of_request(request.id)),
            not_reached=tuple(
                each for session in sessions[-1:] for each in unit.pulls.not_reached(session)
            ),
            notices=unit.pulls.notices(request.id),
            review=count_review(unit, request.id) if finished else None,
            reviewed_by=finished[0] if finished else "",
            letters=unit.responses.letters(request.id),
            packages=unit.responses.packages(request.id),
            checklist=checklist_of(unit, request, regime),
            chain=check_log(unit, self._certificates),
            request_entries=unit.log.find(EntryFilter(request=request.id, limit=1)).total,
            entries=entries,
            stored=stored,
            titles=self._titles(unit),
        )

    @staticmethod
    def _entries(unit: UnitOfWork, request_id: str) -> Iterator[Entry]:
        for number, line, previous, claimed in unit.log.stored(request=request_id):
            yield Entry(number, line.decode(), previous.decode(), claimed.decode())

    def _story(
        self,
        unit: UnitOfWork,
        case: AccessCase,
        reads: Mapping[str, list[Read]],
        refused: Mapping[str, int],
    ) -> AccessStory:
        session = case.window.session if case.window else ""
        return AccessStory(
            case=case,
            verdict=unit.access.verdict(case.asked.id),
            state=case.state(unit.now()).value,
            signature_valid=signatures_valid(unit, case.decisions, self._certificates),
            reads=tuple(reads.get(session, ())),
            refused=refused.get(session, 0),
            enforcement=self._enforcement(unit, case, session),
            proofs=self._proofs(unit, case),
        )

    @staticmethod
    def _proofs(unit: UnitOfWork, case: AccessCase) -> tuple[Proof, ...]:
        found = recorded_proofs(unit, case.asked.request, case.asked.id)
        return tuple(found[key] for key in sorted(found))

    @staticmethod
    def _enforcement(unit: UnitOfWork, case: AccessCase, session: str) -> dict[str, str]:
        if not session:
            return {}
        which = EntryFilter(request=case.asked.request, actions=(Action.SESSION_OPENED.value,))
        for entry in unit.log.find(which).rows:
            facts = entry.facts()
            details = facts["details"]
            if facts["object"] == session and isinstance(details, dict):
                return dict(details.get("enforcement") or {})
        return {}

    @staticmethod
    def _reads(unit: UnitOfWork, request_id: str) -> tuple[dict[str, list[Read]], dict[str, int]]:
        """Return what each session read, a line a collection, and how often it was refused."""
        reads: dict[str, dict[str, Read]] = defaultdict(dict)
        refused: dict[str, int] = defaultdict(int)
        complete = {
            (each.session, str(each.collection)): each.state.value == "complete"
            for each in unit.pulls.of_request(request_id)
        }
        wanted = (Action.DATA_READ.value, Action.DATA_REFUSED.value)
        for facts in _facts_of(unit, request_id, wanted):
            session, details = str(facts["object"]), facts["details"]
            if not isinstance(details, dict):
                continue
            if facts["action"] == Action.DATA_REFUSED.value:
                refused[session] += 0 if details.get("after_end") else 1
                continue
            name = str(details["collection"])
            before = reads[session].get(name)
            dataset, _, collection = name.partition(".")
            reads[session][name] = Read(
                at=before.at if before else datetime.fromisoformat(str(facts["at"])),
                session=session,
                collection=CollectionAddress(dataset, collection),
                fields=tuple(map(str, details["fields"])),
                rows=(before.rows if before else 0) + int(details["rows"]),
                complete=complete.get((session, name), False),
            )
        return {session: list(each.values()) for session, each in reads.items()}, refused

    @staticmethod
    def _titles(unit: UnitOfWork) -> dict[str, str]:
        titles = {}
        for source_map in active_maps(unit):
            titles[source_map.key] = source_map.title()
            for collection in source_map.collections:
                titles[str(source_map.address(collection.name))] = (
                    collection.label or collection.name
                )
        return titles


def _facts_of(
    unit: UnitOfWork, request_id: str, actions: tuple[str, ...]
) -> Iterator[dict[str, object]]:
    offset = 0
    while True:
        which = EntryFilter(
            request=request_id,
            actions=actions,
            newest_first=False,
            offset=offset,
            limit=_ENTRIES_AT_ONCE,
        )
        page = unit.log.find(which)
        for entry in page.rows:
            yield entry.facts()
        offset += len(page.rows)
        if not page.rows or offset >= page.total:
            return
