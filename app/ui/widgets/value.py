"""A text from data: any length, any word in it, always whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QMenu, QSizePolicy

from app.i18n import _
from app.ui.theme import current
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QPaintEvent

_LEAST = 60


class Value(Text):
    """Wraps within words where it must: an address or a hash has no spaces. A right click copies
    all of it.
    """

    def __init__(self, text: str = "", role: str = "body") -> None:
        super().__init__(text, role)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _laid_out(self, width: int) -> tuple[QTextLayout, float]:
        """Return the lines for ``width`` and their height."""
        layout = QTextLayout(self.text().replace("\n", "\u2028"), self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        return layout, height

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, arg__1: int) -> int:
        self.ensurePolished()
        return max(QFontMetrics(self.font()).height(), int(self._laid_out(arg__1)[1] + 0.99))

    @override
    def sizeHint(self) -> QSize:
        self.ensurePolished()
        metrics = QFontMetrics(self.font())
        longest = max(map(metrics.horizontalAdvance, self.text().split("\n")), default=0)
        width = max(_LEAST, min(longest + 2, 420))
        return QSize(width, self.heightForWidth(width))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, QFontMetrics(self.font()).height())

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        painter = QPainter(self)
        is_muted = self.property("role") in {"muted", "small"}
        painter.setPen(QColor(current().muted if is_muted else current().ink))
        self._laid_out(self.width())[0].draw(painter, QPointF(0, 0))
        painter.end()

    @override
    def contextMenuEvent(self, ev: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Copy")).triggered.connect(self._on_copy)
        menu.popup(ev.globalPos())

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
