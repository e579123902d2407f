"""Gives the renewal of an airlock's secrets a row for each, so that each has its own rights."""

from __future__ import annotations

import json

from alembic import op
from sqlalchemy import Boolean, Column, ForeignKey, Text, column, select, table

revision = "0007"
down_revision = "0006"

_AIRLOCKS = table("airlocks", column("source"), column("renewal"))


def upgrade() -> None:
    """Make the table and take along what is under way."""
    made = op.create_table(
        "airlock_renewals",
        Column(
            "source", Text, ForeignKey("airlocks.source"), primary_key=True, autoincrement=False
        ),
        Column("kind", Text, primary_key=True, autoincrement=False),
        Column("made", Text, nullable=False),
        Column("mac", Text, nullable=False),
        Column("again", Boolean, nullable=False),
    )
    for source, text in op.get_bind().execute(select(_AIRLOCKS.c.source, _AIRLOCKS.c.renewal)):
        if not text:
            continue
        found = json.loads(text)
        for kind in found["kinds"]:
            row = {
                "source": source,
                "kind": kind,
                "made": found["made"].get(kind, ""),
                "mac": found["macs"].get(kind, ""),
                "again": kind in found["again"],
            }
            op.get_bind().execute(made.insert(), row)
    op.drop_column("airlocks", "renewal")


def downgrade() -> None:
    """Forget what is under way."""
    op.add_column("airlocks", Column("renewal", Text, nullable=True))
    op.drop_table("airlock_renewals")
