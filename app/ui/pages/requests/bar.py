"""Above the list of requests: the search, the filters, the views, the columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QWidget

from app.domain.requests import Right, Stage
from app.i18n import _
from app.ui.pages.requests.filters import Filters, ready_views
from app.ui.theme.icons import icon
from app.ui.widgets.button import Button
from app.ui.widgets.choice import Choice
from app.ui.widgets.flow import Flow
from app.wording.clock_days import short_day
from app.wording.terms import RIGHTS, STAGE_TITLES, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.ui.models.paged import Column
    from app.ui.models.request_columns import RequestLine


class FilterBar(QWidget):
    """What is chosen here goes out as ``Filters``."""

    changed = Signal(object)
    """The ``Filters`` that hold from now on."""
    view_wanted = Signal(object, str)
    """``Filters`` of a ready view, or the name of one that this member saved."""
    save_wanted = Signal()
    drop_wanted = Signal(str)
    columns_wanted = Signal(tuple)
    export_wanted = Signal()
    left = Signal()
    """Enter in the search: the list takes the focus."""

    def __init__(self, laws: Mapping[str, str]) -> None:
        super().__init__()
        self._filters = Filters()
        self._views: tuple[str, ...] = ()
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Reference, name, e-mail, note"))
        self.search.setAccessibleName(_("Search requests"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(230)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.textChanged.connect(self._on_text)
        self.search.returnPressed.connect(self.left)
        any_ = ("", _("any"))
        stages = [(each.value, in_words(STAGE_TITLES, each.value)) for each in Stage][:-1]
        rights = [(each.value, in_words(RIGHTS, each.value)) for each in Right]
        self.choices = {
            "stage": Choice(
                _("Stage"), (("open", _("open")), *stages, ("closed", _("closed")), any_)
            ),
            "law": Choice(_("Law"), (any_, *laws.items())),
            "right": Choice(_("Right"), (any_, *rights)),
            "owner": Choice(_("Owner"), (any_, ("me", _("me")))),
            "due": Choice(_("Due"), self._due_options("")),
        }
        for name, choice in self.choices.items():
            choice.picked.connect(partial(self._on_picked, name))
        self.views = Button(_("Views"))
        self._view_menu = QMenu(self.views)
        self.views.setMenu(self._view_menu)
        self.columns = Button(_("Columns"))
        self._column_menu = QMenu(self.columns)
        self.columns.setMenu(self._column_menu)
        self.export = Button(_("Export CSV"), self.export_wanted.emit)
        flow = Flow(self.search, *self.choices.values(), self.views, spacing=8)
        right = QHBoxLayout()
        right.setSpacing(8)
        for part in (self.columns, self.export):
            right.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(flow, 1)
        layout.addLayout(right)
        self.offer_views(())

    @staticmethod
    def _due_options(chosen: str) -> tuple[tuple[str, str], ...]:
        options = (
            ("", _("any")),
            ("overdue", _("overdue")),
            ("week", _("in 7 days")),
            ("month", _("in 30 days")),
            ("paused", _("clock paused")),
        )
        if chosen.startswith("day:"):
            return (*options, (chosen, _day_in_words(chosen)))
        return options

    def show_filters(self, filters: Filters) -> None:
        """Show what is chosen, without telling."""
        self._filters = filters
        self.search.blockSignals(True)  # noqa: FBT003 - Qt's own
        self.search.setText(filters.text)
        self.search.blockSignals(False)  # noqa: FBT003 - Qt's own
        self.choices["due"].set_options(self._due_options(filters.due))
        for name, choice in self.choices.items():
            choice.choose(getattr(filters, name))
        self._mark_view()

    def offer_owners(self, officers: Sequence[tuple[str, str]]) -> None:
        """Offer these members, by id and name."""
        self.choices["owner"].set_options((("", _("any")), ("me", _("me")), *officers))

    def offer_views(self, names: Sequence[str]) -> None:
        """Offer the ready views and those that this member saved."""
        self._views = tuple(names)
        menu = self._view_menu
        menu.clear()
        for key, (title, filters) in ready_views().items():
            self._add_view(title, partial(self.view_wanted.emit, filters, ""), key=key)
        if self._views:
            menu.addSeparator()
        for name in self._views:
            self._add_view(name, partial(self.view_wanted.emit, Filters(), name))
        menu.addSeparator()
        menu.addAction(_("Save this view…"), self.save_wanted.emit)
        if self._views:
            drop = menu.addMenu(_("Delete a view"))
            for name in self._views:
                drop.addAction(name.replace("&", "&&"), partial(self.drop_wanted.emit, name))
        self._mark_view()

    def _add_view(self, title: str, do: object, *, key: str = "") -> None:
        action = QAction(title.replace("&", "&&"), self._view_menu)
        action.setCheckable(bool(key))
        action.setData(key)
        action.triggered.connect(do)
        self._view_menu.addAction(action)

    def _mark_view(self) -> None:
        ready = ready_views()
        for action in self._view_menu.actions():
            if key := action.data():
                action.setChecked(ready[str(key)][1] == self._filters)

    def offer_columns(
        self, columns: Sequence[Column[RequestLine]], *, shown: Sequence[str]
    ) -> None:
        """Offer the columns; the reference is always there."""
        self._column_menu.clear()
        for column in columns:
            action = QAction(column.title, self._column_menu)
            action.setCheckable(True)
            action.setChecked(column.key in shown or column.key == "id")
            action.setEnabled(column.key != "id")
            action.setData(column.key)
            action.triggered.connect(self._on_column)
            self._column_menu.addAction(action)

    def focus_search(self) -> None:
        """Let the person type."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def type_on(self, text: str) -> None:
        """Go on with what was typed into the list."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.setText(text)

    def _on_text(self, text: str) -> None:
        self._change(replace(self._filters, text=text))

    def _on_picked(self, name: str, key: str) -> None:
        self._change(replace(self._filters, **{name: key}))

    def _change(self, filters: Filters) -> None:
        self._filters = filters
        self._mark_view()
        self.changed.emit(filters)

    def _on_column(self) -> None:
        actions = self._column_menu.actions()
        self.columns_wanted.emit(tuple(str(each.data()) for each in actions if each.isChecked()))


def _day_in_words(due: str) -> str:
    return short_day(date.fromisoformat(due.removeprefix("day:")))
