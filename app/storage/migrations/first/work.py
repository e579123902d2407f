"""The first revision's tables of pulls, vault, review and responses."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey

from app.storage.migrations.first.kinds import BOOLEAN, BYTES, INTEGER, MOMENT, NUMBER, TEXT

TABLES = (
    "pulled",
    "notices",
    "not_reached",
    "vault_keys",
    "vault_chunks",
    "vault_files",
    "review_flags",
    "marks",
    "mark_undos",
    "review_finishes",
    "letters",
    "checklist_answers",
    "packages",
)
"""In the order in which they are made."""


def create() -> None:
    """Make them."""
    op.create_table(
        "pulled",
        Column("id", NUMBER, primary_key=True),
        Column("session", TEXT, ForeignKey("windows.session"), nullable=False),
        Column("request", TEXT, ForeignKey("requests.id"), nullable=False),
        Column("dataset", TEXT, nullable=False),
        Column("collection", TEXT, nullable=False),
        Column("source_type", TEXT, nullable=False),
        Column("columns", TEXT, nullable=False),
        Column("rows", NUMBER, nullable=False),
        Column("chunks", INTEGER, nullable=False),
        Column("state", TEXT, nullable=False),
        Column("started_at", MOMENT, nullable=False),
        Column("ended_at", MOMENT),
        Column("incomplete_why", TEXT, nullable=False),
        Column("scanned", BOOLEAN, nullable=False),
    )
    op.create_index("pulled_by_session", "pulled", ["session", "id"])
    op.create_index("pulled_by_request", "pulled", ["request", "id"])
    op.create_table(
        "notices",
        Column("id", NUMBER, primary_key=True),
        Column("request", TEXT, ForeignKey("requests.id"), nullable=False),
        Column("session", TEXT, ForeignKey("windows.session"), nullable=False),
        Column("code", TEXT, nullable=False),
        Column("collection", TEXT, nullable=False),
        Column("count", NUMBER, nullable=False),
        Column("settled_by", TEXT, nullable=False),
        Column("settled_how", TEXT, nullable=False),
        Column("settled_at", MOMENT),
    )
    op.create_index("notices_by_request", "notices", ["request", "id"])
    op.create_table(
        "not_reached",
        Column("id", NUMBER, primary_key=True),
        Column("session", TEXT, ForeignKey("windows.session"), nullable=False),
        Column("what", TEXT, nullable=False),
        Column("to", TEXT, nullable=False),
        Column("why", TEXT, nullable=False),
    )
    op.create_index("not_reached_by_session", "not_reached", ["session", "id"])
    op.create_table(
        "vault_keys",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("member", TEXT, ForeignKey("members.id"), primary_key=True, autoincrement=False),
        Column("sealed", BYTES, nullable=False),
    )
    op.create_table(
        "vault_chunks",
        Column("pulled", NUMBER, ForeignKey("pulled.id"), primary_key=True, autoincrement=False),
        Column("number", INTEGER, primary_key=True, autoincrement=False),
        Column("first_row", NUMBER, nullable=False),
        Column("rows", INTEGER, nullable=False),
        Column("sealed", BYTES, nullable=False),
    )
    op.create_index("vault_chunks_by_first_row", "vault_chunks", ["pulled", "first_row", "number"])
    op.create_table(
        "vault_files",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("name", TEXT, primary_key=True, autoincrement=False),
        Column("bytes", NUMBER, nullable=False),
        Column("sha256", TEXT, nullable=False),
        Column("sealed", BYTES, nullable=False),
    )
    op.create_table(
        "review_flags",
        Column("id", NUMBER, primary_key=True),
        Column("request", TEXT, ForeignKey("requests.id"), nullable=False),
        Column("pulled", NUMBER, ForeignKey("pulled.id"), nullable=False),
        Column("row", NUMBER, nullable=False),
        Column("field", TEXT, nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("start", INTEGER, nullable=False),
        Column("end", INTEGER, nullable=False),
    )
    op.create_index("review_flags_by_row", "review_flags", ["pulled", "row", "id"])
    op.create_table(
        "marks",
        Column("id", NUMBER, primary_key=True),
        Column("request", TEXT, ForeignKey("requests.id"), nullable=False),
        Column("pulled", NUMBER, ForeignKey("pulled.id"), nullable=False),
        Column("row", NUMBER),
        Column("field", TEXT, nullable=False),
        Column("start", INTEGER),
        Column("end", INTEGER),
        Column("verdict", TEXT, nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
    )
    op.create_index("marks_by_row", "marks", ["pulled", "row", "id"])
    op.create_index("marks_by_request", "marks", ["request", "id"])
    op.create_table(
        "mark_undos",
        Column("mark", NUMBER, ForeignKey("marks.id"), primary_key=True, autoincrement=False),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "review_finishes",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "letters",
        Column("id", TEXT, primary_key=True, autoincrement=False),
        Column("request", TEXT, ForeignKey("requests.id"), nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("language", TEXT, nullable=False),
        Column("text", TEXT, nullable=False),
        Column("sha256", TEXT, nullable=False),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
        Column("sent_at", MOMENT),
        Column("sent_how", TEXT, nullable=False),
    )
    op.create_index("letters_by_request", "letters", ["request", "at", "id"])
    op.create_table(
        "checklist_answers",
        Column("request", TEXT, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
        Column("key", TEXT, primary_key=True, autoincrement=False),
        Column("title", TEXT, nullable=False),
        Column("article", TEXT, nullable=False),
        Column("derived", BOOLEAN, nullable=False),
        Column("state", TEXT, nullable=False),
        Column("text", TEXT, nullable=False),
        Column("by", TEXT, nullable=False),
        Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "packages",
        Column("id", TEXT, primary_key=True, autoincrement=False),
        Column("request", TEXT, ForeignKey("requests.id"), nullable=False),
        Column("made_by", TEXT, nullable=False),
        Column("made_at", MOMENT, nullable=False),
        Column("manifest_sha256", TEXT, nullable=False),
        Column("zip_sha256", TEXT, nullable=False),
        Column("files", INTEGER, nullable=False),
        Column("bytes", NUMBER, nullable=False),
        Column("records", NUMBER, nullable=False),
        Column("withheld", NUMBER, nullable=False),
        Column("covered", NUMBER, nullable=False),
        Column("encrypted", BOOLEAN, nullable=False),
        Column("released_by", TEXT, nullable=False),
        Column("released_at", MOMENT),
        Column("channel", TEXT, nullable=False),
    )
    op.create_index("packages_by_request", "packages", ["request", "made_at", "id"])
