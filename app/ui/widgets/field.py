"""A labelled input with its hint and its error beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.ui.widgets.text import Text, restyle

if TYPE_CHECKING:
    from collections.abc import Callable


_STAYS = {
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
}
"""The input loses the focus, but the person has not left it."""


class Field(QWidget):
    """A label above an input, a hint below it, and an error there once the person left it.

    ``check`` returns what is wrong with the input as a sentence, or the empty text. It is asked
    when the input is left, and again as it is mended; never while it is first being typed.
    """

    def __init__(
        self,
        label: str,
        widget: QWidget,
        *,
        hint: str = "",
        check: Callable[[], str] | None = None,
    ) -> None:
        super().__init__()
        self.input = widget
        self._label = label
        self._check = check
        self._hint = hint
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        name = Text(label, "muted", wraps=False)
        name.setBuddy(widget)
        self._note: QLabel = Text(hint, "small")
        layout.addWidget(name)
        layout.addWidget(widget)
        layout.addWidget(self._note)
        self._note.setVisible(bool(hint))
        name.setVisible(bool(label))
        layout.addStretch(0)
        if label:
            widget.setAccessibleName(label)
        widget.setAccessibleDescription(hint)
        self.setFocusProxy(widget)
        if isinstance(widget, QLineEdit | QComboBox | QAbstractSpinBox):
            widget.ensurePolished()
            widget.setMinimumHeight(widget.sizeHint().height())
        widget.installEventFilter(self)

    def set_hint(self, hint: str) -> None:
        """Say something else below the input."""
        self._hint = hint
        if not self.has_error():
            self._say(hint, is_error=False)

    def show_error(self, text: str) -> None:
        """Say what is wrong; the empty text takes it back."""
        self._say(text or self._hint, is_error=bool(text))

    def has_error(self) -> bool:
        """Say whether an error is shown."""
        return bool(self.input.property("wrong") == "true")

    def validate(self) -> bool:
        """Check now and say what is wrong; return whether it is right."""
        problem = self._check() if self._check is not None else ""
        self.show_error(problem)
        return not problem

    def _say(self, text: str, *, is_error: bool) -> None:
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self._note.setProperty("role", "error" if is_error else "small")
        restyle(self._note)
        self.input.setAccessibleDescription(text)
        wrong = "true" if is_error else "false"
        if self.input.property("wrong") != wrong:
            self.input.setProperty("wrong", wrong)
            restyle(self.input)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel and not self.input.hasFocus():
            event.ignore()  # who scrolls past an input does not want to change it
            return True
        is_left = (
            isinstance(event, QFocusEvent)
            and event.type() is QEvent.Type.FocusOut
            and event.reason() not in _STAYS
        )
        is_mended = event.type() is QEvent.Type.KeyRelease and self.has_error()
        if is_left or is_mended:
            self.validate()
        return super().eventFilter(watched, event)
