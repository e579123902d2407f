"""Line icons, drawn in the colours of the scheme that is current when they are painted."""

from __future__ import annotations

from functools import cache
from typing import override

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.paths import resource
from app.ui.theme.state import current
from app.ui.theme.tokens import LIGHT

_APP_SIZES = (16, 24, 32, 48, 64, 128, 256)


@cache
def _drawing(name: str, colour: str) -> QSvgRenderer:
    svg = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, where: QRectF | QRect, *, colour: str) -> None:
    """Draw an icon into ``where``; ``colour`` is ``#RRGGBB``."""
    _drawing(name, colour).render(painter, QRectF(where))


class _Engine(QIconEngine):
    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = "faint" if mode is QIcon.Mode.Disabled else self._token
        paint_icon(painter, self._name, rect, colour=getattr(current(), token))

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, pixmap.rect(), mode, state)
        painter.end()
        return pixmap

    @override
    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token)


def icon(name: str, colour: str = "muted") -> QIcon:
    """Return the icon ``resources/icons/<name>.svg`` in the token that ``colour`` names."""
    return QIcon(_Engine(name, colour))


def app_icon() -> QIcon:
    """Return the product's own icon."""
    drawn = QIcon()
    for pixels in _APP_SIZES:
        pixmap = QPixmap(pixels, pixels)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        # A desktop's bars have colours of their own: the icon has the product's.
        paint_icon(painter, "sandglass", pixmap.rect(), colour=LIGHT.accent)
        painter.end()
        drawn.addPixmap(pixmap)
    return drawn


def icon_size(pixels: int = 16) -> QSize:
    """Return a square size."""
    return QSize(pixels, pixels)
