"""What a backup holds, and how one is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from app.domain.people import Verb
from app.i18n import _
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.code import CodeView
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.workspaces import backup_commands, backup_in_words

if TYPE_CHECKING:
    from app.services.health import HealthView
    from app.ui.page import Room
    from app.wording.errors import Sentence

_CODE_HEIGHT = 76


class BackupCard(Card):
    """For a file a copy of its last state, for a server the commands that its DBA runs."""

    def __init__(self, room: Room) -> None:
        super().__init__(_("Backups"))
        self._room = room
        self.notice = Notice()
        self._busy = Busy()
        self._text = Text("", "muted")
        self.commands = CodeView(name=_("Commands for a backup"))
        self.commands.setFixedHeight(_CODE_HEIGHT)
        self._copy_commands = Button(_("Copy the commands"), self._on_copy_commands, icon="copy")
        self._copy = Button(_("Copy to…"), self._on_copy, icon="save")
        for part in (self._text, self.notice, self.commands, self._busy):
            self.body.addWidget(part)
        self.body.addLayout(row(self._copy, self._copy_commands, 1))
        is_shared = room.desk.here.workspace.is_shared
        self._for_dba = is_shared and room.me.may(Verb.MANAGE_MEMBERS)
        self.commands.setVisible(self._for_dba)
        self._copy_commands.setVisible(self._for_dba)
        self._copy.setVisible(not is_shared)

    def show_health(self, health: HealthView) -> None:
        """Say what a backup is here."""
        text = backup_in_words(is_shared=health.is_shared, with_commands=self._for_dba)
        self._text.setText(text)
        if self._for_dba:
            commands = backup_commands(health.place)
            if self.commands.toPlainText() != commands:
                self.commands.setPlainText(commands)

    def _on_copy_commands(self) -> None:
        self._room.copy(self.commands.toPlainText())
        self._room.tell(_("Copied."))

    def _on_copy(self) -> None:
        here = Path(self._room.desk.here.workspace.place)
        name = str(here.with_name(f"{here.stem}-copy{here.suffix}"))
        path, _kind = QFileDialog.getSaveFileName(self, _("Copy the workspace"), name)
        if path:
            self.copy_to(Path(path))

    def copy_to(self, path: Path) -> None:
        """Copy the workspace's last state to ``path``."""
        self.notice.clear()
        self._copy.setEnabled(False)
        self._busy.start(_("Copying…"))
        self._room.run(
            self,
            lambda _work: self._room.desk.health.copy_to(path),
            done=self._on_copied,
            failed=self._on_failed,
        )

    def _on_copied(self, _nothing: object) -> None:
        self._rest()
        self._room.tell(_("Copied. The copy opens like the workspace itself."))

    def _on_failed(self, sentence: Sentence) -> None:
        self._rest()
        self.notice.say_error(sentence)

    def _rest(self) -> None:
        self._busy.stop()
        self._copy.setEnabled(True)
