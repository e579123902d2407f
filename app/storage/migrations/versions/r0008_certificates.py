"""Adds every certificate that members have had, and their revocations."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Text,
)

from app.storage.tables.guards import first_stays, no_changes

revision = "0008"
down_revision = "0007"

_TABLES = {
    "certificates": "certificate.exists",
    "certificate_revocations": "certificate.already_revoked",
}


def upgrade() -> None:
    """Make the tables; the certificates that members have are the first that they had."""
    op.create_table(
        "certificates",
        Column("member", Text, ForeignKey("members.id"), primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("signing", LargeBinary, nullable=False),
        Column("encryption", LargeBinary, nullable=False),
        Column("why", Text, nullable=False),
        Column("issued_by", Text, ForeignKey("members.id"), nullable=False),
        Column("issued_at", DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "certificate_revocations",
        Column("member", Text, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("why", Text, nullable=False),
        Column("by", Text, ForeignKey("members.id"), nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("signature", LargeBinary, nullable=False),
        ForeignKeyConstraint(["member", "number"], ["certificates.member", "certificates.number"]),
    )
    op.execute(
        "INSERT INTO certificates (member, number, signing, encryption, why, issued_by, issued_at)"
        " SELECT id, 1, signing_certificate, encryption_certificate, 'joined', id, joined_at"
        " FROM members"
    )
    if op.get_context().dialect.name == "sqlite":
        for table, taken in _TABLES.items():
            for statement in (
                *no_changes(table),
                first_stays(table, [("member", "number")], taken=taken),
            ):
                op.execute(statement)


def downgrade() -> None:
    """Remove them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
