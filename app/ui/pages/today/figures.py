"""The five figures of the first page."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.i18n import _, ngettext
from app.ui.widgets.figure import Figure
from app.wording.clock_days import short_day
from app.wording.moments import span_in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.services.overview import Today

_NARROW = 760


class TodayFigures(QWidget):
    """Cards with a number each; ``wanted`` tells where what they count is: ``page:item``."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Figures"))
        self._session = ""
        self.open = Figure(_("Open requests"))
        self.soon = Figure(_("Due in 7 days"))
        self.overdue = Figure(_("Overdue"))
        self.waiting = Figure(_("Waiting for approval"))
        self.access = Figure(_("Access open right now"))
        self._cards = (self.open, self.soon, self.overdue, self.waiting, self.access)
        self.open.pressed.connect(self._on_open)
        self.soon.pressed.connect(self._on_soon)
        self.overdue.pressed.connect(self._on_overdue)
        self.waiting.pressed.connect(self._on_waiting)
        self.access.pressed.connect(self._on_access)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(14)
        self._columns = 0
        self._arrange(len(self._cards))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, card in enumerate(self._cards):
            self._grid.addWidget(card, number // columns, number % columns)
        for number in range(len(self._cards)):
            self._grid.setColumnStretch(number, 1 if number < columns else 0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(3 if self.width() < _NARROW else len(self._cards))

    def show_today(self, today: Today) -> None:
        """Show the figures of this moment."""
        glance = today.glance
        new = ngettext("{n} new this week", "{n} new this week", today.new_this_week)
        self.open.show_figure(glance.open_requests, note=new.format(n=f"{today.new_this_week:,}"))
        due = today.earliest.dates.due if today.earliest is not None else None
        earliest = _("earliest {day}").format(day=short_day(due)) if due and glance.due_soon else ""
        self.soon.show_figure(
            glance.due_soon, note=earliest, tone="amber" if glance.due_soon else ""
        )
        late = today.latest_overdue.request.id if today.latest_overdue is not None else ""
        self.overdue.show_figure(glance.overdue, note=late, tone="red" if glance.overdue else "")
        waits = span_in_words(int(today.longest_waiting.total_seconds()))
        longest = _("longest {time}").format(time=waits) if today.waiting else ""
        self.waiting.show_figure(today.waiting, note=longest)
        self._show_access(today)

    def _show_access(self, today: Today) -> None:
        windows = [each.case for each in today.glance.open_access]
        ends = [case.window.deadline for case in windows if case.window is not None]
        self._session = windows[0].asked.request if windows else ""
        note = ""
        if ends:
            left = span_in_words(int((min(ends) - today.glance.now).total_seconds()))
            note = _("closes in {time}").format(time=left)
        self.access.show_figure(len(windows), note=note, tone="amber" if windows else "")

    def _on_open(self) -> None:
        self.wanted.emit("requests:open")

    def _on_soon(self) -> None:
        self.wanted.emit("requests:week")

    def _on_overdue(self) -> None:
        self.wanted.emit("requests:overdue")

    def _on_waiting(self) -> None:
        self.wanted.emit("requests:approval")

    def _on_access(self) -> None:
        self.wanted.emit(f"session:{self._session}" if self._session else "requests:open")
