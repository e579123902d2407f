"""Adds the record of documents that were made."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, DateTime, Text

from app.storage.tables.guards import first_stays, no_changes

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; rows are only added to it."""
    op.create_table(
        "reports",
        Column("id", Text, primary_key=True, autoincrement=False),
        Column("request", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("head", Text, nullable=False),
        Column("by", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
    )
    op.create_index("reports_by_request", "reports", ["request", "at"])
    if op.get_context().dialect.name == "sqlite":
        for statement in (
            *no_changes("reports"),
            first_stays("reports", [("id",)], taken="report.exists"),
        ):
            op.execute(statement)


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("reports")
