"""Tables of access: what was asked, decided, opened and closed; rows are only ever added."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from app.domain.access import EndReason
from app.domain.policy import Finding, FindingLevel, Verdict
from app.domain.scope import Scope
from app.storage.columns import Choice, Document, Moment, Words, key, needed, optional
from app.storage.tables.guards import insert_only
from app.storage.tables.metadata import METADATA


def _read_verdict(data: dict[str, Any]) -> Verdict:
    findings = tuple(
        Finding(**{**each, "level": FindingLevel(each["level"])}) for each in data["findings"]
    )
    return Verdict(**{**data, "findings": findings, "approvers": tuple(data["approvers"])})


access_requests = Table(
    "access_requests",
    METADATA,
    key("id", Words),
    needed("request", Words, ForeignKey("requests.id")),
    needed("requester", Words, ForeignKey("members.id")),
    needed("purpose", Words),
    needed("minutes", Integer, CheckConstraint("minutes > 0", name="asks_for_some_minutes")),
    needed("scope", Document(Scope.as_data, Scope.from_data)),
    needed("scope_hash", Words),
    needed("asked_at", Moment),
    needed("not_after", Moment),
    needed("verdict", Document(asdict, _read_verdict)),
    needed(
        "approvers_needed",
        Integer,
        CheckConstraint("approvers_needed > 0", name="needs_somebodys_yes"),
    ),
    # A decision carries faithful copies of these: its foreign keys lead here.
    UniqueConstraint("id", "requester"),
    UniqueConstraint("id", "scope_hash"),
    UniqueConstraint("id", "minutes"),
    UniqueConstraint("id", "approvers_needed"),
    Index("access_requests_by_request", "request", "asked_at", "id"),
)
insert_only(access_requests, taken="access.exists")

# One row for each person. They are numbered without a gap, each but the first follows on a grant,
# and there are no more than are needed: so the last number is there only where as many different
# people said yes, nobody said no, and the requester is none of them.
decisions = Table(
    "decisions",
    METADATA,
    key("id", Words),
    needed("access_request", Words),
    needed("requester", Words),
    needed("approver", Words, ForeignKey("members.id")),
    needed("granted", Boolean),
    needed("scope_hash", Words),
    needed("minutes", Integer),
    needed("asked_minutes", Integer),
    optional("start_by", Moment),
    needed("note", Words),
    needed("decided_at", Moment),
    needed("signature", LargeBinary),
    needed("number", Integer),
    needed("approvers_needed", Integer),
    optional("follows", Integer),
    needed("follows_a_grant", Boolean),
    optional("entries", Integer),
    optional("head", Words),
    ForeignKeyConstraint(
        ["access_request", "requester"], ["access_requests.id", "access_requests.requester"]
    ),
    ForeignKeyConstraint(
        ["access_request", "scope_hash"], ["access_requests.id", "access_requests.scope_hash"]
    ),
    ForeignKeyConstraint(
        ["access_request", "asked_minutes"], ["access_requests.id", "access_requests.minutes"]
    ),
    ForeignKeyConstraint(
        ["access_request", "approvers_needed"],
        ["access_requests.id", "access_requests.approvers_needed"],
    ),
    ForeignKeyConstraint(
        ["access_request", "follows", "follows_a_grant"],
        ["decisions.access_request", "decisions.number", "decisions.granted"],
    ),
    CheckConstraint("approver <> requester", name="approver_is_not_requester"),
    CheckConstraint(
        "NOT granted OR (minutes > 0 AND minutes <= asked_minutes)", name="grant_within_asked"
    ),
    CheckConstraint(
        "NOT granted OR (start_by IS NOT NULL AND start_by > decided_at)", name="grant_has_start_by"
    ),
    CheckConstraint("granted OR note <> ''", name="denial_has_note"),
    CheckConstraint("number > 0 AND number <= approvers_needed", name="decision_is_needed"),
    CheckConstraint(
        "number = 1 OR (follows IS NOT NULL AND follows = number - 1)", name="decision_has_its_turn"
    ),
    CheckConstraint("follows_a_grant", name="decision_follows_a_grant"),
    UniqueConstraint("access_request", "approver"),
    UniqueConstraint("access_request", "number"),
    # Foreign keys of later decisions and of a window lead here.
    UniqueConstraint("access_request", "number", "granted"),
    UniqueConstraint("id", "access_request"),
    UniqueConstraint("id", "granted"),
    UniqueConstraint("id", "number"),
)
insert_only(decisions, taken="access.already_decided")


def _ending(name: str, *, taken: str, only_requester: bool) -> Table:
    whose = (
        [
            ForeignKeyConstraint(
                ["access_request", "by"], ["access_requests.id", "access_requests.requester"]
            )
        ]
        if only_requester
        else []
    )
    table = Table(
        name,
        METADATA,
        key("access_request", Words, ForeignKey("access_requests.id")),
        needed("by", Words),
        needed("at", Moment),
        needed("reason", Words),
        *whose,
    )
    insert_only(table, taken=taken)
    return table


withdrawals = _ending("withdrawals", taken="access.already_withdrawn", only_requester=True)
revocations = _ending("revocations", taken="access.already_revoked", only_requester=False)

windows = Table(
    "windows",
    METADATA,
    key("session", Words),
    needed("access_request", Words),
    needed("grant", Words),
    needed("granted", Boolean, CheckConstraint("granted", name="only_a_grant_opens_a_window")),
    needed("officer", Words),
    needed("opened_at", Moment),
    needed("deadline", Moment),
    needed("approvers_needed", Integer),
    ForeignKeyConstraint(
        ["access_request", "officer"], ["access_requests.id", "access_requests.requester"]
    ),
    ForeignKeyConstraint(["grant", "access_request"], ["decisions.id", "decisions.access_request"]),
    ForeignKeyConstraint(["grant", "granted"], ["decisions.id", "decisions.granted"]),
    # The grant is the one that is numbered as many as are needed: the last of them.
    ForeignKeyConstraint(["grant", "approvers_needed"], ["decisions.id", "decisions.number"]),
    ForeignKeyConstraint(
        ["access_request", "approvers_needed"],
        ["access_requests.id", "access_requests.approvers_needed"],
    ),
    CheckConstraint("deadline > opened_at", name="window_has_time"),
    UniqueConstraint("access_request"),
)
insert_only(windows, taken="access.already_begun")

window_ends = Table(
    "window_ends",
    METADATA,
    key("session", Words, ForeignKey("windows.session")),
    needed("ended_at", Moment),
    needed("reason", Choice(EndReason)),
    needed("ended_by", Words),
    optional("overshoot_ms", Integer),
)
insert_only(window_ends, taken="access.already_ended")
