"""What an entry of the log says, as one sentence; never values, never raw data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from app.domain.audit import Action
from app.i18n import _, ngettext
from app.wording import terms
from app.wording.terms import in_words

type Names = Mapping[str, str]
_LISTED_AT_MOST = 4
_MINUTE = 60


def entry_in_words(facts: Mapping[str, object], names: Names) -> str:
    """Return what happened; ``facts`` as ``Entry.facts``, ``names`` from member ids to names."""
    action = str(facts.get("action", ""))
    sentence = _SENTENCES.get(action)
    text = sentence(_Told(facts, names)) if sentence else in_words({}, action).capitalize()
    # A detail that is not there leaves a gap.
    return " ".join(text.split()).rstrip(": ") if text != text.strip(" ") or "  " in text else text


def actor_in_words(actor: str, names: Names) -> str:
    """Return who did it: a member's name, else what the actor calls itself."""
    return names.get(actor) or actor or _("Sandglass")


class _Told:
    """The facts of an entry, each asked for by its type, with a fallback."""

    def __init__(self, facts: Mapping[str, object], names: Names) -> None:
        details = facts.get("details")
        self._details: Mapping[str, object] = (
            cast("Mapping[str, object]", details) if isinstance(details, Mapping) else {}
        )
        self.object = str(facts.get("object") or "")
        self._names = names

    def number(self, key: str) -> int:
        value = self._details.get(key)
        if isinstance(value, list | tuple):
            return len(value)
        return int(value) if isinstance(value, int) else 0

    def text(self, key: str) -> str:
        value = self._details.get(key)
        return value if isinstance(value, str) else ""

    def has(self, key: str) -> bool:
        return bool(self._details.get(key))

    def count(self, key: str) -> int | None:
        return self.number(key) if key in self._details else None

    def listed(self, key: str) -> str:
        """Return a list as words, long ones cut with how many more there are."""
        value = self._details.get(key)
        if isinstance(value, str):
            return value
        given = value if isinstance(value, Sequence | Mapping) else ()
        items = [str(each) for each in given if isinstance(each, str | int)]
        if len(items) <= _LISTED_AT_MOST:
            return ", ".join(items)
        shown = ", ".join(items[:_LISTED_AT_MOST])
        return _("{items} and {n} more").format(items=shown, n=len(items) - _LISTED_AT_MOST)

    def term(self, table: dict[str, str], key: str) -> str:
        return in_words(table, self.text(key))

    def name(self, key: str = "") -> str:
        member = self.text(key) if key else self.object
        return self._names.get(member) or member

    def day(self, key: str) -> str:
        """Return an ISO moment without what nobody reads."""
        given = self.text(key)
        try:
            return f"{datetime.fromisoformat(given):%Y-%m-%d}"
        except ValueError:
            return given

    def collection(self) -> str:
        """Return ``shop / orders``; a path behind it stays dotted."""
        return self.text("collection").replace(".", " / ", 1)


def _rows(n: int) -> str:
    return ngettext("{n} row", "{n} rows", n).format(n=f"{n:,}")


def _fields(n: int) -> str:
    return ngettext("{n} field", "{n} fields", n).format(n=n)


def _with(text: str, more: str) -> str:
    return f"{text}: {more}" if more else text


def _time(seconds: int) -> str:
    minutes, rest = divmod(seconds, _MINUTE)
    if not minutes:
        return _("{s} s").format(s=rest)
    return _("{min} min {s} s").format(min=minutes, s=rest)


def _asked(told: _Told) -> str:
    n = told.number("sources")
    text = ngettext("Asked for access to {n} source", "Asked for access to {n} sources", n).format(
        n=n
    )
    if told.has("minutes"):
        text = _("{text} for {min} min").format(text=text, min=told.number("minutes"))
    fields = told.count("fields")
    return f"{text}, {_fields(fields)}" if fields else text


def _evaluated(told: _Told) -> str:
    if told.has("refused") or told.count("allowed") == 0:
        text = _("Policy refused it")
    else:
        n = told.number("approvers_needed")
        text = ngettext(
            "Policy: {n} approver needed", "Policy: {n} approvers needed", n or 1
        ).format(n=n or 1)
    unusual = told.number("unusual")
    if unusual:
        more = ngettext("{n} unusual point", "{n} unusual points", unusual).format(n=unusual)
        text = f"{text}, {more}"
    if told.has("version"):
        version = told.number("version") or told.text("version")
        text = _("{text} (version {v})").format(text=text, v=version)
    return text


def _granted(told: _Told) -> str:
    text = _("Granted access")
    if told.has("minutes"):
        text = _("Granted access for {min} min").format(min=told.number("minutes"))
    fields = told.count("fields")
    if fields:
        text = f"{text}, {_fields(fields)}"
    if told.number("approvers_needed") > 1:
        text = _("{text}, as {n} of {of}").format(
            text=text, n=told.number("number"), of=told.number("approvers_needed")
        )
    decision = told.text("decision")
    return f"{text} ({decision})" if decision else text


def _opened(told: _Told) -> str:
    sources = told.listed("sources") or told.listed("enforcement")
    text = _("Session {id} opened").format(id=told.object)
    if told.has("minutes"):
        text = _("{text} for {min} min").format(text=text, min=told.number("minutes"))
    return (
        _("{text}, key made in {sources}").format(text=text, sources=sources) if sources else text
    )


def _ended(told: _Told) -> str:
    text = _("Session {id} ended").format(id=told.object)
    reason = told.term(terms.END_REASONS, "reason")
    parts = [f"{text}: {reason}" if reason else text]
    if told.count("seconds") is not None:
        parts.append(_("open for {time}").format(time=_time(told.number("seconds"))))
    missing = told.number("incomplete")
    if missing:
        parts.append(
            ngettext("{n} collection incomplete", "{n} collections incomplete", missing).format(
                n=missing
            )
        )
    return ", ".join(parts)


def _read(told: _Told) -> str:
    where = told.collection()
    text = _("Read {where}").format(where=where) if where else _("Read data")
    return f"{text}, {_rows(told.number('rows'))}, {_fields(told.number('fields'))}"


def _refused(told: _Told) -> str:
    if told.has("after_end"):
        return _("Tried again after the end: the source refused")
    where = told.collection() or told.text("field") or told.listed("fields")
    if where:
        return _("Refused: {where} is outside the grant").format(where=where)
    return _with(_("Refused by the source"), told.text("why"))


def _incomplete(told: _Told) -> str:
    text = _("Reading of {where} is incomplete, {rows} so far").format(
        where=told.collection() or _("a collection"), rows=_rows(told.number("rows"))
    )
    return _with(text, told.term(terms.END_REASONS, "why"))


def _completed(told: _Told) -> str:
    n = told.number("collections")
    text = _("Everything was read")
    if n:
        text = ngettext(
            "Everything was read: {n} collection", "Everything was read: {n} collections", n
        ).format(n=n)
    return f"{text}, {_rows(told.number('rows'))}"


def _marked(told: _Told) -> str:
    n = told.number("count") or 1
    text = ngettext("Decided on {n} place {how}", "Decided on {n} places {how}", n).format(
        n=n, how=told.term(terms.VERDICTS, "verdict")
    )
    reason = told.text("reason")
    return f"{text} ({reason})" if reason else text


def _undone(told: _Told) -> str:
    text = _("Took back a decision {how}").format(how=told.term(terms.VERDICTS, "verdict"))
    reason = told.text("reason")
    return f"{text} ({reason})" if reason else text


def _reviewed(told: _Told) -> str:
    parts = [_("Review finished")]
    records = told.count("records")
    if records is not None:
        parts.append(ngettext("{n} record", "{n} records", records).format(n=f"{records:,}"))
    covered = told.count("covered")
    if covered is not None:
        parts.append(ngettext("{n} place covered", "{n} places covered", covered).format(n=covered))
    withheld = told.count("withheld")
    if withheld:
        parts.append(_("{n} withheld").format(n=withheld))
    return ", ".join(parts)


def _package(told: _Told) -> str:
    n = told.number("files")
    text = ngettext("Package {id} made: {n} file", "Package {id} made: {n} files", n).format(
        id=told.object, n=n
    )
    records = told.count("records")
    if records is not None:
        text = f"{text}, " + ngettext("{n} record", "{n} records", records).format(n=f"{records:,}")
    encrypted = told.count("encrypted")
    if encrypted is None:
        return text
    return f"{text}, " + (_("encrypted") if encrypted else _("not encrypted"))


def _leaks(told: _Told) -> str:
    n, files = told.number("leaks"), told.number("files")
    searched = ngettext("{n} file searched", "{n} files searched", files).format(n=files)
    if not n:
        return _("Leak test passed, {searched}").format(searched=searched)
    return ngettext(
        "Leak test failed: {n} leak, {searched}", "Leak test failed: {n} leaks, {searched}", n
    ).format(n=n, searched=searched)


def _changed(told: _Told) -> str:
    what = told.text("what") or told.listed("fields")
    if what == "owner":
        return _("Handed to {name}").format(name=told.name("owner"))
    return _with(_("Request changed"), what)


def _recorded(told: _Told) -> str:
    text = _("Request recorded: {right}").format(right=told.term(terms.RIGHTS, "right"))
    channel = told.text("channel")
    return f"{text}, {in_words(terms.CHANNELS, channel)}" if channel else text


def _moved(told: _Told) -> str:
    return _("Moved from {a} to {b}").format(
        a=told.term(terms.STAGES, "from"), b=told.term(terms.STAGES, "to")
    )


def _note(told: _Told) -> str:
    n = told.number("characters") or told.number("note_length")
    if not n:
        return _("Note added")
    return ngettext("Note added, {n} character", "Note added, {n} characters", n).format(n=n)


def _verified(told: _Told) -> str:
    text = _("Identity verified: {method}").format(method=told.term(terms.METHODS, "method"))
    facts = told.number("facts_matched")
    if not facts:
        return text
    return ngettext("{text}, {n} fact matched", "{text}, {n} facts matched", facts).format(
        text=text, n=facts
    )


def _closed(told: _Told) -> str:
    if told.text("failure"):
        return _("Source {key}: its end could not be proved yet").format(key=told.object)
    if told.number("refused") and not told.number("role_absent") and not told.number("sessions"):
        return _(
            "Source {key}: dead login refused, no session left; its role is not gone yet"
        ).format(key=told.object)
    if not (told.number("refused") and told.number("role_absent")) or told.number("sessions"):
        return _("Source {key}: something of the access is left").format(key=told.object)
    text = _("Source {key} closed: dead login refused, its role gone, no session left").format(
        key=told.object
    )
    late = told.number("overshoot_ms")
    return _("{text}; {ms} ms after the deadline").format(text=text, ms=late) if late else text


def _installed(told: _Told) -> str:
    text = (
        _("Weaker way into {key} installed, without an airlock")
        if told.text("entrance") == "direct"
        else _("Airlock of {key} installed")
    )
    return text.format(key=told.object)


def _checked(told: _Told) -> str:
    if told.has("airlock"):
        state = in_words(terms.AIRLOCK_STATES, told.text("airlock"))
        text = (
            _("Weaker way into {key} checked: {state}")
            if told.text("entrance") == "direct"
            else _("Airlock of {key} checked: {state}")
        )
        return text.format(key=told.object, state=state)
    n = told.number("differences")
    if not n:
        return _("Source {key} checked: as mapped").format(key=told.object)
    return ngettext(
        "Source {key} checked: {n} difference", "Source {key} checked: {n} differences", n
    ).format(key=told.object, n=n)


def _renewed(told: _Told) -> str:
    texts = {
        "gatekeeper": _("Airlock of {key}: the gatekeeper's password was replaced"),
        "watchman": _("Airlock of {key}: the watchman's password was replaced"),
    }
    both = _("Airlock of {key}: the officers' and the approvers' key were replaced")
    return texts.get(told.text("what"), both).format(key=told.object)


def _source_changed(told: _Told) -> str:
    texts = {
        "retired": _("Source {key} taken out of use"),
        "in_use": _("Source {key} taken into use again"),
    }
    text = texts.get(told.text("what"), _("Source {key} changed"))
    return text.format(key=told.object)


def _tried(told: _Told) -> str:
    text = _("Map of {key} tried with an identity, counted").format(key=told.object)
    return f"{text}: {_rows(told.number('rows'))}"


def _destroyed(told: _Told) -> str:
    n = told.number("keys") or told.number("count")
    return ngettext(
        "Pulled data destroyed, {n} key with it", "Pulled data destroyed, {n} keys with it", n
    ).format(n=n)


def _revealed(told: _Told) -> str:
    text = _("Revealed {fields} of {where}").format(
        fields=told.listed("fields") or _("values"), where=told.collection() or _("a collection")
    )
    return _with(text, in_words({}, told.text("reason")))


def _keys_replaced(told: _Told) -> str:
    text = (
        _("{name} came back with the recovery kit, with new keys")
        if told.text("why") == "recovered"
        else _("{name} has new keys; her old ones count no more")
    )
    return text.format(name=told.name() or _("Somebody"))


def _letter(text: str, told: _Told) -> str:
    return _with(text, told.term(terms.LETTERS, "kind"))


_SENTENCES: Mapping[str, Callable[[_Told], str]] = {
    Action.WORKSPACE_CREATED: lambda _told: _("Workspace created"),
    Action.WORKSPACE_CHANGED: lambda t: _with(_("Workspace changed"), t.text("what")),
    Action.WORKSPACE_UPGRADED: lambda t: _with(
        _("Workspace upgraded"), t.text("version") or t.text("to")
    ),
    Action.WORKSPACE_MOVED: lambda t: _with(
        _("Workspace moved to a server"),
        ngettext("{n} entry", "{n} entries", t.number("entries")).format(n=t.number("entries")),
    ),
    Action.MEMBER_LOGIN: lambda t: _("{who} got a login on the server").format(who=t.name()),
    Action.GUARD_INSTALLED: lambda _told: _("Guard of the workspace installed"),
    Action.MEMBER_JOINED: lambda t: _("{name} joined as {roles}").format(
        name=t.name() or _("somebody"), roles=t.listed("roles") or _("a member")
    ),
    Action.MEMBER_LEFT: lambda t: _("{name} left").format(name=t.name() or _("somebody")),
    Action.MEMBER_CHANGED: lambda t: _("{name} is {roles} now").format(
        name=t.name() or _("somebody"), roles=t.listed("roles") or _("a member")
    ),
    Action.KEYS_REPLACED: _keys_replaced,
    Action.LOGIN_REPLACED: lambda t: _(
        "{name} enters with another login, given by who owns the database"
    ).format(name=t.name() or _("Somebody")),
    Action.TURN_ENDED: lambda t: _("Cut off {login}, who kept others from writing").format(
        login=t.text("login") or _("somebody")
    ),
    Action.RECOVERY_PRINTED: lambda _told: _("Recovery kit printed"),
    Action.KEYS_UNLOCKED: lambda _told: _("Signed in, keys unlocked"),
    Action.KEYS_RELOCKED: lambda _told: _("Changed what her keys are locked with"),
    Action.SOURCE_ADDED: lambda t: _("Source {key} added").format(key=t.object),
    Action.SOURCE_CHANGED: _source_changed,
    Action.SOURCE_CHECKED: _checked,
    Action.SOURCE_TRIED: _tried,
    Action.SOURCE_OPENED: lambda t: _("Source {key} opened for the grant").format(key=t.object),
    Action.SOURCE_CLOSED: _closed,
    Action.AIRLOCK_INSTALLED: _installed,
    Action.AIRLOCK_REMOVED: lambda t: _("Airlock of {key} taken away").format(key=t.object),
    Action.AIRLOCK_OUTDATED: lambda t: _(
        "Airlock of {key}: somebody who knew its keys is gone, new ones are made"
    ).format(key=t.object),
    Action.AIRLOCK_RENEWED: _renewed,
    Action.POLICY_CHANGED: lambda t: _with(
        _("Policy changed"),
        _("version {v}").format(v=t.number("version")) if t.has("version") else "",
    ),
    Action.CALENDAR_CHANGED: lambda _told: _("Calendar changed"),
    Action.REQUEST_RECORDED: _recorded,
    Action.REQUEST_CHANGED: _changed,
    Action.REQUEST_MOVED: _moved,
    Action.REQUEST_CLOSED: lambda t: _with(_("Closed"), t.term(terms.OUTCOMES, "outcome")),
    Action.REQUEST_REOPENED: lambda t: _("Reopened at {stage}").format(
        stage=t.term(terms.STAGES, "to")
    ),
    Action.NOTE_ADDED: _note,
    Action.CLOCK_PAUSED: lambda t: _("Clock paused: {kind} asked for on {day}").format(
        kind=t.term(terms.PAUSES, "kind"), day=t.day("asked")
    ),
    Action.CLOCK_RESUMED: lambda t: _("Clock goes on: {kind} received on {day}").format(
        kind=t.term(terms.PAUSES, "kind"), day=t.day("answered")
    ),
    Action.CLOCK_EXTENDED: lambda t: _with(
        _("Deadline extended"), _("due {day}").format(day=t.day("due")) if t.has("due") else ""
    ),
    Action.IDENTITY_VERIFIED: _verified,
    Action.IDENTITY_NOT_VERIFIED: lambda t: _with(
        _("Identity not verified"), t.term(terms.METHODS, "method")
    ),
    Action.POLICY_EVALUATED: _evaluated,
    Action.ACCESS_REQUESTED: _asked,
    Action.ACCESS_WITHDRAWN: lambda _told: _("Took the access request back"),
    Action.ACCESS_GRANTED: _granted,
    Action.ACCESS_DENIED: lambda _told: _("Denied access"),
    Action.ACCESS_REVOKED: lambda _told: _("Revoked the grant"),
    Action.SESSION_OPENED: _opened,
    Action.SESSION_ENDED: _ended,
    Action.DATA_READ: _read,
    Action.DATA_REFUSED: _refused,
    Action.PULL_INCOMPLETE: _incomplete,
    Action.PULL_COMPLETED: _completed,
    Action.REVIEW_REVEALED: _revealed,
    Action.REVIEW_MARKED: _marked,
    Action.REVIEW_UNDONE: _undone,
    Action.REVIEW_FINISHED: _reviewed,
    Action.NOTICE_SETTLED: lambda t: _with(_("Notice settled"), t.term(terms.NOTICES, "code")),
    Action.CHECKLIST_ANSWERED: lambda t: _("Checklist: {line} {state}").format(
        line=in_words({}, t.text("line")), state=t.term(terms.ANSWERED, "state")
    ),
    Action.LETTER_WRITTEN: lambda t: _letter(_("Letter written"), t),
    Action.LETTER_SENT: lambda t: _letter(_("Letter sent"), t),
    Action.LEAK_TESTED: _leaks,
    Action.PACKAGE_MADE: _package,
    Action.PACKAGE_RELEASED: lambda t: _("Package {id} released").format(id=t.object),
    Action.LOG_SIGNED: lambda t: (
        _("Log signed up to entry {n}").format(n=f"{t.number('entries'):,}")
        if t.has("entries")
        else _("Log signed")
    ),
    Action.REPORT_MADE: lambda t: _("Audit report {id} made").format(id=t.object),
    Action.VAULT_SHARED: lambda t: _("Readable now to {who}").format(who=t.name("member")),
    Action.VAULT_UNSHARED: lambda t: _("No longer readable to {who}").format(who=t.name("member")),
    Action.DATA_DESTROYED: _destroyed,
}
