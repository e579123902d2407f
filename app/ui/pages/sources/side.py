"""Beside the picture: the sources, the chosen one with what can be done, and one collection."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.domain.airlock import Entrance
from app.domain.people import Verb
from app.domain.secrets import Secret
from app.i18n import _, ngettext
from app.ports.sources import Enforcement
from app.services.airlocks import DbaLogin
from app.ui.dialogs.airlock import AirlockDialog
from app.ui.dialogs.ask import ask
from app.ui.dialogs.reading import open_reading
from app.ui.pages.sources.trial import try_source
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, column, row, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.picks import Picks
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Text
from app.wording.airlocks import airlock_in_words
from app.wording.categories import categories_in_words
from app.wording.moments import moment_in_words
from app.wording.sources import difference_in_words, enforcement_in_words
from app.wording.terms import AIRLOCK_STATES, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.airlock import AirlockRecord
    from app.domain.datamap import Field
    from app.ports.sources import Difference
    from app.services.sourcing import SourcesView, SourceView
    from app.ui.page import Room
    from app.wording.errors import Sentence

_WIDTH = 304
_LABEL = 78
_ROW = 34
_LISTED_AT_MOST = 6
_DIFFERENCES_AT_MOST = 12


class SourceSide(QWidget):
    """Cards that follow what is chosen."""

    picked = Signal(str)
    changed = Signal()
    checked = Signal()
    map_wanted = Signal(str)
    """The key of a source that is to get another map."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.setFixedWidth(_WIDTH)
        self._room = room
        self._view: SourcesView | None = None
        self._chosen = ""
        self._collection = ""
        self._found: dict[str, tuple[Difference, ...]] = {}
        self._may_manage = room.me.may(Verb.MANAGE_SOURCES)
        self.notice = Notice()
        self.picks = Picks(name=_("Sources"))
        self.picks.picked.connect(self.picked)
        sources = Card(_("Sources"), margin=12)
        sources.body.addWidget(self.picks)
        self._source = Card("…")
        self._state = Pill("")
        self._source.head.addWidget(self._state)
        self._facts = Facts(label_width=_LABEL)
        self._border = Text("", "muted")
        self.check = Button(_("Check now"), self._on_check)
        self.try_it = Button(_("Try it…"), self._on_try)
        self.install = Button(_("Install airlock…"), self._on_install, kind="primary")
        self._airlock = Text("", "muted")
        self.more = Button(_("More"))
        self._menu = QMenu(self.more)
        self.more.setMenu(self._menu)
        self._actions = {
            "map": self._add(_("Show the map"), self._on_map),
            "new": self._add(_("Import another map…"), self._on_new_map),
            "use": self._add(_("Take out of use…"), self._on_use),
            "remove": self._add(_("Take the airlock away…"), self._on_remove),
        }
        for part in (self._facts, self._border, self._airlock):
            self._source.body.addWidget(part)
        self._source.body.addLayout(row(self.install, 1))
        self._source.body.addLayout(row(self.check, self.try_it, self.more, 1))
        self._differences = Card(_("Not as mapped"))
        self._difference_list = QVBoxLayout()
        self._difference_list.setSpacing(5)
        self._differences.body.addLayout(self._difference_list)
        self._fields = Card("…")
        self._field_list = QVBoxLayout()
        self._field_list.setSpacing(6)
        self._fields.body.addLayout(self._field_list)
        cards = column(
            self.notice, sources, self._source, self._differences, self._fields, 1, spacing=14
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(cards, name=_("Sources")))
        self._differences.hide()
        self._fields.hide()

    def _add(self, text: str, do: object) -> QAction:
        action = QAction(text, self._menu)
        action.triggered.connect(do)
        self._menu.addAction(action)
        return action

    def show_sources(self, view: SourcesView, *, chosen: str) -> None:
        """Show the sources and the chosen one."""
        self._view = view
        if chosen != self._chosen:
            self._collection = ""
            self.notice.clear()
        self._chosen = chosen
        self.picks.show_picks(
            [
                (
                    each.record.key,
                    each.map.title(),
                    len(each.map.collections),
                    each.record.check_result == "differs",
                )
                for each in view.sources
            ]
        )
        self.picks.setFixedHeight(_ROW * min(len(view.sources), _LISTED_AT_MOST) + 6)
        self.picks.choose(chosen)
        source = self._current()
        self._source.setVisible(source is not None)
        if source is not None:
            self._show_source(source, view)
        self._show_differences()
        self._show_fields()

    def _current(self) -> SourceView | None:
        sources = self._view.sources if self._view is not None else ()
        return next((each for each in sources if each.record.key == self._chosen), None)

    def _show_source(self, source: SourceView, view: SourcesView) -> None:
        record = source.record
        self._source.title.setText(source.map.title())
        self._source.setAccessibleName(source.map.title())
        self._show_state(source)
        zone = self._room.facts.timezone
        facts = [(_("Kind"), source.kind)]
        facts += source.settings
        if source.map.region:
            facts.append((_("Region"), source.map.region))
        if source.map.owner:
            facts.append((_("Owner"), source.map.owner))
        added = moment_in_words(record.added_at, zone)
        facts.append((_("Added"), f"{added}, {view.names.get(record.added_by, '')}"))
        if record.checked_at is not None:
            facts.append((_("Checked"), moment_in_words(record.checked_at, zone)))
        if source.airlock is not None and source.airlock.installed_at is not None:
            installed = moment_in_words(source.airlock.installed_at, zone)
            facts.append((_("Weaker way") if _is_weaker(source) else _("Airlock"), installed))
        self._facts.show_facts(*facts)
        self._border.setText(enforcement_in_words(source.enforcement))
        reason = "" if self._may_manage else _("Only administrators do this.")
        self.check.allow(reason)
        self.try_it.allow(reason)
        for name in ("new", "use", "remove"):
            self._actions[name].setEnabled(self._may_manage)
        self._show_airlock(source, reason)
        self._actions["use"].setText(
            _("Take out of use…") if record.is_active else _("Take into use again…")
        )

    def _show_airlock(self, source: SourceView, reason: str) -> None:
        known = source.airlock
        is_there = known is not None and known.installed_at is not None
        words = airlock_in_words(known) if source.has_airlock else ""
        self._airlock.setText(words)
        self._airlock.setVisible(bool(words))
        self.install.setVisible(source.has_airlock)
        self.install.set_text(_("Install again…") if is_there else _("Install airlock…"))
        self.install.allow(reason)
        self.try_it.setVisible(not source.has_airlock)
        self._actions["remove"].setVisible(is_there)
        self._actions["remove"].setText(
            _("Take the weaker way away…") if _is_weaker(source) else _("Take the airlock away…")
        )
        if source.has_airlock and known is None:
            self.check.allow(reason or _("There is nothing to check before it is installed."))

    def _show_state(self, source: SourceView) -> None:
        record = source.record
        if source.has_airlock and record.is_active:
            state = source.airlock.state if source.airlock is not None else ""
            if state == "ready" and source.enforcement is Enforcement.NOBODY:
                state = "older"
            tone = {"ready": "green", "": "grey", "missing": "grey"}.get(state, "amber")
            text = in_words(AIRLOCK_STATES, state)
            if state == "ready" and _is_weaker(source):
                text, tone = _("ready, the weaker way"), "amber"
            self._state.show_text(text, tone)
            return
        if not record.is_active:
            self._state.show_text(_("out of use"), "grey")
            return
        words = {
            "as_mapped": (_("as mapped"), "green"),
            "differs": (_("differs"), "amber"),
        }
        self._state.show_text(*words.get(record.check_result, (_("not checked"), "grey")))

    def show_differences(self, key: str, differences: Sequence[Difference]) -> None:
        """Remember what a check found."""
        self._found[key] = tuple(differences)
        self._show_differences()

    def _show_differences(self) -> None:
        found = self._found.get(self._chosen, ())
        clear(self._difference_list)
        self._differences.setVisible(bool(found))
        faults = [each for each in found if each.kind != "not_in_map"]
        others = [each for each in found if each.kind == "not_in_map"]
        for each in faults[:_DIFFERENCES_AT_MOST]:
            self._difference_list.addWidget(Text(difference_in_words(each)))
        if others:
            n = len(others)
            text = ngettext(
                "{n} thing in the source is in no map:",
                "{n} things in the source are in no map:",
                n,
            )
            self._difference_list.addWidget(Text(text.format(n=n), "muted"))
        for each in others[:_DIFFERENCES_AT_MOST]:
            name = f"{each.collection} / {each.field}" if each.field else each.collection
            self._difference_list.addWidget(Text(name))
        more = max(0, len(faults) - _DIFFERENCES_AT_MOST) + max(
            0, len(others) - _DIFFERENCES_AT_MOST
        )
        if more:
            text = ngettext("and {n} more", "and {n} more", more).format(n=more)
            self._difference_list.addWidget(Text(text, "muted"))

    def show_collection(self, collection: str) -> None:
        """Show the fields of one collection of the chosen source."""
        self._collection = collection
        self._show_fields()

    def _show_fields(self) -> None:
        source = self._current()
        found = source.map.find(self._collection) if source is not None else None
        self._fields.setVisible(found is not None)
        clear(self._field_list)
        if found is None:
            return
        self._fields.title.setText(found.label or found.name)
        if found.purpose:
            self._field_list.addWidget(Text(found.purpose, "muted"))
        for path, each in found.all_fields():
            mark, tone = _mark(each)
            name = Text(each.label or path, wraps=True)
            line = row(name)
            line.setStretch(0, 1)
            if mark:
                line.addWidget(Pill(mark, tone))
            self._field_list.addLayout(line)
            self._field_list.addWidget(Text(categories_in_words(each.categories), "small"))

    # What can be done

    def _on_check(self) -> None:
        key, source = self._chosen, self._current()
        self.notice.clear()
        self.check.allow(_("It is being checked."))
        if source is not None and source.has_airlock:
            self._room.run(
                self,
                lambda _work: self._room.desk.airlocks.check(key),
                done=self._on_airlock_checked,
                failed=self._on_failed,
            )
            return
        self._room.run(
            self,
            lambda _work: self._room.desk.sourcing.check(key),
            done=partial(self._on_checked, key),
            failed=self._on_failed,
        )

    def _on_checked(self, key: str, differences: tuple[Difference, ...]) -> None:
        self.check.allow()
        self.show_differences(key, differences)
        faults = sum(1 for each in differences if each.kind != "not_in_map")
        if faults:
            text = ngettext("{n} difference to the map.", "{n} differences to the map.", faults)
            self._room.tell(text.format(n=faults), tone="amber")
        else:
            self._room.tell(_("The source is as its map says."))
        self.checked.emit()

    def _on_airlock_checked(self, record: AirlockRecord) -> None:
        self.check.allow()
        state = in_words(AIRLOCK_STATES, record.state)
        is_weaker = record.entrance == Entrance.DIRECT
        text = (
            _("The weaker way was looked at: {state}.")
            if is_weaker
            else _("The airlock was looked at: {state}.")
        )
        self._room.tell(
            text.format(state=state),
            tone="green" if record.is_ready and not is_weaker else "amber",
        )
        self.checked.emit()

    def _on_install(self) -> None:
        if (source := self._current()) is not None:
            dialog = AirlockDialog(self, self._room, source)
            dialog.installed.connect(self.changed)
            dialog.open()

    def _on_remove(self) -> None:
        source = self._current()
        if source is None:
            return
        key = source.record.key
        title = (
            _("Take the weaker way into {source} away?")
            if _is_weaker(source)
            else _("Take the airlock of {source} away?")
        )
        ask(
            self,
            self._room,
            title=title.format(source=source.map.title()),
            text=_(
                "Access that is open ends, and no grant can open this source any more. All that "
                "was installed goes. The login of a DBA is used now and kept nowhere."
            ),
            confirm=_("Take away"),
            kind="danger",
            fields=(
                FormItem("user", _("Login of a DBA"), is_required=True, is_half=True),
                FormItem("password", _("Password"), "secret", is_half=True),
            ),
            work=lambda values, _work: self._room.desk.airlocks.uninstall(
                key, DbaLogin(values["user"], Secret(values["password"]))
            ),
            done=self._on_used,
        )

    def _on_try(self) -> None:
        if (source := self._current()) is not None:
            try_source(self, self._room, source)

    def _on_map(self) -> None:
        if (source := self._current()) is not None:
            title = _("Map of {source}").format(source=source.map.title())
            open_reading(
                self, title=title, paragraphs=source.record.map_text.split("\n"), is_code=True
            )

    def _on_new_map(self) -> None:
        self.map_wanted.emit(self._chosen)

    def _on_use(self) -> None:
        source = self._current()
        if source is None:
            return
        key, is_active = source.record.key, source.record.is_active
        if is_active:
            title = _("Take {source} out of use?").format(source=source.map.title())
            text = _("Nobody can ask for access to it any more. What was pulled stays as it is.")
            confirm = _("Take out of use")
        else:
            title = _("Take {source} into use again?").format(source=source.map.title())
            text = _("Officers can ask for access to it again.")
            confirm = _("Take into use")
        ask(
            self,
            self._room,
            title=title,
            text=text,
            confirm=confirm,
            kind="danger" if is_active else "primary",
            work=lambda _values, _work: self._room.desk.sourcing.set_in_use(
                key, is_active=not is_active
            ),
            done=self._on_used,
        )

    def _on_used(self, _record: object) -> None:
        self.changed.emit()

    def _on_failed(self, sentence: Sentence) -> None:
        self.check.allow()
        self.notice.say_error(sentence)


def _is_weaker(source: SourceView) -> bool:
    return source.airlock is not None and source.airlock.entrance == Entrance.DIRECT


def _mark(field: Field) -> tuple[str, str]:
    if field.never_disclose:
        return _("never disclosed"), "red"
    if field.identity:
        return _("identity"), "accent"
    if field.may_hold_others:
        return _("may hold third parties"), "amber"
    return "", "grey"
