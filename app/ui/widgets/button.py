"""Buttons that say why they cannot be pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QToolButton

from app.ui.theme import current
from app.ui.theme.fonts import small_font
from app.ui.theme.icons import icon as themed_icon
from app.ui.widgets.text import restyle

if TYPE_CHECKING:
    from collections.abc import Callable

_ICON = QSize(16, 16)
_CAP = 18
LINK_INDENT = 3
"""How far the text of a link stands in from its edge, for the frame of the focus."""


class Button(QPushButton):
    """A push button; ``kind`` is primary, danger, link, nav or the empty text.

    ``cap`` names a key that does the same and is bound elsewhere.
    """

    def __init__(
        self,
        text: str,
        on_click: Callable[[], object] | None = None,
        *,
        kind: str = "",
        icon: str = "",
        shortcut: str = "",
        cap: str = "",
    ) -> None:
        # The style leaves too little room between an icon and the text.
        self._gap = "" if not icon or kind == "link" else "  " if kind == "nav" else " "
        super().__init__(self._gap + text.replace("&", "&&"))
        self._tip = ""
        self._shortcut_text = shortcut
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if icon:
            token = {"primary": "on_accent", "danger": "red"}.get(kind, "muted")
            self.setIcon(themed_icon(icon, token))
            self.setIconSize(_ICON)
        if shortcut:
            self.setShortcut(shortcut)
        # A letter is shown where it works; long ones are in the tooltip.
        self._cap = cap or (shortcut if len(shortcut) == 1 else "")
        self.setProperty("capped", "true" if self._cap else "false")
        self._show_tip("")
        if on_click is not None:
            self._on_click = on_click
            self.clicked.connect(self._on_clicked)

    def set_text(self, text: str) -> None:
        """Change what it says, also to screen readers; keeps the shortcut."""
        self.setText(self._gap + text.replace("&", "&&"))
        self.setAccessibleName(text)
        if self._shortcut_text:
            self.setShortcut(self._shortcut_text)

    def set_kind(self, kind: str) -> None:
        """Become primary, danger, a link, or a plain button."""
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            restyle(self)

    def allow(self, reason_against: str = "") -> None:
        """Enable the button, or disable it and say why."""
        self.setEnabled(not reason_against)
        self._show_tip(reason_against)

    def describe(self, tip: str) -> None:
        """Say what it does, for the tooltip and screen readers."""
        self._tip = tip
        self._show_tip("")

    @override
    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return hint + QSize(self._cap_width() + 8, 0) if self._cap else hint

    def _cap_width(self) -> int:
        return max(_CAP, QFontMetrics(small_font()).horizontalAdvance(self._cap) + 9)

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        super().paintEvent(arg__1)
        if not self._cap:
            return
        tokens = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, top = self._cap_width(), (self.height() - _CAP) / 2 + 0.5
        box = QRectF(self.width() - wide - 9.5, top, wide, _CAP - 1)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.setBrush(QColor(tokens.background))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(tokens.muted if self.isEnabled() else tokens.faint))
        painter.setFont(small_font())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._cap)
        painter.end()

    def _show_tip(self, reason: str) -> None:
        tip = reason or self._tip
        self.setAccessibleDescription(tip)
        if self._shortcut_text:
            tip = f"{tip} ({self._shortcut_text})" if tip else self._shortcut_text
        self.setToolTip(tip)

    def _on_clicked(self) -> None:
        self._on_click()


class IconButton(QToolButton):
    """A small button with an icon only; ``name`` is its tooltip and what screen readers say."""

    def __init__(
        self, icon: str, name: str, on_click: Callable[[], object], *, shortcut: str = ""
    ) -> None:
        super().__init__()
        self.setIcon(themed_icon(icon))
        self.setIconSize(_ICON)
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({shortcut})" if shortcut else name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if shortcut:
            self.setShortcut(shortcut)
        self._on_click = on_click
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        self._on_click()
