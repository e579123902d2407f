from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from app.ui.models.paged import Ask, Column, ListModel, PagedModel
from app.ui.theme.cells import CellRole, Style
from app.ui.widgets.table import Table

if TYPE_CHECKING:
    from pytestqt.modeltest import ModelTester
    from pytestqt.qtbot import QtBot

COLUMNS = (
    Column[int]("number", "Number", str, width=100, order="number", style=Style.STRONG),
    Column[int]("parity", "Parity", lambda n: "odd" if n % 2 else "even", tone=lambda _n: "green"),
)


@dataclass
class Numbers:
    """A database of numbers that answers when it is told to."""

    numbers: list[int]
    model: PagedModel[int] = field(
        default_factory=lambda: PagedModel(COLUMNS, key=str, order="number")
    )
    asks: list[Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model.asked.connect(self.asks.append)

    def answer(self) -> None:
        while self.asks:
            ask = self.asks.pop(0)
            rows = sorted(self.numbers, reverse=ask.order.startswith("-"))
            self.model.give(ask, rows[ask.offset : ask.offset + ask.limit], len(rows))

    def shown(self, row: int) -> str:
        return str(self.model.index(row, 0).data())


@pytest.fixture
def numbers(qapp: object) -> Numbers:
    assert qapp
    return Numbers(list(range(1000)))


def test_only_what_is_looked_at_is_asked_for(numbers: Numbers) -> None:
    numbers.model.restart()
    numbers.answer()

    assert numbers.model.rowCount() == 1000
    assert numbers.shown(0) == "0"
    assert numbers.shown(740) == "…"
    assert [ask.offset for ask in numbers.asks] == [700]
    numbers.answer()
    assert numbers.shown(740) == "740"


def test_the_model_keeps_the_rules_of_models(numbers: Numbers, qtmodeltester: ModelTester) -> None:
    numbers.model.restart()
    numbers.answer()
    numbers.numbers.extend(range(1000, 1010))
    numbers.model.ask_again()
    numbers.answer()

    qtmodeltester.check(numbers.model, force_py=True)


def test_an_answer_to_an_older_question_is_dropped(numbers: Numbers) -> None:
    numbers.model.restart()
    old = numbers.asks.pop()
    numbers.model.sort(0, Qt.SortOrder.DescendingOrder)
    numbers.model.give(old, [1, 2, 3], 3)
    assert numbers.model.rowCount() == 0
    numbers.answer()

    assert numbers.shown(0) == "999"


def test_a_column_without_an_order_does_not_sort(numbers: Numbers) -> None:
    numbers.model.sort(1)

    assert numbers.asks == []


def test_cells_say_how_they_look_and_what_row_they_are_of(numbers: Numbers) -> None:
    numbers.model.restart()
    numbers.answer()
    parity = numbers.model.index(3, 1)

    assert parity.data() == "odd"
    assert parity.data(CellRole.TONE) == "green"
    assert parity.data(CellRole.KEY) == "3"
    assert numbers.model.headerData(1, Qt.Orientation.Horizontal) == "Parity"


def test_a_change_keeps_the_chosen_row_chosen_where_it_moves(
    qtbot: QtBot, numbers: Numbers
) -> None:
    table = Table(numbers.model, name="Numbers")
    qtbot.addWidget(table)
    numbers.model.restart()
    numbers.answer()
    table.choose("5")
    numbers.numbers.insert(0, -1)

    numbers.model.ask_again()
    numbers.answer()

    assert table.key == "5"
    assert table.currentIndex().row() == 6


def test_enter_opens_the_chosen_row(qtbot: QtBot, numbers: Numbers) -> None:
    table = Table(numbers.model, name="Numbers")
    qtbot.addWidget(table)
    numbers.model.restart()
    numbers.answer()
    opened: list[str] = []
    table.opened.connect(opened.append)
    table.setCurrentIndex(numbers.model.index(0, 0))

    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)

    assert opened == ["1"]


def test_a_double_click_opens_a_row(qtbot: QtBot, numbers: Numbers) -> None:
    table = Table(numbers.model, name="Numbers")
    table.resize(400, 400)
    qtbot.addWidget(table)
    table.show()
    numbers.model.restart()
    numbers.answer()
    opened: list[str] = []
    table.opened.connect(opened.append)
    place = table.visualRect(numbers.model.index(2, 0)).center()

    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert opened == ["2"]


def test_a_click_on_a_header_asks_in_that_order(qtbot: QtBot, numbers: Numbers) -> None:
    table = Table(numbers.model, name="Numbers")
    table.resize(400, 400)
    qtbot.addWidget(table)
    table.show()
    numbers.model.restart()
    numbers.answer()
    header = table.horizontalHeader()
    place = header.rect().topLeft()
    place.setX(20)
    place.setY(10)

    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    numbers.answer()

    assert numbers.shown(0) == "999"


def test_a_short_list_is_shown_as_it_is(qtbot: QtBot) -> None:
    model = ListModel[int](COLUMNS, key=str)
    table = Table(model, name="Numbers")
    qtbot.addWidget(table)
    model.show_rows([3, 4])
    table.choose("4")
    model.show_rows([4])

    assert model.rowCount() == 1
    assert table.key == "4"
    model.show_rows([])
    assert model.rowCount() == 0
