"""The tables of access since several people may have to agree, as their revision makes them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, UniqueConstraint

from app.storage.migrations.first.kinds import BOOLEAN, BYTES, INTEGER, MOMENT, TEXT

CHECKS = {
    "access_requests": (("needs_somebodys_yes", "approvers_needed > 0"),),
    "decisions": (
        ("decision_is_needed", "number > 0 AND number <= approvers_needed"),
        ("decision_has_its_turn", "number = 1 OR (follows IS NOT NULL AND follows = number - 1)"),
        ("decision_follows_a_grant", "follows_a_grant"),
    ),
}
"""What the revision added, by table: name and condition."""


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
        Column(
            "approvers_needed",
            INTEGER,
            CheckConstraint("approvers_needed > 0", name="needs_somebodys_yes"),
            nullable=False,
        ),
        UniqueConstraint("id", "requester"),
        UniqueConstraint("id", "scope_hash"),
        UniqueConstraint("id", "minutes"),
        UniqueConstraint("id", "approvers_needed"),
    )
    op.create_index("access_requests_by_request", "access_requests", ["request", "asked_at", "id"])


def create_decisions() -> None:
    """Make the table of decisions, one for each person who decides."""
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
        Column("number", INTEGER, nullable=False),
        Column("approvers_needed", INTEGER, nullable=False),
        Column("follows", INTEGER),
        Column("follows_a_grant", BOOLEAN, nullable=False),
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
            "NOT granted OR (start_by IS NOT NULL AND start_by > decided_at)",
            name="grant_has_start_by",
        ),
        CheckConstraint("granted OR note <> ''", name="denial_has_note"),
        *(CheckConstraint(condition, name=name) for name, condition in CHECKS["decisions"]),
        UniqueConstraint("access_request", "approver"),
        UniqueConstraint("access_request", "number"),
        UniqueConstraint("access_request", "number", "granted"),
        UniqueConstraint("id", "access_request"),
        UniqueConstraint("id", "granted"),
        UniqueConstraint("id", "number"),
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
        Column("approvers_needed", INTEGER, nullable=False),
        ForeignKeyConstraint(
            ["access_request", "officer"], ["access_requests.id", "access_requests.requester"]
        ),
        ForeignKeyConstraint(
            ["grant", "access_request"], ["decisions.id", "decisions.access_request"]
        ),
        ForeignKeyConstraint(["grant", "granted"], ["decisions.id", "decisions.granted"]),
        ForeignKeyConstraint(["grant", "approvers_needed"], ["decisions.id", "decisions.number"]),
        ForeignKeyConstraint(
            ["access_request", "approvers_needed"],
            ["access_requests.id", "access_requests.approvers_needed"],
        ),
        CheckConstraint("deadline > opened_at", name="window_has_time"),
        UniqueConstraint("access_request"),
    )
