"""Tables of certificates: each that a member ever had, and when it was taken back."""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, Table

from app.domain.certificates import Why
from app.storage.columns import Choice, Moment, Words, key, needed
from app.storage.tables.guards import insert_only
from app.storage.tables.metadata import METADATA

certificates = Table(
    "certificates",
    METADATA,
    key("member", Words, ForeignKey("members.id")),
    key("number", Integer),
    needed("signing", LargeBinary),
    needed("encryption", LargeBinary),
    needed("why", Choice(Why)),
    needed("issued_by", Words, ForeignKey("members.id")),
    needed("issued_at", Moment),
)
insert_only(certificates, taken="certificate.exists")

certificate_revocations = Table(
    "certificate_revocations",
    METADATA,
    key("member", Words),
    key("number", Integer),
    needed("why", Choice(Why)),
    needed("by", Words, ForeignKey("members.id")),
    needed("at", Moment),
    needed("signature", LargeBinary),
    ForeignKeyConstraint(["member", "number"], ["certificates.member", "certificates.number"]),
)
insert_only(certificate_revocations, taken="certificate.already_revoked")
