"""Adds when each request is due, so that lists can be sorted by it, and each member's drawer."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Date, DateTime, LargeBinary, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables; dates are counted when they are first asked for."""
    op.add_column("requests", Column("due", Date, nullable=True))
    op.add_column("requests", Column("safe_by", Date, nullable=True))
    op.add_column("requests", Column("is_paused", Boolean, nullable=True))
    for name in ("requests_by_stage", "requests_by_owner", "requests_by_closed_at"):
        op.drop_index(name, "requests")
    op.create_index("requests_by_due", "requests", ["closed_at", "due", "id"])
    for by in ("stage", "owner"):
        op.create_index(f"requests_by_{by}", "requests", [by, "closed_at", "due", "id"])
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
    for name in ("requests_by_due", "requests_by_stage", "requests_by_owner"):
        op.drop_index(name, "requests")
    for by in ("stage", "owner", "closed_at"):
        op.create_index(f"requests_by_{by}", "requests", [by, "received_at", "id"])
    for name in ("is_paused", "safe_by", "due"):
        op.drop_column("requests", name)
