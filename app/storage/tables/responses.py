"""Tables of what goes out: letters, checklist, packages, reports."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Table

from app.domain.responses import Answered, LetterKind
from app.storage.columns import Choice, Moment, Number, Words, key, needed, optional
from app.storage.tables.guards import insert_only
from app.storage.tables.metadata import METADATA

letters = Table(
    "letters",
    METADATA,
    key("id", Words),
    needed("request", Words, ForeignKey("requests.id")),
    needed("kind", Choice(LetterKind)),
    needed("language", Words),
    needed("text", Words),
    needed("sha256", Words),
    needed("by", Words),
    needed("at", Moment),
    optional("sent_at", Moment),
    needed("sent_how", Words),
    Index("letters_by_request", "request", "at", "id"),
)

checklist_answers = Table(
    "checklist_answers",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    key("key", Words),
    needed("title", Words),
    needed("article", Words),
    needed("derived", Boolean),
    needed("state", Choice(Answered)),
    needed("text", Words),
    needed("by", Words),
    needed("at", Moment),
)

packages = Table(
    "packages",
    METADATA,
    key("id", Words),
    needed("request", Words, ForeignKey("requests.id")),
    needed("made_by", Words),
    needed("made_at", Moment),
    needed("manifest_sha256", Words),
    needed("zip_sha256", Words),
    needed("files", Integer),
    needed("bytes", Number),
    needed("records", Number),
    needed("withheld", Number),
    needed("covered", Number),
    needed("encrypted", Boolean),
    needed("released_by", Words),
    optional("released_at", Moment),
    needed("channel", Words),
    Index("packages_by_request", "request", "made_at", "id"),
)

reports = Table(
    "reports",
    METADATA,
    key("id", Words),
    needed("request", Words),
    needed("sha256", Words),
    needed("head", Words),
    needed("by", Words),
    needed("at", Moment),
    Index("reports_by_request", "request", "at"),
)
insert_only(reports, taken="report.exists")
