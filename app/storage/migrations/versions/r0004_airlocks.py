"""Adds airlocks, their sealed secrets, and what was asked of sources."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, DateTime, ForeignKey, LargeBinary, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "airlocks",
        Column("source", Text, ForeignKey("sources.key"), primary_key=True, autoincrement=False),
        Column("gatekeeper_verifier", Text, nullable=False),
        Column("watchman_verifier", Text, nullable=False),
        Column("keys", Text, nullable=False),
        Column("prepared_by", Text, ForeignKey("members.id"), nullable=False),
        Column("prepared_at", DateTime(timezone=True), nullable=False),
        Column("map_hash", Text, nullable=False),
        Column("installed_at", DateTime(timezone=True), nullable=True),
        Column("checked_at", DateTime(timezone=True), nullable=True),
        Column("state", Text, nullable=False),
    )
    op.create_table(
        "airlock_secrets",
        Column(
            "source", Text, ForeignKey("airlocks.source"), primary_key=True, autoincrement=False
        ),
        Column("kind", Text, primary_key=True, autoincrement=False),
        Column("member", Text, ForeignKey("members.id"), primary_key=True, autoincrement=False),
        Column("sealed", LargeBinary, nullable=False),
    )
    op.create_table(
        "source_grants",
        Column(
            "access_request",
            Text,
            ForeignKey("access_requests.id"),
            primary_key=True,
            autoincrement=False,
        ),
        Column(
            "source", Text, ForeignKey("airlocks.source"), primary_key=True, autoincrement=False
        ),
        Column("grant", Text, nullable=False),
        Column("asked", Text, nullable=False),
        Column("asked_mac", LargeBinary, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("allowed", Text, nullable=False),
        Column("allowed_mac", LargeBinary, nullable=False),
        Column("opened_at", DateTime(timezone=True), nullable=True),
        Column("closed_at", DateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("source_grants", "airlock_secrets", "airlocks"):
        op.drop_table(name)
