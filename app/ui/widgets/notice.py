"""A banner: what happened, what it means, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.i18n import _
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.text import Text, restyle

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.wording.errors import Sentence


class Notice(QFrame):
    """A banner above what it is about; hidden while it has nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("tone", "blue")
        self.code = ""
        """The error that it tells of, if any."""
        self._details = ""
        self._action: Callable[[], object] | None = None
        self._text = Text("", selectable=True)
        self._button = Button("", self._on_action)
        self._copy = Button(_("Copy details"), self._on_copy, kind="link")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._text)
        texts.addWidget(self._copy)
        layout.addLayout(texts, 1)
        layout.addWidget(self._button)
        layout.addWidget(IconButton("x", _("Close this message"), self.clear))
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say(
        self,
        text: str,
        *,
        tone: str = "blue",
        action: str = "",
        do: Callable[[], object] | None = None,
    ) -> None:
        """Show ``text``; ``action`` is the button beside it that does ``do``."""
        self.code = self._details = ""
        self._show(text, tone)
        self._action = do
        self._button.set_text(action)
        self._button.setVisible(bool(action))

    def say_error(
        self, sentence: Sentence, *, action: str = "", do: Callable[[], object] | None = None
    ) -> None:
        """Show what went wrong; details hold the code only."""
        self.say(sentence.text(), tone="red", action=action, do=do)
        self.code = sentence.code
        self._details = f"{sentence.code}\n{sentence.text()}"
        self._copy.show()

    def clear(self) -> None:
        """Have nothing to say."""
        self.hide()
        self.code = ""
        self._text.setText("")

    def _show(self, text: str, tone: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setProperty("tone", tone)
        restyle(self)
        self._copy.hide()
        self.show()

    def _on_action(self) -> None:
        if self._action is not None:
            self._action()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
