"""What must be so for an entry to stand: for every action that there is, else it is refused.

Most of what the log records is written in the same transaction, and the guard looks at it. What
happened outside of the database (a source was tried, a value shown, a key unlocked) nobody there
can see: it may be said only by who could have done it, about something that is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.audit import Action
from app.domain.people import Role, Verb, roles_that_may

if TYPE_CHECKING:
    from app.storage.guard.names import Names


def _is(table: str, condition: str) -> str:
    return f'EXISTS (SELECT FROM "{table}" t WHERE {condition})'


def _written(table: str, condition: str) -> str:
    """Whether this transaction wrote such a row, outside of savepoints."""
    return _is(table, f"t.xmin = own AND {condition}")


def _by(*roles: Role) -> str:
    listed = ", ".join(f"'{each.value}'" for each in sorted(roles))
    return f"has_role(ARRAY[{listed}])"


_OFFICER, _ADMINISTRATOR = _by(Role.OFFICER), _by(Role.ADMINISTRATOR)
_ENDING = _by(*roles_that_may(Verb.END_ACCESS))
_BY_THE_PROGRAM = "NEW.actor = 'sandglass'"
_ABOUT_HERSELF = "about = NEW.actor AND NEW.request = ''"
_ABOUT_A_SOURCE = _is("sources", "t.key = about")
_OF_REQUEST = _is("requests", "t.id = NEW.request")
_ASKED_THERE = _is(
    "access_requests", "t.id = told ->> 'access_request' AND t.request = NEW.request"
)
_IN_HER_WINDOW = (
    "is_my_window(about) AND EXISTS (SELECT FROM windows w JOIN access_requests a"
    " ON a.id = w.access_request WHERE w.session = about AND a.request = NEW.request)"
)
_REQUEST_WRITTEN = "t.id = NEW.request"
_SAYS_IT_IS_DEAD = (
    "told ->> 'refused' = 'true' AND told ->> 'role_absent' = 'true'"
    " AND (told ->> 'sessions')::int = 0 AND told ->> 'failure' = ''"
)
_OF_ACCESS = _is("access_requests", "t.id = about AND t.request = NEW.request")


def _decided(condition: str) -> str:
    return (
        _OF_ACCESS
        + " AND "
        + _written(
            "decisions",
            f"t.access_request = about AND t.approver = NEW.actor AND {condition}"
            " AND (t.id, t.scope_hash, t.minutes::text) IS NOT DISTINCT FROM"
            " (told ->> 'decision', told ->> 'scope_hash', told ->> 'minutes')",
        )
    )


def _ended(table: str) -> str:
    return _OF_ACCESS + " AND " + _written(table, "t.access_request = about AND t.by = NEW.actor")


def _certified(*why: str) -> str:
    listed = ", ".join(f"'{each}'" for each in why)
    return _written(
        "certificates", f"t.member = about AND t.issued_by = NEW.actor AND t.why IN ({listed})"
    )


def _verified(*, is_so: bool) -> str:
    return _written(
        "verifications",
        f"t.request = NEW.request AND t.by = NEW.actor AND t.verified = {is_so}"
        " AND t.method = told ->> 'method' AND t.facts_matched::text = told ->> 'facts_matched'",
    )


HAPPENED: dict[Action, str] = {
    Action.WORKSPACE_CREATED: _written("workspace", "t.id = about AND t.created_at >= since"),
    Action.WORKSPACE_CHANGED: _written("workspace", "true"),
    Action.WORKSPACE_MOVED: _BY_THE_PROGRAM,
    Action.WORKSPACE_UPGRADED: _BY_THE_PROGRAM,
    Action.GUARD_INSTALLED: _BY_THE_PROGRAM,
    Action.LOGIN_REPLACED: _BY_THE_PROGRAM,
    Action.TURN_ENDED: _ADMINISTRATOR,
    Action.MEMBER_LOGIN: _written("logins", "t.member = about"),
    Action.MEMBER_JOINED: _written("members", "t.id = about AND t.joined_at >= since")
    + " AND "
    + _certified("joined"),
    Action.MEMBER_CHANGED: _certified("roles"),
    Action.MEMBER_LEFT: _written("members", "t.id = about AND t.left_at >= since")
    + " AND "
    + _written("certificate_revocations", "t.member = about AND t.by = NEW.actor"),
    Action.KEYS_UNLOCKED: _ABOUT_HERSELF,
    Action.KEYS_RELOCKED: _ABOUT_HERSELF,
    Action.KEYS_REPLACED: _certified("keys", "recovered"),
    Action.RECOVERY_PRINTED: _ADMINISTRATOR + " AND " + _is("workspace", "t.id = about"),
    Action.SOURCE_ADDED: _written(
        "sources",
        "t.key = about AND t.added_by = NEW.actor AND t.added_at >= since"
        " AND t.map_hash = told ->> 'map_sha256'",
    ),
    Action.SOURCE_CHANGED: _written(
        "sources",
        "t.key = about AND coalesce(told ->> 'map_sha256', t.map_hash) = t.map_hash",
    ),
    Action.SOURCE_CHECKED: "("
    + _written("sources", "t.key = about AND t.checked_at >= since")
    + " OR "
    + _written("airlocks", "t.source = about AND t.state = told ->> 'airlock'")
    + ")",
    Action.SOURCE_TRIED: _ADMINISTRATOR + " AND " + _ABOUT_A_SOURCE,
    Action.SOURCE_OPENED: _ASKED_THERE
    + " AND "
    + _written(
        "source_grants",
        "t.access_request = told ->> 'access_request' AND t.source = about"
        " AND t.opened_at IS NOT NULL",
    ),
    # A proof of death: who looked may say what she saw; nothing is dead that is on record as open.
    Action.SOURCE_CLOSED: f"{_ENDING} AND {_ASKED_THERE} AND {_ABOUT_A_SOURCE}"
    " AND told ->> 'source' = about AND json_typeof(told -> 'sessions') = 'number'"
    " AND json_typeof(told -> 'failure') = 'string'"
    f" AND NOT ({_SAYS_IT_IS_DEAD} AND "
    + _is(
        "source_grants",
        "t.access_request = told ->> 'access_request' AND t.source = about AND t.closed_at IS NULL",
    )
    + ")",
    Action.AIRLOCK_INSTALLED: _ADMINISTRATOR
    + " AND "
    + _is("airlocks", "t.source = about AND t.state = told ->> 'state'"),
    Action.AIRLOCK_REMOVED: f"{_ADMINISTRATOR} AND {_ABOUT_A_SOURCE} AND NOT "
    + _is("airlocks", "t.source = about"),
    Action.AIRLOCK_OUTDATED: _is("airlock_renewals", "t.source = about")
    + " AND NOT "
    + _is("airlock_secrets", "t.source = about AND t.member = told ->> 'member'"),
    Action.AIRLOCK_RENEWED: _written("airlocks", "t.source = about"),
    Action.POLICY_CHANGED: _written(
        "workspace",
        "t.policy::json ->> 'version' = told ->> 'version'"
        " AND NOT EXISTS (SELECT FROM json_each_text(told) d WHERE d.value IS DISTINCT FROM"
        " t.policy::json ->> CASE d.key WHEN 'policy' THEN 'key' ELSE d.key END)",
    ),
    Action.CALENDAR_CHANGED: _written(
        "day_overrides",
        "t.calendar = told ->> 'calendar' AND to_char(t.day, 'YYYY-MM-DD') = told ->> 'day'"
        " AND t.is_holiday = (told ->> 'is_holiday')::boolean",
    ),
    Action.REQUEST_RECORDED: _written(
        "requests", "t.id = NEW.request AND t.created_by = NEW.actor AND t.created_at >= since"
    ),
    Action.REQUEST_CHANGED: _written("requests", _REQUEST_WRITTEN),
    # Several moves may follow on each other; the last one is where it stands.
    Action.REQUEST_MOVED: _written("requests", _REQUEST_WRITTEN)
    + " AND ("
    + _is("requests", "t.id = NEW.request AND t.stage = told ->> 'to'")
    + " OR "
    + _is("log", "t.number > NEW.number AND t.request = NEW.request AND t.action = NEW.action")
    + ")",
    Action.REQUEST_CLOSED: _written(
        "requests",
        "t.id = NEW.request AND t.closed_at >= since AND t.outcome = told ->> 'outcome'",
    ),
    Action.REQUEST_REOPENED: _written(
        "requests", "t.id = NEW.request AND t.closed_at IS NULL AND t.stage = told ->> 'to'"
    ),
    Action.NOTE_ADDED: _written(
        "notes",
        "t.request = NEW.request AND t.by = NEW.actor"
        " AND length(t.text)::text = told ->> 'characters'",
    ),
    Action.CLOCK_PAUSED: _written(
        "pauses",
        "t.request = NEW.request AND t.by = NEW.actor AND t.kind = told ->> 'kind'"
        " AND to_char(t.asked, 'YYYY-MM-DD') = told ->> 'asked'",
    ),
    Action.CLOCK_RESUMED: _written(
        "pauses",
        "t.request = NEW.request AND to_char(t.answered, 'YYYY-MM-DD') = told ->> 'answered'",
    ),
    Action.CLOCK_EXTENDED: _written("requests", "t.id = NEW.request AND t.extended_at >= since"),
    Action.IDENTITY_VERIFIED: _verified(is_so=True),
    Action.IDENTITY_NOT_VERIFIED: _verified(is_so=False),
    # Also where nothing was asked, because the policy refused it.
    Action.POLICY_EVALUATED: f"{_OFFICER} AND {_OF_REQUEST} AND NOT "
    + _is(
        "access_requests",
        "t.id = about AND (t.requester, t.request, t.approvers_needed::text)"
        " <> (NEW.actor, NEW.request, told ->> 'approvers_needed')",
    ),
    Action.ACCESS_REQUESTED: _written(
        "access_requests",
        "t.id = about AND t.request = NEW.request AND t.requester = NEW.actor"
        " AND (t.scope_hash, t.minutes::text, t.approvers_needed::text)"
        " = (told ->> 'scope_hash', told ->> 'minutes', told ->> 'approvers_needed')",
    ),
    Action.ACCESS_WITHDRAWN: _ended("withdrawals"),
    Action.ACCESS_GRANTED: _decided("t.granted"),
    Action.ACCESS_DENIED: _decided("NOT t.granted"),
    Action.ACCESS_REVOKED: _ended("revocations"),
    Action.SESSION_OPENED: _IN_HER_WINDOW
    + " AND "
    + _written(
        "windows",
        't.session = about AND (t.access_request, t."grant") ='
        " (told ->> 'access_request', told ->> 'grant')"
        " AND t.deadline = (told ->> 'deadline')::timestamptz",
    ),
    Action.SESSION_ENDED: _written(
        "window_ends",
        "t.session = about AND t.ended_by = NEW.actor AND t.reason = told ->> 'reason'",
    ),
    Action.DATA_READ: _IN_HER_WINDOW
    + " AND "
    + _written(
        "pulled",
        "t.session = about AND t.request = NEW.request"
        " AND format('%s.%s', t.dataset, t.collection) = told ->> 'collection'"
        " AND t.rows = (told ->> 'from_row')::bigint + (told ->> 'rows')::bigint",
    ),
    Action.DATA_REFUSED: _IN_HER_WINDOW,
    Action.PULL_INCOMPLETE: _written(
        "pulled", "t.session = about AND t.request = NEW.request AND t.state = 'incomplete'"
    ),
    Action.PULL_COMPLETED: _IN_HER_WINDOW
    + " AND "
    + _is("window_ends", "t.session = about AND t.reason = 'finished'"),
    Action.REVIEW_REVEALED: "holds_key(NEW.request)",
    Action.REVIEW_MARKED: _written("marks", "t.request = NEW.request AND t.by = NEW.actor"),
    Action.REVIEW_UNDONE: _written(
        "mark_undos",
        "t.by = NEW.actor AND EXISTS (SELECT FROM marks m"
        " WHERE m.id = t.mark AND m.request = NEW.request)",
    ),
    Action.REVIEW_FINISHED: _written(
        "review_finishes", "t.request = NEW.request AND t.by = NEW.actor"
    ),
    Action.NOTICE_SETTLED: _written(
        "notices",
        "t.request = NEW.request AND t.settled_by = NEW.actor AND t.code = told ->> 'code'",
    ),
    Action.CHECKLIST_ANSWERED: _written(
        "checklist_answers",
        "t.request = NEW.request AND t.by = NEW.actor AND t.key = told ->> 'line'"
        " AND t.state = told ->> 'state'",
    ),
    Action.LETTER_WRITTEN: _written(
        "letters",
        "t.id = about AND t.request = NEW.request AND t.by = NEW.actor"
        " AND t.sha256 = told ->> 'sha256'",
    ),
    Action.LETTER_SENT: _written(
        "letters",
        "t.id = about AND t.request = NEW.request AND t.sent_at >= since"
        " AND t.sha256 = told ->> 'sha256'",
    ),
    Action.LEAK_TESTED: "holds_key(NEW.request)",
    Action.PACKAGE_MADE: _written(
        "packages",
        "t.id = about AND t.request = NEW.request AND t.made_by = NEW.actor"
        " AND t.zip_sha256 = told ->> 'zip_sha256'",
    ),
    Action.PACKAGE_RELEASED: _written(
        "packages",
        "t.id = about AND t.request = NEW.request AND t.released_by = NEW.actor"
        " AND t.released_at >= since AND t.zip_sha256 = told ->> 'zip_sha256'",
    ),
    Action.REPORT_MADE: _written(
        "reports", "t.id = about AND t.request = NEW.request AND t.by = NEW.actor"
    ),
    Action.VAULT_SHARED: _written(
        "vault_keys", "t.request = NEW.request AND t.member = told ->> 'member'"
    ),
    Action.VAULT_UNSHARED: f"(holds_key(NEW.request) OR {_ADMINISTRATOR}) AND {_OF_REQUEST} AND "
    + _is("members", "t.id = told ->> 'member'")
    + " AND NOT "
    + _is("vault_keys", "t.request = NEW.request AND t.member = told ->> 'member'"),
    Action.LOG_SIGNED: "NEW.request = '' AND told ->> 'entries' = (NEW.number - 1)::text",
    Action.DATA_DESTROYED: f"{_OFFICER} AND {_OF_REQUEST} AND NOT "
    + _is("vault_chunks", "request_of(t.pulled) = NEW.request")
    + " AND NOT "
    + _is("vault_files", "t.request = NEW.request"),
}
"""For each action what must be so at the end of the transaction, as SQL: ``about`` is the entry's
object, ``told`` its details, ``since`` when the transaction began, ``own`` its number.
"""

_ONCE = (
    Action.WORKSPACE_CREATED, Action.MEMBER_JOINED, Action.MEMBER_CHANGED, Action.MEMBER_LEFT,
    Action.KEYS_REPLACED, Action.SOURCE_ADDED, Action.REQUEST_RECORDED, Action.ACCESS_REQUESTED,
    Action.ACCESS_WITHDRAWN, Action.ACCESS_GRANTED, Action.ACCESS_DENIED, Action.ACCESS_REVOKED,
    Action.SESSION_OPENED, Action.SESSION_ENDED, Action.LETTER_WRITTEN, Action.LETTER_SENT,
    Action.PACKAGE_MADE, Action.PACKAGE_RELEASED, Action.REPORT_MADE, Action.POLICY_CHANGED,
)  # fmt: skip
"""What one transaction does once to one thing, and says once."""


def statements(names: Names) -> str:
    """Return what makes the trigger's function."""
    branches = "\n".join(
        f"    WHEN '{action.value}' THEN\n      is_so := {condition};"
        for action, condition in HAPPENED.items()
    )
    once = ", ".join(f"'{each.value}'" for each in _ONCE)
    return names.filled("entries.sql", branches=branches, once=once)
