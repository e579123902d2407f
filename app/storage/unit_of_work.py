"""One use case's transaction in a workspace database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, override

from app.ports.storage import UnitOfWork
from app.storage.log import ChainedLog
from app.storage.repositories.access import SqlAccessStore
from app.storage.repositories.airlocks import SqlAirlockStore
from app.storage.repositories.drawer import SqlDrawerStore
from app.storage.repositories.members import SqlMemberStore
from app.storage.repositories.pulls import SqlPullStore
from app.storage.repositories.requests import SqlRequestStore
from app.storage.repositories.responses import SqlResponseStore
from app.storage.repositories.review import SqlReviewStore
from app.storage.repositories.sources import SqlSourceStore
from app.storage.repositories.vault import SqlVaultStore
from app.storage.repositories.workspace import Identity, SqlWorkspaceStore

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.domain.audit import Entry, Event
    from app.storage.heads import RememberedHeads
    from app.storage.statements import Statements


class Now(Protocol):
    """Who knows what time it is."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...


class SqlUnitOfWork(UnitOfWork):
    """A transaction that is undone unless it is committed; after a commit the next one begins."""

    def __init__(
        self,
        statements: Statements,
        *,
        clock: Now,
        heads: RememberedHeads,
        identity: Identity | None = None,
    ) -> None:
        self._statements = statements
        self._clock = clock
        self._log = ChainedLog(statements, heads)
        self.workspace = SqlWorkspaceStore(statements, identity or Identity())
        self.members = SqlMemberStore(statements)
        self.requests = SqlRequestStore(statements)
        self.sources = SqlSourceStore(statements)
        self.access = SqlAccessStore(statements)
        self.airlocks = SqlAirlockStore(statements)
        self.pulls = SqlPullStore(statements)
        self.vault = SqlVaultStore(statements)
        self.review = SqlReviewStore(statements)
        self.responses = SqlResponseStore(statements)
        self.drawer = SqlDrawerStore(statements)
        self.log = self._log

    @property
    def connection(self) -> Connection:
        """The open connection, for whoever takes a whole workspace elsewhere."""
        return self._statements.connection

    @override
    def now(self) -> datetime:
        now = self._clock.now()
        last_at = self.log.head()[2]
        return now if last_at is None else max(now, last_at)

    @override
    def clock_behind_seconds(self) -> int:
        last_at = self.log.head()[2]
        if last_at is None:
            return 0
        return max(0, int((last_at - self._clock.now()).total_seconds()))

    @override
    def record(self, event: Event) -> Entry:
        return self.log.append(event, self.now())

    @override
    def commit(self) -> None:
        self._log.commit()

    @override
    def __enter__(self) -> Self:
        self._statements.open()
        return self

    @override
    def __exit__(self, *_: object) -> None:
        self._log.forget()
        self._statements.close()
