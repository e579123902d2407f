"""Sources that do not wait for each other's keys are read at the same time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import make_desk
from app.domain.access import EndReason
from app.domain.errors import SourceError
from app.domain.pulls import PullState
from app.ports.progress import Progress, QuietTask
from tests.fakes import FakeSource, FakeTable, fake_source_type
from tests.office import MAP, NOTES, Office, open_office, shop

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.pull_session import PullResult

SECONDS = 10
LINKED = """
dataset:
- fides_key: store
  name: Store
  collections:
  - name: parcels
    fields:
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: text, data_categories: [user.content.private]}
"""


@dataclass
class Place:
    """An office with two sources."""

    office: Office
    shop: FakeSource
    store: FakeSource

    def run(self, task: QuietTask | None = None) -> PullResult:
        case = self.office.granted()
        return self.office.officer.pulling.run(case.asked.id, task or QuietTask())


def open_place(folder: Path, store: FakeSource, map_text: str) -> Place:
    office = open_office(folder)
    store.monotonic = office.clock.monotonic
    fake = fake_source_type({"shop": office.source, "store": store})
    adapters = replace(office.adapters, source_types={**office.adapters.source_types, "fake": fake})
    for name in ("administrator", "officer", "approver"):
        setattr(office, name, make_desk(getattr(office, name).here, adapters))
    office.administrator.sourcing.add(
        "fake", {"name": "store"}, map_text=map_text, map_file="store.yml"
    )
    return Place(office, office.source, store)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Both sources know the person by her address."""
    return open_place(tmp_path, shop(), MAP.replace("shop", "store"))


def states(result: PullResult) -> dict[str, tuple[PullState, str]]:
    return {str(each.collection): (each.state, each.incomplete_why) for each in result.pulled}


def test_two_sources_are_read_at_the_same_time(place: Place) -> None:
    both = threading.Barrier(2, timeout=SECONDS)
    for source in (place.shop, place.store):
        source.tables["people"].before_batch = lambda _number: both.wait() and None
    result = place.run()
    assert result.is_complete
    assert result.rows == 2 * (1 + len(NOTES))


def test_a_source_waits_for_the_keys_that_lead_to_it(tmp_path: Path) -> None:
    parcels = FakeTable(("person_id", "text"), [("1", "a parcel")])
    place = open_place(tmp_path, FakeSource({"parcels": parcels}), LINKED)
    order: list[str] = []
    place.shop.tables["people"].before_batch = lambda _number: order.append("people")
    parcels.before_batch = lambda _number: order.append("parcels")
    result = place.run()
    assert result.is_complete
    assert order == ["people", "parcels"]
    (asked,) = place.store.opened[0].asked[:1]
    assert [way.keys for way in asked.ways] == [(("1",),)]  # type: ignore[union-attr]


def test_a_failure_of_one_ends_the_other_and_marks_it_with_its_reason(place: Place) -> None:
    is_reading = threading.Event()

    def reads_on(number: int) -> None:
        if number == 1:
            is_reading.set()
            place.store.opened[0].wait_until_stopped()

    def fails(number: int) -> None:
        if number == 1:
            assert is_reading.wait(SECONDS)
            raise SourceError("source.gone", error="", collection="notes")

    place.store.tables["notes"].before_batch = reads_on
    place.shop.tables["notes"].before_batch = fails
    result = place.run()
    assert result.failure is not None
    assert result.failure.code == "source.gone"
    found = states(result)
    assert found["shop.notes"] == (PullState.INCOMPLETE, "source.gone")
    assert found["store.notes"] == (PullState.INCOMPLETE, "source.gone")
    assert found["shop.people"][0] is PullState.COMPLETE
    assert found["store.people"][0] is PullState.COMPLETE
    assert all(reader.closed for each in (place.shop, place.store) for reader in each.opened)


def test_who_waits_for_keys_ends_with_who_should_have_brought_them(tmp_path: Path) -> None:
    parcels = FakeTable(("person_id", "text"), [("1", "a parcel")])
    place = open_place(tmp_path, FakeSource({"parcels": parcels}), LINKED)

    def fails(_number: int) -> None:
        raise SourceError("source.gone", error="", collection="people")

    place.shop.tables["people"].before_batch = fails
    result = place.run()
    assert states(result)["store.parcels"] == (PullState.INCOMPLETE, "source.gone")
    assert place.store.opened == []


def test_an_end_from_outside_stops_every_source(place: Place) -> None:
    both = threading.Barrier(2, timeout=SECONDS)

    def ends(number: int) -> None:
        if number == 1:
            both.wait()
            window = place.office.officer.sessions.open_now()[0].window
            assert window is not None
            place.office.approver.sessions.end(window.session)
            place.shop.opened[0].wait_until_stopped()

    def reads_on(number: int) -> None:
        if number == 1:
            both.wait()
            place.store.opened[0].wait_until_stopped()

    place.shop.tables["notes"].before_batch = ends
    place.store.tables["notes"].before_batch = reads_on
    result = place.run()
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.ENDED_EARLY
    found = states(result)
    assert {found["shop.notes"][0], found["store.notes"][0]} == {PullState.INCOMPLETE}


def test_cancelling_stops_every_source(place: Place) -> None:
    task, both = QuietTask(), threading.Barrier(2, timeout=SECONDS)

    def cancels(number: int) -> None:
        if number == 0:
            both.wait()
            task.cancel()

    for source in (place.shop, place.store):
        source.tables["people"].before_batch = cancels
    result = place.run(task)
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.CANCELLED
    assert not result.is_complete


def test_expiry_of_one_is_the_expiry_of_all(place: Place) -> None:
    both = threading.Barrier(2, timeout=SECONDS)

    def passes_the_deadline(number: int) -> None:
        if number == 1:
            both.wait()
            place.office.clock.move(minutes=20)

    def reads_on(number: int) -> None:
        if number == 1:
            both.wait()
            place.store.opened[0].wait_until_stopped()

    place.shop.tables["notes"].before_batch = passes_the_deadline
    place.store.tables["notes"].before_batch = reads_on
    result = place.run()
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.EXPIRED
    found = states(result)
    assert found["store.notes"] == (PullState.INCOMPLETE, "window.expired")


def test_progress_counts_every_collection_once(place: Place) -> None:
    told: list[Progress] = []

    class Listening(QuietTask):
        def report(self, progress: Progress) -> None:
            told.append(progress)

    place.run(Listening())
    begun = [each.done for each in told if each.total]
    assert sorted(begun) == [0, 1, 2, 3, 4]
