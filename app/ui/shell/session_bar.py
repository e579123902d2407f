"""The bar above every page while access is open. It cannot be dismissed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.ui.models.countdown import WARNINGS_SECONDS, Countdown
from app.ui.theme.fonts import figure_font
from app.ui.widgets.button import Button
from app.ui.widgets.elided import Elided
from app.ui.widgets.text import Text, restyle
from app.wording.moments import countdown_in_words

if TYPE_CHECKING:
    from datetime import datetime

    from app.services.overview import OpenAccess

_TICK_MS = 250
_BAR_WIDTH = 150


class SessionBar(QFrame):
    """One open window: the time left, what is open, and the two ways to act."""

    go_wanted = Signal(str)
    """The request."""
    end_wanted = Signal(object)
    """The ``AccessCase``."""
    warned = Signal(str, int)
    """The request, and how many minutes are left."""
    ran_out = Signal()
    """The deadline has come, once."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sessionBar")
        self.setProperty("tone", "amber")
        self._access: OpenAccess | None = None
        self._countdown: Countdown | None = None
        self._warned: set[int] = set()
        self._is_over = False
        self._time = Text("", "strong", wraps=False)
        self._time.setFont(figure_font(16, bold=True))
        self._time.setMinimumWidth(62)
        self._what = Elided("", "body")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setAccessibleName(_("Time left"))
        self._end = Button(_("End access now"), self._on_end, kind="danger")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(22, 7, 22, 7)
        layout.setSpacing(12)
        layout.addWidget(self._time)
        layout.addWidget(self._what, 1)
        layout.addWidget(self._bar)
        layout.addWidget(Button(_("Go to session"), self._on_go))
        layout.addWidget(self._end)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def show_access(
        self, access: OpenAccess, *, now: datetime, countdown: Countdown | None = None
    ) -> None:
        """Show an open window; ``now`` is the workspace's time."""
        window = access.case.window
        if window is None:
            return
        self._access = access
        self._countdown = countdown or Countdown(window.opened_at, window.deadline, now)
        minutes = access.case.grant.minutes if access.case.grant else 0
        n = access.sources
        sources = ngettext("{n} source", "{n} sources", n).format(n=n)
        self._what.setText(
            _(
                "Access open for {request} · {sources} · {officer}, granted by {approver} "
                "for {minutes} min"
            ).format(
                request=access.case.asked.request,
                sources=sources,
                officer=access.officer,
                approver=access.approver,
                minutes=minutes,
            )
        )
        self.setAccessibleName(self._what.text())
        if not self._warned:
            self._warned = {each for each in WARNINGS_SECONDS if self._countdown.left <= each}
        self.tick()

    def tick(self) -> None:
        """Count."""
        if self._countdown is None or self._access is None:
            return
        left = self._countdown.left
        text = countdown_in_words(left)
        self._time.setText(text)
        self._time.setAccessibleName(_("{time} left").format(time=text))
        self._bar.setValue(round(self._countdown.share * 1000))
        if self.property("tone") != self._countdown.tone:
            for each in (self, self._bar):
                each.setProperty("tone", self._countdown.tone)
                restyle(each)
        if self._bar.property("tone") is None:
            self._bar.setProperty("tone", self._countdown.tone)
            restyle(self._bar)
        for seconds in WARNINGS_SECONDS:
            if 0 < left <= seconds and seconds not in self._warned:
                self._warned.add(seconds)
                self.warned.emit(self._access.case.asked.request, seconds // 60)

        if left <= 0 and not self._is_over:
            self._is_over = True
            self.ran_out.emit()

    def _on_go(self) -> None:
        if self._access is not None:
            self.go_wanted.emit(self._access.case.asked.request)

    def _on_end(self) -> None:
        if self._access is not None:
            self.end_wanted.emit(self._access.case)


class SessionBars(QWidget):
    """A bar for each window that is open; nothing while none is."""

    go_wanted = Signal(str)
    end_wanted = Signal(object)
    warned = Signal(str, int)
    ran_out = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Open access"))
        self._bars: dict[str, SessionBar] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def first_request(self) -> str:
        """The request whose window is shown first, if any is open."""
        return next(iter(self._bars), "")

    def show_open(self, accesses: tuple[OpenAccess, ...], *, now: datetime) -> None:
        """Show what is open, at the workspace's time ``now``."""
        wanted = {each.case.asked.request: each for each in accesses}
        for request in [each for each in self._bars if each not in wanted]:
            bar = self._bars.pop(request)
            bar.hide()
            bar.deleteLater()
        for request, access in wanted.items():
            if request not in self._bars:
                bar = self._bars[request] = SessionBar()
                bar.go_wanted.connect(self.go_wanted)
                bar.end_wanted.connect(self.end_wanted)
                bar.warned.connect(self.warned)
                bar.ran_out.connect(self.ran_out)
                self._layout.addWidget(bar)
            self._bars[request].show_access(access, now=now)
        self.setVisible(bool(self._bars))
