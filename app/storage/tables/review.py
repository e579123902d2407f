"""Tables of the review: what has to be looked at, and what was decided about it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, Table

from app.domain.review import Verdict
from app.storage.columns import Choice, Moment, Number, Words, key, made_up_key, needed, optional
from app.storage.tables.guards import insert_only
from app.storage.tables.metadata import METADATA

review_flags = Table(
    "review_flags",
    METADATA,
    made_up_key(),
    needed("request", Words, ForeignKey("requests.id")),
    needed("pulled", Number, ForeignKey("pulled.id")),
    needed("row", Number),
    needed("field", Words),
    needed("kind", Words),
    needed("start", Integer),
    needed("end", Integer),
    Index("review_flags_by_row", "pulled", "row", "id"),
)

marks = Table(
    "marks",
    METADATA,
    made_up_key(),
    needed("request", Words, ForeignKey("requests.id")),
    needed("pulled", Number, ForeignKey("pulled.id")),
    optional("row", Number),
    needed("field", Words),
    optional("start", Integer),
    optional("end", Integer),
    needed("verdict", Choice(Verdict)),
    needed("reason", Words),
    needed("by", Words),
    needed("at", Moment),
    Index("marks_by_request", "request", "id"),
    Index("marks_by_row", "pulled", "row", "id"),
)
insert_only(marks)

mark_undos = Table(
    "mark_undos",
    METADATA,
    key("mark", Number, ForeignKey("marks.id")),
    needed("by", Words),
    needed("at", Moment),
)
insert_only(mark_undos, taken="review.already_undone")

review_finishes = Table(
    "review_finishes",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    needed("by", Words),
    needed("at", Moment),
)
