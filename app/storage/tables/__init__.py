"""Every table of a workspace, embedded or shared."""

from app.storage.tables.access import (
    access_requests,
    decisions,
    revocations,
    window_ends,
    windows,
    withdrawals,
)
from app.storage.tables.airlocks import airlock_renewals, airlock_secrets, airlocks, source_grants
from app.storage.tables.log import log
from app.storage.tables.metadata import METADATA
from app.storage.tables.people import certificate_revocations, certificates
from app.storage.tables.pulls import (
    not_reached,
    notices,
    pulled,
    vault_chunks,
    vault_files,
    vault_keys,
)
from app.storage.tables.requests import (
    notes,
    pauses,
    request_identities,
    requests,
    verifications,
)
from app.storage.tables.responses import checklist_answers, letters, packages, reports
from app.storage.tables.review import mark_undos, marks, review_finishes, review_flags
from app.storage.tables.workspace import (
    counters,
    day_overrides,
    drawer,
    members,
    sealed_authorities,
    sources,
    workspace,
)

__all__ = [
    "METADATA",
    "access_requests",
    "airlock_renewals",
    "airlock_secrets",
    "airlocks",
    "certificate_revocations",
    "certificates",
    "checklist_answers",
    "counters",
    "day_overrides",
    "decisions",
    "drawer",
    "letters",
    "log",
    "mark_undos",
    "marks",
    "members",
    "not_reached",
    "notes",
    "notices",
    "packages",
    "pauses",
    "pulled",
    "reports",
    "request_identities",
    "requests",
    "review_finishes",
    "review_flags",
    "revocations",
    "sealed_authorities",
    "source_grants",
    "sources",
    "vault_chunks",
    "vault_files",
    "vault_keys",
    "verifications",
    "window_ends",
    "windows",
    "withdrawals",
    "workspace",
]
