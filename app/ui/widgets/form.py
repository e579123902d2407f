"""A form of declared fields: what a person fills in, checked when she leaves each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QDateTime, QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QDateEdit,
    QDateTimeEdit,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from app.i18n import _
from app.ui.widgets.button import Button
from app.ui.widgets.field import Field
from app.ui.widgets.long_text import LongText
from app.ui.widgets.number import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class FormItem:
    """One thing to fill in.

    ``kind``: text, long, secret, number, date, moment (without a zone), choice (one of
    ``options``), check, file (an existing one), new_file. A half one leaves room for another
    beside it. ``only_with`` is the key of another field and the values with which this one is
    asked; an ``is_extra`` one is not asked before it is revealed, or holds a value. What is not
    asked is not shown, and is the empty text. ``check`` returns what is wrong with the value, or
    the empty text. ``same_as`` is the key of another field in which the same must stand.
    ``barred`` says why it cannot be filled in now.
    """

    key: str
    label: str
    kind: str = "text"
    value: object = ""
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    same_as: str = ""
    barred: str = ""
    is_required: bool = False
    is_half: bool = False
    is_extra: bool = False
    only_with: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000
    check: Callable[[str], str] | None = None
    suggestions: tuple[str, ...] = field(default_factory=tuple)
    file_kinds: str = ""


class PathInput(QWidget):
    """A path, typed or chosen."""

    edited = Signal(str)

    def __init__(self, *, is_new: bool, kinds: str, name: str) -> None:
        super().__init__()
        self._is_new, self._kinds, self._name = is_new, kinds, name
        self.edit = QLineEdit()
        self.edit.setAccessibleName(name)
        self.edit.textChanged.connect(self.edited)
        self.setFocusProxy(self.edit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.edit, 1)
        layout.addWidget(Button(_("Choose…"), self._on_choose))

    def _on_choose(self) -> None:
        choose = QFileDialog.getSaveFileName if self._is_new else QFileDialog.getOpenFileName
        path, _kind = choose(self, self._name, self.edit.text(), self._kinds)
        if path:
            self.edit.setText(path)


class Form(QWidget):
    """Fields in a column; ``edited`` after every change."""

    edited = Signal()

    def __init__(self, fields: Sequence[FormItem]) -> None:
        super().__init__()
        self._fields = {each.key: each for each in fields}
        self._inputs: dict[str, QWidget] = {}
        self._hidden = {each.key for each in fields if each.is_extra and not each.value}
        self.rows: dict[str, Field] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(10)
        place = 0
        for each in fields:
            widget = self._input(each)
            self._inputs[each.key] = widget
            row = Field(
                each.label if each.kind != "check" else "",
                widget,
                hint=each.barred or each.hint,
                check=_Check(self, each.key),
            )
            widget.setEnabled(not each.barred)
            if each.kind == "check":
                widget.setAccessibleName(each.label)
            self.rows[each.key] = row
            if each.is_half:
                layout.addWidget(row, place // 2, place % 2, Qt.AlignmentFlag.AlignTop)
                place += 1
            else:
                place += place % 2
                layout.addWidget(row, place // 2, 0, 1, 2)
                place += 2
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self.edited.connect(self._on_edited)
        self._on_edited()

    def reveal(self, key: str) -> None:
        """Ask from now on for an extra one too."""
        self._hidden.discard(key)
        self._on_edited()

    def is_asked(self, key: str) -> bool:
        """Say whether a field is to be filled in as things stand."""
        other, *values = self._fields[key].only_with or ("",)
        return key not in self._hidden and (not other or self.text(other) in values)

    def _on_edited(self) -> None:
        for key, each in self._fields.items():
            if each.is_extra or each.only_with:
                self.rows[key].setVisible(self.is_asked(key))

    def _input(self, each: FormItem) -> QWidget:
        makers: dict[str, Callable[[FormItem], QWidget]] = {
            "long": self._long,
            "number": self._number,
            "date": self._date,
            "moment": self._moment,
            "choice": self._choice,
            "check": self._box,
            "file": self._path,
            "new_file": self._path,
        }
        return makers.get(each.kind, self._text)(each)

    def _box(self, each: FormItem) -> QCheckBox:
        box = QCheckBox(each.label)
        box.setChecked(bool(each.value))
        box.toggled.connect(self.edited)
        return box

    def _path(self, each: FormItem) -> PathInput:
        is_new = each.kind == "new_file"
        path = PathInput(is_new=is_new, kinds=each.file_kinds, name=each.label)
        path.edit.setText(str(each.value))
        path.edited.connect(self.edited)
        return path

    def _text(self, each: FormItem) -> QLineEdit:
        edit = QLineEdit(str(each.value))
        if each.kind == "secret":
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        if each.suggestions:
            completer = QCompleter(QStringListModel(list(each.suggestions), edit), edit)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            edit.setCompleter(completer)
        edit.textChanged.connect(self.edited)
        return edit

    def _long(self, each: FormItem) -> LongText:
        edit = LongText(str(each.value))
        edit.setMinimumHeight(84)
        edit.textChanged.connect(self.edited)
        return edit

    def _number(self, each: FormItem) -> QSpinBox:
        spin = Number(each.least, each.most, int(str(each.value or each.least)))
        spin.valueChanged.connect(self.edited)
        return spin

    def _date(self, each: FormItem) -> QDateEdit:
        edit = QDateEdit()
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("d MMM yyyy")
        if each.value:
            edit.setDate(QDate.fromString(str(each.value), Qt.DateFormat.ISODate))
        edit.dateChanged.connect(self.edited)
        return edit

    def _moment(self, each: FormItem) -> QDateTimeEdit:
        edit = QDateTimeEdit()
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("d MMM yyyy, HH:mm")
        if each.value:
            edit.setDateTime(QDateTime.fromString(str(each.value), Qt.DateFormat.ISODate))
        edit.dateTimeChanged.connect(self.edited)
        return edit

    def _choice(self, each: FormItem) -> QComboBox:
        box = QComboBox()
        for key, text in each.options:
            box.addItem(text, key)
        box.setCurrentIndex(max(0, box.findData(each.value)))
        box.currentIndexChanged.connect(self.edited)
        return box

    def text(self, key: str) -> str:
        """Return the value of a field as text: a date in ISO form, a choice by its key."""
        return _text_of(self._inputs[key])

    def set_text(self, key: str, text: str) -> None:
        """Fill a field in."""
        widget = self._inputs[key]
        match widget:
            case QLineEdit():
                widget.setText(text)
            case QPlainTextEdit():
                widget.setPlainText(text)
            case QSpinBox():
                widget.setValue(int(text))
            case QDateEdit():
                widget.setDate(QDate.fromString(text, Qt.DateFormat.ISODate))
            case QDateTimeEdit():
                widget.setDateTime(QDateTime.fromString(text, Qt.DateFormat.ISODate))
            case QComboBox():
                widget.setCurrentIndex(max(0, widget.findData(text)))
            case QCheckBox():
                widget.setChecked(bool(text))
            case PathInput():
                widget.edit.setText(text)

    def values(self) -> dict[str, str]:
        """Return every value as text."""
        return {key: self.text(key) if self.is_asked(key) else "" for key in self._fields}

    def day(self, key: str) -> date:
        """Return the value of a date field."""
        widget = self._inputs[key]
        if not isinstance(widget, QDateEdit):
            raise TypeError(key)
        chosen = widget.date()
        return date(chosen.year(), chosen.month(), chosen.day())

    def input(self, key: str) -> QWidget:
        """Return the input of a field."""
        return self._inputs[key]

    def validate(self) -> bool:
        """Check everything, say beside each field what is wrong, go to the first of them."""
        wrong = [key for key in self._fields if not self.rows[key].validate()]
        if wrong:
            self._inputs[wrong[0]].setFocus()
        return not wrong

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Say beside fields what a service found wrong with them."""
        for key, text in errors.items():
            self.rows[key].show_error(text)

    def problem(self, key: str) -> str:
        """Return what is wrong with a value, or the empty text."""
        if not self.is_asked(key):
            return ""
        each, text = self._fields[key], self.text(key)
        if each.is_required and not text.strip():
            return _("Fill this in.")
        if each.same_as and text != self.text(each.same_as):
            return _("The two are not the same.")
        return each.check(text) if each.check is not None else ""


def _text_of(widget: QWidget) -> str:
    text = ""
    match widget:
        case QLineEdit():
            text = widget.text()
        case QPlainTextEdit():
            text = widget.toPlainText()
        case QSpinBox():
            text = str(widget.value())
        case QDateEdit():  # before QDateTimeEdit, which it is one of
            text = widget.date().toString(Qt.DateFormat.ISODate)
        case QDateTimeEdit():
            text = widget.dateTime().toString(Qt.DateFormat.ISODate)
        case QComboBox():
            text = str(widget.currentData() or "")
        case QCheckBox():
            text = "yes" if widget.isChecked() else ""
        case PathInput():
            text = widget.edit.text()
    return text


class _Check:
    """Asks a form about one of its fields."""

    def __init__(self, form: Form, key: str) -> None:
        self._form, self._key = form, key

    def __call__(self) -> str:
        return self._form.problem(self._key)
