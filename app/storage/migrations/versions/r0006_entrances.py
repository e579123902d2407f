"""Adds in which way a source is entered, and was when something was asked of it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Whatever is there enters through an airlock: there was no other way."""
    for table in ("airlocks", "source_grants"):
        op.add_column(table, Column("entrance", Text, nullable=True))
        op.execute(f"UPDATE {table} SET entrance = 'airlock'")  # noqa: S608 - our own names


def downgrade() -> None:
    """Forget the ways."""
    for table in ("airlocks", "source_grants"):
        op.drop_column(table, "entrance")
