"""Above the log: the search and the filters."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.i18n import _
from app.ports.storage import EntryFilter
from app.ui.theme.icons import icon
from app.ui.widgets.choice import Choice
from app.ui.widgets.flow import Flow
from app.wording.clock_days import short_day
from app.wording.log import action_groups, actions_in

if TYPE_CHECKING:
    from app.services.log_views import LogFacts

_DAYS = {"today": 0, "week": 6, "month": 29, "year": 364}


class LogFilters(QWidget):
    """What is chosen here is a filter of the log."""

    typed = Signal()
    """Something was typed: it may go on."""
    picked = Signal()
    span_wanted = Signal()
    """The person wants to choose days."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self._zone = ZoneInfo(zone)
        self._span: tuple[date, date] | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search in the entries"))
        self.search.setAccessibleName(_("Search in the entries"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(220)
        self.request = QLineEdit()
        self.request.setPlaceholderText(_("Request: any"))
        self.request.setAccessibleName(_("Request"))
        self.request.setClearButtonEnabled(True)
        self.request.setFixedWidth(158)
        for edit in (self.search, self.request):
            edit.textChanged.connect(self.typed)
        any_ = ("", _("any"))
        self.who = Choice(_("Who"), (("", _("anyone")),))
        self.action = Choice(_("Action"), (any_, *action_groups()))
        self.source = Choice(_("Source"), (any_,))
        self.when = Choice(_("When"), self._times())
        for choice in (self.who, self.action, self.source):
            choice.picked.connect(self.picked)
        self.when.picked.connect(self._on_when)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(
            Flow(self.search, self.who, self.action, self.request, self.source, self.when)
        )

    def _times(self) -> tuple[tuple[str, str], ...]:
        times = (
            ("", _("any time")),
            ("today", _("today")),
            ("week", _("the last 7 days")),
            ("month", _("the last 30 days")),
            ("year", _("the last 365 days")),
            ("span", _("between two days…")),
        )
        if self._span is None:
            return times
        first, last = self._span
        text = _("{first} to {last}").format(first=short_day(first), last=short_day(last))
        return (*times, ("chosen", text))

    def offer(self, facts: LogFacts) -> None:
        """Offer who and what there is."""
        members = [(each.id, each.name) for each in facts.members]
        self.who.set_options((("", _("anyone")), *members))
        self.source.set_options((("", _("any")), *facts.sources))

    def show_span(self, first: date, last: date) -> None:
        """Choose the days from ``first`` to ``last``, both within."""
        self._span = (min(first, last), max(first, last))
        self.when.set_options(self._times())
        self.when.choose("chosen")
        self.picked.emit()

    def show_request(self, request: str) -> None:
        """Choose one request, and nothing else."""
        for edit in (self.search, self.request):
            edit.blockSignals(True)  # noqa: FBT003 - Qt's own
            edit.setText(request if edit is self.request else "")
            edit.blockSignals(False)  # noqa: FBT003 - Qt's own
        for choice in (self.who, self.action, self.source, self.when):
            choice.choose("")

    def is_empty(self) -> bool:
        """Say whether everything is shown."""
        edits = (self.search, self.request)
        choices = (self.who, self.action, self.source, self.when)
        return not any(each.text().strip() for each in edits) and not any(
            each.key for each in choices
        )

    def focus_search(self) -> None:
        """Let the person type."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def type_on(self, text: str) -> None:
        """Go on with what was typed into the list."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.setText(text)

    def as_filter(self, now: datetime) -> EntryFilter:
        """Return what the log is asked for, at ``now``."""
        since, until = self._times_of(now.astimezone(self._zone).date())
        return EntryFilter(
            text=self.search.text().strip(),
            actors=(self.who.key,) if self.who.key else (),
            actions=actions_in(self.action.key),
            request=self.request.text().strip().upper(),
            source=self.source.key,
            since=since,
            until=until,
        )

    def _times_of(self, today: date) -> tuple[datetime | None, datetime | None]:
        if self.when.key == "chosen" and self._span is not None:
            first, last = self._span
            return self._midnight(first), self._midnight(last + timedelta(days=1))
        if self.when.key in _DAYS:
            return self._midnight(today - timedelta(days=_DAYS[self.when.key])), None
        return None, None

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    def _on_when(self, key: str) -> None:
        if key == "span":
            self.when.choose("chosen" if self._span is not None else "")
            self.span_wanted.emit()
        else:
            self.picked.emit()
