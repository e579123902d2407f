"""Lets a decision name the log's last entry before it, which its signature is over, too."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, Text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns; decisions that were made before name none."""
    op.add_column("decisions", Column("entries", Integer))
    op.add_column("decisions", Column("head", Text))


def downgrade() -> None:
    """Remove them."""
    for column in ("head", "entries"):
        op.drop_column("decisions", column)
