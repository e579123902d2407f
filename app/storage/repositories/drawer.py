"""Each member's own small things, sealed to her."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from sqlalchemy import delete, select

from app.ports.storage import DrawerStore
from app.storage.tables import drawer

if TYPE_CHECKING:
    from datetime import datetime

    from app.storage.statements import Statements


class SqlDrawerStore(DrawerStore):
    """Drawers in the workspace's database."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def put(self, member: str, key: str, sealed: bytes, *, at: datetime) -> None:
        self._run.put(drawer, {"member": member, "key": key, "sealed": sealed, "at": at})

    @override
    def get(self, member: str, key: str) -> bytes | None:
        mine = (drawer.c.member == member) & (drawer.c.key == key)
        sealed: bytes | None = self._run.value(select(drawer.c.sealed).where(mine))
        return sealed

    @override
    def all(self, member: str, prefix: str) -> tuple[tuple[str, bytes], ...]:
        rows = self._run.all(
            select(drawer.c.key, drawer.c.sealed)
            .where(drawer.c.member == member, drawer.c.key.startswith(prefix, autoescape=True))
            .order_by(drawer.c.key)
        )
        return tuple((row.key, row.sealed) for row in rows)

    @override
    def drop(self, member: str, key: str) -> None:
        mine = (drawer.c.member == member) & (drawer.c.key == key)
        self._run.run(delete(drawer).where(mine))
