"""The log as members read it: parts, one entry with its proof, and whether all of it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import NotAllowedError, NotFoundError
from app.ports.progress import QuietTask
from app.ports.storage import EntryFilter
from tests.office import Office, open_office

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def _spoil(path: Path, number: int) -> None:
    """Change an entry as somebody does who can write the file."""
    with closing(sqlite3.connect(path)) as database, database:
        names = [row[0] for row in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'log'"
        )]  # fmt: skip
        for name in names:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute(
            "UPDATE log SET line = replace(line, 'granted', 'refused') WHERE number = ?", (number,)
        )


def test_a_part_of_the_log_names_who_is_meant(office: Office) -> None:
    office.pulled()
    page = office.administrator.log.page(EntryFilter(limit=5))
    assert len(page.rows) == 5
    assert page.total == len(office.actions())
    assert "Nadia" in page.names.values()


def test_one_source_alone(office: Office) -> None:
    office.pulled()
    office.administrator.sourcing.check("shop")
    page = office.administrator.log.page(EntryFilter(source="shop"))
    actions = {str(each.facts()["action"]) for each in page.rows}
    assert "source.checked" in actions
    assert "data.read" in actions
    assert "request.recorded" not in actions


def test_an_entry_comes_with_the_decision_that_it_is_part_of(office: Office) -> None:
    office.pulled()
    rows = office.administrator.log.page(EntryFilter(limit=100)).rows
    opened = next(each for each in rows if each.facts()["action"] == "session.opened")
    view = office.administrator.log.entry(opened.number)
    assert view.is_unchanged
    assert view.follows
    assert view.case is not None
    assert view.case.decisions
    assert view.signature_valid is True


def test_there_is_no_entry_beyond_the_last(office: Office) -> None:
    with pytest.raises(NotFoundError, match=r"log\.no_such_entry"):
        office.administrator.log.entry(10_000)


def test_who_has_left_reads_none_of_it(office: Office) -> None:
    office.administrator.changes.leave(office.officer.here.member)
    with pytest.raises(NotAllowedError):
        office.officer.log.page(EntryFilter())


def test_a_check_goes_on_from_the_last_one(office: Office) -> None:
    office.pulled()
    first = office.administrator.log.check(QuietTask())
    office.record()
    second = office.administrator.log.check(QuietTask())
    assert second.is_sound
    assert second.entries == first.entries + 1
    known = office.administrator.log.facts().verified
    assert known is not None
    assert (known.state, known.whole_at) == (second, office.clock.now())


def test_a_changed_entry_is_found_and_named(office: Office, tmp_path: Path) -> None:
    office.pulled()
    rows = office.administrator.log.page(EntryFilter(limit=100)).rows
    granted = next(each for each in rows if "granted" in each.line)
    _spoil(tmp_path / "workspace.sqlite", granted.number)
    state = office.administrator.log.check(QuietTask())
    assert not state.is_sound
    assert state.broken_at == granted.number
    view = office.administrator.log.entry(granted.number)
    assert not view.is_unchanged
