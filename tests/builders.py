"""Domain objects for tests, complete and ordinary; a test says only what matters to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.access import AccessRequest, Decision, Ending, EndReason, Window
from app.domain.airlock import AirlockRecord, SourceGrant
from app.domain.audit import Action, Event
from app.domain.datamap import CollectionAddress
from app.domain.people import Member, Role
from app.domain.policy import Finding, FindingLevel, Verdict
from app.domain.pulls import Notice, NotReached, PulledCollection, PullState
from app.domain.requests import (
    Channel,
    Note,
    PauseRecord,
    Request,
    Right,
    Stage,
    Subject,
    SubjectIdentity,
)
from app.domain.responses import (
    Answered,
    ChecklistItem,
    ChecklistLine,
    Letter,
    LetterKind,
    Package,
)
from app.domain.review import Flag, Mark, Target
from app.domain.review import Verdict as MarkVerdict
from app.domain.scope import Scope
from app.domain.verification import Level, Method, Verification
from app.domain.workspace import Controller, DayOverride, SourceRecord, WorkspaceFacts

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
"""When things happen in tests, unless they say otherwise."""

CUSTOMERS = CollectionAddress("crm", "customers")
SCOPE = Scope({CUSTOMERS: ("email", "name"), CollectionAddress("crm", "orders"): ("placed_at",)})


def minutes(count: float) -> timedelta:
    """Return a stretch of time."""
    return timedelta(minutes=count)


def a_member(member_id: str = "olga", *roles: Role, **changes: Any) -> Member:
    """Return a member, an officer unless ``roles`` say otherwise."""
    member = Member(
        id=member_id,
        name=member_id.title(),
        email=f"{member_id}@example.org",
        roles=frozenset(roles or {Role.OFFICER}),
        joined_at=NOON - timedelta(days=30),
        signing_certificate=b"\x30\x00signing",
        encryption_certificate=b"\x30\x00encryption",
    )
    return replace(member, **changes)


def a_subject(**changes: Any) -> Subject:
    """Return a person known by an e-mail address and a customer number."""
    subject = Subject(
        name="Marie Curie",
        language="fr",
        country="FR",
        address=("11 rue Pierre et Marie Curie", "75005 Paris"),
        salutation="Madame",
        identities=(
            SubjectIdentity("email", "marie@example.org", verified=True),
            SubjectIdentity("customer_number", "4711"),
        ),
    )
    return replace(subject, **changes)


def a_request(request_id: str = "DSR-2026-0001", **changes: Any) -> Request:
    """Return a request for access that somebody has just recorded."""
    request = Request(
        id=request_id,
        regime="gdpr",
        right=Right.ACCESS,
        subject=a_subject(),
        received_at=NOON - timedelta(days=1),
        channel=Channel.EMAIL,
        timezone="Europe/Paris",
        calendar="FR",
        owner="olga",
        stage=Stage.INTAKE,
        created_at=NOON,
        created_by="olga",
    )
    return replace(request, **changes)


def a_pause(number: int = 1, **changes: Any) -> PauseRecord:
    """Return a pause that waits for an answer."""
    pause = PauseRecord(number, "clarification", date(2026, 3, 3), None, "which account?", "olga")
    return replace(pause, **changes)


def a_note(number: int = 1, **changes: Any) -> Note:
    """Return a note."""
    return replace(Note(number, NOON, "olga", "She rang twice."), **changes)


def a_verification(number: int = 1, **changes: Any) -> Verification:
    """Return a look at an identity that was enough."""
    verification = Verification(
        request="DSR-2026-0001",
        number=number,
        method=Method.FACTS_MATCHED,
        level=Level.REASONABLE,
        verified=True,
        facts_matched=2,
        note="address and order",
        evidence_kept=False,
        by="olga",
        at=NOON,
    )
    return replace(verification, **changes)


def a_verdict(**changes: Any) -> Verdict:
    """Return what the standard policy says of an ordinary access request."""
    findings = (Finding(FindingLevel.RULE, "policy.approvers_needed", value="1"),)
    return replace(Verdict("standard", 1, findings, 1, ("anna",)), **changes)


def an_access_request(access_request_id: str = "ar-1", **changes: Any) -> AccessRequest:
    """Return Olga's demand to read for 30 minutes."""
    asked = AccessRequest(
        id=access_request_id,
        request="DSR-2026-0001",
        requester="olga",
        purpose="to answer the request",
        minutes=30,
        scope=SCOPE,
        scope_hash="5c" * 32,
        asked_at=NOON,
        not_after=NOON + timedelta(hours=72),
    )
    return replace(asked, **changes)


def a_decision(decision_id: str = "grant-1", **changes: Any) -> Decision:
    """Return Anna's yes to ``an_access_request()``."""
    decision = Decision(
        id=decision_id,
        access_request="ar-1",
        requester="olga",
        approver="anna",
        granted=True,
        scope_hash="5c" * 32,
        minutes=20,
        start_by=NOON + timedelta(hours=24),
        note="",
        decided_at=NOON + minutes(5),
        signature=b"signed",
    )
    return replace(decision, **changes)


def an_ending(**changes: Any) -> Ending:
    """Return Olga's taking back."""
    return replace(Ending("olga", NOON + minutes(6), "not needed any more"), **changes)


def a_window(session: str = "session-1", **changes: Any) -> Window:
    """Return the window that Olga opened with ``a_decision()``."""
    opened_at = NOON + minutes(10)
    window = Window(session, "grant-1", "olga", opened_at, opened_at + minutes(20))
    return replace(window, **changes)


def an_ended_window(session: str = "session-1", **changes: Any) -> Window:
    """Return ``a_window()`` after Olga was done."""
    ended = a_window(
        session,
        ended_at=NOON + minutes(15),
        reason=EndReason.FINISHED,
        ended_by="olga",
        overshoot_ms=0,
    )
    return replace(ended, **changes)


def a_pulled_collection(**changes: Any) -> PulledCollection:
    """Return a collection that ``a_window()`` begins to read; its id is still to come."""
    pulled = PulledCollection(
        id=0,
        session="session-1",
        request="DSR-2026-0001",
        collection=CUSTOMERS,
        source_type="postgresql",
        columns=(("email", "text"), ("name", "character varying(80)")),
        rows=0,
        chunks=0,
        state=PullState.RUNNING,
        started_at=NOON + minutes(11),
    )
    return replace(pulled, **changes)


def a_notice(**changes: Any) -> Notice:
    """Return an open notice; its id is still to come."""
    notice = Notice(0, "DSR-2026-0001", "session-1", "shared_rows", str(CUSTOMERS), 3)
    return replace(notice, **changes)


def a_place_not_reached(**changes: Any) -> NotReached:
    """Return something that a pull did not follow."""
    return replace(NotReached("crm.orders.agent", "hr.people.id", "other_person"), **changes)


def a_flag(row: int = 0, **changes: Any) -> Flag:
    """Return somebody else's address in a record."""
    return replace(Flag("DSR-2026-0001", 1, row, "notes", "other_email", 4, 21), **changes)


def a_mark(**changes: Any) -> Mark:
    """Return a passage that Olga covered; its id is still to come."""
    mark = Mark(
        id=0,
        request="DSR-2026-0001",
        target=Target(1, 0, "notes", 4, 21),
        verdict=MarkVerdict.REDACT,
        reason="TP-ID",
        by="olga",
        at=NOON + minutes(40),
    )
    return replace(mark, **changes)


def a_letter(letter_id: str = "letter-1", **changes: Any) -> Letter:
    """Return a letter that was not sent."""
    letter = Letter(
        id=letter_id,
        request="DSR-2026-0001",
        kind=LetterKind.FULL_ANSWER,
        language="fr",
        text="# Votre demande\n\nBonjour",
        sha256="1e" * 32,
        by="olga",
        at=NOON + minutes(50),
    )
    return replace(letter, **changes)


def a_checklist_line(key: str = "purposes", **changes: Any) -> ChecklistLine:
    """Return an item of the checklist that is done."""
    item = ChecklistItem(key, "Purposes of the processing", "Art. 15(1)(a)")
    return replace(ChecklistLine(item, Answered.DONE, "To deliver orders.", "olga"), **changes)


def a_package(package_id: str = "package-1", **changes: Any) -> Package:
    """Return a package that was made and not released."""
    package = Package(
        id=package_id,
        request="DSR-2026-0001",
        made_by="olga",
        made_at=NOON + minutes(55),
        manifest_sha256="3a" * 32,
        zip_sha256="4b" * 32,
        files=4,
        bytes=123_456,
        records=17,
        withheld=2,
        covered=5,
        encrypted=True,
    )
    return replace(package, **changes)


def a_source(key: str = "crm", **changes: Any) -> SourceRecord:
    """Return a PostgreSQL source that was never checked."""
    source = SourceRecord(
        key=key,
        type="postgresql",
        title="Customers",
        settings={"host": "db.example.org", "port": "5432"},
        map_text="dataset: []\n",
        map_hash="6d" * 32,
        added_by="adam",
        added_at=NOON - timedelta(days=20),
    )
    return replace(source, **changes)


def an_airlock(source: str = "crm", **changes: Any) -> AirlockRecord:
    """Return the record of an airlock that Anna prepared."""
    record = AirlockRecord(
        source=source,
        gatekeeper_verifier="v",
        watchman_verifier="v",
        keys={},
        prepared_by="anna",
        prepared_at=NOON,
    )
    return replace(record, **changes)


def a_source_grant(access_request: str = "ar-1", **changes: Any) -> SourceGrant:
    """Return what was asked of ``an_airlock()``."""
    grant = SourceGrant(
        access_request=access_request,
        source="crm",
        grant="g",
        asked="{}",
        asked_mac=b"",
        sealed=b"",
    )
    return replace(grant, **changes)


def workspace_facts(workspace_id: str = "workspace-1", **changes: Any) -> WorkspaceFacts:
    """Return a French controller's workspace with one holiday of its own."""
    facts = WorkspaceFacts(
        id=workspace_id,
        title="Requests",
        controller=Controller("Radium SA", ("1 quai", "Paris"), "Paris", "dpo@example.org"),
        timezone="Europe/Paris",
        calendar="FR",
        created_at=NOON - timedelta(days=30),
        authority_certificate=b"\x30\x00authority",
        overrides=(DayOverride("FR", date(2026, 5, 15), "Pont", True, "works agreement"),),  # noqa: FBT003
    )
    return replace(facts, **changes)


def an_event(**changes: Any) -> Event:
    """Return something that happened in a request."""
    event = Event(
        Action.DATA_READ,
        actor="olga",
        request="DSR-2026-0001",
        object="crm.customers",
        details={"rows": 17, "fields": ["email", "name"]},
    )
    return replace(event, **changes)
