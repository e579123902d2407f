"""The first revision's tables of the workspace, its members, sources and requests."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint

from app.storage.migrations.first.kinds import BOOLEAN, BYTES, DATE, INTEGER, MOMENT, NUMBER, TEXT

TABLES = (
    "workspace",
    "day_overrides",
    "counters",
    "members",
    "sealed_authorities",
    "sources",
    "requests",
    "request_identities",
    "pauses",
    "notes",
    "verifications",
)
"""In the order in which they are made."""


def create() -> None:
    """Make them."""
    op.create_table(
        "workspace",
        Column(
            "only_one",
            INTEGER,
            CheckConstraint("only_one = 1", name="one_workspace_per_database"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("id", TEXT, nullable=False),
        Column("title", TEXT, nullable=False),
        Column("controller", TEXT, nullable=False),
        Column("timezone", TEXT, nullable=False),
        Column("calendar", TEXT, nullable=False),
        Column("created_at", MOMENT, nullable=False),
        Column("authority_certificate", BYTES, nullable=False),
        Column("policy", TEXT, nullable=False),
    )
    op.create_table(
        "day_overrides",
        Column("position", INTEGER, primary_key=True, autoincrement=False),
        Column("calendar", TEXT, nullable=False),
        Column("day", DATE, nullable=False),
        Column("name", TEXT, nullable=False),
        Column("is_holiday", BOOLEAN, nullable=False),
        Column("reason", TEXT, nullable=False),
        UniqueConstraint("calendar", "day"),
    )
    op.create_table(
        "counters",
        Column("name", TEXT, primary_key=True, autoincrement=False),
        Column("last", NUMBER, nullable=False),
    )
    op.create_table(
        "members",
        Column("id", TEXT, primary_key=True, autoincrement=False),
        Column("name", TEXT, nullable=False),
        Column("email", TEXT, nullable=False),
        Column("roles", TEXT, nullable=False),
        Column("joined_at", MOMENT, nullable=False),
        Column("signing_certificate", BYTES, nullable=False),
        Column("encryption_certificate", BYTES, nullable=False),
        Column("left_at", MOMENT),
    )
    op.create_table(
        "sealed_authorities",
        Column("member", TEXT, ForeignKey("members.id"), primary_key=True, autoincrement=False),
        Column("sealed", BYTES, nullable=False),
    )
    op.create_table(
        "sources",
        Column("key", TEXT, primary_key=True, autoincrement=False),
        Column("type", TEXT, nullable=False),
        Column("title", TEXT, nullable=False),
        Column("settings", TEXT, nullable=False),
        Column("map_text", TEXT, nullable=False),
        Column("map_hash", TEXT, nullable=False),
        Column("added_by", TEXT, nullable=False),
        Column("added_at", MOMENT, nullable=False),
        Column("checked_at", MOMENT),
        Column("check_result", TEXT, nullable=False),
        Column("is_active", BOOLEAN, nullable=False),
    )
    op.create_table(
        "requests",
        Column("id", TEXT, primary_key=True, autoincrement=False),
        Column("regime", TEXT, nullable=False),
        Column("right", TEXT, nullable=False),
        Column("subject_name", TEXT, nullable=False),
        Column("subject_folded", TEXT, nullable=False),
        Column("subject_language", TEXT, nullable=False),
        Column("subject_country", TEXT, nullable=False),
        Column("subject_address", TEXT, nullable=False),
        Column("subject_salutation", TEXT, nullable=False),
        Column("received_at", MOMENT, nullable=False),
        Column("channel", TEXT, nullable=False),
        Column("timezone", TEXT, nullable=False),
        Column("calendar", TEXT, nullable=False),
        Column("owner", TEXT, nullable=False),
        Column("stage", TEXT, nullable=False),
        Column("created_at", MOMENT, nullable=False),
        Column("created_by", TEXT, nullable=False),
        Column("version", INTEGER, nullable=False),
        Column("linked", TEXT, nullable=False),
        Column("identity_received", DATE),
        Column("fee_paid", DATE),
        Column("extended_at", MOMENT),
        Column("extension_reason", TEXT, nullable=False),
        Column("outcome", TEXT),
        Column("closed_at", MOMENT),
        Column("keep_until", DATE),
    )
    op.create_index("requests_by_owner", "requests", ["owner", "received_at", "id"])
    op.create_index("requests_by_closed_at", "requests", ["closed_at", "received_at", "id"])
    op.create_index("requests_by_received_at", "requests", ["received_at", "id"])
    op.create_index("requests_by_subject", "requests", ["subject_folded", "id"])
    op.create_index("requests_by_stage", "requests", ["stage", "received_at", "id"])
    op.create_table(
        "request_identities",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("position", INTEGER, primary_key=True, autoincrement=False),
        Column("kind", TEXT, nullable=False),
        Column("value", TEXT, nullable=False),
        Column("verified", BOOLEAN, nullable=False),
    )
    op.create_table(
        "pauses",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("number", INTEGER, primary_key=True, autoincrement=False),
        Column("kind", TEXT, nullable=False),
        Column("asked", DATE, nullable=False),
        Column("answered", DATE),
        Column("reason", TEXT, nullable=False),
        Column("by", TEXT, nullable=False),
        Column("approved_by", TEXT, nullable=False),
    )
    op.create_table(
        "notes",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("number", INTEGER, primary_key=True, autoincrement=False),
        Column("at", MOMENT, nullable=False),
        Column("by", TEXT, nullable=False),
        Column("text", TEXT, nullable=False),
    )
    op.create_table(
        "verifications",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("number", INTEGER, primary_key=True, autoincrement=False),
        Column("method", TEXT, nullable=False),
        Column("level", INTEGER, nullable=False),
        Column("verified", BOOLEAN, nullable=False),
        Column("facts_matched", INTEGER, nullable=False),
        Column("note", TEXT, nullable=False),
        Column("evidence_kept", BOOLEAN, nullable=False),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
    )
