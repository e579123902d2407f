"""Beside the log: one entry in full, and its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, row, scrolled
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.facts import Facts
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Text
from app.wording.actions import actor_in_words, entry_in_words
from app.wording.log import short_hash
from app.wording.moments import log_moment
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.services.log_views import EntryView

_WIDTH = 304
_LABEL = 82
_FIELDS_AT_MOST = 12


class EntryCard(QWidget):
    """What happened, under which grant, and why it can be believed."""

    request_wanted = Signal(str)
    only_wanted = Signal(str)
    """The request whose entries alone are to be shown."""
    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(_WIDTH)
        self._view: EntryView | None = None
        self._what = Card("…")
        self._sentence = Text("")
        self._facts = Facts(label_width=_LABEL)
        self._open = Button(_("Open the request"), self._on_request)
        self._only = Button(_("Its entries"), self._on_only)
        for part in (self._sentence, self._facts):
            self._what.body.addWidget(part)
        self._what.body.addLayout(row(self._open, self._only, 1))
        self._proof = Card(_("Proof"))
        self._chain = Facts(label_width=_LABEL)
        self._copy = Button(_("Copy the entry"), self._on_copy)
        self._copy.describe(_("Number, line, hash before and hash, to compute it elsewhere"))
        self._proof.body.addWidget(self._chain)
        self._proof.body.addLayout(row(self._copy, 1))
        self._empty = EmptyState(
            "scroll-text", _("No entry chosen"), _("Choose one to see it in full with its proof.")
        )
        cards = column(self._what, self._proof, 1, spacing=14)
        self._area = scrolled(cards, name=_("Entry"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)
        layout.addWidget(self._empty)
        self.show_view(None)

    @property
    def shown(self) -> EntryView | None:
        """The entry that is shown."""
        return self._view

    def show_view(self, view: EntryView | None) -> None:
        """Show an entry, or that none is chosen."""
        self._view = view
        self._area.setVisible(view is not None)
        self._empty.setVisible(view is None)
        if view is None:
            return
        entry = view.entry
        facts = entry.facts()
        title = _("Entry {n}").format(n=f"{entry.number:,}")
        self._what.title.setText(title)
        self._what.setAccessibleName(title)
        self._sentence.setText(entry_in_words(facts, view.names))
        self._facts.show_facts(*_told(view, facts))
        request = str(facts.get("request", ""))
        self._open.setVisible(bool(request))
        self._only.setVisible(bool(request))
        self._chain.show_facts(*_proof(view))

    def _request(self) -> str:
        return str(self._view.entry.facts().get("request", "")) if self._view is not None else ""

    def _on_request(self) -> None:
        self.request_wanted.emit(self._request())

    def _on_only(self) -> None:
        self.only_wanted.emit(self._request())

    def _on_copy(self) -> None:
        if self._view is None:
            return
        entry = self._view.entry
        lines = (str(entry.number), entry.line, entry.previous, entry.hash)
        self.copied.emit("\n".join(lines))


def _told(view: EntryView, facts: Mapping[str, object]) -> list[tuple[str, str]]:
    who = actor_in_words(str(facts.get("actor", "")), view.names)
    if view.actor is not None:
        roles = ", ".join(in_words(ROLES, role.value) for role in sorted(view.actor.roles))
        who = f"{who}, {roles}"
    told = [
        (_("Who"), who),
        (_("When"), log_moment(view.entry.at)),
        (_("Action"), str(facts.get("action", ""))),
    ]
    if request := str(facts.get("request", "")):
        told.append((_("Request"), request))
    if about := str(facts.get("object", "")):
        told.append((_("About"), view.names.get(about, about)))
    case = view.case
    if case is not None:
        told.append((_("Purpose"), case.asked.purpose))
        for each in case.decisions:
            label = _("Granted by") if each.granted else _("Denied by")
            told.append((label, f"{view.names.get(each.approver, '')}, {each.id}"))
    details = facts.get("details")
    if isinstance(details, dict):
        told += _data(details)
    told.append((_("Values"), _("never logged")))
    return told


def _data(details: Mapping[str, object]) -> list[tuple[str, str]]:
    told = []
    fields = details.get("fields")
    if isinstance(fields, list):
        shown = ", ".join(map(str, fields[:_FIELDS_AT_MOST]))
        if len(fields) > _FIELDS_AT_MOST:
            shown = _("{items} and {n} more").format(items=shown, n=len(fields) - _FIELDS_AT_MOST)
        where = str(details.get("collection", ""))
        told.append((_("Data"), f"{where}: {shown}" if where else shown))
    elif "collection" in details:
        told.append((_("Data"), str(details["collection"])))
    if isinstance(rows := details.get("rows"), int):
        told.append((_("Rows"), f"{rows:,}"))
    return told


def _proof(view: EntryView) -> list[tuple[str, str | QWidget]]:
    entry = view.entry
    told: list[tuple[str, str | QWidget]] = [
        (_("Previous"), _mono(entry.previous)),
        (_("This"), _mono(entry.hash)),
        (_("Hash"), _verdict(view.is_unchanged, _("fits the entry"), _("does not fit"))),
        (_("Chain"), _verdict(view.follows, _("follows"), _("broken here"))),
    ]
    if view.signature_valid is not None and view.case is not None:
        name = ", ".join(view.names.get(each.approver, "") for each in view.case.decisions)
        told.append((_("Grant"), _("signed by {name}").format(name=name)))
        told.append((_("Signature"), _verdict(view.signature_valid, _("valid"), _("not valid"))))
    return told


def _mono(digest: str) -> Text:
    text = Text(f"{short_hash(digest)} …", "mono", wraps=False)
    text.setToolTip(digest)
    text.setAccessibleName(digest)
    return text


def _verdict(is_so: bool, good: str, bad: str) -> Pill:  # noqa: FBT001 - the question itself
    return Pill(good if is_so else bad, "green" if is_so else "red")
