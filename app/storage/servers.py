"""Shared workspaces: made, opened, upgraded and looked over."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import delete, insert, select

from app.domain.audit import Action, Event, follow
from app.domain.errors import (
    AppError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    StorageError,
)
from app.domain.people import Role
from app.ports.servers import FirstLogin, SharedWorkspaces
from app.storage import migrations, moving
from app.storage.engine import shared as engine
from app.storage.failures import translated
from app.storage.guard import inspecting, inventory, people, records
from app.storage.guard import tables as tables_of_guard
from app.storage.guard.names import Names
from app.storage.shared import SharedWorkspace
from app.storage.tables import log, members
from app.storage.unit_of_work import SqlUnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from app.domain.addresses import WorkspaceAddress
    from app.domain.audit import ChainState, Details
    from app.domain.secrets import LoginSecret
    from app.ports.storage import UnitOfWork
    from app.storage.heads import RememberedHeads

_PROGRAM = "sandglass"
_OLDEST_SERVER = 140000


class ServerWorkspaces(SharedWorkspaces):
    """Workspaces in PostgreSQL databases; ``heads`` are what this machine remembers of logs."""

    def __init__(self, heads: RememberedHeads) -> None:
        self._heads = heads

    @override
    def create(
        self, address: WorkspaceAddress, owner: LoginSecret | None, *, first: FirstLogin
    ) -> SharedWorkspace:
        names = Names.of(secrets.token_hex(8))
        with _as_owner(address, owner) as connection:
            _check_server(connection, address)
            _make_roles(connection, names)
            engine.run(connection, f"CREATE SCHEMA {engine.SCHEMA} AUTHORIZATION {names.owner}")
            with _owning(connection, names):
                _install(connection, names)
            _let_first_in(connection, names, first)
            _close_to_others(connection, names)
            _record_guard(connection, names)
        hers = address.for_login(first.name).with_options(**first.options)
        return self.open(hers, first.password)

    @override
    def move_in(
        self,
        unit: UnitOfWork,
        address: WorkspaceAddress,
        owner: LoginSecret | None,
        *,
        logins: Mapping[str, str],
    ) -> ChainState:
        if not isinstance(unit, SqlUnitOfWork):
            raise TypeError(unit)
        source, place = unit.connection, address.for_login("").text
        if moving.is_moving(source, place) and _has_arrived(source, address, owner):
            moving.mark_moved(source, place)
            return moving.chain_of(source)
        moving.mark_moving(source, place)
        unit.commit()
        try:
            chain = self._move(source, address, owner, logins=logins)
        except AppError as error:
            source.rollback()
            if not _has_arrived_after(error, source, address, owner):
                moving.mark_stays(source)
                unit.commit()
                raise
            chain = moving.chain_of(source)  # only the answer was lost
        moving.mark_moved(source, place)
        return chain

    @override
    def take_back(
        self, unit: UnitOfWork, address: WorkspaceAddress, owner: LoginSecret | None
    ) -> None:
        if not isinstance(unit, SqlUnitOfWork):
            raise TypeError(unit)
        source, place = unit.connection, address.for_login("").text
        if moving.is_moving(source, place):
            if _has_arrived(source, address, owner):
                raise ConflictError("workspace.has_moved", place=place)
            moving.mark_stays(source)

    @staticmethod
    def _move(
        source: Connection,
        address: WorkspaceAddress,
        owner: LoginSecret | None,
        *,
        logins: Mapping[str, str],
    ) -> ChainState:
        names = Names.of(secrets.token_hex(8))
        with _as_owner(address, owner) as connection:
            _check_server(connection, address)
            _make_roles(connection, names)
            engine.run(connection, f"CREATE SCHEMA {engine.SCHEMA} AUTHORIZATION {names.owner}")
            with _owning(connection, names):
                migrations.upgrade(connection)
                moving.copy_all(source, connection)
                chain = moving.chain_of(connection)
                moving.must_be_same(moving.chain_of(source), chain)
                _install(connection, names)  # its log goes on from the last entry
                details: Details = {"entries": chain.entries, "head": chain.head}
                _record(connection, Event(Action.WORKSPACE_MOVED, _PROGRAM, details=details))
                for member, login in logins.items():
                    row = {"login": login, "member": member}
                    connection.execute(tables_of_guard.logins.insert(), row)
                    _record(connection, Event(Action.MEMBER_LOGIN, _PROGRAM, object=member))
            _close_to_others(connection, names)
            _record_guard(connection, names)
        return chain

    @override
    def open(self, address: WorkspaceAddress, secret: LoginSecret | None) -> SharedWorkspace:
        workspace = SharedWorkspace(address, secret, heads=self._heads)
        try:
            with workspace.read():
                """Refuse here what no unit could work with: another revision."""
        except BaseException:
            workspace.close()
            raise
        return workspace

    @override
    def upgrade(self, address: WorkspaceAddress, owner: LoginSecret | None) -> None:
        with _as_owner(address, owner) as connection:
            names = inspecting.names_of(engine.run(connection, inspecting.OWNER), address)
            engine.run(connection, f"GRANT {names.owner} TO CURRENT_USER")
            _may_end_turns(connection, names)
            with _owning(connection, names):
                found = migrations.revision_of(connection)
                if found is None:
                    raise StorageError("workspace.not_a_workspace", path=address.text)
                if not migrations.is_known(found):
                    raise StorageError("workspace.newer", found=found, known=migrations.NEWEST)
                _check_owned(connection, names)
                engine.run(connection, "SELECT take_turn()")
                _install(connection, names)
                if found != migrations.NEWEST:
                    details: Details = {"from": found, "to": migrations.NEWEST}
                    _record(connection, Event(Action.WORKSPACE_UPGRADED, _PROGRAM, details=details))
                _check_guard(connection, names)
            _close_to_others(connection, names)
            _record_guard(connection, names)

    @override
    def replace_login(
        self, address: WorkspaceAddress, owner: LoginSecret | None, *, email: str, login: str
    ) -> None:
        with _as_owner(address, owner) as connection:
            names = inspecting.names_of(engine.run(connection, inspecting.OWNER), address)
            engine.run(connection, f"GRANT {names.owner} TO CURRENT_USER")
            with _owning(connection, names):
                if (found := migrations.revision_of(connection)) != migrations.NEWEST:
                    raise StorageError("workspace.older", path=address.text, found=found)
                engine.run(connection, "SELECT take_turn()")
                member = _member_with(connection, email)
                hers = tables_of_guard.logins.c.member == member
                old = connection.execute(
                    delete(tables_of_guard.logins)
                    .where(hers)
                    .returning(tables_of_guard.logins.c.login)
                )
                _take_out(connection, names, [name for (name,) in old])
                connection.execute(
                    insert(tables_of_guard.logins).values(login=login, member=member)
                )
                _record(connection, Event(Action.LOGIN_REPLACED, _PROGRAM, object=member))
            engine.run(connection, "SET CONSTRAINTS ALL IMMEDIATE")
            engine.run(connection, f"REVOKE {names.owner} FROM CURRENT_USER")


@contextmanager
def _as_owner(address: WorkspaceAddress, owner: LoginSecret | None) -> Iterator[Connection]:
    """Give a transaction of the owner's login; it holds as a whole or not at all."""
    maintenance = engine.plain(address, owner)
    try:
        with translated(), maintenance.begin() as connection:
            yield connection
    finally:
        maintenance.dispose()


def _has_arrived(source: Connection, address: WorkspaceAddress, owner: LoginSecret | None) -> bool:
    """Say whether a server has the workspace of a file, with its log.

    Who is in the middle of moving it there is waited for: to make the same schema twice waits, and
    is always undone.
    """
    maintenance = engine.plain(address, owner)
    try:
        with translated(), maintenance.connect() as connection:
            if engine.has_room(connection):
                return False
            transaction = connection.begin()
            names = inspecting.names_of(engine.run(connection, inspecting.OWNER), address)
            engine.run(connection, f"GRANT {names.owner} TO CURRENT_USER")
            with _owning(connection, names):
                found = moving.is_same(source, connection)
            transaction.rollback()
            return found
    finally:
        maintenance.dispose()


def _has_arrived_after(
    error: AppError, source: Connection, address: WorkspaceAddress, owner: LoginSecret | None
) -> bool:
    """Look whether all is there although it seemed to fail; nobody knows where nobody answers."""
    if error.code != "workspace.gone":  # a server that says no has undone it
        return False
    try:
        return _has_arrived(source, address, owner)
    except AppError:
        raise StorageError("workspace.moving", place=address.for_login("").text) from None


@contextmanager
def _owning(connection: Connection, names: Names) -> Iterator[None]:
    """Act as the role that owns the tables."""
    engine.run(connection, f"SET LOCAL ROLE {names.owner}")
    yield
    engine.run(connection, "RESET ROLE")


def _check_server(connection: Connection, address: WorkspaceAddress) -> None:
    ((version, encoding, is_there, may),) = engine.run(
        connection,
        f"""SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
               EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = '{engine.SCHEMA}'),
               r.rolsuper OR (r.rolcreaterole AND pg_has_role(d.datdba, 'MEMBER'))
          FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
         WHERE r.rolname = current_user AND d.datname = current_database()""",  # noqa: S608 - a name of ours
    )
    if is_there:
        raise StorageError("workspace.exists", path=address.text)
    if version < _OLDEST_SERVER:
        raise StorageError("workspace.server_too_old", version=version // 10000)
    if encoding != "UTF8":
        raise StorageError("workspace.not_utf8", encoding=encoding)
    if not may:
        raise NotAllowedError("workspace.owner_needed", login=address.login)


def _make_roles(connection: Connection, names: Names) -> None:
    for role in (names.owner, *names.groups):
        engine.run(connection, f"CREATE ROLE {role} NOLOGIN NOCREATEROLE NOCREATEDB")
    for group in names.groups:
        engine.run(connection, f"GRANT {group} TO {names.owner} WITH ADMIN OPTION")
    engine.run(connection, f"GRANT {names.owner} TO CURRENT_USER")
    _may_end_turns(connection, names)


def _may_end_turns(connection: Connection, names: Names) -> None:
    """Let the guard cut off who keeps others from writing, where that is ours to give."""
    engine.run(
        connection,
        f"""DO $$ BEGIN
          GRANT pg_signal_backend TO {names.owner};
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END $$""",
    )


def _install(connection: Connection, names: Names) -> None:
    """Bring tables and guard to what this program knows."""
    migrations.upgrade(connection)
    for part in (records, people):
        for statement in part.statements(names):
            engine.run(connection, statement)


def _let_first_in(connection: Connection, names: Names, first: FirstLogin) -> None:
    if not first.exists:
        engine.make_login(connection, first.name, first.password)
    login = engine.quoted(first.name)
    with _owning(connection, names):
        for group in (names.members, names.group(Role.ADMINISTRATOR)):
            engine.run(connection, f"GRANT {group} TO {login}")


def _close_to_others(connection: Connection, names: Names) -> None:
    """Leave the database to the members: who cannot make temporary objects cannot shadow names."""
    ((database,),) = engine.run(connection, "SELECT quote_ident(current_database())")
    engine.run(connection, f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    engine.run(connection, f"GRANT CONNECT ON DATABASE {database} TO {names.members}")
    # Before PostgreSQL 15 everybody may make things there; it is not always ours to say.
    engine.run(
        connection,
        """DO $$ BEGIN
          IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public'
                        AND pg_has_role(nspowner, 'USAGE')) THEN
            REVOKE CREATE ON SCHEMA public FROM PUBLIC;
          END IF;
        END $$""",
    )


def _check_owned(connection: Connection, names: Names) -> None:
    """Refuse to go on where somebody else owns a part: rights to it are not ours to take."""
    strangers = engine.run(
        connection,
        f"""SELECT kind || ' ' || name FROM (
              SELECT 'table' AS kind, relname AS name, relowner AS owner, relnamespace AS place
                FROM pg_catalog.pg_class WHERE relkind <> 'i'
              UNION ALL SELECT 'function', proname, proowner, pronamespace FROM pg_catalog.pg_proc
            ) AS parts
           WHERE place = '{engine.SCHEMA}'::regnamespace AND owner <> '{names.owner}'::regrole
           ORDER BY 1""",  # noqa: S608 - names of ours
    )
    if strangers:
        what = ", ".join(name for (name,) in strangers)
        raise StorageError("workspace.guard_differs", what=what)


def _check_guard(connection: Connection, names: Names) -> None:
    """Compare the guard with this program's own: an upgrade must not bless what was added."""
    if differs := inventory.differing(_digests(connection, names)):
        raise StorageError("workspace.guard_differs", what=", ".join(differs))


def _member_with(connection: Connection, email: str) -> str:
    rows = connection.execute(
        select(members.c.id, members.c.email).where(members.c.left_at.is_(None))
    )
    for member, address in rows:
        if str(address).casefold() == email.strip().casefold():
            return str(member)
    raise NotFoundError("member.not_found")


def _take_out(connection: Connection, names: Names, old: list[str]) -> None:
    """Take logins that enter for nobody any more out of all groups, as far as they still exist."""
    there = {name for (name,) in engine.run(connection, "SELECT rolname FROM pg_catalog.pg_roles")}
    for login in there.intersection(old):
        for group in names.groups:
            engine.run(connection, f"REVOKE {group} FROM {engine.quoted(login)}")


def _digests(connection: Connection, names: Names) -> dict[str, str]:
    def ask(query: str) -> list[tuple[Any, ...]]:
        return engine.run(connection, query)

    return inventory.digests(ask, names)


def _record_guard(connection: Connection, names: Names) -> None:
    """Write into the log what the guard is now; nobody owns the tables afterwards."""
    details: Details = {"revision": migrations.NEWEST, "items": _digests(connection, names)}
    with _owning(connection, names):
        _record(connection, Event(Action.GUARD_INSTALLED, _PROGRAM, details=details))
    engine.run(connection, "SET CONSTRAINTS ALL IMMEDIATE")
    engine.run(connection, f"REVOKE {names.owner} FROM CURRENT_USER")


def _record(connection: Connection, event: Event) -> None:
    ((now, number, digest, at),) = engine.run(
        connection, "SELECT clock_timestamp(), number, hash, at FROM log_head"
    )
    entry = follow(number, digest, event, max(now, at) if at else now)
    connection.execute(log.insert(), vars(entry))
