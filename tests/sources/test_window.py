"""When a reader may read, and how rows become batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.errors import SourceError
from app.sources._window import Window, batches

if TYPE_CHECKING:
    from app.ports.sources import Batch


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Table:
    """So many rows, each of which takes its time to read."""

    def __init__(self, rows: int, clock: Clock, *, seconds: float = 0.0) -> None:
        self.left = rows
        self.clock = clock
        self.seconds = seconds

    def __call__(self, batch: Batch, wanted: int) -> None:
        taken = min(wanted, self.left)
        self.left -= taken
        self.clock.now += taken * self.seconds
        batch.extend([("row",)] * taken)


def open_for_ever() -> None:
    return


def sizes(table: Table, batch_rows: int) -> list[int]:
    found = batches(table, batch_rows=batch_rows, check=open_for_ever, clock=table.clock)
    return [len(batch) for batch in found]


def reason(window: Window) -> str:
    with pytest.raises(SourceError) as caught:
        window.check()
    assert caught.value.code == "source.window_closed"
    return str(caught.value.values["reason"])


def test_a_window_closes_at_its_deadline_and_stays_closed() -> None:
    clock = Clock()
    window = Window(105.0, clock=clock)
    assert window.remaining() == 5.0
    clock.now = 104.999
    window.check()
    clock.now = 105.0
    assert reason(window) == "expired"
    window.stop()
    clock.now = 0.0
    assert reason(window) == "expired"


def test_a_stop_closes_a_window_whatever_the_time() -> None:
    window = Window(None)
    assert window.remaining() is None
    window.check()
    window.stop()
    assert reason(window) == "stopped"


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 17, 48, 999, 1000, 1001, 2000, 2001, 5432])
@pytest.mark.parametrize("batch_rows", [1, 2, 16, 1000])
def test_every_row_comes_in_batches_that_are_full(rows: int, batch_rows: int) -> None:
    found = sizes(Table(rows, Clock()), batch_rows)
    assert sum(found) == rows
    assert all(size == batch_rows for size in found[:-1])
    assert 0 not in found


def test_slow_rows_come_in_small_batches() -> None:
    found = sizes(Table(200, Clock(), seconds=0.03), 1000)
    assert sum(found) == 200
    assert max(found[4:]) <= 4


def test_a_window_that_closes_while_rows_are_read_hands_over_none_of_them() -> None:
    clock = Clock()
    window = Window(101.0, clock=clock)
    table = Table(1000, clock, seconds=0.3)
    found = batches(table, batch_rows=4, check=window.check, clock=clock)
    with pytest.raises(SourceError):
        next(found)


def test_a_window_that_closes_while_a_batch_is_used_hands_over_no_other() -> None:
    clock = Clock()
    window = Window(101.0, clock=clock)
    found = batches(Table(1000, clock), batch_rows=4, check=window.check, clock=clock)
    assert len(next(found)) == 4
    clock.now = 101.0
    with pytest.raises(SourceError):
        next(found)
