"""Stage close: how the request ended, and the evidence of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QVBoxLayout

from app.domain.requests import Outcome, Stage
from app.i18n import _, ngettext
from app.ui.dialogs.ask import ask
from app.ui.dialogs.report import make_report
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.clock_days import short_day
from app.wording.errors import error_in_words
from app.wording.moments import moment_in_words, span_in_words
from app.wording.terms import OUTCOMES, in_words

if TYPE_CHECKING:
    from app.domain.errors import AppError
    from app.services.request_views import RequestView
    from app.wording.errors import Sentence


class CloseStage(StageWidget):
    """Closes a request, and shows afterwards how it went."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self._reasons: dict[Outcome, str] = {}
        self.notice = Notice()
        self.choices = {each: QRadioButton(in_words(OUTCOMES, each.value)) for each in Outcome}
        self._why = Text("", "muted")
        self.close_it = Button(_("Close request…"), self._on_close, kind="primary")
        self.report = Button(_("Audit report…"), self._on_report, icon="file-text")
        self._choose = Card(_("How it ended"))
        for outcome, button in self.choices.items():
            button.setAccessibleName(in_words(OUTCOMES, outcome.value))
            button.toggled.connect(self._show_why)
            self._choose.body.addWidget(button)
        self._choose.body.addWidget(self._why)
        self._choose.body.addStretch(1)
        self._choose.body.addLayout(row(1, self.close_it))
        self._facts = Facts(label_width=130)
        self._summary = Card(_("What happened"))
        self._summary.body.addWidget(self._facts)
        self._summary.body.addWidget(
            Text(
                _(
                    "The audit report shows who read what, when, why and who allowed it, with the "
                    "log entries attached, so that anybody can check it."
                ),
                "muted",
            )
        )
        self._summary.body.addLayout(row(self.report, 1))
        self._summary.body.addStretch(1)
        cards = QHBoxLayout()
        cards.setSpacing(14)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.addWidget(self._choose, 1)
        cards.addWidget(self._summary, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.notice)
        layout.addWidget(scrolled(cards, name=_("Close")), 1)

    @override
    def show_view(self, view: RequestView) -> None:
        is_other = self._view is None or self._view.request.id != view.request.id
        self._view = view
        request = view.request
        self._choose.title.setText(
            _("How it ended") if request.is_open else _("This request is closed")
        )
        if is_other:
            for button in self.choices.values():
                button.setAutoExclusive(False)
                button.setChecked(False)
                button.setAutoExclusive(True)
            self.notice.clear()
        if request.outcome is not None:
            self.choices[request.outcome].setChecked(True)
        self._facts.show_facts(*self._what_happened(view))
        self.close_it.setVisible(request.is_open)
        self._room.run(
            self,
            lambda _work: self._room.desk.casework.why_not_close(request.id),
            done=self._on_reasons,
            failed=self._on_failed,
        )

    @staticmethod
    def _what_happened(view: RequestView) -> list[tuple[str, str]]:
        request, zone = view.request, view.request.timezone
        facts = [(_("Received"), moment_in_words(request.received_at, zone))]
        released = [each for each in view.packages if each.released_at is not None]
        if released and released[-1].released_at is not None:
            answered = released[-1].released_at
            used = int((answered - request.received_at).total_seconds())
            facts += [
                (_("Answered"), moment_in_words(answered, zone)),
                (_("After"), span_in_words(used)),
                (_("How"), released[-1].channel),
                (_("Package"), f"{released[-1].id}, {released[-1].records:,} "
                 + ngettext("record", "records", released[-1].records)),
                (_("Covered"), f"{released[-1].covered:,}"),
                (_("Withheld"), f"{released[-1].withheld:,}"),
            ]  # fmt: skip
        rows = sum(each.rows for each in view.pulled)
        facts.append((_("Rows read"), f"{rows:,}"))
        if view.deadline is not None:
            facts.append((_("Due"), short_day(view.deadline.limit)))
        if request.closed_at is not None:
            facts.append((_("Closed"), moment_in_words(request.closed_at, zone)))
        if request.keep_until is not None:
            facts.append((_("Data kept until"), short_day(request.keep_until)))
        return facts

    def _on_reasons(self, refused: dict[Outcome, AppError]) -> None:
        reasons = {each: error_in_words(error).happened for each, error in refused.items()}
        self._reasons = reasons
        for outcome, button in self.choices.items():
            reason = reasons.get(outcome, "")
            button.setEnabled(not reason or button.isChecked())
            button.setToolTip(reason)
            button.setAccessibleDescription(reason)
        self._show_why()

    def _chosen(self) -> Outcome | None:
        return next((each for each, button in self.choices.items() if button.isChecked()), None)

    def _show_why(self) -> None:
        chosen = self._chosen()
        view = self._view
        if view is None or not view.request.is_open:
            self._why.setText("")
            return
        refused = sorted({reason for reason in self._reasons.values() if reason})
        self._why.setText("\n".join(refused))
        if chosen is None:
            self.close_it.allow(_("Choose how it ended first."))
        else:
            self.close_it.allow(self._reasons.get(chosen, ""))

    def _on_close(self) -> None:
        chosen, view = self._chosen(), self._view
        if chosen is None or view is None:
            return
        days = view.policy.retention_days
        ask(
            self,
            self._room,
            title=_("Close {request}?").format(request=view.request.id),
            text=_(
                "It is closed as: {outcome}. What was pulled is kept sealed for {days} days and "
                "then destroyed. The log stays."
            ).format(outcome=in_words(OUTCOMES, chosen.value), days=days),
            confirm=_("Close request"),
            work=lambda _values, _work: self._room.desk.casework.close(view.request.id, chosen),
            done=self._on_closed,
        )

    def _on_closed(self, _request: object) -> None:
        self._room.tell(_("The request is closed."))
        self.changed.emit()

    def _on_report(self) -> None:
        if self._view is not None:
            make_report(self, self._room, request=self._view.request.id, done=self.changed.emit)

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)


STAGE = StagePanel(Stage.CLOSE, CloseStage)
