"""Small parts: texts that stay whole, parts that find their place, buttons that say why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget

from app.ui.widgets.button import Button
from app.ui.widgets.columns import Columns, Widths
from app.ui.widgets.elided import Elided
from app.ui.widgets.field import Field
from app.ui.widgets.flow import Flow
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.number import Number
from app.ui.widgets.value import Value
from app.wording.errors import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def place(qapp: QApplication) -> Iterator[QWidget]:
    """A window to put things into."""
    del qapp
    place = QWidget()
    place.resize(600, 300)
    yield place
    place.close()
    place.deleteLater()


@pytest.mark.parametrize("text", ["a" * 400, "word " * 80, "عربي " * 60, "漢字" * 200, "a\nb\nc"])
def test_a_value_of_any_length_is_whole_in_a_narrow_place(text: str, place: QWidget) -> None:
    value = Value(text)
    value.setParent(place)
    _layout, height = value._laid_out(120)
    assert value.heightForWidth(120) >= height
    layout, _height = value._laid_out(120)
    drawn = sum(layout.lineAt(n).textLength() for n in range(layout.lineCount()))
    assert drawn == len(text)


def test_a_title_that_has_no_room_is_told_whole(place: QWidget) -> None:
    title = Elided("Access request, " + "Köhler " * 30)
    title.setParent(place)
    assert title.accessibleName() == title.toolTip() == title.text()


def test_parts_wrap_and_what_grows_takes_the_rest_of_its_line(place: QWidget) -> None:
    buttons = [Button(f"Button {n}") for n in range(4)]
    note = Number(1, 5)
    note.setMinimumWidth(100)
    flow = Flow(*buttons)
    place.setLayout(flow)
    place.show()
    one_line = flow.heightForWidth(2000)
    assert flow.heightForWidth(200) >= 2 * one_line
    place.resize(200, 300)
    QApplication.processEvents()
    for button in buttons:
        assert button.geometry().right() <= 200
        assert button.width() >= button.sizeHint().width() or button.width() == 200


@pytest.mark.parametrize(("width", "is_narrow"), [(1200, False), (700, True)])
def test_side_parts_stand_below_each_other_where_there_is_no_room(
    width: int,
    is_narrow: bool,  # noqa: FBT001 - a parameter of the test
    place: QWidget,
) -> None:
    left, middle, right = QLabel("left"), QLabel("middle"), QLabel("right")
    columns = Columns(left, middle, right, widths=Widths(200, 250))
    columns.setParent(place)
    columns.resize(width, 400)
    columns.show()
    place.show()
    QApplication.processEvents()
    is_below = right.y() > left.y() and right.x() == left.x()
    assert is_below is is_narrow
    assert middle.width() > 400


def test_a_button_that_cannot_be_pressed_says_why(place: QWidget) -> None:
    button = Button("Release", shortcut="Ctrl+R")
    button.setParent(place)
    button.allow("The review is not finished.")
    assert not button.isEnabled()
    assert "The review is not finished." in button.toolTip()
    assert button.accessibleDescription() == "The review is not finished."
    button.allow()
    assert button.isEnabled()


def test_the_wheel_over_a_field_changes_nothing(place: QWidget) -> None:
    box = QComboBox()
    box.addItems(["one", "two", "three"])
    field = Field("Choice", box)
    field.setParent(place)
    place.show()
    place.setFocus()
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, 0), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003 - Qt's own
    )  # fmt: skip
    QApplication.sendEvent(box, wheel)
    assert box.currentText() == "one"


def test_a_field_complains_when_it_is_left_and_is_quiet_once_it_is_mended(place: QWidget) -> None:
    form = Form((FormItem("name", "Name", is_required=True), FormItem("other", "Other")))
    form.setParent(place)
    place.show()
    place.activateWindow()
    QApplication.processEvents()
    form.input("name").setFocus()
    assert not form.rows["name"].has_error()
    QTest.keyClick(form.input("name"), Qt.Key.Key_Tab)
    assert form.rows["name"].has_error()
    form.input("name").setFocus()
    QTest.keyClicks(form.input("name"), "M")
    assert not form.rows["name"].has_error()


def test_a_form_asks_only_for_what_goes_with_what_was_chosen(place: QWidget) -> None:
    ways = (("word", "a word"), ("file", "a file"))
    form = Form((
        FormItem("way", "Way", "choice", "word", ways),
        FormItem("word", "Word", is_required=True, only_with=("way", "word")),
        FormItem("file", "File", "file", is_required=True, only_with=("way", "file")),
        FormItem("extra", "Extra", is_extra=True),
    ))  # fmt: skip
    form.setParent(place)
    place.show()
    form.set_text("word", "typed")
    assert (form.rows["word"].isVisible(), form.rows["file"].isVisible()) == (True, False)
    form.set_text("way", "file")
    assert (form.rows["word"].isVisible(), form.rows["file"].isVisible()) == (False, True)
    assert not form.validate()  # the file is missing
    form.set_text("file", "/a")
    assert form.validate()
    assert form.values() == {"way": "file", "word": "", "file": "/a", "extra": ""}
    assert not form.rows["extra"].isVisible()
    form.reveal("extra")
    assert form.rows["extra"].isVisible()
    form.set_text("way", "word")
    assert form.values()["word"] == "typed"


def test_details_of_an_error_hold_its_code_and_no_more(place: QWidget) -> None:
    notice = Notice()
    notice.setParent(place)
    notice.say_error(Sentence("source.gone", "The shop cannot be reached.", "", "Try again."))
    notice._copy.click()
    assert QGuiApplication.clipboard().text().splitlines()[0] == "source.gone"
    notice.clear()
    assert notice.isHidden()
    assert notice.code == ""


@pytest.mark.parametrize(("typed", "value"), [("45", 45), ("0", 1), ("99999", 60)])
def test_a_number_outside_its_bounds_is_brought_within(
    typed: str, value: int, place: QWidget
) -> None:
    number = Number(1, 60)
    number.setParent(place)
    place.show()
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, typed)
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert number.value() <= 60
    assert number.value() >= 1
    if typed == "45":
        assert number.value() == value
