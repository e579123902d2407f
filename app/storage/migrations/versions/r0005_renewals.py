"""Adds how far the replacing of an airlock's secrets has come, and what its DBA should know."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns."""
    for name in ("renewal", "cautions"):
        op.add_column("airlocks", Column(name, Text, nullable=True))


def downgrade() -> None:
    """Remove them."""
    for name in ("cautions", "renewal"):
        op.drop_column("airlocks", name)
