"""The cards of the approvals queue, and an access request in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout

from app.domain.policy import FindingLevel
from app.i18n import _, ngettext
from app.ui.widgets.card import Card
from app.ui.widgets.flow import Flow
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Text
from app.wording.decisions import quorum_in_words
from app.wording.findings import finding_in_words
from app.wording.moments import ago_in_words, moment_in_words
from app.wording.sources import weaker_in_words
from app.wording.standing import due_in_short
from app.wording.terms import METHODS, RIGHTS, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent

    from app.domain.datamap import SourceMap
    from app.domain.policy import Policy
    from app.services.granting import Waiting


class QueueCard(Card):
    """One waiting access request in short; Enter, Space or a click picks it."""

    picked = Signal(str)

    def __init__(self, key: str) -> None:
        super().__init__(margin=14)
        self._key = key
        self.setProperty("pressable", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._who = Text("", "strong", wraps=False)
        self._minutes = Text("", "muted", wraps=False)
        self._what = Text("")
        self._pills = Flow(spacing=5)
        self._since = Text("", "muted")
        top = QHBoxLayout()
        top.setSpacing(5)
        top.addWidget(self._who)
        top.addWidget(self._minutes)
        top.addStretch(1)
        self.body.setSpacing(6)
        self.body.addLayout(top)
        self.body.addWidget(self._what)
        self.body.addLayout(self._pills)
        self.body.addWidget(self._since)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_waiting(self, waiting: Waiting, *, maps: Iterable[SourceMap]) -> None:
        """Show what waits; ``maps`` name its sources."""
        del maps
        asked, request = waiting.case.asked, waiting.request
        self._who.setText(waiting.requester)
        self._minutes.setText(_("asks {n} min").format(n=asked.minutes))
        what = f"{request.id}, {in_words(RIGHTS, request.right.value)}"
        if waiting.due is not None:
            what += f", {due_in_short(waiting.due, waiting.now.date())}"
        self._what.setText(what)
        self._since.setText(ago_in_words(asked.asked_at, waiting.now))
        self.setAccessibleName(f"{waiting.requester}, {what}, {self._since.text()}")
        self._show_pills(waiting)

    def _show_pills(self, waiting: Waiting) -> None:
        asked = waiting.case.asked
        scope = asked.scope
        sources = len({address.dataset for address in scope.collections})
        fields = scope.fields_count()
        is_verified = waiting.verification is not None
        pills = [
            (ngettext("{n} source", "{n} sources", sources).format(n=sources), "grey"),
            (ngettext("{n} field", "{n} fields", fields).format(n=fields), "grey"),
            (_("identity verified"), "green") if is_verified else (_("not verified"), "red"),
        ]
        if (needed := asked.approvers_needed) > 1:
            yes = len(waiting.case.grants)
            text = _("{n} of {of} have granted").format(n=yes, of=needed)
            pills.append((text, "blue" if yes else "grey"))
        unusual = len({each.code for each in waiting.verdict.unusual})
        if unusual:
            pills.append((_("stands out"), "amber"))
        if tuple(pills) == self._shown:
            return
        self._shown = tuple(pills)
        while (item := self._pills.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for text, tone in pills:
            self._pills.addWidget(Pill(text, tone))

    def mark(self, *, is_chosen: bool) -> None:
        """Show whether this is the one that is read."""
        self.set_kind("chosen" if is_chosen else "true")

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self.picked.emit(self._key)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.picked.emit(self._key)
            return
        super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}:
            self.picked.emit(self._key)


def facts_of(waiting: Waiting, *, policy: Policy) -> list[tuple[str, str]]:
    """Return the facts of an access request: what, why, about whom, when."""
    request, asked = waiting.request, waiting.case.asked
    zone = request.timezone
    verification = waiting.verification
    if verification is None:
        verified = _("not verified")
    else:
        verified = _("verified {when}: {how}").format(
            when=moment_in_words(verification.at, zone),
            how=in_words(METHODS, verification.method.value),
        )
    received = moment_in_words(request.received_at, zone)
    right = in_words(RIGHTS, request.right.value)
    standing = quorum_in_words(waiting.case, waiting.approvers)
    return [
        *([(_("Decided"), standing)] if standing else []),
        (
            _("Request"),
            _("{id}, {right}, received {when}").format(id=request.id, right=right, when=received),
        ),
        (_("Purpose"), asked.purpose),
        (_("Data subject"), f"{request.subject.name}, {verified}"),
        (
            _("Access begins"),
            (
                _("when {name} starts it, within {n} hours of your yes")
                if waiting.case.yes_missing == 1
                else _("when {name} starts it, within {n} hours of the last yes")
            ).format(name=waiting.requester, n=policy.start_within_hours),
        ),
        (_("Lapses"), moment_in_words(asked.not_after, zone)),
    ]


def checks_of(waiting: Waiting, *, maps: Iterable[SourceMap]) -> list[tuple[str, str]]:
    """Return (ok or look, sentence) for everything that was checked."""
    regions = {
        each.region
        for each in maps
        if any(address.dataset == each.key for address in waiting.case.asked.scope.collections)
    } - {""}
    checks = [
        ("ok", _("You are not the person who asks.")),
        ("ok", _("No field in it is one that must never be disclosed.")),
    ]
    if waiting.verification is None:
        checks.append(("look", _("The person's identity is not verified.")))
    else:
        checks.append(("ok", _("The person's identity is verified.")))
    if regions:
        where = ", ".join(sorted(regions))
        checks.append(("ok", _("The sources are in: {where}.").format(where=where)))
    if waiting.weaker:
        text = _("{what} Your yes alone opens it: the source checks no second key.")
        checks.append(("look", text.format(what=weaker_in_words(waiting.weaker))))
    told = {
        finding_in_words(each)
        for each in waiting.verdict.findings
        if each.level is FindingLevel.UNUSUAL
    }
    for origin, most in waiting.unattested.items():
        text = _(
            "Up to {n} keys from {field} are taken on the officer's word: no airlock vouches "
            "for them."
        )
        checks.append(("look", text.format(n=f"{most:,}", field=origin)))
    checks += [("look", f"{each}.") for each in sorted(told)]
    return checks
