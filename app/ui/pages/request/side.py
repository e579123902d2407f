"""Beside a request: its clock with the working, what happened, who works on it, its papers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.dialogs.document import open_document
from app.ui.dialogs.reading import open_reading
from app.ui.pages.request.readers import Readers
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.text import Text
from app.ui.widgets.timeline import Timeline
from app.wording.actions import actor_in_words, entry_in_words
from app.wording.clock import safe_by_in_words, sources_in_words, working_in_words
from app.wording.clock_days import short_day
from app.wording.decisions import decided_by
from app.wording.errors import error_in_words
from app.wording.moments import bytes_in_words, moment_in_words, moment_near
from app.wording.terms import CHANNELS, in_words

if TYPE_CHECKING:
    from app.services.request_views import RequestView
    from app.ui.page import Room
    from app.wording.errors import Sentence

_WIDTH = 300
_EVENTS_AT_MOST = 40


class RequestSide(QWidget):
    """Cards with the facts that matter at every stage."""

    changed = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self.setFixedWidth(_WIDTH)
        self._clock = Card(_("Deadline"))
        self._clock_facts = Facts(label_width=78)
        self._clock_text = Text("", "muted")
        self._working = Button(_("How this was counted"), self._on_working, kind="link")
        for part in (self._clock_facts, self._clock_text, self._working):
            self._clock.body.addWidget(part)
        self._people = Card(_("People"))
        self._people_facts = Facts(label_width=78)
        self._people.body.addWidget(self._people_facts)
        self._readers = Readers(room)
        self._readers.changed.connect(self.changed)
        self._papers = Card(_("Files"))
        self._paper_list = QVBoxLayout()
        self._paper_list.setSpacing(2)
        self._papers.body.addLayout(self._paper_list)
        self._shown_papers: tuple[str, ...] = ()
        self._notes = Card(_("Notes"))
        self._note_list = Timeline()
        self._notes.body.addWidget(self._note_list)
        self._history = Card(_("History"))
        self._events = Timeline()
        self._history.body.addWidget(self._events)
        cards = QVBoxLayout()
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(14)
        below = (self._papers, self._notes, self._history)
        for card in (self._clock, self._people, self._readers, *below):
            cards.addWidget(card)
        cards.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._area: QScrollArea = scrolled(cards, name=_("Facts about this request"))
        layout.addWidget(self._area)

    def show_view(self, view: RequestView) -> None:
        """Show what is known of a request; what is the same is not touched."""
        self._view = view
        self._show_clock(view)
        self._show_people(view)
        self._readers.show_view(view)
        self._show_papers(view)
        zone = view.request.timezone
        self._notes.setVisible(bool(view.notes))
        names = view.names
        self._note_list.show_events(
            [
                (each.text, f"{moment_near(each.at, view.now, zone)}, {names.get(each.by, '')}")
                for each in reversed(view.notes)
            ]
        )
        events = []
        for entry in view.entries[:_EVENTS_AT_MOST]:
            facts = entry.facts()
            who = actor_in_words(str(facts.get("actor", "")), names)
            when = f"{moment_near(entry.at, view.now, zone)}, {who}"
            events.append((entry_in_words(facts, names), when))
        self._events.show_events(events)

    def _show_clock(self, view: RequestView) -> None:
        request = view.request
        received = f"{moment_in_words(request.received_at, request.timezone)}, "
        received += in_words(CHANNELS, request.channel.value)
        facts: list[tuple[str, str]] = [(_("Received"), received)]
        deadline = view.deadline
        if deadline is None:
            problem = view.deadline_problem
            self._clock_text.setText(error_in_words(problem).text() if problem else "")
        else:
            label = _("Due") if deadline.due is not None else _("Target")
            facts += [
                (_("Clock starts"), short_day(deadline.start)),
                (label, short_day(deadline.limit)),
                (_("Safe by"), safe_by_in_words(deadline).removeprefix("safe by ")),
            ]
            if view.acknowledge is not None:
                facts.append((_("Acknowledge"), short_day(view.acknowledge.limit)))
            if request.extended_at is not None:
                facts.append((_("Extension"), _("taken")))
            elif deadline.extension_notice_by is not None:
                notice_by = short_day(deadline.extension_notice_by)
                facts.append((_("Extension"), _("tell them by {day}").format(day=notice_by)))
            rule = deadline.case.rule
            self._clock_text.setText("; ".join(rule.authority))
        self._clock_facts.show_facts(*facts)
        self._working.setVisible(deadline is not None)

    def _show_people(self, view: RequestView) -> None:
        names = view.names
        facts = [(_("Owner"), names.get(view.request.owner, view.request.owner))]
        case = view.case
        if case is not None and (decided := decided_by(case, names)) is not None:
            facts.append(decided)
        if view.request.linked:
            facts.append((_("Linked"), ", ".join(view.request.linked)))
        self._people_facts.show_facts(*facts)

    def _show_papers(self, view: RequestView) -> None:
        names = tuple(f"{name} {size}" for name, size, _sha in view.files)
        self._papers.setVisible(bool(names))
        if names == self._shown_papers:
            return
        self._shown_papers = names
        clear(self._paper_list)
        for name, size, _sha in view.files:
            shown = f"{name}, {bytes_in_words(size)}"
            button = Button(shown, partial(self._open_file, name), kind="link", icon="paperclip")
            button.describe(_("Opens inside Sandglass"))
            self._paper_list.addWidget(button)

    def _open_file(self, name: str) -> None:
        if self._view is None:
            return
        request = self._view.request.id
        self._room.run(
            self,
            lambda _work: self._room.desk.intake.read_original(request, name),
            done=partial(self._on_file, name),
            failed=self._on_failed,
        )

    def _on_file(self, name: str, content: bytes) -> None:
        open_document(self, self._room, title=name, content=content)

    def _on_failed(self, sentence: Sentence) -> None:
        self._room.tell(sentence.text(), tone="red")

    def _on_working(self) -> None:
        if self._view is None or self._view.deadline is None:
            return
        deadline = self._view.deadline
        open_reading(
            self,
            title=_("How the deadline was counted"),
            paragraphs=[*working_in_words(deadline), "", *sources_in_words(deadline)],
        )
