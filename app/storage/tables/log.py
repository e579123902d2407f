"""The table of the log. What is hashed is ``line``; columns to search by are made from it."""

from __future__ import annotations

from sqlalchemy import Index, Table

from app.storage.columns import Fact, Number, Words, key, needed
from app.storage.tables.guards import CHAIN, no_changes, on_create
from app.storage.tables.metadata import METADATA

log = Table(
    "log",
    METADATA,
    key("number", Number),
    needed("previous", Words),
    needed("line", Words),
    needed("hash", Words),
    needed("at", Words, Fact("at")),
    needed("action", Words, Fact("action")),
    needed("actor", Words, Fact("actor")),
    needed("request", Words, Fact("request")),
    Index("log_by_at", "at", "number"),
    Index("log_by_action", "action", "number"),
    Index("log_by_actor", "actor", "number"),
    Index("log_by_request", "request", "number"),
)
for _statement in (*no_changes(log.name), CHAIN):
    on_create(log, _statement)
