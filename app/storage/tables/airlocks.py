"""Tables of airlocks: what is installed, keys sealed to members, what was asked of sources."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, LargeBinary, Table

from app.domain.cautions import from_data, to_data
from app.storage.columns import Document, Moment, Words, key, needed, optional
from app.storage.tables.guards import ALL_GRANTED, on_create
from app.storage.tables.metadata import METADATA

airlocks = Table(
    "airlocks",
    METADATA,
    key("source", Words, ForeignKey("sources.key")),
    needed("gatekeeper_verifier", Words),
    needed("watchman_verifier", Words),
    needed("keys", Document(dict, dict)),
    needed("prepared_by", Words, ForeignKey("members.id")),
    needed("prepared_at", Moment),
    needed("map_hash", Words),
    optional("installed_at", Moment),
    optional("checked_at", Moment),
    needed("state", Words),
    optional("cautions", Document(to_data, from_data)),
    optional("entrance", Words),
)

airlock_renewals = Table(
    "airlock_renewals",
    METADATA,
    key("source", Words, ForeignKey("airlocks.source")),
    key("kind", Words),
    needed("made", Words),
    needed("mac", Words),
    needed("again", Boolean),
)

airlock_secrets = Table(
    "airlock_secrets",
    METADATA,
    key("source", Words, ForeignKey("airlocks.source")),
    key("kind", Words),
    key("member", Words, ForeignKey("members.id")),
    needed("sealed", LargeBinary),
)

source_grants = Table(
    "source_grants",
    METADATA,
    key("access_request", Words, ForeignKey("access_requests.id")),
    key("source", Words, ForeignKey("airlocks.source")),
    needed("grant", Words),
    needed("asked", Words),
    needed("asked_mac", LargeBinary),
    needed("sealed", LargeBinary),
    needed("allowed", Words),
    needed("allowed_mac", LargeBinary),
    optional("opened_at", Moment),
    optional("closed_at", Moment),
    optional("entrance", Words),
)
for _trigger in ALL_GRANTED:
    on_create(source_grants, _trigger)
