"""Airlocks, their secrets sealed to members, and what was asked of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from sqlalchemy import delete, select

from app.domain.airlock import AirlockRecord, SourceGrant
from app.ports.storage import AirlockStore
from app.storage.rows import columns_of, values_of
from app.storage.tables import airlock_secrets, airlocks, source_grants

if TYPE_CHECKING:
    from app.storage.statements import Statements

_AIRLOCKS = select(*columns_of(airlocks, AirlockRecord))
_GRANTS = select(*columns_of(source_grants, SourceGrant))


class SqlAirlockStore(AirlockStore):
    """Airlocks in the workspace's database."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def put(self, record: AirlockRecord) -> None:
        self._run.put(airlocks, values_of(record))

    @override
    def find(self, source: str) -> AirlockRecord | None:
        row = self._run.first(_AIRLOCKS.where(airlocks.c.source == source))
        return None if row is None else AirlockRecord(*row)

    @override
    def all(self) -> tuple[AirlockRecord, ...]:
        rows = self._run.all(_AIRLOCKS.order_by(airlocks.c.source))
        return tuple(AirlockRecord(*row) for row in rows)

    @override
    def remove(self, source: str) -> None:
        for table in (source_grants, airlock_secrets, airlocks):
            self._run.run(delete(table).where(table.c.source == source))

    @override
    def put_secret(self, source: str, kind: str, member: str, sealed: bytes) -> None:
        row = {"source": source, "kind": kind, "member": member, "sealed": sealed}
        self._run.put(airlock_secrets, row)

    @override
    def secret(self, source: str, kind: str, member: str) -> bytes | None:
        mine = (
            (airlock_secrets.c.source == source)
            & (airlock_secrets.c.kind == kind)
            & (airlock_secrets.c.member == member)
        )
        sealed: bytes | None = self._run.value(select(airlock_secrets.c.sealed).where(mine))
        return sealed

    @override
    def holders(self) -> tuple[tuple[str, str, str], ...]:
        rows = self._run.all(
            select(airlock_secrets.c.source, airlock_secrets.c.kind, airlock_secrets.c.member)
        )
        return tuple((row.source, row.kind, row.member) for row in rows)

    @override
    def drop_secret(self, source: str, kind: str, member: str) -> None:
        mine = (
            (airlock_secrets.c.source == source)
            & (airlock_secrets.c.kind == kind)
            & (airlock_secrets.c.member == member)
        )
        self._run.run(delete(airlock_secrets).where(mine))

    @override
    def put_grant(self, grant: SourceGrant) -> None:
        self._run.put(source_grants, values_of(grant))

    @override
    def grants(self, access_request: str) -> tuple[SourceGrant, ...]:
        mine = source_grants.c.access_request == access_request
        rows = self._run.all(_GRANTS.where(mine).order_by(source_grants.c.source))
        return tuple(SourceGrant(*row) for row in rows)

    @override
    def unclosed(self) -> tuple[SourceGrant, ...]:
        live = source_grants.c.opened_at.is_not(None) & source_grants.c.closed_at.is_(None)
        rows = self._run.all(_GRANTS.where(live).order_by(source_grants.c.grant))
        return tuple(SourceGrant(*row) for row in rows)
