"""Looks at the guard of a workspace on its server, with a member's login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.errors import StorageError
from app.storage.engine import shared as engine
from app.storage.failures import translated
from app.storage.guard import inventory
from app.storage.guard.names import Names

if TYPE_CHECKING:
    from app.domain.addresses import WorkspaceAddress
    from app.domain.secrets import LoginSecret
    from app.ports.servers import Flaw

OWNER = f"""SELECT r.rolname FROM pg_catalog.pg_namespace n
  JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner WHERE n.nspname = '{engine.SCHEMA}'"""  # noqa: S608 - a name of ours


def flaws_at(address: WorkspaceAddress, secret: LoginSecret | None) -> tuple[Flaw, ...]:
    """Return everything about the guard that is not as this program makes it."""
    with engine.connect(address, secret) as connection, translated():

        def ask(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query.encode(), prepare=False).fetchall()

        return inventory.flaws(ask, names_of(ask(OWNER), address))


def names_of(owner: list[tuple[Any, ...]], address: WorkspaceAddress) -> Names:
    """Return what the roles of a workspace are called, from what ``OWNER`` found."""
    if not owner:
        raise StorageError("workspace.not_a_workspace", path=address.text)
    return Names.of_owner(owner[0][0])
