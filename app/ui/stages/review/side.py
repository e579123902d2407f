"""Beside the records: the redaction, how far the review is, what must be settled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, column, row, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.field import Field
from app.ui.widgets.text import Text
from app.wording.review import notice_in_short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.pulls import Notice
    from app.domain.review import ReviewCounts


class ReviewSide(QWidget):
    """Three cards; what is decided goes out as signals."""

    redact_all = Signal()
    redact_here = Signal()
    settled = Signal(int)
    """The id of a notice that somebody wants to settle."""

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._against = ""
        self._redact = Card(_("Redact"))
        self._passage = Text("", "strong")
        self._also = Text("", "muted")
        self.why = QComboBox()
        for code, text in reasons:
            self.why.addItem(text, code)
        self.why.setMinimumContentsLength(8)
        self.why.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.all = Button(_("Redact all"), self.redact_all.emit, kind="primary")
        self.here = Button(_("Only here"), self.redact_here.emit)
        self._redact.body.addWidget(self._passage)
        self._redact.body.addWidget(Field(_("Reason"), self.why))
        self._redact.body.addWidget(self._also)
        self._redact.body.addLayout(row(self.all, self.here, 1))
        self._progress = Card(_("Progress"))
        self._facts = Facts(label_width=120)
        self._progress.body.addWidget(self._facts)
        self._notices = Card(_("To settle"))
        self._notice_list = QVBoxLayout()
        self._notices.body.addLayout(self._notice_list)
        self._shown: tuple[Notice, ...] = ()
        self._notices.hide()
        cards = column(self._redact, self._progress, self._notices, 1, spacing=14)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(cards, name=_("Redaction and progress")))
        self.show_passage("", places=0)

    @property
    def reason(self) -> str:
        """The code of the reason that is chosen."""
        return str(self.why.currentData())

    def allow(self, reason_against: str) -> None:
        """Let decisions be taken, or say why not."""
        self._against = reason_against
        self.here.allow(reason_against)
        self.all.allow(reason_against)

    def show_passage(self, text: str, *, places: int, is_value: bool = False) -> None:
        """Show what would be covered; ``places`` is how often it occurs in everything read."""
        self._passage.setText(text or _("a value that is masked"))
        others = places - 1
        if is_value:
            self._also.setText(_("The whole value. Choose a passage below to cover less."))
        elif others > 0:
            text = ngettext("Also in {n} more place", "Also in {n} more places", others)
            self._also.setText(text.format(n=others))
        else:
            self._also.setText(_("Nowhere else"))
        self.all.setVisible(others > 0)
        self.all.set_text(_("Redact all {n}").format(n=places))
        self.here.set_text(_("Only here") if others > 0 else _("Redact"))

    def show_progress(self, counts: ReviewCounts, notices: Sequence[Notice]) -> None:
        """Show how far the review is, and what must be settled."""
        self._facts.show_facts(
            (_("Records"), f"{counts.records:,}"),
            (_("To decide"), f"{counts.to_decide:,}"),
            (_("Redacted"), f"{counts.redacted:,}"),
            (_("Withheld"), f"{counts.withheld:,}"),
            (_("Covered places"), f"{sum(counts.covered.values()):,}"),
        )
        if tuple(notices) == self._shown:
            return
        self._shown = tuple(notices)
        clear(self._notice_list)
        self._notices.setVisible(bool(self._shown))
        for each in self._shown:
            text = notice_in_short(each.code, count=each.count, collection=each.collection)
            if not each.is_open:
                self._notice_list.addWidget(Text(f"{text}: {each.settled_how}", "muted"))
                continue
            self._notice_list.addWidget(Text(text))
            button = Button(_("Settle…"), partial(self.settled.emit, each.id))
            button.setAccessibleName(_("Settle: {what}").format(what=text))
            button.allow(self._against)
            self._notice_list.addLayout(row(button, 1))
