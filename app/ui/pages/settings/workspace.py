"""What holds for the whole workspace: controller, policy, holidays, data past their time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, override
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from app.domain.people import Verb
from app.domain.workspace import Controller
from app.i18n import _, ngettext
from app.ui.dialogs.ask import ask
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, row
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.text import Text
from app.wording.clock_days import short_day
from app.wording.moments import moment_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.policy import Policy
    from app.domain.requests import Request
    from app.domain.workspace import WorkspaceFacts
    from app.ui.page import Room
    from app.ui.runner import Work

_LABEL = 128
_DAYS_SHOWN = 12
_LISTED_AT_MOST = 8


class _SettingsCard(Card):
    """Facts with a button that changes them, for administrators."""

    changed = Signal()

    def __init__(self, title: str, room: Room, *, change: str = "") -> None:
        super().__init__(title)
        self._room = room
        self._facts_now: WorkspaceFacts | None = None
        self.facts = Facts(label_width=_LABEL)
        self.body.addWidget(self.facts)
        if change:
            button = Button(change, self._on_change)
            may = room.me.may(Verb.MANAGE_SOURCES)
            button.allow("" if may else _("Only administrators do this."))
            self.body.addLayout(row(button, 1))

    def _on_change(self) -> None:
        """Ask for what is to be changed; a card without a button has nothing."""

    def _on_done(self, _result: object) -> None:
        self._room.tell(_("Saved."))
        self.changed.emit()


class WorkspaceCard(_SettingsCard):
    """What the workspace is and where."""

    def __init__(self, room: Room) -> None:
        super().__init__(_("Workspace"), room)

    def show_facts(self, facts: WorkspaceFacts, *, fingerprint: str) -> None:
        """Show ``facts``; ``fingerprint`` is that of its authority."""
        workspace = self._room.desk.here.workspace
        border = (
            _("shared: the database enforces the rules")
            if workspace.is_shared
            else _("in one file: whoever may read the file could rewrite it; the log would show it")
        )
        self.facts.show_facts(
            (_("Title"), facts.title),
            (_("Place"), workspace.place),
            (_("Kind"), border),
            (_("Time zone"), facts.timezone),
            (_("Public holidays of"), facts.calendar),
            (_("Created"), moment_in_words(facts.created_at, facts.timezone)),
            (_("Authority"), fingerprint),
        )


class ControllerCard(_SettingsCard):
    """How documents name the organisation that answers."""

    def __init__(self, room: Room) -> None:
        super().__init__(_("Controller, as documents name it"), room, change=_("Change…"))

    def show_facts(self, facts: WorkspaceFacts) -> None:
        """Show the controller."""
        self._facts_now = facts
        controller = facts.controller
        nothing = _("not filled in")
        self.facts.show_facts(
            (_("Name"), controller.name),
            (_("Address"), ", ".join(controller.address) or nothing),
            (_("Place of letters"), controller.place or nothing),
            (_("Privacy contact"), controller.contact or nothing),
            (_("Authority for complaints"), controller.authority or nothing),
            (_("Country"), controller.country or nothing),
        )

    @override
    def _on_change(self) -> None:
        if self._facts_now is None:
            return
        now = self._facts_now.controller

        def save(values: Mapping[str, str], _work: Work) -> None:
            lines = [each.strip() for each in values["address"].splitlines() if each.strip()]
            self._room.desk.settings.set_controller(
                Controller(
                    values["name"].strip(),
                    tuple(lines),
                    values["place"].strip(),
                    values["contact"].strip(),
                    values["authority"].strip(),
                    values["country"].strip().upper(),
                )
            )

        ask(
            self,
            self._room,
            title=_("The controller"),
            text=_("Letters and reports that are made from now on say this."),
            confirm=_("Save"),
            fields=(
                FormItem("name", _("Name"), value=now.name, is_required=True),
                FormItem("address", _("Address"), "long", "\n".join(now.address)),
                FormItem("place", _("Place of letters"), value=now.place, is_half=True),
                FormItem("country", _("Country code"), value=now.country, is_half=True),
                FormItem("contact", _("Privacy contact"), value=now.contact),
                FormItem("authority", _("Authority for complaints"), value=now.authority),
            ),
            work=save,
            done=self._on_done,
        )


class PolicyCard(_SettingsCard):
    """What may be asked, for how long, and what stands out."""

    def __init__(self, room: Room) -> None:
        super().__init__(_("Policy"), room, change=_("Change the policy…"))

    def show_facts(self, facts: WorkspaceFacts) -> None:
        """Show the policy."""
        self._facts_now = facts
        policy = facts.policy
        self.facts.show_facts(
            (_("Policy"), _("{title}, version {n}").format(title=policy.title, n=policy.version)),
            (
                _("Minutes of access"),
                _("{usual} as a rule, at most {most}").format(
                    usual=policy.minutes_by_default, most=policy.minutes_at_most
                ),
            ),
            (_("Decided by"), _approvers(policy)),
            (_("Lapses undecided"), _hours(policy.decide_within_hours)),
            (_("Lapses unused"), _hours(policy.start_within_hours)),
            (_("Never disclosed"), ", ".join(policy.never_disclosed)),
            (_("Stands out"), ", ".join(policy.stands_out)),
            (_("Pulled data kept"), _("{n} days after closing").format(n=policy.retention_days)),
            (_("Window locks"), _("after {n} idle minutes").format(n=policy.lock_after_minutes)),
            (_("Time stamps from"), policy.stamps_from or _("nobody: reports carry a signature")),
        )

    @override
    def _on_change(self) -> None:
        if self._facts_now is None:
            return
        now = self._facts_now.policy
        ask(
            self,
            self._room,
            title=_("Change the policy"),
            text=_("It holds for access that is asked for from now on, and is a new version."),
            confirm=_("Save the policy"),
            fields=(
                _number("minutes_by_default", _("Minutes as a rule"), now.minutes_by_default, 1440),
                _number("minutes_at_most", _("Minutes at most"), now.minutes_at_most, 1440),
                _number("decide_within_hours", _("Hours to decide"), now.decide_within_hours, 720),
                _number("start_within_hours", _("Hours to begin"), now.start_within_hours, 720),
                _number("approvers_needed", _("Approvers who must agree"), now.approvers_needed, 9),
                _number(
                    "approvers_for_unusual",
                    _("Approvers for what stands out"),
                    now.approvers_for_unusual,
                    9,
                ),
                _number("retention_days", _("Days pulled data are kept"), now.retention_days, 3650),
                _number(
                    "lock_after_minutes", _("Idle minutes to lock"), now.lock_after_minutes, 240
                ),
                FormItem(
                    "never_disclosed",
                    _("Data categories that are never disclosed"),
                    "long",
                    "\n".join(now.never_disclosed),
                ),
                FormItem(
                    "stands_out",
                    _("Data categories that stand out to approvers"),
                    "long",
                    "\n".join(now.stands_out),
                ),
                FormItem(
                    "stamps_from",
                    _("Time-stamping service for reports (RFC 3161, http or https), if any"),
                    value=now.stamps_from,
                ),
            ),
            work=lambda values, _work: self._room.desk.settings.set_policy(_policy(now, values)),
            done=self._on_done,
        )


class DaysCard(_SettingsCard):
    """Days that the calendars of public holidays get wrong."""

    def __init__(self, room: Room) -> None:
        super().__init__(_("Holidays of your own"), room, change=_("Add a day…"))
        text = _(
            "Deadlines skip public holidays. Where a calendar is wrong for you, say so here: dates "
            "are counted anew, with your change in their working."
        )
        self.body.insertWidget(1, Text(text, "muted"))

    def show_facts(self, facts: WorkspaceFacts) -> None:
        """Show the days."""
        self._facts_now = facts
        days = sorted(facts.overrides, key=lambda each: each.day)[-_DAYS_SHOWN:]
        self.facts.show_facts(
            *(
                (
                    short_day(each.day),
                    _("{calendar}: {name}, {what}. {reason}").format(
                        calendar=each.calendar,
                        name=each.name,
                        what=_("a holiday") if each.is_holiday else _("no holiday"),
                        reason=each.reason,
                    ),
                )
                for each in days
            )
        )

    @override
    def _on_change(self) -> None:
        facts = self._facts_now
        if facts is None:
            return
        settings = self._room.desk.settings
        calendars = tuple((each, each) for each in settings.calendars())
        kinds = (("yes", _("is a holiday")), ("", _("is no holiday")))
        today = datetime.now(ZoneInfo(facts.timezone)).date()
        ask(
            self,
            self._room,
            title=_("A day that the calendar gets wrong"),
            confirm=_("Save the day"),
            fields=(
                FormItem(
                    "calendar", _("Calendar"), "choice", facts.calendar, calendars, is_half=True
                ),
                FormItem("day", _("Day"), "date", today.isoformat(), is_half=True),
                FormItem("kind", _("It"), "choice", "yes", kinds, is_half=True),
                FormItem("name", _("Name"), is_required=True, is_half=True),
                FormItem("reason", _("Reason"), is_required=True),
            ),
            work=lambda values, _work: settings.change_day(
                values["calendar"],
                date.fromisoformat(values["day"]),
                name=values["name"].strip(),
                is_holiday=bool(values["kind"]),
                reason=values["reason"].strip(),
            ),
            done=self._on_done,
        )


class DestroyCard(Card):
    """Closed requests whose pulled data should be gone by now."""

    changed = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__(_("Pulled data past their time"))
        self._room = room
        self._requests: tuple[Request, ...] = ()
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self.body.addLayout(self._list)
        self.hide()

    def show_requests(self, requests: tuple[Request, ...]) -> None:
        """Show whose data can be destroyed."""
        self.setVisible(bool(requests))
        if requests == self._requests:
            return
        self._requests = requests
        clear(self._list)
        for each in requests[:_LISTED_AT_MOST]:
            until = short_day(each.keep_until) if each.keep_until is not None else ""
            text = _("{request}, kept until {day}").format(request=each.id, day=until)
            button = Button(_("Destroy…"), partial(self._on_destroy, each.id), kind="danger")
            button.setAccessibleName(_("Destroy the data of {request}").format(request=each.id))
            line = row(Text(text), button)
            line.setStretch(0, 1)
            self._list.addLayout(line)
        more = len(requests) - _LISTED_AT_MOST
        if more > 0:
            text = ngettext("and {n} more", "and {n} more", more).format(n=more)
            self._list.addWidget(Text(text, "muted"))

    def _on_destroy(self, request: str) -> None:
        ask(
            self,
            self._room,
            title=_("Destroy the pulled data of {request}?").format(request=request),
            text=_(
                "The keys go first, then the ciphertext. Nobody can read them again, also from a "
                "backup. The log and the audit report stay."
            ),
            confirm=_("Destroy"),
            kind="danger",
            work=lambda _values, _work: self._room.desk.retention.destroy(request),
            done=self._on_destroyed,
        )

    def _on_destroyed(self, _nothing: object) -> None:
        self._room.tell(_("The data are destroyed."), tone="blue")
        self.changed.emit()


def _hours(n: int) -> str:
    return ngettext("after {n} hour", "after {n} hours", n).format(n=n)


def _approvers(policy: Policy) -> str:
    n, more = policy.approvers_needed, policy.approvers_for_unusual
    text = ngettext("{n} person other than who asks", "{n} people other than who asks", n).format(
        n=n
    )
    if more <= n:
        return text
    return _("{text}, {more} where something stands out").format(text=text, more=more)


def _number(key: str, label: str, value: int, most: int) -> FormItem:
    return FormItem(key, label, "number", value, least=1, most=most, is_half=True)


def _policy(now: Policy, values: Mapping[str, str]) -> Policy:
    def categories(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.strip() for each in values[key].split() if each.strip()))

    return replace(
        now,
        version=now.version + 1,
        minutes_by_default=int(values["minutes_by_default"]),
        minutes_at_most=int(values["minutes_at_most"]),
        decide_within_hours=int(values["decide_within_hours"]),
        start_within_hours=int(values["start_within_hours"]),
        approvers_needed=int(values["approvers_needed"]),
        approvers_for_unusual=int(values["approvers_for_unusual"]),
        retention_days=int(values["retention_days"]),
        lock_after_minutes=int(values["lock_after_minutes"]),
        never_disclosed=categories("never_disclosed"),
        stands_out=categories("stands_out"),
        stamps_from=values["stamps_from"].strip(),
    )
