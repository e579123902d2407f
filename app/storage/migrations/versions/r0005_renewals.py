"""Adds how far the replacing of an airlock's secrets has come."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column("airlocks", Column("renewal", Text, nullable=True))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("airlocks", "renewal")
