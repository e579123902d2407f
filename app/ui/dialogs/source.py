"""Connecting a source: what kind, where it is, and its map, checked before anything is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from app.domain.datamap import Level
from app.domain.errors import InputError
from app.domain.fields import FieldKind
from app.i18n import _, ngettext
from app.ui.theme.fonts import mono_font
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.maps import level_in_words, problem_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.fields import FormField
    from app.domain.workspace import SourceRecord
    from app.services.mapping import Inspected
    from app.ui.page import Room
    from app.wording.errors import Sentence

_LOOK_AFTER_MS = 250
_BYTES_AT_MOST = 20_000_000
_KINDS = {
    FieldKind.TEXT: "text",
    FieldKind.FILE: "file",
    FieldKind.NUMBER: "number",
    FieldKind.SECRET: "secret",
    FieldKind.CHOICE: "choice",
}


class _Looked(NamedTuple):
    file: str
    inspected: Inspected


class SourceDialog(QDialog):
    """Adds a source, or gives one another map; nothing is kept while the map has an error."""

    added = Signal(tuple)
    """The keys of the sources."""

    def __init__(self, parent: QWidget, room: Room, *, source: SourceRecord | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = _("Import another map") if source is not None else _("Add a source")
        self.setWindowTitle(title)
        self.setMinimumWidth(560)
        self._room, self._source = room, source
        self._types = {each.key: each for each in room.desk.sourcing.types()}
        type_key = source.type if source is not None else next(iter(self._types), "")
        self._type = self._types.get(type_key)
        self.form = self._make_form(source.settings if source is not None else {})
        self.notice = Notice()
        self.busy = Busy()
        self._found = Text("", "muted")
        self.problems = QPlainTextEdit()
        self.problems.setReadOnly(True)
        self.problems.setFont(mono_font())
        self.problems.setTabChangesFocus(True)
        self.problems.setAccessibleName(_("What is wrong with the map"))
        self.problems.setMinimumHeight(120)
        self.problems.hide()
        self.confirm = Button(
            _("Use this map") if source is not None else _("Add source"),
            self._on_confirm,
            kind="primary",
        )
        self.confirm.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(title, "heading"))
        text = _("Sandglass keeps the map and where the source is, never a password.")
        layout.addWidget(Text(text, "muted"))
        self._holder = QVBoxLayout()
        self._holder.addWidget(self.form)
        layout.addWidget(self.notice)
        layout.addLayout(self._holder)
        for part in (self._found, self.problems, self.busy):
            layout.addWidget(part)
        layout.addLayout(row(1, Button(_("Cancel"), self.reject), self.confirm))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LOOK_AFTER_MS)
        self._timer.timeout.connect(self._look)
        self.form.edited.connect(self._on_edited)

    def _make_form(self, settings: Mapping[str, str]) -> Form:
        kinds = tuple((each.key, each.title) for each in self._types.values())
        kind = self._type.key if self._type is not None else ""
        form = Form(
            (
                FormItem("type", _("Kind of source"), "choice", kind, kinds),
                *(_item(each, settings) for each in self._fields()),
                FormItem(
                    "map",
                    _("Map, in the Fides dataset format"),
                    "file",
                    settings.get("map", ""),
                    is_required=True,
                    hint=_("YAML. Each dataset in it becomes a source."),
                    file_kinds=_("Maps (*.yml *.yaml)"),
                ),
            )
        )
        form.input("type").setEnabled(self._source is None and len(kinds) > 1)
        return form

    def _on_edited(self) -> None:
        chosen = self._types.get(self.form.text("type"))
        if chosen is not None and chosen is not self._type:
            self._type = chosen
            before, typed = self.form, self.form.values()
            self.form = self._make_form(typed)
            self._holder.replaceWidget(before, self.form)
            before.hide()
            before.deleteLater()
            self.form.edited.connect(self._on_edited)
            self.form.input("type").setFocus()
            self.adjustSize()
        self._timer.start()

    def _look(self) -> None:
        """Say what is in the map as soon as it is chosen."""
        file = self.form.text("map").strip()
        if not file:
            self._found.setText("")
            self.problems.hide()
            return
        sourcing = self._room.desk.sourcing
        self._room.run(
            self,
            lambda _work: _Looked(file, sourcing.inspect(_read(file), file=Path(file).name)),
            done=self._on_looked,
            failed=self._on_unread,
        )

    def _on_looked(self, looked: _Looked) -> None:
        if looked.file != self.form.text("map").strip():
            return
        inspected = looked.inspected
        self.form.rows["map"].show_error("")
        errors = [each for each in inspected.problems if each.level is Level.ERROR]
        self._found.setText(_in_words(inspected))
        self.problems.setPlainText(
            "\n".join(
                f"{each.line}:{each.column} {level_in_words(each)}: {problem_in_words(each)}"
                for each in inspected.problems
            )
        )
        self.problems.setVisible(bool(inspected.problems))
        self.confirm.allow(_("The map has errors: mend them first.") if errors else "")

    def _on_unread(self, sentence: Sentence) -> None:
        self._found.setText("")
        self.problems.hide()
        self.confirm.allow()
        self.form.rows["map"].show_error(sentence.happened)

    def _on_confirm(self) -> None:
        if not self.form.validate():
            return
        values = self.form.values()
        type_key = values["type"]
        settings = {each.key: values[each.key].strip() for each in self._fields()}
        sourcing = self._room.desk.sourcing
        self.notice.clear()
        self.confirm.setEnabled(False)
        self.busy.start(_("Reading the map…"))

        def add() -> tuple[str, ...]:
            file = values["map"].strip()
            records = sourcing.add(
                type_key, settings, map_text=_read(file), map_file=Path(file).name
            )
            return tuple(each.key for each in records)

        self._room.run(self, lambda _work: add(), done=self._on_added, failed=self._on_failed)

    def _fields(self) -> tuple[FormField, ...]:
        fields = self._type.fields if self._type is not None else ()
        return tuple(each for each in fields if not each.for_the_moment)

    def _on_added(self, keys: tuple[str, ...]) -> None:
        self.busy.stop()
        self.added.emit(keys)
        self.accept()

    def _on_failed(self, sentence: Sentence) -> None:
        self.busy.stop()
        self.confirm.setEnabled(True)
        self.notice.say_error(sentence)


def _item(field: FormField, settings: Mapping[str, str]) -> FormItem:
    return FormItem(
        field.key,
        field.label,
        _KINDS[field.kind],
        settings.get(field.key, field.default),
        tuple((each, each) for each in field.choices),
        hint=field.help,
        is_required=field.required,
        is_half=field.is_short,
    )


def _read(file: str) -> bytes:
    """Return a map file; one that is no map is not read into memory."""
    path = Path(file).expanduser()
    try:
        if path.stat().st_size > _BYTES_AT_MOST:
            raise InputError("map.too_large", path=file)
        return path.read_bytes()
    except OSError as error:
        raise InputError("file.unreadable", path=file, why=error.strerror) from None


def _in_words(inspected: Inspected) -> str:
    collections = [one for each in inspected.maps for one in each.collections]
    fields = sum(1 for each in collections for _field in each.all_fields())
    names = ", ".join(each.title() for each in inspected.maps)
    counted = (
        ngettext("{n} collection", "{n} collections", len(collections)).format(n=len(collections)),
        ngettext("{n} field", "{n} fields", fields).format(n=fields),
    )
    found = _("Found: {names}; {counted}.").format(names=names, counted=", ".join(counted))
    return found if inspected.maps else _("No dataset was found in it.")
