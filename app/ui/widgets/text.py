"""Text on a page. All of it is plain: what comes from a database is never markup."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget


class Text(QLabel):
    """Plain text in one of the roles of the style sheet.

    Roles: body, title, heading, strong, muted, small, warning, error, mono.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        *,
        wraps: bool = True,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wraps)
        if wraps:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self.setText(text)

    def set_role(self, role: str) -> None:
        """Look different from now on."""
        if self.property("role") != role:
            self.setProperty("role", role)
            restyle(self)


def restyle(widget: QWidget) -> None:
    """Apply the style sheet again after a property that it looks at changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def line() -> QFrame:
    """Return a thin horizontal line."""
    frame = QFrame()
    frame.setProperty("line", "true")
    return frame
