"""Giving a source its airlock: the script to read, to save for a DBA, or to run with her login."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.airlock import Entrance
from app.domain.secrets import Secret
from app.i18n import _
from app.services.airlocks import DbaLogin
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, row
from app.ui.widgets.code import CodeView
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.picks import Picks
from app.ui.widgets.text import Text
from app.wording.airlocks import entrance_in_words, entrances, part_in_words, part_titles

if TYPE_CHECKING:
    from app.domain.airlock import AirlockRecord
    from app.services.airlocks import AirlockScript
    from app.services.sourcing import SourceView
    from app.ui.page import Room
    from app.wording.errors import Sentence

_SIDE = 190
_CHANGES = "changes"


class AirlockDialog(QDialog):
    """Asks for a DBA's login, shows what would be run, runs it, and forgets the login."""

    installed = Signal()

    def __init__(self, parent: QWidget, room: Room, source: SourceView) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._room, self._source = room, source
        self._made: AirlockScript | None = None
        self._entrance = Entrance.AIRLOCK.value
        if source.airlock is not None and source.has_weaker_way:
            self._entrance = source.airlock.entrance
        self.setWindowTitle(_("Airlock of {source}").format(source=source.map.title()))
        self.resize(1040, 700)
        self.notice = Notice()
        self.busy = Busy()
        self.form = Form(
            (
                FormItem("user", _("Login of a DBA"), is_required=True, is_half=True),
                FormItem("password", _("Password"), "secret", is_half=True),
                *(
                    [FormItem("entrance", _("Way in"), "choice", self._entrance, entrances())]
                    if source.has_weaker_way
                    else []
                ),
            )
        )
        self.form.edited.connect(self._on_edited)
        self.warning = Text(entrance_in_words(Entrance.DIRECT), "warning")
        self.show_script = Button(_("Show the script"), self._on_show, kind="primary")
        self.parts = Picks(name=_("Parts of the script"))
        self.parts.picked.connect(self._on_part)
        self._why = Text("", "muted")
        self.code = CodeView(name=_("Script"))
        self.parts.setFixedWidth(_SIDE)
        card = Card(margin=12)
        inside = QHBoxLayout()
        inside.setSpacing(14)
        inside.addWidget(self.parts)
        reading = column(self._why, self.code, spacing=10)
        reading.setStretch(1, 1)
        inside.addLayout(reading, 1)
        card.body.addLayout(inside, 1)
        self.save = Button(_("Save as file…"), self._on_save)
        self.run = Button(_("Run it with this login"), self._on_run, kind="primary")
        for button in (self.save, self.run):
            button.allow(_("Show the script first."))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(self.windowTitle(), "heading"))
        self.about = Text(entrance_in_words(Entrance.AIRLOCK), "muted")
        for part in (self.about, self.notice, self.form, self.warning):
            layout.addWidget(part)
        self._show_way()
        layout.addLayout(row(self.show_script, 1))
        layout.addWidget(card, 1)
        layout.addWidget(self.busy)
        layout.addLayout(row(self.save, 1, Button(_("Cancel"), self.reject), self.run))

    def _show_way(self) -> None:
        self.warning.setVisible(self._entrance == Entrance.DIRECT)

    def _on_edited(self) -> None:
        """Another way has another script: the one that was shown must not be run for it."""
        if not self._source.has_weaker_way or self.form.text("entrance") == self._entrance:
            return
        self._entrance = self.form.text("entrance")
        self._show_way()
        self._made = None
        self.parts.show_picks([])
        self._why.setText("")
        self.code.show_code("")
        for button in (self.save, self.run):
            button.allow(_("Show the script first."))

    def _login(self) -> DbaLogin:
        password = self.form.text("password")
        return DbaLogin(self.form.text("user").strip(), Secret(password) if password else None)

    def _on_show(self) -> None:
        if not self.form.validate():
            return
        key, login, entrance = self._source.record.key, self._login(), self._entrance
        self.notice.clear()
        self.show_script.setEnabled(False)
        self.busy.start(_("Reading the schema…"))
        self._room.run(
            self,
            lambda _work: self._room.desk.airlocks.script(key, login, entrance=entrance),
            done=partial(self._on_script, entrance),
            failed=self._on_failed,
        )

    def _on_script(self, entrance: str, made: AirlockScript) -> None:
        self.busy.stop()
        self.show_script.setEnabled(True)
        if entrance != self._entrance:
            return
        self._made = made
        titles = part_titles()
        picks = [(part.key, titles[part.key], 0, False) for part in made.script.parts]
        if made.difference:
            picks.insert(0, (_CHANGES, _("What changes"), 0, True))
        self.parts.show_picks(picks)
        self.parts.choose(picks[0][0])
        self._on_part(picks[0][0])
        for button in (self.save, self.run):
            button.allow()
        self.parts.setFocus()

    def _on_part(self, key: str) -> None:
        if self._made is None:
            return
        self.parts.choose(key)
        self._why.setText(part_in_words(key))
        if key == _CHANGES:
            self.code.show_code("\n".join(self._made.difference))
            return
        self.code.show_code(next(part.sql for part in self._made.script.parts if part.key == key))

    def _on_save(self) -> None:
        if self._made is None:
            return
        name = f"sandglass-{self._entrance}-{self._source.record.key}.sql"
        path, _kind = QFileDialog.getSaveFileName(self, _("Save the script"), name)
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Save the whole script for a DBA to run."""
        if self._made is None:
            return
        made = self._made
        self._room.run(
            self,
            lambda _work: self._room.desk.airlocks.save(made, path),
            done=lambda _nothing: self._room.tell(
                _("Saved. When the DBA has run it, check the airlock.")
            ),
            failed=self._on_failed,
        )

    def _on_run(self) -> None:
        if not self.form.validate():
            return
        key, login, entrance = self._source.record.key, self._login(), self._entrance
        self.notice.clear()
        self.run.setEnabled(False)
        self.busy.start(_("Installing the airlock…"))
        self._room.run(
            self,
            lambda _work: self._room.desk.airlocks.install(key, login, entrance=entrance),
            done=self._on_installed,
            failed=self._on_failed,
        )

    def _on_installed(self, record: AirlockRecord) -> None:
        self.busy.stop()
        self._room.tell(
            _("The weaker way is installed; the login is forgotten.")
            if record.entrance == Entrance.DIRECT
            else _("The airlock is installed; the login is forgotten.")
        )
        self.installed.emit()
        self.accept()

    def _on_failed(self, sentence: Sentence) -> None:
        self.busy.stop()
        self.show_script.setEnabled(True)
        if self._made is not None:
            self.run.allow()
        self.notice.say_error(sentence)
