"""Makes everything."""

from __future__ import annotations

from alembic import op

from app.storage.migrations.first import access, people, work
from app.storage.tables.guards import CHAIN, first_stays, no_changes

revision = "0001"
down_revision = None

_ONLY_ADDED: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "notes": ("note.exists", (("request", "number"),)),
    "verifications": ("verification.exists", (("request", "number"),)),
    "access_requests": ("access.exists", (("id",),)),
    "decisions": ("access.already_decided", (("access_request",), ("id",))),
    "withdrawals": ("access.already_withdrawn", (("access_request",),)),
    "revocations": ("access.already_revoked", (("access_request",),)),
    "windows": ("access.already_begun", (("access_request",), ("session",))),
    "window_ends": ("access.already_ended", (("session",),)),
    "marks": ("workspace.already_there", (("id",),)),
    "mark_undos": ("review.already_undone", (("mark",),)),
}
"""Tables to which rows are only added, the rule that a second one breaks, and their keys."""


def upgrade() -> None:
    """Make tables, indexes and, in SQLite, triggers."""
    people.create()
    access.create()
    work.create()
    if op.get_context().dialect.name == "sqlite":
        for table, (taken, keys) in _ONLY_ADDED.items():
            for statement in (*no_changes(table), first_stays(table, keys, taken=taken)):
                op.execute(statement)
        for statement in (*no_changes("log"), CHAIN):
            op.execute(statement)


def downgrade() -> None:
    """Remove everything."""
    for table in reversed((*people.TABLES, *access.TABLES, *work.TABLES)):
        op.drop_table(table)
