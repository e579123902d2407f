"""Tables of requests: subjects, identities, pauses, notes, verifications."""

from __future__ import annotations

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, Table

from app.domain.requests import Channel, Outcome, Right, Stage
from app.domain.verification import Level, Method
from app.storage.columns import Choice, Moment, Words, key, names, needed, optional
from app.storage.tables.guards import insert_only
from app.storage.tables.metadata import METADATA

requests = Table(
    "requests",
    METADATA,
    key("id", Words),
    needed("regime", Words),
    needed("right", Choice(Right)),
    needed("subject_name", Words),
    needed("subject_folded", Words),
    needed("subject_language", Words),
    needed("subject_country", Words),
    needed("subject_address", names()),
    needed("subject_salutation", Words),
    needed("received_at", Moment),
    needed("channel", Choice(Channel)),
    needed("timezone", Words),
    needed("calendar", Words),
    needed("owner", Words),
    needed("stage", Choice(Stage)),
    needed("created_at", Moment),
    needed("created_by", Words),
    needed("version", Integer),
    needed("linked", names()),
    optional("identity_received", Date),
    optional("fee_paid", Date),
    optional("extended_at", Moment),
    needed("extension_reason", Words),
    optional("outcome", Choice(Outcome)),
    optional("closed_at", Moment),
    optional("keep_until", Date),
    # As last counted; unknown whether paused: never counted.
    optional("due", Date),
    optional("safe_by", Date),
    optional("is_paused", Boolean),
    Index("requests_by_received_at", "received_at", "id"),
    Index("requests_by_subject", "subject_folded", "id"),
    Index("requests_by_due", "closed_at", "due", "id"),
    Index("requests_by_stage", "stage", "closed_at", "due", "id"),
    Index("requests_by_owner", "owner", "closed_at", "due", "id"),
)

request_identities = Table(
    "request_identities",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    key("position", Integer),
    needed("kind", Words),
    needed("value", Words),
    needed("verified", Boolean),
    Index("request_identities_by_value", "value"),
)

pauses = Table(
    "pauses",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    key("number", Integer),
    needed("kind", Words),
    needed("asked", Date),
    optional("answered", Date),
    needed("reason", Words),
    needed("by", Words),
    needed("approved_by", Words),
)

notes = Table(
    "notes",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    key("number", Integer),
    needed("at", Moment),
    needed("by", Words),
    needed("text", Words),
)
insert_only(notes, taken="note.exists")

verifications = Table(
    "verifications",
    METADATA,
    key("request", Words, ForeignKey("requests.id")),
    key("number", Integer),
    needed("method", Choice(Method)),
    needed("level", Choice(Level)),
    needed("verified", Boolean),
    needed("facts_matched", Integer),
    needed("note", Words),
    needed("evidence_kept", Boolean),
    needed("by", Words),
    needed("at", Moment),
)
insert_only(verifications, taken="verification.exists")
