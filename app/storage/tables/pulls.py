"""Tables of what sessions read, and of the vault: ciphertext and sealed keys."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, Table

from app.domain.pulls import PullState
from app.storage.columns import (
    Choice,
    Document,
    Moment,
    Number,
    Words,
    key,
    made_up_key,
    needed,
    optional,
)
from app.storage.tables.metadata import METADATA


def _read_columns(data: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, kind in data)


pulled = Table(
    "pulled",
    METADATA,
    made_up_key(),
    needed("session", Words, ForeignKey("windows.session")),
    needed("request", Words, ForeignKey("requests.id")),
    needed("dataset", Words),
    needed("collection", Words),
    needed("source_type", Words),
    needed("columns", Document(list, _read_columns)),
    needed("rows", Number),
    needed("chunks", Integer),
    needed("state", Choice(PullState)),
    needed("started_at", Moment),
    optional("ended_at", Moment),
    needed("incomplete_why", Words),
    needed("scanned", Boolean),
    Index("pulled_by_request", "request", "id"),
    Index("pulled_by_session", "session", "id"),
)

notices = Table(
    "notices",
    METADATA,
    made_up_key(),
    needed("request", Words, ForeignKey("requests.id")),
    needed("session", Words, ForeignKey("windows.session")),
    needed("code", Words),
    needed("collection", Words),
    needed("count", Number),
    needed("settled_by", Words),
    needed("settled_how", Words),
    optional("settled_at", Moment),
    Index("notices_by_request", "request", "id"),
)

not_reached = Table(
    "not_reached",
    METADATA,
    made_up_key(),
    needed("session", Words, ForeignKey("windows.session")),
    needed("what", Words),
    needed("to", Words),
    needed("why", Words),
    Index("not_reached_by_session", "session", "id"),
)

vault_keys = Table(
    "vault_keys",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    key("member", Words, ForeignKey("members.id")),
    needed("sealed", LargeBinary),
)

vault_chunks = Table(
    "vault_chunks",
    METADATA,
    key("pulled", Number, ForeignKey("pulled.id")),
    key("number", Integer),
    needed("first_row", Number),
    needed("rows", Integer),
    needed("sealed", LargeBinary),
    Index("vault_chunks_by_first_row", "pulled", "first_row", "number"),
)

vault_files = Table(
    "vault_files",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    key("name", Words),
    needed("bytes", Number),
    needed("sha256", Words),
    needed("sealed", LargeBinary),
)
