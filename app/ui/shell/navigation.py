"""The list of pages at the left, with what waits on each, and who is at work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.theme import current
from app.ui.theme.fonts import figure_font
from app.ui.widgets.button import LINK_INDENT, Button
from app.ui.widgets.picture import Picture
from app.ui.widgets.status import Status
from app.ui.widgets.text import Text, line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.ui.page import Page

_WIDTH = 216
_FOOT_LEFT = 8


class NavigationButton(Button):
    """One page, with its counter."""

    def __init__(self, page: Page) -> None:
        super().__init__(page.title(), kind="nav", icon=page.icon)
        self.key = page.key
        self._title = page.title()
        self._count = 0
        self._is_urgent = False
        self.setCheckable(True)

    def show_count(self, count: int, *, is_urgent: bool) -> None:
        """Show how much waits there; 0 shows nothing."""
        self._count, self._is_urgent = count, is_urgent
        name = _("{page}, {count} waiting").format(page=self._title, count=count)
        self.setAccessibleName(name if count else self._title)
        self.update()

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        super().paintEvent(arg__1)
        if not self._count:
            return
        tokens = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = figure_font(12, bold=True)
        text = f"{self._count:,}" if self._count < 10_000 else "9,999+"  # noqa: PLR2004
        painter.setFont(font)
        width = max(22, painter.fontMetrics().horizontalAdvance(text) + 14)
        box = QRectF(self.width() - width - 10, (self.height() - 19) / 2, width, 19)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.amber if self._is_urgent else tokens.line))
        painter.drawRoundedRect(box, 9.5, 9.5)
        painter.setPen(QColor(tokens.surface if self._is_urgent else tokens.ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    @override
    def sizeHint(self) -> QSize:
        return QSize(_WIDTH - 20, 35)


class Navigation(QWidget):
    """The pages in their groups; at the foot who works where, and whether it is live."""

    page_wanted = Signal(str)

    def __init__(self, pages: Iterable[Page]) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(_("Pages"))
        self._where = ""
        self._buttons: dict[str, NavigationButton] = {}
        self._group = QButtonGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(10, 14, 10, 14)
        self._layout.setSpacing(2)
        self._layout.addLayout(_brand())
        self._layout.addSpacing(8)
        self._add_pages(pages)
        self.middle = QVBoxLayout()
        self.middle.setContentsMargins(0, 0, 0, 0)
        self._layout.addLayout(self.middle, 1)
        self.middle.addStretch(1)
        self.foot = QVBoxLayout()
        self.foot.setContentsMargins(_FOOT_LEFT - LINK_INDENT, 10, 8, 0)
        self.foot.setSpacing(2)
        self._layout.addWidget(line())
        self._layout.addLayout(self.foot)
        self._name = Text("", "strong")
        self._roles = Text("", "muted")
        self._place = Status("small")
        for part in (self._name, self._roles, self._place):
            part.setContentsMargins(LINK_INDENT, 0, 0, 0)
            self.foot.addWidget(part)

    def _add_pages(self, pages: Iterable[Page]) -> None:
        group = ""
        for page in pages:
            if page.group != group:
                group = page.group
                heading = Text(group, "small", wraps=False)
                heading.setContentsMargins(10, 12, 0, 4)
                self._layout.addWidget(heading)
            button = NavigationButton(page)
            button.clicked.connect(partial(self.page_wanted.emit, page.key))
            self._group.addButton(button)
            self._buttons[page.key] = button
            self._layout.addWidget(button)

    def mark(self, page: str) -> None:
        """Show which page is open."""
        self._group.setExclusive(False)
        for key, button in self._buttons.items():
            button.setChecked(key == page)
        self._group.setExclusive(True)

    def focus_current(self) -> None:
        """Put the focus on the page that is open."""
        button = self._group.checkedButton() or next(iter(self._buttons.values()), None)
        if button is not None:
            button.setFocus()

    def show_count(self, page: str, count: int, *, is_urgent: bool = False) -> None:
        """Show how much waits on a page."""
        if page in self._buttons:
            self._buttons[page].show_count(count, is_urgent=is_urgent)

    def show_member(self, name: str, roles: str, place: str) -> None:
        """Show who works, as what, and where."""
        self._name.setText(name)
        self._roles.setText(roles)
        self._where = place
        self.show_live(is_live=True)

    def show_live(self, *, is_live: bool) -> None:
        """Show whether what others do is seen at once."""
        if is_live:
            self._place.show_status(_("{place}, live").format(place=self._where), "green")
        else:
            self._place.show_status(_("{place}, not reached").format(place=self._where), "red")


def _brand() -> QHBoxLayout:
    layout = QHBoxLayout()
    layout.setContentsMargins(10, 0, 0, 0)
    layout.setSpacing(9)
    picture = Picture("sandglass", "accent", 20)
    name = Text("Sandglass", "strong", wraps=False)
    name.setProperty("role", "brand")
    layout.addWidget(picture)
    layout.addWidget(name, 1)
    layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetMinimumSize)
    name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return layout
