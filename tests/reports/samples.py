"""Complete contents of documents, about people who do not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.domain.access import AccessCase, AccessRequest, Decision, EndReason, Window
from app.domain.audit import Action, ChainState, Entry, Event, chain
from app.domain.calendars import Calendar
from app.domain.clock import (
    ClockCase,
    ClockStart,
    Deadline,
    Extension,
    Period,
    Roll,
    Rule,
    Unit,
    count,
)
from app.domain.datamap import CollectionAddress
from app.domain.people import Member, Role
from app.domain.policy import Finding, FindingLevel, Verdict
from app.domain.pulls import Notice, NotReached, PulledCollection, PullState
from app.domain.requests import Channel, Outcome, Request, Right, Stage, Subject, SubjectIdentity
from app.domain.responses import (
    Answered,
    ChecklistItem,
    ChecklistLine,
    Letter,
    LetterKind,
    Package,
)
from app.domain.review import Piece, ReviewCounts
from app.domain.scope import Scope
from app.domain.verification import Level, Method, Verification
from app.domain.workspace import Controller, WorkspaceFacts
from app.ports.regimes import Regime
from app.ports.reports import (
    AccessStory,
    AuditReport,
    CoveredPlace,
    DataColumn,
    DataSection,
    Envelope,
    PersonDocument,
    Read,
    Seal,
    ShortLine,
)

MADE_AT = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
RECEIVED_AT = datetime(2026, 10, 23, 8, 12, tzinfo=UTC)

NADIA = Member(
    "m-nadia", "Nadia Roth", "nadia@northwind.example", frozenset({Role.OFFICER}), RECEIVED_AT
)
OMAR = Member(
    "m-omar", "Omar Haddad", "omar@northwind.example", frozenset({Role.APPROVER}), RECEIVED_AT
)
INES = Member(
    "m-ines", "Inés Duarte", "ines@northwind.example", frozenset({Role.AUDITOR}), RECEIVED_AT
)
LEO = Member("m-leo", "Leo Martin", "leo@northwind.example", frozenset({Role.OFFICER}), RECEIVED_AT)

WORKSPACE = WorkspaceFacts(
    id="ws-northwind",
    title="Northwind Stores",
    controller=Controller(
        name="Northwind Stores GmbH",
        address=("Hafenstraße 12", "20457 Hamburg"),
        place="Hamburg",
        contact="Data protection, privacy@northwind.example",
        authority=(
            "Hamburg Commissioner for Data Protection, Ludwig-Erhard-Straße 22, 20459 Hamburg"
        ),
        country="DE",
    ),
    timezone="Europe/Berlin",
    calendar="DE-HH",
    created_at=RECEIVED_AT - timedelta(days=400),
    authority_certificate=b"",
)

CHECKLIST = (
    ChecklistItem("purposes", "Purposes", "Art. 15(1)(a)"),
    ChecklistItem("authority", "Complaint to a supervisory authority", "Art. 15(1)(f)"),
    ChecklistItem("automated", "Automated decisions", "Art. 15(1)(h)"),
    ChecklistItem("copy", "Copy of the data", "Art. 15(3)", derived=True),
)

GDPR = Regime(
    key="gdpr",
    title="GDPR",
    citation="Regulation (EU) 2016/679",
    rules={Right.ACCESS: "gdpr.access"},
    articles={Right.ACCESS: "Art. 15"},
    identity_level={Right.ACCESS: Level.REASONABLE},
    checklist=CHECKLIST,
    calendar="DE-HH",
)

LETTER = """# Your personal data at Northwind Stores

Dear Ms Köhler,

You asked us which personal data we hold about you. This is our full answer under Article 15 of \
the General Data Protection Regulation. The document your-data.pdf explains what we do with your \
data and holds a copy of it. The same data is in the folder "data", should you wish to use it \
elsewhere.

## In short

[in short]

## What we left out, and why

In 2 places we covered names of other people, to protect their rights (Art. 15(4)). Nothing else \
was left out.

## Your rights

You may have your data corrected or erased, restrict or object to its use, and complain to the \
Hamburg Commissioner for Data Protection. No decision about you was made by automated means alone.

Yours sincerely,
Nadia Roth, data protection officer
"""


def request(**changes: object) -> Request:
    whole = Request(
        id="DSR-2026-0142",
        regime="gdpr",
        right=Right.ACCESS,
        subject=Subject(
            name="Mara Köhler",
            language="en",
            country="DE",
            address=("Lindenweg 4", "20099 Hamburg"),
            salutation="Dear Ms Köhler,",
            identities=(SubjectIdentity("email", "mara.koehler@example.org", verified=True),),
        ),
        received_at=RECEIVED_AT,
        channel=Channel.EMAIL,
        timezone="Europe/Berlin",
        calendar="DE-HH",
        owner=NADIA.id,
        stage=Stage.RESPOND,
        created_at=RECEIVED_AT,
        created_by=NADIA.id,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def envelope(language: str = "en") -> Envelope:
    return Envelope(WORKSPACE, request(), GDPR, language, MADE_AT, NADIA)


def columns(*labels: str, numeric: tuple[str, ...] = ()) -> tuple[DataColumn, ...]:
    return tuple(
        DataColumn(label.lower().replace(" ", "_"), label, numeric=label in numeric)
        for label in labels
    )


def section(title: str, cols: tuple[DataColumn, ...], rows: list, **changes: object) -> DataSection:
    whole = DataSection(
        title=title,
        source="our web shop",
        collected_at=MADE_AT - timedelta(hours=5),
        purpose="to deliver your orders",
        columns=cols,
        rows=rows,
        records=len(rows),
        withheld=0,
        file=f"data/shop-eu/{title.lower().replace(' ', '-')}",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def contact_details() -> DataSection:
    labels = columns(
        "Name", "E-mail", "Telephone", "Street", "Postcode", "Town", "Second name", "Customer since"
    )
    row = (
        "Mara Köhler",
        "mara.koehler@example.org",
        "+49 40 555 0142",
        "Lindenweg 4",
        "20099",
        "Hamburg",
        "",
        "2 May 2024",
    )
    return section("Contact details", labels, [row])


def orders(count: int = 30) -> DataSection:
    labels = columns("Order", "Placed", "Status", "Note", "Total", numeric=("Total",))
    rows = [
        (
            f"A-{10_400 + at}",
            f"{1 + at % 28} March 2026, 10:{at % 60:02}",
            "delivered",
            "" if at % 3 else "Left with the neighbour at number 6, who signed for it.",
            f"{34 + at}.90 EUR",
        )
        for at in range(count)
    ]
    return section("Orders", labels, rows)


def payments() -> DataSection:
    labels = columns(
        "Payment",
        "Order",
        "Paid",
        "Method",
        "Card ending",
        "Amount",
        "Currency",
        "State",
        numeric=("Amount",),
    )
    rows = [
        (
            f"P-{at}",
            f"A-{10_400 + at}",
            f"{1 + at} March 2026",
            "card",
            "4471",
            f"{34 + at}.90",
            "EUR",
            "settled" if at else "",
        )
        for at in range(3)
    ]
    return section("Payments", labels, rows)


def messages() -> DataSection:
    labels = columns("Written", "By", "Text")
    rows = [
        (
            "12 Mar 2026, 10:02",
            "you",
            "Hello, my parcel has not arrived. Please call me on +49 40 555 0142.",
        ),
        (
            "12 Mar 2026, 11:40",
            "support",
            (Piece("Your neighbour "), Piece("", "TP-ID"), Piece(" signed for it on 11 March.")),
        ),
        ("13 Mar 2026, 08:15", "you", "Thank you, found it."),
        (
            "2 May 2026, 16:20",
            "support",
            (
                Piece("Driver note: dog on the property, ask for "),
                Piece("", "TP-ID"),
                Piece("; see "),
                Piece("", "SEC"),
                Piece("."),
            ),
        ),
    ]
    return section(
        "Messages with support",
        labels,
        rows,
        source='our help desk, system "support"',
        purpose="to help you",
        withheld=1,
    )


def newsletter() -> DataSection:
    return section(
        "Newsletter", columns("List", "Since"), [], source="our newsletter", purpose="to inform you"
    )


SHORT = (
    ShortLine(
        "Contact details",
        1,
        "To deliver your orders",
        "While your account exists",
        ("Parcel carriers",),
        basis="Contract, Art. 6(1)(b) GDPR",
        categories=("name", "address", "e-mail", "telephone"),
    ),
    ShortLine(
        "Orders",
        30,
        "To deliver your orders",
        "10 years",
        ("Payment provider", "tax adviser"),
        basis="Contract, Art. 6(1)(b) GDPR; tax law, Art. 6(1)(c) GDPR",
        categories=("purchases",),
    ),
    ShortLine(
        "Payments",
        3,
        "To be paid",
        "10 years",
        ("Payment provider",),
        basis="Contract, Art. 6(1)(b) GDPR",
        categories=("payments",),
        origin="your bank",
    ),
    ShortLine(
        "Messages with support",
        4,
        "To help you",
        "2 years",
        (),
        basis="Legitimate interest, Art. 6(1)(f) GDPR",
        categories=("messages",),
    ),
    ShortLine(
        "Newsletter",
        0,
        "Your consent of 2 May 2024",
        "Until you withdraw it",
        ("Mail service",),
        basis="Consent, Art. 6(1)(a) GDPR",
        transfers="USA, standard contractual clauses",
    ),
)


def person(language: str = "en", **changes: object) -> PersonDocument:
    whole = PersonDocument(
        envelope=envelope(language),
        letter_text=LETTER,
        short=SHORT,
        checklist=(
            ChecklistLine(CHECKLIST[0], Answered.DONE),
            ChecklistLine(CHECKLIST[1], Answered.DONE, WORKSPACE.controller.authority),
            ChecklistLine(
                CHECKLIST[2],
                Answered.NOT_APPLICABLE,
                "No decision about you was made by automated means alone.",
            ),
            ChecklistLine(CHECKLIST[3], Answered.DONE),
        ),
        sections=(contact_details(), orders(), payments(), messages(), newsletter()),
        covered={"TP-ID": 2, "SEC": 1},
        withheld={"TP-OPN": 1},
        places=(
            CoveredPlace("Messages with support", 2, "Text", "TP-ID"),
            CoveredPlace("Messages with support", 4, "Text", "TP-ID"),
            CoveredPlace("Messages with support", 4, "Text", "SEC"),
            CoveredPlace("Messages with support", 5, "", "TP-OPN", withheld=True),
        ),
        files=(
            ("letter.pdf", 48_211),
            ("your-data.pdf", 120_422),
            ("data/shop-eu/orders.json", 9_120),
        ),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def rule() -> Rule:
    return Rule(
        id="gdpr.access",
        regime="gdpr",
        right="access",
        period=Period(1, Unit.MONTH),
        extension=Extension(Period(3, Unit.MONTH), "complexity and number of requests", "period"),
        roll=Roll.SAT_SUN_HOLIDAY,
        clock_start=ClockStart.RECEIPT,
        pause=None,
        strict_reading_counts_receipt_day=True,
        authority=("GDPR Art. 12(3)", "Reg. 1182/71 Art. 3"),
        confidence="high",
        note="",
        version="1",
        checked_on=date(2026, 10, 1),
    )


def deadline() -> Deadline:
    calendar = Calendar("DE-HH", "Hamburg", "holidays 0.108", days_of=lambda _year: {})
    return count(
        ClockCase(
            rule(), calendar, received=RECEIVED_AT, zone="Europe/Berlin", as_of=MADE_AT.date()
        )
    )


SHOP = "shop-eu"
READ_TABLES = (
    ("customers", ("email", "name", "address", "phone"), 1),
    ("orders", ("placed_at", "total", "status"), 28),
    ("order_items", ("sku", "qty"), 84),
    ("payments", ("card_last4", "paid_at"), 28),
)
TITLES = {SHOP: "Web shop", "support": "Help desk", "newsletter": "Newsletter"}
_OPENED = datetime(2026, 11, 20, 9, 18, 4, tzinfo=UTC)


def access_story() -> AccessStory:
    scope = Scope({CollectionAddress(SHOP, name): fields for name, fields, _rows in READ_TABLES})
    asked = AccessRequest(
        id="A-0311",
        request="DSR-2026-0142",
        requester=NADIA.id,
        purpose="Answer access request, Art. 15 GDPR",
        minutes=30,
        scope=scope,
        scope_hash="5b" * 32,
        asked_at=_OPENED - timedelta(minutes=4, seconds=2),
        not_after=_OPENED + timedelta(days=3),
    )
    decision = Decision(
        id="G-0311",
        access_request=asked.id,
        requester=NADIA.id,
        approver=OMAR.id,
        granted=True,
        scope_hash=asked.scope_hash,
        minutes=30,
        start_by=_OPENED + timedelta(hours=24),
        note="",
        decided_at=_OPENED - timedelta(seconds=44),
        signature=b"s",
    )
    window = Window(
        session="S-0042",
        grant=decision.id,
        officer=NADIA.id,
        opened_at=_OPENED,
        deadline=_OPENED + timedelta(minutes=30),
        ended_at=_OPENED + timedelta(minutes=14, seconds=9),
        reason=EndReason.FINISHED,
        ended_by=NADIA.id,
        overshoot_ms=4,
    )
    verdict = Verdict(
        "standard",
        3,
        (
            Finding(
                FindingLevel.UNUSUAL,
                "policy.special_category",
                "support.messages.body",
                "user.health_and_medical",
            ),
            Finding(FindingLevel.RULE, "policy.approvers_needed", value="1"),
        ),
        1,
        (OMAR.id,),
    )
    reads = tuple(
        Read(
            _OPENED + timedelta(minutes=8, milliseconds=667 * at),
            "S-0042",
            CollectionAddress(SHOP, name),
            fields,
            rows,
            complete=True,
        )
        for at, (name, fields, rows) in enumerate(READ_TABLES)
    )
    return AccessStory(
        case=AccessCase(asked, (decision,), window=window),
        verdict=verdict,
        state="ended",
        signature_valid=True,
        reads=reads,
        refused=2,
        enforcement={SHOP: "source", "support": "sandglass"},
    )


def events() -> list[Event]:
    about = {"request": "DSR-2026-0142"}
    listed = [
        Event(
            Action.REQUEST_RECORDED,
            NADIA.id,
            details={"right": "access", "channel": "email"},
            **about,
        ),
        Event(
            Action.REQUEST_MOVED, NADIA.id, details={"from": "intake", "to": "identity"}, **about
        ),
        Event(
            Action.IDENTITY_VERIFIED,
            NADIA.id,
            details={"method": "account_login", "level": "reasonable", "facts_matched": 2},
            **about,
        ),
        Event(
            Action.POLICY_EVALUATED,
            "policy standard",
            details={
                "version": 3,
                "allowed": True,
                "approvers_needed": 1,
                "unusual": ["policy.special_category"],
            },
            **about,
        ),
        Event(
            Action.ACCESS_REQUESTED,
            NADIA.id,
            object="A-0311",
            details={"minutes": 30, "sources": [SHOP, "support", "newsletter"], "fields": 17},
            **about,
        ),
        Event(
            Action.ACCESS_GRANTED,
            OMAR.id,
            object="A-0311",
            details={"minutes": 30, "decision": "G-0311"},
            **about,
        ),
        Event(
            Action.SESSION_OPENED,
            NADIA.id,
            object="S-0042",
            details={"minutes": 30, "enforcement": {SHOP: "source", "support": "sandglass"}},
            **about,
        ),
    ]
    listed += [
        Event(
            Action.DATA_READ,
            NADIA.id,
            object="S-0042",
            details={"collection": f"{SHOP}.{name}", "fields": list(fields), "rows": rows},
            **about,
        )
        for name, fields, rows in READ_TABLES
    ]
    listed += [
        Event(
            Action.DATA_REFUSED,
            SHOP,
            object="S-0042",
            details={"collection": f"{SHOP}.customers.password_hash"},
            **about,
        ),
        Event(
            Action.SESSION_ENDED,
            NADIA.id,
            object="S-0042",
            details={"reason": "finished", "seconds": 849, "incomplete": 0},
            **about,
        ),
        Event(
            Action.REVIEW_MARKED,
            NADIA.id,
            details={"verdict": "redact", "reason": "TP-ID", "count": 12},
            **about,
        ),
        Event(
            Action.REVIEW_FINISHED,
            LEO.id,
            details={"records": 214, "withheld": 1, "covered": 12},
            **about,
        ),
        Event(Action.LEAK_TESTED, NADIA.id, details={"files": 9, "leaks": 0}, **about),
        Event(
            Action.PACKAGE_MADE,
            NADIA.id,
            object="P-0007",
            details={"files": 9, "records": 213, "encrypted": True},
            **about,
        ),
        Event(Action.PACKAGE_RELEASED, NADIA.id, object="P-0007", **about),
        Event(
            Action.REQUEST_CLOSED,
            NADIA.id,
            details={"outcome": "answered", "from": "respond"},
            **about,
        ),
    ]
    return listed


def entries(count_at_least: int = 0) -> list[Entry]:
    """A log in which every other entry belongs to somebody else's request."""
    listed, at = events(), _OPENED - timedelta(hours=2)
    while len(listed) < count_at_least:
        listed += listed[: count_at_least - len(listed)]
    chained: list[Entry] = []
    last: Entry | None = None
    for index, event in enumerate(listed):
        if index % 3 == 2:
            last = chain(last, Event(Action.KEYS_UNLOCKED, OMAR.id), at)
        last = chain(last, event, at + timedelta(seconds=61 * index))
        chained.append(last)
    return chained


def audit(count_at_least: int = 0, **changes: object) -> AuditReport:
    listed = entries(count_at_least)
    pulled = tuple(
        PulledCollection(
            id=at,
            session="S-0042",
            request="DSR-2026-0142",
            collection=CollectionAddress(SHOP, name),
            source_type="postgresql",
            columns=tuple((field, "text") for field in fields),
            rows=rows,
            chunks=1,
            state=PullState.COMPLETE if at < 3 else PullState.INCOMPLETE,
            started_at=_OPENED + timedelta(minutes=8),
            ended_at=_OPENED + timedelta(minutes=9),
            incomplete_why="" if at < 3 else "window.expired",
        )
        for at, (name, fields, rows) in enumerate(READ_TABLES)
    )
    whole = AuditReport(
        id="AR-2026-0057",
        workspace=WORKSPACE,
        regime=GDPR,
        request=request(
            stage=Stage.CLOSE,
            outcome=Outcome.ANSWERED,
            closed_at=datetime(2026, 11, 20, 13, 40, tzinfo=UTC),
            keep_until=date(2027, 2, 18),
        ),
        deadline=deadline(),
        deadline_rule_source="GDPR Art. 12(3)",
        calendar_source="holidays 0.108",
        members={each.id: each for each in (NADIA, OMAR, INES, LEO)},
        made_by=INES,
        made_at=MADE_AT,
        seal=Seal("9F3A 61C2 07BE " * 5 + "9F3A", "07BE 61C2 9F3A " * 5 + "07BE"),
        is_shared=False,
        verifications=(
            Verification(
                "DSR-2026-0142",
                1,
                Method.ACCOUNT_LOGIN,
                Level.REASONABLE,
                verified=True,
                facts_matched=2,
                note="",
                evidence_kept=False,
                by=NADIA.id,
                at=datetime(2026, 11, 18, 9, 3, tzinfo=UTC),
            ),
        ),
        access=(access_story(),),
        pulled=pulled,
        not_reached=(
            NotReached("shop-eu.reviews.moderator_id", "shop-eu.staff.id", "other_person"),
            NotReached("warehouse.bins", "", "no_path"),
        ),
        notices=(
            Notice(
                1,
                "DSR-2026-0142",
                "S-0042",
                "shared_rows",
                "shop-eu.addresses",
                2,
                NADIA.id,
                "Both rows are of the same household; the other name is covered.",
                MADE_AT,
            ),
        ),
        review=ReviewCounts(214, 214, 0, 1, 9, {"TP-ID": 11, "SEC": 1}, {"TP-OPN": 1}),
        reviewed_by=LEO.id,
        letters=(
            Letter(
                1,
                "DSR-2026-0142",
                LetterKind.ACKNOWLEDGEMENT,
                "en",
                "x",
                "ab" * 32,
                NADIA.id,
                RECEIVED_AT + timedelta(days=1),
                RECEIVED_AT + timedelta(days=1),
                "by e-mail",
            ),
            Letter(
                2,
                "DSR-2026-0142",
                LetterKind.FULL_ANSWER,
                "en",
                LETTER,
                "cd" * 32,
                NADIA.id,
                MADE_AT - timedelta(hours=1),
            ),
        ),
        packages=(
            Package(
                "P-0007",
                "DSR-2026-0142",
                NADIA.id,
                MADE_AT - timedelta(minutes=40),
                "1f" * 32,
                "2e" * 32,
                9,
                482_133,
                213,
                1,
                12,
                encrypted=True,
                released_by=NADIA.id,
                released_at=MADE_AT - timedelta(minutes=22),
                channel="download link",
            ),
        ),
        checklist=person().checklist,
        chain=ChainState(listed[-1].number, listed[-1].hash),
        request_entries=len(listed),
        entries=lambda: iter(listed),
        stored=lambda: (each.stored() for each in listed),
        titles=TITLES,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]
