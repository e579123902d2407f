"""Airlocks, their secrets sealed to members, and what was asked of sources."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import delete, select, update

from app.domain.airlock import AirlockRecord, SourceGrant
from app.domain.renewal import KEYS, PASSWORDS, Renewal
from app.ports.storage import AirlockStore
from app.storage.rows import columns_of, values_of
from app.storage.tables import airlock_renewals, airlock_secrets, airlocks, source_grants

if TYPE_CHECKING:
    from sqlalchemy import Row

    from app.storage.statements import Statements

_OWN = [each for each in fields(AirlockRecord) if each.name != "renewal"]
_AIRLOCKS = select(*(airlocks.c[each.name] for each in _OWN))
_GRANTS = select(*columns_of(source_grants, SourceGrant))


class SqlAirlockStore(AirlockStore):
    """Airlocks in the workspace's database."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def put(self, record: AirlockRecord) -> None:
        before = self.find(record.source)
        row = _row_of(record)
        if before is None:
            self._run.add(airlocks, row)
        elif changed := _differing(row, _row_of(before)):
            # Who may take one step writes no more than that step.
            self._run.run(
                update(airlocks).where(airlocks.c.source == record.source).values(changed)
            )
        self._put_steps(record.source, before.renewal if before else None, record.renewal)

    @override
    def find(self, source: str) -> AirlockRecord | None:
        row = self._run.first(_AIRLOCKS.where(airlocks.c.source == source))
        return None if row is None else self._record(row)

    @override
    def all(self) -> tuple[AirlockRecord, ...]:
        rows = self._run.all(_AIRLOCKS.order_by(airlocks.c.source))
        return tuple(self._record(row) for row in rows)

    @override
    def remove(self, source: str) -> None:
        for table in (source_grants, airlock_renewals, airlock_secrets, airlocks):
            self._run.run(delete(table).where(table.c.source == source))

    @override
    def put_secret(self, source: str, kind: str, member: str, sealed: bytes) -> None:
        self.drop_secret(source, kind, member)
        row = {"source": source, "kind": kind, "member": member, "sealed": sealed}
        self._run.add(airlock_secrets, row)

    @override
    def follow_on(self, source: str, kind: str, following: str) -> None:
        of_these = airlock_secrets.c.source == source
        self._run.run(delete(airlock_secrets).where(of_these, airlock_secrets.c.kind == kind))
        self._run.run(
            update(airlock_secrets)
            .where(of_these, airlock_secrets.c.kind == following)
            .values(kind=kind)
        )

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

    def _record(self, row: Row[*tuple[Any, ...]]) -> AirlockRecord:
        found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        steps = {each.kind: each for each in self._steps(found["source"])}
        return AirlockRecord(**found, renewal=_renewal(steps) if steps else None)

    def _steps(self, source: str) -> list[Row[*tuple[Any, ...]]]:
        mine = airlock_renewals.c.source == source
        return list(self._run.all(select(airlock_renewals).where(mine)))

    def _put_steps(self, source: str, before: Renewal | None, after: Renewal | None) -> None:
        old, new = _step_rows(before), _step_rows(after)
        of_these = airlock_renewals.c.source == source
        for kind in [each for each in old if each not in new]:
            self._run.run(delete(airlock_renewals).where(of_these, airlock_renewals.c.kind == kind))
        for kind, row in new.items():
            if kind not in old:
                self._run.add(airlock_renewals, {"source": source, "kind": kind, **row})
            elif changed := _differing(row, old[kind]):
                this = of_these, airlock_renewals.c.kind == kind
                self._run.run(update(airlock_renewals).where(*this).values(changed))


def _row_of(record: AirlockRecord) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in _OWN}


def _differing(row: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value != before[name]}


def _renewal(steps: dict[str, Row[*tuple[Any, ...]]]) -> Renewal:
    return Renewal(
        tuple(kind for kind in (*KEYS, *PASSWORDS) if kind in steps),
        {kind: each.made for kind, each in steps.items() if each.made},
        {kind: each.mac for kind, each in steps.items() if each.mac},
        tuple(kind for kind in (*KEYS, *PASSWORDS) if kind in steps and steps[kind].again),
    )


def _step_rows(renewal: Renewal | None) -> dict[str, dict[str, Any]]:
    if renewal is None:
        return {}
    return {
        kind: {
            "made": renewal.made.get(kind, ""),
            "mac": renewal.macs.get(kind, ""),
            "again": kind in renewal.again,
        }
        for kind in renewal.kinds
    }
