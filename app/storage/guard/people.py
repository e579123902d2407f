"""What holds for people: who did it, when, with what on record, and what nobody rewrites."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from app.domain.policy import Policy
from app.storage.guard import entries, readable, rights
from app.storage.guard.records import trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.storage.guard.names import Names

_BY: dict[str, tuple[str, ...]] = {
    "requests": ("created_by",),
    "pauses": ("by",),
    "notes": ("by",),
    "verifications": ("by",),
    "access_requests": ("requester",),
    "decisions": ("approver",),
    "withdrawals": ("by",),
    "revocations": ("by",),
    "windows": ("officer",),
    "window_ends": ("ended_by",),
    "notices": ("settled_by?",),
    "marks": ("by",),
    "mark_undos": ("by",),
    "review_finishes": ("by!",),
    "letters": ("by",),
    "checklist_answers": ("by!",),
    "packages": ("made_by", "released_by?"),
    "reports": ("by",),
    "sources": ("added_by",),
    "airlocks": ("prepared_by",),
    "drawer": ("member",),
    "certificates": ("issued_by",),
    "certificate_revocations": ("by",),
}
"""Columns with who did it: "?" may be empty, "!" is by whoever changes the row."""

_NOW: dict[str, tuple[str, ...]] = {
    "workspace": ("created_at",),
    "members": ("joined_at", "left_at?"),
    "requests": ("created_at", "closed_at?"),
    "notes": ("at",),
    "verifications": ("at",),
    "access_requests": ("asked_at",),
    "decisions": ("decided_at",),
    "withdrawals": ("at",),
    "revocations": ("at",),
    "windows": ("opened_at",),
    "window_ends": ("ended_at",),
    "notices": ("settled_at?",),
    "marks": ("at",),
    "mark_undos": ("at",),
    "review_finishes": ("at!",),
    "letters": ("at", "sent_at?"),
    "checklist_answers": ("at!",),
    "packages": ("made_at", "released_at?"),
    "reports": ("at",),
    "sources": ("added_at",),
    "airlocks": ("prepared_at", "checked_at?"),
    "drawer": ("at!",),
    "certificates": ("issued_at",),
    "certificate_revocations": ("at",),
}
"""Columns with when it was done."""

_KEPT: dict[str, tuple[str, ...]] = {
    "workspace": ("only_one", "id", "created_at", "authority_certificate"),
    "requests": (
        "id", "created_at", "created_by", "regime", "right", "received_at", "channel", "timezone",
        "calendar", "linked",
    ),
    "request_identities": ("request",),
    "checklist_answers": ("request", "key"),
    "review_finishes": ("request",),
    "vault_keys": ("request", "member"),
    "vault_files": ("request", "name"),
    "pauses": ("request", "number", "kind", "asked", "by", "approved_by"),
    "source_grants": ("access_request", "source", "grant", "asked", "asked_mac", "entrance"),
    "airlock_secrets": ("source", "member", "sealed"),
    "pulled": ("id", "session", "request", "dataset", "collection", "source_type", "started_at"),
    "notices": ("id", "request", "session", "code", "collection", "count"),
    "letters": ("id", "request", "kind", "language", "text", "sha256", "by", "at"),
    "packages": (
        "id", "request", "made_by", "made_at", "manifest_sha256", "zip_sha256", "files", "bytes",
        "records", "withheld", "covered", "encrypted",
    ),
    "sources": ("key", "added_by", "added_at"),
    "logins": ("login", "member"),
    "counters": ("name",),
}  # fmt: skip
"""Columns that stay as they were written, of rows that change."""

_COUNTED: dict[str, tuple[str, ...]] = {
    "requests": ("id", "request"),
    "access_requests": ("id", "access"),
    "decisions": ("id", "grant", "denial"),
    "windows": ("session", "session"),
    "letters": ("id", "letter"),
    "packages": ("id", "package"),
    "reports": ("id", "report"),
}
"""The column with a number, and the counters of which it is one."""

_RECORDED: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "requests": ("INSERT", "id", "request", ("request.recorded",)),
    "access_requests": ("INSERT", "id", "object", ("access.requested",)),
    "decisions": ("INSERT", "access_request", "object", ("access.granted", "access.denied")),
    "withdrawals": ("INSERT", "access_request", "object", ("access.withdrawn",)),
    "revocations": ("INSERT", "access_request", "object", ("access.revoked",)),
    "windows": ("INSERT", "session", "object", ("session.opened",)),
    "window_ends": ("INSERT", "session", "object", ("session.ended",)),
    "members": (
        "INSERT OR UPDATE", "id", "object",
        ("member.joined", "member.changed", "member.left", "keys.replaced"),
    ),
    "certificates": (
        "INSERT", "member", "object", ("member.joined", "member.changed", "keys.replaced"),
    ),
    "certificate_revocations": (
        "INSERT", "member", "object", ("member.changed", "member.left", "keys.replaced"),
    ),
    "logins": (
        "INSERT", "member", "object", ("member.joined", "member.login_given", "login.replaced"),
    ),
    "reports": ("INSERT", "id", "object", ("report.made",)),
    "sources": ("INSERT", "key", "object", ("source.added",)),
    "airlocks": ("DELETE", "source", "object", ("airlock.removed",)),
    "day_overrides": ("INSERT OR UPDATE OR DELETE", "", "object", ("calendar.changed",)),
    "request_identities": (
        "INSERT OR UPDATE OR DELETE", "request", "request",
        ("request.recorded", "request.changed", "identity.verified", "identity.not_verified"),
    ),
    "pauses": ("INSERT OR UPDATE", "request", "request", ("clock.paused", "clock.resumed")),
    "notes": ("INSERT", "request", "request", ("note.added",)),
    "verifications": (
        "INSERT", "request", "request", ("identity.verified", "identity.not_verified"),
    ),
    "vault_chunks": ("INSERT", "pulled", "request", ("data.read",)),
    "marks": ("INSERT", "request", "request", ("review.marked",)),
    "mark_undos": ("INSERT", "mark", "request", ("review.undone",)),
    "review_finishes": ("INSERT OR UPDATE", "request", "request", ("review.finished",)),
    "checklist_answers": ("INSERT OR UPDATE", "request", "request", ("checklist.answered",)),
    "letters": ("INSERT", "id", "object", ("letter.written",)),
    "packages": ("INSERT", "id", "object", ("package.made",)),
}  # fmt: skip
"""Changes that stand only with their entry: which, the column with what it is about, where the
entry says that, and the entry's action.
"""

_TOLD: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "requests", "moves", ("stage", "outcome", "closed_at", "keep_until"),
        ("id", "request", "request.moved", "request.closed", "request.reopened"),
    ),
    (
        "requests", "changes",
        (
            "owner", "subject_name", "subject_folded", "subject_language", "subject_country",
            "subject_address", "subject_salutation",
        ),
        ("id", "request", "request.changed"),
    ),
    (
        "requests", "extends", ("extended_at", "extension_reason"),
        ("id", "request", "clock.extended"),
    ),
    (
        "requests", "hears", ("identity_received",),
        ("id", "request", "identity.verified", "identity.not_verified"),
    ),
    (
        "pulled", "reads", ("rows", "chunks"),
        ("request", "request", "data.read", "data.destroyed"),
    ),
    (
        "pulled", "breaks", ("incomplete_why",),
        ("request", "request", "pull.incomplete", "data.destroyed"),
    ),
    ("workspace", "rules", ("policy",), ("", "object", "policy.changed")),
    (
        "workspace", "is_called", ("title", "controller", "timezone", "calendar"),
        ("", "object", "workspace.changed"),
    ),
    (
        "sources", "changes",
        ("type", "title", "map_text", "map_hash", "map_says", "settings", "is_active"),
        ("key", "object", "source.changed"),
    ),
    (
        "sources", "is_looked_at", ("checked_at", "check_result"),
        ("key", "object", "source.checked", "source.changed"),
    ),
    ("source_grants", "opens", ("opened_at",), ("source", "object", "source.opened")),
    (
        "source_grants", "closes", ("closed_at",),
        ("source", "object", "source.closed", "source.checked"),
    ),
    ("notices", "settles", ("settled_at", "settled_by", "settled_how"),
     ("request", "request", "notice.settled")),
    ("letters", "goes", ("sent_at", "sent_how"), ("id", "object", "letter.sent")),
    (
        "packages", "goes", ("released_at", "released_by", "channel"),
        ("id", "object", "package.released"),
    ),
)  # fmt: skip
"""Changes of these columns stand only with their entry, as in ``_RECORDED``."""


def statements(names: Names) -> Iterator[str]:
    """Yield what makes this part of the guard; run in a transaction of the tables' owner."""
    yield names.filled("people.sql")
    yield names.filled("judging.sql", kinds=json.dumps(_kinds_of_rules()))
    yield entries.statements(names)
    for kind, before, per_table in (
        ("is_by", "INSERT OR UPDATE", _BY),
        ("is_now", "INSERT OR UPDATE", _NOW),
        ("keeps", "UPDATE", _KEPT),
    ):
        for table, columns in per_table.items():
            yield from trigger(table, kind, f"BEFORE {before}", "ROW", f"{kind}({_texts(columns)})")
    # Triggers fire by name: this one before "continues", which makes the entry's time the head's.
    yield from trigger("log", "as_herself", "BEFORE INSERT", "ROW", "logs_as_herself()")
    yield from trigger("access_requests", "policy", "BEFORE INSERT", "ROW", "asks_by_policy()")
    yield from trigger("workspace", "policy", "BEFORE INSERT", "ROW", "changes_policy()")
    yield from trigger(
        "workspace", "policy_anew", "BEFORE UPDATE", "ROW", "changes_policy()",
        only=_differ("policy"),
    )  # fmt: skip
    yield from trigger("sources", "says", "BEFORE INSERT", "ROW", "says_what_is_hashed()")
    yield from trigger(
        "sources", "says_anew", "BEFORE UPDATE", "ROW", "says_what_is_hashed()",
        only="(OLD.map_says, OLD.map_hash, OLD.key) IS DISTINCT FROM"
        " (NEW.map_says, NEW.map_hash, NEW.key)",
    )  # fmt: skip
    yield from trigger("decisions", "in_time", "BEFORE INSERT", "ROW", "decides_in_time()")
    yield from trigger("windows", "in_time", "BEFORE INSERT", "ROW", "opens_in_time()")
    for table, counters in _COUNTED.items():
        does = f"is_counted({_texts(counters)})"
        yield from trigger(table, "counted", "BEFORE INSERT", "ROW", does)
    yield from trigger("counters", "counts", "BEFORE INSERT OR UPDATE", "ROW", "counts()")
    yield from trigger("airlocks", "step", "BEFORE UPDATE", "ROW", "takes_a_step()")
    yield from trigger("airlock_renewals", "step", "BEFORE INSERT OR UPDATE", "ROW", "renews()")
    yield from trigger("members", "same", "BEFORE UPDATE", "ROW", "stays_who_she_is()")
    yield from trigger("logins", "fits", "BEFORE INSERT", "ROW", "lets_in()")
    yield from trigger("logins", "groups", "AFTER INSERT", "ROW", "belongs_to_groups()")
    yield from trigger("members", "groups", "AFTER UPDATE", "ROW", "belongs_to_groups()")
    for table, (verb, column, about, actions) in _RECORDED.items():
        does = f"is_recorded({_texts((column, about, *actions))})"
        yield from trigger(table, "on_record", f"AFTER {verb}", "ROW", does, at_commit=True)
    does = "is_certified()"
    yield from trigger("members", "shows", "AFTER INSERT OR UPDATE", "ROW", does, at_commit=True)
    for table in ("certificates", "certificate_revocations"):
        yield from trigger(table, "shows", "AFTER INSERT", "ROW", does, at_commit=True)
    yield from trigger(
        "pulled", "goes_on", "BEFORE UPDATE", "ROW", "goes_on()", only="NEW.state <> OLD.state"
    )
    yield from trigger("source_grants", "open", "BEFORE UPDATE", "ROW", "stays_open()")
    any_identity = "BEFORE INSERT OR UPDATE OR DELETE"
    yield from trigger("request_identities", "asked", any_identity, "ROW", "stays_while_asked()")
    for table, name, columns, facts in _TOLD:
        does = f"is_recorded({_texts(facts)})"
        yield from trigger(
            table, name, "AFTER UPDATE", "ROW", does, at_commit=True, only=_differ(*columns)
        )
    yield from trigger(
        "requests", "counts", "AFTER UPDATE", "ROW", "counts_anew()", at_commit=True,
        # What was never counted may be at any time: an older program knew nothing of it.
        only=f"OLD.is_paused IS NOT NULL AND ({_differ('due', 'safe_by', 'is_paused')})",
    )  # fmt: skip
    any_change = "AFTER INSERT OR UPDATE OR DELETE"
    yield from trigger(
        "vault_keys", "on_record", any_change, "ROW", "tells_of_key()", at_commit=True
    )
    yield from trigger("log", "happened", "AFTER INSERT", "ROW", "happened()", at_commit=True)
    yield from readable.statements()
    yield from rights.statements(names)


def _kinds_of_rules() -> dict[str, str]:
    """Return what JSON calls the kind of each rule of a policy."""
    kinds = {int: "number", str: "string", tuple: "array"}
    return {name: kinds[type(value)] for name, value in vars(Policy()).items()}


def _differ(*columns: str) -> str:
    return " OR ".join(f'OLD."{each}" IS DISTINCT FROM NEW."{each}"' for each in columns)


def _texts(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{each}'" for each in words)
