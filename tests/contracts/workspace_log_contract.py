"""What every workspace's log must do: continue its chain, be found and read, stay as it is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.domain.audit import NO_HASH, Action, ChainState, Entry, chain, verify
from app.domain.errors import InputError
from app.ports.storage import EntryFilter
from tests.builders import NOON, an_event, minutes
from tests.contracts.workspace_ground import (
    SettledContract,
)

if TYPE_CHECKING:
    from app.ports.storage import UnitOfWork, Workspace
    from tests.contracts.workspace_ground import WorkspaceGround

FOUND = (
    (EntryFilter(), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
    (EntryFilter(newest_first=False, offset=2, limit=3), [3, 4, 5]),
    (EntryFilter(actors=("olga",)), [5, 4, 3, 2, 1]),
    (EntryFilter(actors=("olga", "anna"), actions=("data.read",)), [10, 8, 6, 4, 2]),
    (EntryFilter(request="DSR-2026-0002", actors=("anna",)), [8]),
    (EntryFilter(since=NOON + minutes(8)), [10, 9]),
    (EntryFilter(until=NOON + minutes(2)), [2, 1]),
    (EntryFilter(since=NOON + minutes(2), until=NOON + minutes(4)), [4, 3]),
    (EntryFilter(text='"quoted" 50%', actions=("note.added",)), [9, 7, 5, 3, 1]),
    (EntryFilter(text="ÄÖ_ü", limit=1), [10]),
    (EntryFilter(text="50_"), []),
    (EntryFilter(text="x" * 60_000), []),
    (EntryFilter(text="\0"), []),
    (EntryFilter(actors=("nobody",)), []),
)
"""Filters, and the numbers of the entries that they find in a log of ten."""


class LogContract(SettledContract):
    """Entries, their chain, finding them."""

    @pytest.fixture
    def filled(self, workspace: Workspace, ground: WorkspaceGround) -> Workspace:
        """A log of ten entries, a minute apart."""
        with workspace.write() as unit:
            for number in range(1, 11):
                even = number % 2 == 0
                unit.record(
                    an_event(
                        action=Action.DATA_READ if even else Action.NOTE_ADDED,
                        actor="olga" if number <= 5 else "anna",
                        request=f"DSR-2026-000{number % 3}",
                        details={"number": number, "what": 'a "quoted" 50% ÄÖ_ü'},
                    )
                )
                ground.clock.move(minutes(1))
            unit.commit()
        return workspace

    def test_an_empty_log_begins_with_no_hash(self, unit: UnitOfWork) -> None:
        assert unit.log.head() == (0, NO_HASH, None)
        assert unit.log.find(EntryFilter()).rows == ()
        assert verify(unit.log.stored()) == ChainState(0, NO_HASH)

    def test_entries_continue_the_chain_within_and_between_transactions(
        self, workspace: Workspace
    ) -> None:
        expected: list[Entry] = []
        for _ in range(3):
            with workspace.write() as unit:
                for _ in range(2):
                    last = expected[-1] if expected else None
                    entry = unit.log.append(an_event(), NOON)
                    assert entry == chain(last, an_event(), NOON)
                    expected.append(entry)
                unit.commit()
        with workspace.read() as unit:
            assert unit.log.head() == (6, expected[-1].hash, NOON)
            assert verify(unit.log.stored()) == ChainState(6, expected[-1].hash)

    def test_a_unit_goes_on_with_the_chain_after_its_commit(self, workspace: Workspace) -> None:
        with workspace.write() as unit:
            unit.record(an_event())
            unit.commit()
            unit.record(an_event())
            unit.commit()
        with workspace.read() as unit:
            assert verify(unit.log.stored()).entries == 2

    def test_a_line_comes_back_byte_for_byte(self, workspace: Workspace) -> None:
        details = {"text": '\x00\x01\\"\u2028 é e\u0301 👩‍👩‍👧‍👦 \u202e' + "x" * 100_000}
        with workspace.write() as unit:
            entry = unit.record(an_event(details=details))
            unit.commit()
        with workspace.read() as unit:
            stored = (1, entry.line.encode(), NO_HASH.encode(), entry.hash.encode())
            assert list(unit.log.stored()) == [stored]
            (found,) = unit.log.find(EntryFilter()).rows
        assert found == entry
        assert found.facts()["details"] == details

    def test_half_a_surrogate_pair_is_refused_and_not_quoted(self, unit: UnitOfWork) -> None:
        with pytest.raises(InputError, match=r"^text\.not_storable\(\)$"):
            unit.record(an_event(details={"text": "\ud83d"}))

    def test_entries_are_found_by_what_they_say(self, filled: Workspace) -> None:
        with filled.read() as unit:
            for which, expected in FOUND:
                page = unit.log.find(which)
                assert [each.number for each in page.rows] == expected, which
                assert page.total == {1: 10, 3: 10}.get(which.limit, len(expected)), which

    def test_entries_about_a_source_are_found_however_they_name_it(
        self, workspace: Workspace
    ) -> None:
        numbers = {"shop": [3, 2, 1], "sho": [], "shop.people": [2], '"': [], "help%": []}
        with workspace.write() as unit:
            unit.record(an_event(action=Action.SOURCE_CHECKED, object="shop"))
            unit.record(an_event(action=Action.DATA_READ, details={"collection": "shop.people"}))
            unit.record(an_event(details={"sources": ["helpdesk", "shop"]}))
            unit.record(an_event(details={"sources": ["shopping"], "what": "the shop"}))
            unit.commit()
        with workspace.read() as unit:
            for source, expected in numbers.items():
                found = unit.log.find(EntryFilter(source=source)).rows
                assert [each.number for each in found] == expected, source

    def test_stored_entries_can_be_read_from_a_number_or_for_a_request(
        self, filled: Workspace
    ) -> None:
        with filled.read() as unit:
            assert [each[0] for each in unit.log.stored(after=8)] == [9, 10]
            assert [each[0] for each in unit.log.stored(request="DSR-2026-0001")] == [1, 4, 7, 10]
            assert [each[0] for each in unit.log.stored(after=4, request="DSR-2026-0001")] == [
                7,
                10,
            ]

    def test_the_columns_to_search_by_are_made_from_what_is_hashed(
        self, filled: Workspace, ground: WorkspaceGround
    ) -> None:
        with filled.read() as unit:
            entries = unit.log.find(EntryFilter(newest_first=False)).rows
        rows = ground.execute("SELECT at, action, actor, request, line FROM log ORDER BY number")
        assert [row[4] for row in rows] == [each.line for each in entries]
        for row in rows:
            line = json.loads(row[4])
            assert row[:4] == tuple(line[name] for name in ("at", "action", "actor", "request"))
        columns = "number, previous, line, hash, actor"
        with pytest.raises(Exception, match=r"(?i)generated"):
            ground.execute(f"INSERT INTO log ({columns}) VALUES (11, '', '{{}}', '', 'x')")

    def test_an_entry_that_does_not_continue_the_chain_is_refused(
        self, filled: Workspace, ground: WorkspaceGround
    ) -> None:
        with filled.read() as unit:
            number, head, _ = unit.log.head()
            (last,) = unit.log.find(EntryFilter(limit=1)).rows
        insert = "INSERT {} INTO log (number, previous, line, hash) VALUES ({}, '{}', '{}', '{}')"
        for bad_number, previous in (
            (number + 2, head),
            (number + 1, NO_HASH),
            (number + 1, last.previous),
            (number, last.previous),
            (0, NO_HASH),
            (-1, NO_HASH),
        ):
            for how in ("", "OR REPLACE", "OR IGNORE"):
                with pytest.raises(ground.refusal):
                    ground.execute(insert.format(how, bad_number, previous, last.line, "00" * 32))
        with filled.read() as unit:
            assert verify(unit.log.stored()) == ChainState(number, head)

    def test_time_never_goes_back_before_the_last_entry(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        with workspace.write() as unit:
            unit.record(an_event())
            unit.commit()
        ground.clock.move(timedelta(seconds=-90))
        with workspace.write() as unit:
            assert unit.now() == NOON
            assert unit.clock_behind_seconds() == 90
            assert unit.record(an_event()).at == NOON
        ground.clock.move(timedelta(seconds=100))
        with workspace.read() as unit:
            assert unit.now() == NOON + timedelta(seconds=10)
            assert unit.clock_behind_seconds() == 0

    def test_nothing_is_remembered_before_the_first_commit(self, workspace: Workspace) -> None:
        with workspace.write() as unit:
            unit.record(an_event())
        with workspace.read() as unit:
            assert unit.log.checkpoint() is None

    def test_the_head_is_remembered_after_every_commit(self, workspace: Workspace) -> None:
        for count in (1, 2):
            with workspace.write() as unit:
                entry = unit.record(an_event())
                unit.commit()
            with workspace.read() as unit:
                assert unit.log.checkpoint() == ChainState(count, entry.hash)
