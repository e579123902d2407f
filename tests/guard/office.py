"""A shared workspace with seven people, each with a login of her own, on a real server."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from app.bootstrap import make_desk, real_adapters
from app.domain.addresses import WorkspaceAddress
from app.domain.people import Role
from app.domain.secrets import Secret
from app.domain.workspace import Controller
from app.ports.servers import FirstLogin
from app.security.key_files import Argon2Cost
from app.security.keys import RestingKeys
from app.services.membership import Membership, NewMember, NewPlace, NewWorkspace
from app.storage.servers import ServerWorkspaces
from tests.fakes import (
    FakeCertificates,
    FakeMemberKeys,
    FakeSealing,
    FakeSignatures,
    fake_source_type,
)
from tests.office import MAP, PASSPHRASE, Office, shop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from app.ports.storage import Workspace
    from app.services.desk import Desk
    from tests.servers import PostgresqlServer

BOSS = "boss"
"""Owns the database and may make roles, and is no superuser."""
PEOPLE: dict[str, frozenset[Role]] = {
    "ines": frozenset({Role.ADMINISTRATOR}),
    "olga": frozenset({Role.OFFICER}),
    "otto": frozenset({Role.OFFICER}),
    "anna": frozenset({Role.APPROVER}),
    "bea": frozenset({Role.OFFICER, Role.APPROVER}),
    "audra": frozenset({Role.AUDITOR}),
    "adam": frozenset({Role.ADMINISTRATOR}),
}
SOMEBODY = "somebody"
"""A login of the same server that is no member."""


@dataclass
class SharedOffice(Office):
    """Desks by login; ``officer`` is olga's, ``approver`` anna's, ``administrator`` ines's."""

    server: PostgresqlServer
    database: str
    desks: dict[str, Desk] = field(default_factory=dict)

    def id_of(self, login: str) -> str:
        return self.desks[login].here.member

    def connect(self, login: str, **more: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection as somebody has it with psql."""
        return psycopg.connect(
            host=self.server.host,
            port=self.server.port,
            dbname=self.database,
            user=login,
            password=password_of(login),
            options="-c search_path=sandglass",
            **more,
        )

    def as_superuser(self) -> psycopg.Connection[tuple[Any, ...]]:
        return self.server.connect(self.database, options="-c search_path=sandglass")

    def connect_as_superuser(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection with transactions."""
        connection = self.as_superuser()
        connection.autocommit = False
        return connection

    def close(self) -> None:
        for desk in self.desks.values():
            desk.here.workspace.close()


def password_of(login: str) -> str:
    return f"{login}'s pass word"


def make_logins(server: PostgresqlServer, people: Iterable[str]) -> None:
    """Make the logins as a DBA would, in advance: boss's, and everybody's but the first one's."""
    with server.connect() as connection:
        made = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for login in (BOSS, *list(people)[1:], SOMEBODY):
            if login not in made:
                more = "CREATEROLE" if login == BOSS else ""
                word = password_of(login).replace("'", "''")
                connection.execute(f"CREATE ROLE {login} LOGIN {more} PASSWORD '{word}'".encode())


def open_shared_office(
    server: PostgresqlServer,
    database: str,
    folder: Path,
    *,
    people: Mapping[str, frozenset[Role]] = PEOPLE,
    real_keys: bool = False,
) -> SharedOffice:
    """Make a workspace in an empty database; every member opens it with her own login."""
    make_logins(server, people)
    server.make_database(database, owner=BOSS)
    source = shop()
    source.monotonic = time.monotonic
    real = real_adapters(folder / "home")
    adapters = replace(
        real, source_types={**real.source_types, "fake": fake_source_type({"shop": source})}
    )
    if real_keys:
        adapters = replace(adapters, keys=_cheaply_locked_keys)
    else:
        adapters = replace(
            adapters,
            keys=FakeMemberKeys,
            certificates=FakeCertificates(),
            signatures=FakeSignatures(),
            sealing=FakeSealing(),
        )
    assert isinstance(adapters.servers, ServerWorkspaces)
    membership = Membership(
        workspaces=adapters.workspaces,
        servers=adapters.servers,
        keys=adapters.keys(folder / "keys"),
        certificates=adapters.certificates,
        sealing=adapters.sealing,
    )
    address = WorkspaceAddress(server.host, database, BOSS, server.port)
    with server.connect() as connection:
        exists = connection.execute("SELECT FROM pg_roles WHERE rolname = 'ines'").rowcount > 0
    first_login = FirstLogin("ines", Secret(password_of("ines")), exists=exists)
    first = membership.create_shared(
        NewPlace(address, Secret(password_of(BOSS)), first_login),
        NewWorkspace(
            "Northwind",
            Controller("Northwind GmbH", authority="DPA Hamburg"),
            "Europe/Berlin",
            "DE",
        ),
        first=NewMember("Ines", "ines@example.org", people["ines"], PASSPHRASE),
    )
    desks = {"ines": make_desk(first, adapters)}
    for login, roles in list(people.items())[1:]:
        new = NewMember(login.title(), f"{login}@example.org", roles, PASSPHRASE)
        member = membership.add(first, new, login=login)
        own: Workspace = adapters.servers.open(address.for_login(login), Secret(password_of(login)))
        desks[login] = make_desk(
            membership.sign_in(own, member.id, passphrase=PASSPHRASE), adapters
        )
    desks["ines"].sourcing.add("fake", {"name": "shop"}, map_text=MAP, map_file="shop.yml")
    return SharedOffice(
        adapters, first.workspace, adapters.clock, source, membership,  # type: ignore[arg-type]
        desks["ines"], desks["olga"], desks["anna"], server, database, desks,
    )  # fmt: skip


def _cheaply_locked_keys(folder: Path) -> RestingKeys:
    """Return real keys; their passphrases are no secret, so guessing them need not cost much."""
    return RestingKeys(folder, cost=Argon2Cost(iterations=1, memory_kib=1024, lanes=1))


@contextmanager
def policy_with(office: SharedOffice, **changes: Any) -> Iterator[None]:
    """Let the policy be another meanwhile."""
    settings = office.administrator.settings
    before = settings.facts().policy
    settings.set_policy(replace(before, version=before.version + 1, **changes))
    yield
    settings.set_policy(replace(before, version=before.version + 2))


def approvers_needed(office: SharedOffice, count: int) -> AbstractContextManager[None]:
    """Let the policy want that many people's yes for what is asked meanwhile."""
    return policy_with(office, approvers_needed=count)


WEEK = timedelta(days=7)
