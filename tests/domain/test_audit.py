"""The log's chain: canonical bytes that others write the same, and all tampering found."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.domain.audit import (
    NO_HASH,
    Action,
    ChainState,
    Entry,
    Event,
    chain,
    hash_entry,
    verify,
    verify_extract,
    write_line,
)

if TYPE_CHECKING:
    from app.domain.audit import StoredEntry

AT = datetime(2026, 11, 20, 9, 26, 28, 402000, tzinfo=UTC)
KEYS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8)
VALUES = st.recursive(
    st.text(max_size=20) | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def log(count: int) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(count):
        event = Event(Action.DATA_READ, "nadia", "DSR-1", "S-1", {"rows": number, "of": "a.b"})
        entries.append(chain(entries[-1] if entries else None, event, AT))
    return entries


def stored(entries: list[Entry]) -> list[StoredEntry]:
    return [each.stored() for each in entries]


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.text(max_size=10))
def test_the_line_is_what_rfc_8785_makes_of_it(details: dict[str, object], actor: str) -> None:
    line = write_line(Event(Action.NOTE_ADDED, actor, details=details), AT)  # type: ignore[arg-type]
    assert line.encode() == rfc8785.dumps(json.loads(line))


@pytest.mark.parametrize("value", [1.5, 2**53, [1.0], {"a": {"b": -(2**53)}}, {"ü": 1}])
def test_what_programs_write_differently_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        write_line(Event(Action.NOTE_ADDED, "a", details={"x": value}), AT)  # type: ignore[dict-item]


def test_a_whole_log_is_sound_and_says_its_head() -> None:
    entries = log(5)
    assert verify(stored(entries)) == ChainState(5, entries[-1].hash)
    assert entries[0].previous == NO_HASH
    assert verify([]) == ChainState(0, NO_HASH)


def test_checking_can_go_on_where_it_stopped() -> None:
    entries = log(6)
    half = verify(stored(entries[:3]))
    assert verify(stored(entries[3:]), start=half) == verify(stored(entries))


def test_numbers_and_lines_of_any_length_are_hashed_as_documented() -> None:
    entries = log(999)
    for number in range(1000, 1012):
        event = Event(
            Action.NOTE_ADDED, "nadia", details={"text": "x" * (1600 + 100 * number % 999)}
        )
        entries.append(chain(entries[-1], event, AT))
    assert verify(stored(entries)) == ChainState(1011, entries[-1].hash)
    for start in (9, 99, 999, 1000):
        half = ChainState(start, entries[start - 1].hash)
        assert verify(stored(entries[start:]), start=half).entries == 1011
    far = chain(Entry(99_999_999, "", "", entries[0].hash), Event(Action.NOTE_ADDED, "a"), AT)
    assert verify([far.stored()], start=ChainState(99_999_999, entries[0].hash)).is_sound


@pytest.mark.parametrize("actor", ["nadia", "omar"])
def test_an_entry_older_than_the_one_before_is_found_whoever_wrote_it(actor: str) -> None:
    entries = log(3)
    earlier = AT - timedelta(microseconds=1)
    older = Event(Action.DATA_READ, actor, details={"note": '","at":"2027-01-01T'})
    entries.append(chain(entries[-1], older, earlier))
    entries.append(chain(entries[-1], older, AT))
    state = verify(stored(entries))
    assert (state.entries, state.broken_at, state.fault) == (3, 4, "back_in_time")
    going_on = verify(stored(entries[3:]), start=verify(stored(entries[:3])))
    assert (going_on.broken_at, going_on.fault) == (4, "back_in_time")


def test_a_line_without_a_time_is_older_than_any() -> None:
    entries = log(2)
    line = "{}"
    head = entries[-1].hash
    entries.append(Entry(3, line, head, hash_entry(head, 3, line.encode())))
    state = verify(stored(entries))
    assert (state.broken_at, state.fault) == (3, "back_in_time")


@given(st.integers(0, 5), st.integers(0, 400), st.integers(1, 255))
def test_one_changed_byte_in_a_line_is_found_and_named(at: int, place: int, flip: int) -> None:
    rows = stored(log(6))
    number, line, previous, claimed = rows[at]
    place %= len(line)
    changed = line[:place] + bytes([line[place] ^ flip]) + line[place + 1 :]
    rows[at] = (number, changed, previous, claimed)
    state = verify(rows)
    assert (state.broken_at, state.fault) == (at + 1, "changed")
    assert not verify_extract(rows).is_sound


def test_a_removed_entry_is_found() -> None:
    rows = stored(log(6))
    state = verify(rows[:2] + rows[3:])
    assert (state.entries, state.broken_at, state.fault) == (2, 3, "missing")


def test_swapped_entries_are_found() -> None:
    rows = stored(log(4))
    rows[1], rows[2] = rows[2], rows[1]
    assert verify(rows).broken_at == 2
    assert not verify_extract(rows).is_sound


def test_an_inserted_entry_is_found_even_with_a_hash_of_its_own() -> None:
    entries = log(4)
    forged = chain(entries[1], Event(Action.NOTE_ADDED, "mallory"), AT)
    rows = stored([*entries[:2], forged, *entries[2:]])
    assert verify(rows).broken_at == 4


def test_a_rewritten_entry_with_a_fitting_hash_breaks_the_next_one() -> None:
    entries = log(4)
    line = entries[1].line.replace("nadia", "omar!")
    forged = Entry(2, line, entries[1].previous, hash_entry(entries[1].previous, 2, line.encode()))
    state = verify(stored([entries[0], forged, *entries[2:]]))
    assert (state.broken_at, state.fault) == (3, "not_linked")


def test_a_renumbered_entry_does_not_keep_its_hash() -> None:
    rows = stored(log(3))
    number, line, previous, claimed = rows[2]
    assert verify_extract([*rows[:2], (number + 1, line, previous, claimed)]).broken_at == 4


def test_an_extract_may_skip_numbers() -> None:
    rows = stored(log(9))
    assert verify_extract(rows[::3]).is_sound
    assert verify_extract(rows[::3]).entries == 3


def test_an_entry_gives_its_time_back() -> None:
    assert log(1)[0].at == AT
