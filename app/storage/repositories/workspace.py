"""The workspace's own facts, its counters and its sealed authority."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from sqlalchemy import delete, select, update

from app.domain.certificates import fingerprint_of
from app.domain.errors import NotFoundError, SecurityError
from app.domain.workspace import DayOverride, WorkspaceFacts
from app.ports.storage import WorkspaceStore
from app.storage.rows import columns_of, values_of
from app.storage.tables import counters, day_overrides, sealed_authorities, workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.domain.policy import Policy
    from app.domain.workspace import Controller
    from app.storage.statements import Statements


class Identity:
    """Which workspace this is, and whose, from the first look on: nothing takes its place later.

    Everything that somebody signed is held against its authority's certificate, which a server's
    owner could exchange under an open window.
    """

    def __init__(self) -> None:
        self._seen: tuple[str, bytes] | None = None

    def check(self, facts: WorkspaceFacts) -> WorkspaceFacts:
        """Return ``facts``; ``SecurityError("workspace.other_authority")`` unless they are the
        workspace's that was seen first.
        """
        found = (facts.id, facts.authority_certificate)
        self._seen = self._seen or found
        if found != self._seen:
            raise SecurityError(
                "workspace.other_authority",
                found=fingerprint_of(facts.authority_certificate),
                known=fingerprint_of(self._seen[1]),
            )
        return facts


class SqlWorkspaceStore(WorkspaceStore):
    """The facts of a workspace in its database."""

    def __init__(self, statements: Statements, identity: Identity) -> None:
        self._run = statements
        self._identity = identity

    @override
    def facts(self) -> WorkspaceFacts:
        found = self._run.first(select(workspace))
        if found is None:
            raise NotFoundError("workspace.not_set_up")
        values = dict(found._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        del values["only_one"]
        days = select(*columns_of(day_overrides, DayOverride)).order_by(day_overrides.c.position)
        overrides = tuple(DayOverride(*row) for row in self._run.all(days))
        return self._identity.check(WorkspaceFacts(**values, overrides=overrides))

    @override
    def create(self, facts: WorkspaceFacts) -> None:
        row = values_of(facts)
        del row["overrides"]
        self._run.add(workspace, {"only_one": 1, **row})
        self.set_overrides(facts.overrides)

    @override
    def set_controller(self, controller: Controller) -> None:
        self._set({"controller": controller})

    @override
    def set_policy(self, policy: Policy) -> None:
        self._set({"policy": policy})

    @override
    def set_overrides(self, overrides: Iterable[DayOverride]) -> None:
        self._run.run(delete(day_overrides))
        rows = [
            {"position": position, **values_of(each)} for position, each in enumerate(overrides)
        ]
        self._run.add(day_overrides, rows)

    @override
    def next_number(self, counter: str) -> int:
        mine = counters.c.name == counter
        if self._run.run(update(counters).where(mine).values(last=counters.c.last + 1)):
            number: int = self._run.value(select(counters.c.last).where(mine))
            return number
        self._run.add(counters, {"name": counter, "last": 1})
        return 1

    @override
    def seal_authority(self, member: str, sealed: bytes) -> None:
        self._run.put(sealed_authorities, {"member": member, "sealed": sealed})

    @override
    def sealed_authority(self, member: str) -> bytes | None:
        mine = sealed_authorities.c.member == member
        sealed: bytes | None = self._run.value(select(sealed_authorities.c.sealed).where(mine))
        return sealed

    @override
    def drop_authority(self, member: str) -> None:
        self._run.run(delete(sealed_authorities).where(sealed_authorities.c.member == member))

    @override
    def authority_holders(self) -> tuple[str, ...]:
        rows = self._run.all(select(sealed_authorities.c.member))
        return tuple(sorted(row.member for row in rows))

    def _set(self, values: dict[str, object]) -> None:
        if not self._run.run(update(workspace).values(values)):
            raise NotFoundError("workspace.not_set_up")
