"""Adds when each request is due, so that lists can be sorted by it, and each member's drawer."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, LargeBinary, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables; dates are counted when they are first asked for."""
    op.create_table(
        "request_dates",
        Column("request", Text, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("due", Date, nullable=True),
        Column("safe_by", Date, nullable=True),
        Column("is_paused", Boolean, nullable=False),
    )
    op.create_index("request_dates_by_due", "request_dates", ["due", "request"])
    op.create_index("request_identities_by_value", "request_identities", ["value"])
    op.create_table(
        "drawer",
        Column("member", Text, primary_key=True, autoincrement=False),
        Column("key", Text, primary_key=True, autoincrement=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("drawer")
    op.drop_index("request_identities_by_value", "request_identities")
    op.drop_table("request_dates")
