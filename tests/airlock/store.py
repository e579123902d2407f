"""An office that has a store in PostgreSQL beside its other sources."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from app.domain.secrets import Secret
from app.services.airlocks import DbaLogin
from app.sources._postgresql_airlock_script import uninstall_script
from app.sources._postgresql_direct_script import uninstall_direct_script
from tests.airlock.base import SHOP
from tests.airlock.ground import TABLES
from tests.fakes import RealClock
from tests.office import open_office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes import FakeClock
    from tests.office import Office
    from tests.servers import PostgresqlServer

DATABASE = "main_job"
MAP = SHOP.replace("shop", "store")


def make_database(server: PostgresqlServer) -> None:
    """Make the database anew, with one customer who asks; roles of other tests go."""
    with closing(server.connect()) as owner:
        owner.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        owner.execute(f"CREATE DATABASE {DATABASE}")
    with closing(server.connect(DATABASE)) as owner:
        for script in (uninstall_script("store"), uninstall_direct_script("store")):
            owner.execute(script.encode())
        owner.execute(TABLES)
        owner.execute("UPDATE customers SET email = 'Mara@Example.ORG' WHERE id = 7")


def open_store(folder: Path, server: PostgresqlServer, *, clock: FakeClock | None = None) -> Office:
    """Make the database and an office that knows it as ``store``; no airlock is installed yet."""
    office = open_office(folder, clock=clock or RealClock())
    add_store(office, server)
    return office


def add_store(office: Office, server: PostgresqlServer) -> None:
    """Make the database, and the office's only source of it; no airlock is installed yet."""
    make_database(server)
    office.administrator.sourcing.set_in_use("shop", is_active=False)
    settings = server.settings(DATABASE, sslmode="disable")
    del settings["user"]
    office.administrator.sourcing.add("postgresql", settings, map_text=MAP, map_file="store.yml")


def dba(server: PostgresqlServer) -> DbaLogin:
    """Return the login of who owns the server."""
    return DbaLogin(server.user, Secret(server.password))
