"""What every workspace's stores must do: give back what they were given, and say who was first."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import (
    AppError,
    ConflictError,
    InputError,
    NotFoundError,
)
from app.domain.policy import Policy
from app.domain.pulls import PullState
from app.domain.requests import Outcome, Right, Stage, SubjectIdentity
from app.domain.responses import Answered, LetterKind
from app.domain.review import Target
from app.domain.review import Verdict as MarkVerdict
from app.domain.workspace import Controller, DayOverride
from app.ports.storage import RequestFilter
from tests.builders import (
    NOON,
    a_checklist_line,
    a_flag,
    a_letter,
    a_mark,
    a_member,
    a_note,
    a_notice,
    a_package,
    a_pause,
    a_place_not_reached,
    a_pulled_collection,
    a_request,
    a_source,
    a_subject,
    a_verification,
    workspace_facts,
)
from tests.contracts.workspace_ground import open_access, pull

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ports.storage import UnitOfWork, Workspace
    from tests.contracts.workspace_ground import WorkspaceGround

HOSTILE = [
    "",
    "Robert'); DROP TABLE requests;--",
    '{"a": "\\u0000"} %_\\ "quoted"',
    "👩‍👩‍👧‍👦 and 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "\u202egnp.exe\u202c שלום العربية",
    "a\r\nb\tc\x01\x1b[31m\x7f\x85\u2028\ufeff\uffff",
    "İstanbul ẞ ﬁ Å e\u0301",
    "漢字" * 500,
]
NOT_STORABLE = ["before\0after", "half a pair \ud83d"]
A_MEGABYTE = "0123456789abcde\n" * 65_536

REQUEST = "DSR-2026-0001"
BUT_MARK = ("request", "undone_by")

with_hostile_text = pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
with_long_text_too = pytest.mark.parametrize(
    "text", [*HOSTILE, A_MEGABYTE], ids=[*range(len(HOSTILE)), "a megabyte"]
)


def filled[T](item: T, text: str, *, but: tuple[str, ...] = ()) -> T:
    """Return a copy of a dataclass with ``text`` in every field that holds words."""
    changes: dict[str, Any] = {}
    for field in fields(item):  # type: ignore[arg-type]
        value = getattr(item, field.name)
        if field.name in but or isinstance(value, Enum):
            continue
        if isinstance(value, str):
            changes[field.name] = text
        elif isinstance(value, tuple) and value and isinstance(value[0], str):
            changes[field.name] = (text, text)
    return replace(item, **changes)  # type: ignore[type-var]


class StoresContract:
    """Each store, with ordinary and with hostile values."""

    @pytest.fixture
    def workspace(self, ground: WorkspaceGround) -> Iterator[Workspace]:
        workspace = ground.open_settled()
        yield workspace
        workspace.close()

    @pytest.fixture
    def unit(self, workspace: Workspace) -> Iterator[UnitOfWork]:
        with workspace.write() as unit:
            yield unit

    def test_the_facts_come_back_as_they_were_given(self, unit: UnitOfWork) -> None:
        assert unit.workspace.facts() == workspace_facts()

    def test_a_workspace_has_one_set_of_facts(self, unit: UnitOfWork) -> None:
        with pytest.raises(ConflictError, match=r"workspace\.already_set_up"):
            unit.workspace.create(workspace_facts("workspace-2"))

    def test_a_workspace_without_facts_says_so(self, ground: WorkspaceGround) -> None:
        empty = ground.open()
        with empty.write() as unit, pytest.raises(NotFoundError, match=r"not_set_up"):
            unit.workspace.facts()
        with empty.write() as unit, pytest.raises(NotFoundError, match=r"not_set_up"):
            unit.workspace.set_policy(Policy())
        empty.close()

    @with_hostile_text
    def test_controller_policy_and_days_are_replaced(self, unit: UnitOfWork, text: str) -> None:
        controller = filled(Controller("x", ("y",)), text)
        policy = filled(Policy(minutes_at_most=7), text)
        days = (
            DayOverride("FR", date(2026, 7, 15), text, is_holiday=False, reason=text),
            DayOverride("DE", date(2026, 7, 14), text, is_holiday=True, reason=text),
        )
        unit.workspace.set_controller(controller)
        unit.workspace.set_policy(policy)
        unit.workspace.set_overrides(days)
        assert unit.workspace.facts() == workspace_facts(
            controller=controller, policy=policy, overrides=days
        )

    def test_counters_count_each_for_itself(self, unit: UnitOfWork) -> None:
        numbers = [unit.workspace.next_number(each) for each in ("DSR-2026", "DSR-2026", "other")]
        assert numbers == [1, 2, 1]

    def test_the_sealed_authority_is_kept_for_each_administrator(self, unit: UnitOfWork) -> None:
        assert unit.workspace.sealed_authority("adam") is None
        for sealed in (b"first", bytes(range(256)) * 20):
            unit.workspace.seal_authority("adam", sealed)
            assert unit.workspace.sealed_authority("adam") == sealed

    @with_hostile_text
    def test_members_come_back_as_they_were_given(self, unit: UnitOfWork, text: str) -> None:
        member = filled(a_member("maria", signing_certificate=bytes(range(256))), text, but=("id",))
        unit.members.add(member)
        assert unit.members.get("maria") == member
        gone = replace(member, left_at=NOON)
        unit.members.replace(gone)
        assert unit.members.get("maria") == gone

    def test_members_are_listed_by_name_whatever_its_case(self, unit: UnitOfWork) -> None:
        unit.members.add(a_member("z", name="Éric"))
        unit.members.add(a_member("y", name="bob"))
        names = [each.name for each in unit.members.all()]
        assert names == ["Adam", "Anna", "bob", "Éric", "Olga"]

    def test_a_member_is_added_once(self, unit: UnitOfWork) -> None:
        with pytest.raises(ConflictError, match=r"member\.exists"):
            unit.members.add(a_member("olga"))

    def test_a_member_that_is_not_there_is_not_found(self, unit: UnitOfWork) -> None:
        for ask in (unit.members.get, lambda key: unit.members.replace(a_member(key))):
            with pytest.raises(NotFoundError, match=r"member\.not_found"):
                ask("nobody")

    @with_hostile_text
    def test_requests_come_back_as_they_were_given(self, unit: UnitOfWork, text: str) -> None:
        subject = filled(a_subject(), text)
        identities = (SubjectIdentity(text, text, verified=True), SubjectIdentity("email", text))
        request = filled(
            a_request(
                "DSR-2026-0002",
                subject=replace(subject, identities=identities),
                right=Right.ERASURE,
                stage=Stage.CLOSE,
                linked=("DSR-2026-0001",),
                identity_received=date(2026, 3, 2),
                fee_paid=date(2026, 3, 3),
                extended_at=NOON,
                pauses=(a_pause(1, reason=text), a_pause(2, answered=date(2026, 3, 9))),
                outcome=Outcome.ANSWERED_IN_PART,
                closed_at=NOON + timedelta(microseconds=1),
                keep_until=date(2030, 2, 28),
            ),
            text,
            but=("id", "pauses"),
        )
        unit.requests.add(request)
        assert unit.requests.get("DSR-2026-0002") == request

    def test_a_time_of_another_zone_comes_back_as_the_same_moment(self, unit: UnitOfWork) -> None:
        there = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
        unit.requests.add(a_request("DSR-2026-0002", received_at=there))
        found = unit.requests.get("DSR-2026-0002").received_at
        assert found == there
        assert found.tzinfo is UTC

    def test_a_time_without_a_zone_is_a_mistake(self, unit: UnitOfWork) -> None:
        with pytest.raises(TypeError):
            unit.requests.add(a_request("x", received_at=NOON.replace(tzinfo=None)))

    @pytest.mark.parametrize("text", NOT_STORABLE, ids=["NUL", "surrogate"])
    def test_text_that_an_engine_could_lose_is_refused_and_not_quoted(
        self, unit: UnitOfWork, text: str
    ) -> None:
        asks = [
            lambda: unit.requests.add(a_request("x", subject=a_subject(name=text))),
            lambda: unit.requests.add(a_request("x", subject=a_subject(address=(text,)))),
            lambda: unit.requests.add_note(REQUEST, a_note(text=text)),
            lambda: unit.sources.put(a_source(settings={text: "x"})),
            lambda: unit.responses.put_letter(a_letter(text=text)),
        ]
        for ask in asks:
            with pytest.raises(InputError, match=r"^text\.not_storable\(\)$") as caught:
                ask()
            assert caught.value.__suppress_context__
        assert unit.requests.notes(REQUEST) == ()

    def test_a_request_is_added_once(self, unit: UnitOfWork) -> None:
        with pytest.raises(ConflictError, match=r"request\.exists"):
            unit.requests.add(a_request())

    def test_a_changed_request_has_a_new_version(self, unit: UnitOfWork) -> None:
        unit.requests.put_pause(REQUEST, a_pause())
        read = unit.requests.get(REQUEST)
        changed = replace(read, stage=Stage.IDENTITY, subject=a_subject(identities=()))
        written = unit.requests.replace(changed)
        assert written == replace(changed, version=2)
        assert unit.requests.get(REQUEST) == written

    def test_a_request_that_somebody_else_changed_is_not_overwritten(
        self, unit: UnitOfWork
    ) -> None:
        mine = theirs = unit.requests.get(REQUEST)
        unit.requests.replace(replace(theirs, owner="anna"))
        with pytest.raises(ConflictError, match=r"request\.changed_meanwhile"):
            unit.requests.replace(replace(mine, owner="olga"))
        assert unit.requests.get(REQUEST).owner == "anna"

    def test_what_belongs_to_no_request_is_refused(self, unit: UnitOfWork) -> None:
        asks = [
            lambda: unit.requests.get("none"),
            lambda: unit.requests.replace(a_request("none")),
            lambda: unit.requests.add_note("none", a_note()),
            lambda: unit.requests.put_pause("none", a_pause()),
            lambda: unit.requests.add_verification(a_verification(request="none")),
        ]
        for ask in asks:
            with pytest.raises(NotFoundError, match=r"request\.not_found"):
                ask()

    @with_long_text_too
    def test_notes_and_verifications_come_back_in_order(self, unit: UnitOfWork, text: str) -> None:
        notes = tuple(filled(a_note(number), text) for number in (2, 10, 1))
        looks = tuple(
            filled(a_verification(number), text, but=("request",)) for number in (2, 10, 1)
        )
        for note, look in zip(notes, looks, strict=True):
            unit.requests.add_note(REQUEST, note)
            unit.requests.add_verification(look)
        in_order = (2, 0, 1)
        assert unit.requests.notes(REQUEST) == tuple(notes[each] for each in in_order)
        assert unit.requests.verifications(REQUEST) == tuple(looks[each] for each in in_order)

    def test_a_pause_gets_its_answer(self, unit: UnitOfWork) -> None:
        answered = a_pause(1, answered=date(2026, 3, 10), approved_by="anna")
        for pause in (a_pause(2), a_pause(1), answered):
            unit.requests.put_pause(REQUEST, pause)
        assert unit.requests.get(REQUEST).pauses == (answered, a_pause(2))

    @with_long_text_too
    def test_sources_come_back_as_they_were_given(self, unit: UnitOfWork, text: str) -> None:
        source = filled(a_source(settings={text: text}, checked_at=NOON), text, but=("key",))
        unit.sources.put(a_source("erp"))
        unit.sources.put(a_source())
        unit.sources.put(source)
        assert unit.sources.get("crm") == source
        assert unit.sources.all() == (source, a_source("erp"))
        with pytest.raises(NotFoundError, match=r"source\.not_in_workspace"):
            unit.sources.get("none")

    @with_hostile_text
    def test_what_was_pulled_comes_back_as_it_was_given(self, unit: UnitOfWork, text: str) -> None:
        open_access(unit)
        first = unit.pulls.start(a_pulled_collection())
        second = unit.pulls.start(a_pulled_collection(columns=((text, text), ("b", ""))))
        done = replace(
            second, rows=3_000_000_000, state=PullState.INCOMPLETE, ended_at=NOON, chunks=3
        )
        done = replace(done, incomplete_why=text)
        unit.pulls.replace(done)
        assert first.id != second.id
        assert unit.pulls.of_request(REQUEST) == (first, done)
        assert unit.pulls.of_session("session-1") == (first, done)
        assert unit.pulls.of_session("session-2") == ()
        with pytest.raises(NotFoundError, match=r"pull\.not_found"):
            unit.pulls.replace(replace(done, id=99))

    def test_nothing_is_pulled_outside_a_window(self, unit: UnitOfWork) -> None:
        with pytest.raises(AppError, match=r"workspace\.refused"):
            unit.pulls.start(a_pulled_collection())

    @with_hostile_text
    def test_notices_are_settled_once(self, unit: UnitOfWork, text: str) -> None:
        open_access(unit)
        unit.pulls.add_notices([a_notice(), a_notice(code="incomplete", count=0)])
        unit.pulls.add_notices([])
        first, second = unit.pulls.notices(REQUEST)
        settled = replace(first, settled_by="olga", settled_how=text, settled_at=NOON)
        unit.pulls.settle(settled)
        assert unit.pulls.notices(REQUEST) == (settled, second)
        with pytest.raises(ConflictError, match=r"notice\.already_settled"):
            unit.pulls.settle(replace(settled, settled_how="otherwise"))
        with pytest.raises(NotFoundError, match=r"notice\.not_found"):
            unit.pulls.settle(replace(settled, id=99))

    @with_hostile_text
    def test_places_not_reached_come_back_in_order(self, unit: UnitOfWork, text: str) -> None:
        open_access(unit)
        places = (filled(a_place_not_reached(), text), a_place_not_reached())
        unit.pulls.add_not_reached("session-1", places)
        assert unit.pulls.not_reached("session-1") == places

    def test_vault_keys_are_sealed_to_members_and_destroyed(self, unit: UnitOfWork) -> None:
        for member, sealed in (("olga", b"1"), ("anna", b"2"), ("olga", bytes(range(256)))):
            unit.vault.put_key(REQUEST, member, sealed)
        assert unit.vault.sealed_key(REQUEST, "olga") == bytes(range(256))
        assert unit.vault.sealed_key(REQUEST, "adam") is None
        assert unit.vault.key_holders(REQUEST) == ("anna", "olga")
        assert unit.vault.destroy_keys(REQUEST) == 2
        assert unit.vault.key_holders(REQUEST) == ()

    def test_chunks_come_from_the_one_that_holds_the_row(self, unit: UnitOfWork) -> None:
        pulled = pull(unit)
        chunks = [(1, 0, 500, b"\0" * 3_000_000), (2, 500, 500, b""), (3, 1000, 20, b"\xff")]
        for number, first_row, rows, sealed in chunks:
            unit.vault.add_chunk(pulled, number, first_row=first_row, rows=rows, sealed=sealed)
        assert list(unit.vault.chunks(pulled)) == chunks
        assert list(unit.vault.chunks(pulled, from_row=499)) == chunks
        assert list(unit.vault.chunks(pulled, from_row=500)) == chunks[1:]
        assert list(unit.vault.chunks(pulled, from_row=1019)) == chunks[2:]
        assert list(unit.vault.chunks(pulled + 1)) == []
        with pytest.raises(AppError, match=r"workspace\.refused"):
            unit.vault.add_chunk(pulled, 1, first_row=0, rows=1, sealed=b"again")

    @with_hostile_text
    def test_files_are_kept_replaced_and_destroyed(self, unit: UnitOfWork, text: str) -> None:
        pulled = pull(unit)
        unit.vault.add_chunk(pulled, 1, first_row=0, rows=1, sealed=b"rows")
        unit.vault.put_file(REQUEST, text, b"old", bytes_=1, sha256="x")
        unit.vault.put_file(REQUEST, text, b"\0new", bytes_=5_000_000_000, sha256="y")
        assert unit.vault.file(REQUEST, text) == b"\0new"
        assert unit.vault.files(REQUEST) == ((text, 5_000_000_000, "y"),)
        assert unit.vault.destroy_data(REQUEST) == 2
        assert unit.vault.files(REQUEST) == ()
        assert list(unit.vault.chunks(pulled)) == []
        with pytest.raises(NotFoundError, match=r"vault\.no_such_file"):
            unit.vault.file(REQUEST, text)

    @with_hostile_text
    def test_flags_come_back_by_row(self, unit: UnitOfWork, text: str) -> None:
        pulled = pull(unit)
        flags = [
            a_flag(row, pulled=pulled, field=text, kind=text) for row in (5, 1, 5, 3_000_000_000)
        ]
        unit.review.add_flags(iter(flags))
        unit.review.add_flags([])
        assert unit.review.flags(pulled) == (flags[1], flags[0], flags[2], flags[3])
        assert unit.review.flags(pulled, from_row=2, to_row=6) == (flags[0], flags[2])
        assert unit.review.flags(pulled, from_row=6) == (flags[3],)
        assert unit.review.flagged_rows(pulled) == 3
        assert unit.review.flagged_rows(pulled + 1) == 0

    @with_hostile_text
    def test_marks_come_back_in_order_and_undone_ones_too(
        self, unit: UnitOfWork, text: str
    ) -> None:
        pulled = pull(unit)
        made = unit.review.add_marks(
            [
                filled(a_mark(target=Target(pulled, 0, text, 4, 21)), text, but=BUT_MARK),
                a_mark(target=Target(pulled), verdict=MarkVerdict.WITHHOLD),
                a_mark(target=Target(pulled, 3_000_000_000), verdict=MarkVerdict.DISCLOSE),
            ]
        )
        assert unit.review.add_marks([]) == ()
        assert unit.review.marks(REQUEST) == made
        assert [each.id for each in made] == sorted({each.id for each in made})
        undone = unit.review.undo(made[1].id, by="anna", at=NOON)
        assert undone == replace(made[1], undone_by="anna", undone_at=NOON)
        assert unit.review.marks(REQUEST, pulled=pulled) == (made[0], undone, made[2])
        assert unit.review.marks(REQUEST, pulled=pulled + 1) == ()
        with pytest.raises(ConflictError, match=r"review\.already_undone"):
            unit.review.undo(made[1].id, by="olga", at=NOON)
        with pytest.raises(NotFoundError, match=r"review\.no_such_mark"):
            unit.review.undo(99, by="olga", at=NOON)

    def test_a_review_is_finished_and_reopened(self, unit: UnitOfWork) -> None:
        assert unit.review.finished(REQUEST) is None
        unit.review.finish(REQUEST, by="olga", at=NOON)
        unit.review.finish(REQUEST, by="anna", at=NOON)
        assert unit.review.finished(REQUEST) == ("anna", NOON)
        unit.review.reopen(REQUEST)
        assert unit.review.finished(REQUEST) is None

    @with_long_text_too
    def test_letters_come_back_and_the_last_of_a_kind_is_found(
        self, unit: UnitOfWork, text: str
    ) -> None:
        first = a_letter("3")
        last = filled(a_letter("2", at=NOON + timedelta(days=1)), text, but=("id", "request"))
        refusal = a_letter("1", kind=LetterKind.REFUSAL, at=NOON + timedelta(days=2))
        for letter in (last, refusal, first):
            unit.responses.put_letter(letter)
        assert unit.responses.last_letter(REQUEST, LetterKind.FULL_ANSWER) == last
        assert unit.responses.last_letter(REQUEST, LetterKind.EXTENSION) is None
        sent = replace(last, sent_at=NOON, sent_how=text)
        unit.responses.put_letter(sent)
        assert unit.responses.letters(REQUEST) == (first, sent, refusal)

    @with_hostile_text
    def test_an_answer_to_the_checklist_replaces_the_one_before(
        self, unit: UnitOfWork, text: str
    ) -> None:
        line = filled(a_checklist_line("b"), text)
        unit.responses.answer(REQUEST, a_checklist_line("b"), at=NOON)
        unit.responses.answer(REQUEST, line, at=NOON)
        unit.responses.answer(REQUEST, a_checklist_line("a", state=Answered.OPEN), at=NOON)
        assert unit.responses.answers(REQUEST) == (
            a_checklist_line("a", state=Answered.OPEN),
            line,
        )

    @with_hostile_text
    def test_packages_are_made_and_released(self, unit: UnitOfWork, text: str) -> None:
        made = a_package(bytes=5_000_000_000)
        unit.responses.put_package(made)
        released = replace(made, released_by="olga", released_at=NOON, channel=text)
        unit.responses.put_package(released)
        assert unit.responses.packages(REQUEST) == (released,)

    def test_a_report_is_recorded_once(self, unit: UnitOfWork) -> None:
        facts = {"request": "", "sha256": "ab" * 32, "head": "cd" * 32, "by": "olga", "at": NOON}
        unit.responses.add_report("report-1", **facts)
        with pytest.raises(ConflictError, match=r"report\.exists"):
            unit.responses.add_report("report-1", **facts)


class RequestListContract:
    """Lists of requests: filtered, sorted and paged by the database."""

    @pytest.fixture
    def unit(self, ground: WorkspaceGround) -> Iterator[UnitOfWork]:
        workspace = ground.open()
        with workspace.write() as unit:
            for number, (name, owner, stage, right) in enumerate(
                [
                    ("Éloïse Dupont", "olga", Stage.INTAKE, Right.ACCESS),
                    ("straße 100%_\\", "anna", Stage.REVIEW, Right.ERASURE),
                    ("ÅSA Öberg", "olga", Stage.CLOSE, Right.ACCESS),
                    ("eloise martin", "anna", Stage.CLOSE, Right.ACCESS),
                ],
                start=1,
            ):
                closed = NOON + timedelta(days=number) if stage is Stage.CLOSE else None
                unit.requests.add(
                    a_request(
                        f"DSR-2026-{number:04}",
                        subject=a_subject(name=name),
                        regime="gdpr" if number < 4 else "ccpa",
                        owner=owner,
                        stage=stage,
                        right=right,
                        received_at=NOON - timedelta(days=number % 3),
                        closed_at=closed,
                        pauses=(a_pause(number),),
                    )
                )
            yield unit
        workspace.close()

    @pytest.mark.parametrize(
        ("which", "expected"),
        [
            (RequestFilter(), [3, 4, 1, 2]),
            (RequestFilter(order="received_at"), [2, 1, 4, 3]),
            (RequestFilter(order="id"), [1, 2, 3, 4]),
            (RequestFilter(order="-id"), [4, 3, 2, 1]),
            (RequestFilter(order="subject"), [3, 1, 4, 2]),
            (RequestFilter(order="-stage"), [4, 3, 2, 1]),
            (RequestFilter(order="closed_at"), [3, 4, 1, 2]),
            (RequestFilter(order="-closed_at"), [4, 3, 2, 1]),
            (RequestFilter(order="id", is_open=True), [1, 2]),
            (RequestFilter(order="id", is_open=False), [3, 4]),
            (RequestFilter(order="id", owner="anna"), [2, 4]),
            (RequestFilter(order="id", stages=("close", "review")), [2, 3, 4]),
            (RequestFilter(order="id", rights=("erasure",)), [2]),
            (RequestFilter(order="id", regimes=("ccpa", "lgpd")), [4]),
            (RequestFilter(order="id", stages=("close",), owner="olga"), [3]),
            (RequestFilter(order="id", text="ELOÏSE"), [1, 4]),
            (RequestFilter(order="id", text="oberg"), [3]),
            (RequestFilter(order="id", text="STRASSE"), [2]),
            (RequestFilter(order="id", text="%"), [2]),
            (RequestFilter(order="id", text="0%_\\"), [2]),
            (RequestFilter(order="id", text="dsr-2026-0003"), [3]),
            (RequestFilter(text="nobody"), []),
            (RequestFilter(text="x" * 60_000), []),
            (RequestFilter(text="\0"), []),
        ],
    )
    def test_a_list_holds_what_was_asked_in_the_order_asked(
        self, unit: UnitOfWork, which: RequestFilter, expected: list[int]
    ) -> None:
        page = unit.requests.find(which)
        assert [int(each.id[-4:]) for each in page.rows] == expected
        assert page.total == len(expected)
        assert all(each == unit.requests.get(each.id) for each in page.rows)

    def test_a_page_knows_how_long_the_whole_is(self, unit: UnitOfWork) -> None:
        page = unit.requests.find(RequestFilter(order="id", offset=1, limit=2))
        assert [each.id[-1] for each in page.rows] == ["2", "3"]
        assert page.total == 4

    def test_an_order_that_requests_do_not_have_is_a_mistake(self, unit: UnitOfWork) -> None:
        for order in ("pauses", "subject_name; DROP TABLE requests", "", "--id"):
            with pytest.raises(ValueError, match="no order"):
                unit.requests.find(RequestFilter(order=order))
