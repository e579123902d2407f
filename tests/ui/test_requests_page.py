"""The list of requests: filters, views, columns, order and its file."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.domain.requests import Right, Stage
from app.ui.pages.requests import RequestsPage
from app.ui.pages.requests.filters import Filters
from app.ui.pages.requests.memory import Memory
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.ui.shell.seat import Seat
    from tests.office import Office

    Sit = Callable[..., Seat]


@pytest.fixture
def busy(office: Office) -> Office:
    """An office with four requests, one of them an erasure, one at Identity."""
    for right in (Right.ACCESS, Right.ACCESS, Right.ERASURE):
        office.record(rights=(right,))
    office.officer.casework.move("DSR-2026-0001", Stage.IDENTITY)
    subject = replace(office.officer.casework.get("DSR-2026-0001").subject, name="Jonas Petersen")
    office.record(subject=subject)
    return office


def _page(seat: Seat) -> RequestsPage:
    page = seat.workbench.page
    assert isinstance(page, RequestsPage)
    return page


def _pick(page: RequestsPage, name: str, key: str) -> None:
    """Choose a line of the menu that a filter opens."""
    (menu,) = page.bar.choices[name].findChildren(QMenu)
    next(each for each in menu.actions() if each.data() == key).trigger()


def _shown(page: RequestsPage) -> list[str]:
    model = page.model
    return [model.key_at(number) for number in range(model.rowCount())]


def test_filters_leave_what_fits(busy: Office, sit: Sit) -> None:
    seat = sit(busy.officer, "requests")
    page = _page(seat)
    assert len(_shown(page)) == 4
    _pick(page, "right", "erasure")
    until(seat.room, lambda: len(_shown(page)) == 1)
    _pick(page, "right", "")
    _pick(page, "stage", "identity")
    until(seat.room, lambda: _shown(page) == ["DSR-2026-0001"])


def test_typing_into_the_list_searches(busy: Office, sit: Sit) -> None:
    seat = sit(busy.officer, "requests")
    page = _page(seat)
    QTest.keyClicks(page.bar.search, "Petersen")
    until(seat.room, lambda: _shown(page) == ["DSR-2026-0004"])


def test_what_does_not_fit_offers_a_way_back(busy: Office, sit: Sit) -> None:
    seat = sit(busy.officer, "requests")
    page = _page(seat)
    QTest.keyClicks(page.bar.search, "nobody of this name")
    until(seat.room, lambda: not _shown(page))
    assert page._none_fits.isVisible()
    page._on_clear()
    until(seat.room, lambda: len(_shown(page)) == 4)


def test_a_header_sorts_and_the_order_is_remembered(busy: Office, sit: Sit) -> None:
    seat = sit(busy.officer, "requests")
    page = _page(seat)
    header = page.table.horizontalHeader()
    place = header.sectionViewportPosition(0) + 20
    for _ in range(2):
        point = header.viewport().rect().center()
        point.setX(place)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=point)
        finish_work(seat.room)
    wanted = _shown(page)
    assert wanted in (sorted(wanted), sorted(wanted, reverse=True))
    seat.leave()
    finish_work(seat.room)
    again = sit(busy.officer, "requests")
    until(again.room, lambda: _shown(_page(again)) == wanted)


def test_a_view_is_saved_chosen_and_deleted(busy: Office, sit: Sit) -> None:
    seat = sit(busy.officer, "requests")
    page = _page(seat)
    _pick(page, "right", "erasure")
    page._on_view_named("Erasures & more")
    _pick(page, "right", "")
    finish_work(seat.room)
    again = sit(busy.officer, "requests")
    other = _page(again)
    other._on_view(Filters(), "Erasures & more")
    until(again.room, lambda: len(_shown(other)) == 1)
    other._on_drop_view("Erasures & more")
    finish_work(again.room)
    assert _page(sit(busy.officer, "requests"))._memory.views == ()


def test_the_list_is_written_as_it_is_shown_and_formulas_are_harmless(
    busy: Office, sit: Sit, tmp_path: Path
) -> None:
    subject = busy.officer.casework.get("DSR-2026-0001").subject
    busy.record(subject=replace(subject, name="=HYPERLINK(1)"))
    seat = sit(busy.officer, "requests")
    page = _page(seat)
    page.export(tmp_path / "list.csv")
    until(seat.room, (tmp_path / "list.csv").exists)
    finish_work(seat.room)
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert len(lines) == 6
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)


def test_a_folder_that_cannot_be_written_ends_in_a_sentence(
    busy: Office, sit: Sit, tmp_path: Path
) -> None:
    seat = sit(busy.officer, "requests")
    page = _page(seat)
    page.export(tmp_path / "nowhere" / "list.csv")
    until(seat.room, page.notice.isVisible)
    assert page.notice.text


@pytest.mark.parametrize(
    "data", [None, 3, [], {"views": 3}, {"views": [3, {}]}, {"columns": []}, {"filters": "x"}]
)
def test_what_another_version_remembered_costs_nothing(data: object) -> None:
    assert Memory.from_data(data) == Memory()  # type: ignore[arg-type]


def test_what_is_remembered_comes_back_the_same() -> None:
    kept = Memory(columns=("id", "due"), filters=Filters(stage="open", text="a"), order="-id")
    assert Memory.from_data(kept.as_data()) == kept
