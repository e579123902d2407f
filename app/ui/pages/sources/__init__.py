"""Sources: which there are, what their maps hold as a picture, whether they are as mapped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, override

from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout

from app.domain.people import Verb
from app.i18n import _, ngettext
from app.ui.dialogs.source import SourceDialog
from app.ui.models.map_layout import IDENTITY, MapPicture, lay_out
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.sources.side import SourceSide
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.card import Card, row
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.header import PageHeader
from app.ui.widgets.map_view import MapView
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.maps import not_followed_in_words

if TYPE_CHECKING:
    from app.ports.sources import Difference
    from app.services.sourcing import SourcesView
    from app.wording.errors import Sentence

_WHYS = ("same_collection", "cycle", "other_person", "after", "skipped_by_map", "not_in_maps")


@dataclass(frozen=True)
class _Ground:
    view: SourcesView
    picture: MapPicture


class SourcesPage(PageWidget):
    """The picture at the left; the sources, and what is chosen, at the right."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._ground: _Ground | None = None
        self._chosen = ""
        self._unchecked: set[str] = set()
        self._may_manage = room.me.may(Verb.MANAGE_SOURCES)
        self.notice = Notice()
        self.map = MapView(name=_("Collections and the references between them"))
        self.map.opened.connect(self._on_box)
        self.side = SourceSide(room)
        self.side.picked.connect(self._on_picked)
        self.side.changed.connect(self.refresh)
        self.side.checked.connect(self._on_checked)
        self.side.map_wanted.connect(self._on_new_map)
        self._build()
        self.first = self.side.picks

    def _build(self) -> None:
        actions = []
        if self._may_manage:
            actions.append(Button(_("Add source…"), self._on_add, kind="primary"))
        self._header = PageHeader(_("Sources"), *actions)
        legend = Text(
            _("Lines show how the person's rows are found. Dashed ones are not followed."), "small"
        )
        tools = row(legend)
        tools.setStretch(0, 1)
        for icon, name, do in (
            ("zoom-out", _("Smaller (-)"), self.map.farther),
            ("zoom-in", _("Larger (+)"), self.map.closer),
            ("maximize", _("Show all (0)"), self.map.fit),
            ("printer", _("Print the map"), self._on_print),
        ):
            tools.addWidget(IconButton(icon, name, do))
        picture = Card(margin=10)
        picture.body.addLayout(tools)
        picture.body.addWidget(self.map, 1)
        text = (
            _("A source is a database with a map that says what in it is whose.")
            if self._may_manage
            else _("An administrator adds sources, each with its map.")
        )
        first = [Button(_("Add source…"), self._on_add, kind="primary")] if self._may_manage else []
        self._stack = QStackedWidget()
        self._stack.addWidget(picture)
        self._stack.addWidget(EmptyState("database", _("No source yet"), text, *first))
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(self._stack, 1)
        body.addWidget(self.side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(12)
        layout.addWidget(self._header)
        layout.addWidget(self.notice)
        layout.addLayout(body, 1)

    @override
    def open_item(self, item: str, *, stage: str = "") -> None:
        if item:
            self._chosen = item

    @override
    def refresh(self) -> None:
        def read() -> _Ground:
            view = self._room.desk.sourcing.view()
            maps = [each.map for each in view.sources if each.record.is_active]
            return _Ground(view, lay_out(maps, view.plan))

        self._room.run(self, lambda _work: read(), done=self._on_ground, failed=self._on_failed)

    def _on_ground(self, ground: _Ground) -> None:
        self._ground = ground
        sources = ground.view.sources
        keys = [each.record.key for each in sources]
        if self._chosen not in keys:
            self._chosen = keys[0] if keys else ""
        collections = [one for each in sources for one in each.map.collections]
        fields = sum(1 for each in collections for _field in each.all_fields())
        texts = (
            ngettext("{n} source", "{n} sources", len(keys)).format(n=len(keys)),
            ngettext("{n} collection", "{n} collections", len(collections)).format(
                n=len(collections)
            ),
            ngettext("{n} field mapped", "{n} fields mapped", fields).format(n=fields),
        )
        self._header.set_subtitle(", ".join(texts) if keys else "")
        self._stack.setCurrentIndex(0 if keys else 1)
        self.side.setVisible(bool(keys))
        self.map.show_picture(
            ground.picture, told={why: not_followed_in_words(why) for why in _WHYS}
        )
        self.side.show_sources(ground.view, chosen=self._chosen)
        self.map.mark(self._chosen)
        for each in sources:
            # What has an airlock can be looked at once it is installed.
            if each.record.key in self._unchecked and not each.has_airlock:
                self._check(each.record.key)
        self._unchecked = set()

    def _on_picked(self, key: str) -> None:
        self._chosen = key
        self.map.mark(key)
        if self._ground is not None:
            self.side.show_sources(self._ground.view, chosen=key)

    def _on_box(self, key: str) -> None:
        if self._ground is None or key == IDENTITY:
            return
        source, _dot, collection = key.partition(".")
        self._on_picked(source)
        self.side.show_collection(collection)

    def _on_add(self) -> None:
        dialog = SourceDialog(self, self._room)
        dialog.added.connect(self._on_added)
        dialog.open()

    def _on_new_map(self, key: str) -> None:
        view = self._ground.view if self._ground is not None else None
        found = [each for each in view.sources if each.record.key == key] if view else []
        if found:
            dialog = SourceDialog(self, self._room, source=found[0].record)
            dialog.added.connect(self._on_added)
            dialog.open()

    def _on_added(self, keys: tuple[str, ...]) -> None:
        self._chosen = keys[0] if keys else self._chosen
        n = len(keys)
        text = ngettext("{n} source is connected.", "{n} sources are connected.", n)
        self._room.tell(text.format(n=n))
        self._unchecked = set(keys)
        self.refresh()

    def _check(self, key: str) -> None:
        self._room.run(
            self,
            lambda _work: self._room.desk.sourcing.check(key),
            done=partial(self._on_differences, key),
            failed=self._on_failed,
        )

    def _on_differences(self, key: str, differences: tuple[Difference, ...]) -> None:
        self.side.show_differences(key, differences)
        self.refresh()

    def _on_checked(self) -> None:
        self.notice.clear()
        self.refresh()

    def _on_print(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        dialog.accepted.connect(partial(self.map.print_on, printer))
        QDialog.open(dialog)  # QPrintDialog.open() wants a slot by its C++ name

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


PAGE = Page(
    key="sources",
    title=lambda: _("Sources"),
    icon="database",
    order=40,
    build=SourcesPage,
    group=_("Set-up"),
    verbs=frozenset({Verb.MANAGE_SOURCES, Verb.READ_LOG}),
)
