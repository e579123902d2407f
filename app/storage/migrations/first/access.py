"""The first revision's tables of access, and the log."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, UniqueConstraint

from app.storage.columns import Fact
from app.storage.migrations.first.kinds import BOOLEAN, BYTES, INTEGER, MOMENT, NUMBER, TEXT

TABLES = (
    "access_requests",
    "decisions",
    "withdrawals",
    "revocations",
    "windows",
    "window_ends",
    "log",
)
"""In the order in which they are made."""


def create() -> None:
    """Make them."""
    create_access_requests()
    create_decisions()
    _create_endings()
    create_windows()
    _create_window_ends_and_log()


def create_access_requests() -> None:
    """Make the table of what was asked, and its index."""
    op.create_table(
        "access_requests",
        Column("id", TEXT, primary_key=True, autoincrement=False),
        Column("request", TEXT, ForeignKey("requests.id"), nullable=False),
        Column("requester", TEXT, ForeignKey("members.id"), nullable=False),
        Column("purpose", TEXT, nullable=False),
        Column(
            "minutes",
            INTEGER,
            CheckConstraint("minutes > 0", name="asks_for_some_minutes"),
            nullable=False,
        ),
        Column("scope", TEXT, nullable=False),
        Column("scope_hash", TEXT, nullable=False),
        Column("asked_at", MOMENT, nullable=False),
        Column("not_after", MOMENT, nullable=False),
        Column("verdict", TEXT, nullable=False),
        UniqueConstraint("id", "requester"),
        UniqueConstraint("id", "scope_hash"),
        UniqueConstraint("id", "minutes"),
    )
    op.create_index("access_requests_by_request", "access_requests", ["request", "asked_at", "id"])


def create_decisions() -> None:
    """Make the table of decisions, one for each access request."""
    op.create_table(
        "decisions",
        Column("id", TEXT, primary_key=True, autoincrement=False),
        Column("access_request", TEXT, nullable=False),
        Column("requester", TEXT, nullable=False),
        Column("approver", TEXT, ForeignKey("members.id"), nullable=False),
        Column("granted", BOOLEAN, nullable=False),
        Column("scope_hash", TEXT, nullable=False),
        Column("minutes", INTEGER, nullable=False),
        Column("asked_minutes", INTEGER, nullable=False),
        Column("start_by", MOMENT),
        Column("note", TEXT, nullable=False),
        Column("decided_at", MOMENT, nullable=False),
        Column("signature", BYTES, nullable=False),
        ForeignKeyConstraint(
            ["access_request", "requester"], ["access_requests.id", "access_requests.requester"]
        ),
        ForeignKeyConstraint(
            ["access_request", "scope_hash"], ["access_requests.id", "access_requests.scope_hash"]
        ),
        ForeignKeyConstraint(
            ["access_request", "asked_minutes"], ["access_requests.id", "access_requests.minutes"]
        ),
        CheckConstraint("approver <> requester", name="approver_is_not_requester"),
        CheckConstraint(
            "NOT granted OR (minutes > 0 AND minutes <= asked_minutes)", name="grant_within_asked"
        ),
        CheckConstraint(
            "NOT granted OR (start_by IS NOT NULL AND start_by > decided_at)",
            name="grant_has_start_by",
        ),
        CheckConstraint("granted OR note <> ''", name="denial_has_note"),
        UniqueConstraint("access_request", "approver"),
        UniqueConstraint("access_request"),
        UniqueConstraint("id", "access_request"),
        UniqueConstraint("id", "granted"),
    )


def _create_endings() -> None:
    op.create_table(
        "withdrawals",
        Column(
            "access_request",
            TEXT,
            ForeignKey("access_requests.id"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
        Column("reason", TEXT, nullable=False),
        ForeignKeyConstraint(
            ["access_request", "by"], ["access_requests.id", "access_requests.requester"]
        ),
    )
    op.create_table(
        "revocations",
        Column(
            "access_request",
            TEXT,
            ForeignKey("access_requests.id"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
        Column("reason", TEXT, nullable=False),
    )


def create_windows() -> None:
    """Make the table of windows."""
    op.create_table(
        "windows",
        Column("session", TEXT, primary_key=True, autoincrement=False),
        Column("access_request", TEXT, nullable=False),
        Column("grant", TEXT, nullable=False),
        Column(
            "granted",
            BOOLEAN,
            CheckConstraint("granted", name="only_a_grant_opens_a_window"),
            nullable=False,
        ),
        Column("officer", TEXT, nullable=False),
        Column("opened_at", MOMENT, nullable=False),
        Column("deadline", MOMENT, nullable=False),
        ForeignKeyConstraint(
            ["access_request", "officer"], ["access_requests.id", "access_requests.requester"]
        ),
        ForeignKeyConstraint(
            ["grant", "access_request"], ["decisions.id", "decisions.access_request"]
        ),
        ForeignKeyConstraint(["grant", "granted"], ["decisions.id", "decisions.granted"]),
        CheckConstraint("deadline > opened_at", name="window_has_time"),
        UniqueConstraint("access_request"),
    )


def _create_window_ends_and_log() -> None:
    op.create_table(
        "window_ends",
        Column(
            "session", TEXT, ForeignKey("windows.session"), primary_key=True, autoincrement=False
        ),
        Column("ended_at", MOMENT, nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("ended_by", TEXT, nullable=False),
        Column("overshoot_ms", INTEGER),
    )
    op.create_table(
        "log",
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        Column("previous", TEXT, nullable=False),
        Column("line", TEXT, nullable=False),
        Column("hash", TEXT, nullable=False),
        Column("at", TEXT, Fact("at"), nullable=False),
        Column("action", TEXT, Fact("action"), nullable=False),
        Column("actor", TEXT, Fact("actor"), nullable=False),
        Column("request", TEXT, Fact("request"), nullable=False),
    )
    op.create_index("log_by_at", "log", ["at", "number"])
    op.create_index("log_by_actor", "log", ["actor", "number"])
    op.create_index("log_by_request", "log", ["request", "number"])
    op.create_index("log_by_action", "log", ["action", "number"])
