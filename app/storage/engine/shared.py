"""Connections to a shared workspace: a schema in a PostgreSQL database."""

from __future__ import annotations

import itertools
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, override

import psycopg
from psycopg import pq, sql
from psycopg.types.string import ByteaBinaryLoader
from sqlalchemy import create_engine, event
from sqlalchemy.pool import QueuePool

from app.domain.audit import NO_HASH
from app.domain.errors import AppError, ConflictError, InputError, NotAllowedError, StorageError
from app.domain.secrets import KeyedSecret, Secret
from app.ports.servers import ServerFacts, TurnHolder
from app.postgresql.reaching import CONNECT_SECONDS, identifying, verified_tls, why_not
from app.storage.failures import translated

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.abc import PQGen
    from sqlalchemy import Connection, Engine, Select

    from app.domain.addresses import WorkspaceAddress
    from app.domain.audit import Entry
    from app.domain.secrets import LoginSecret

SCHEMA = "sandglass"
_STALL_SECONDS = 15.0
"""A statement waits for its turn for up to ten; what takes longer than this is no work, but a
server or a network that stands still, and somebody waits for a sentence.
"""
_UPKEEP_STALL_SECONDS = 600.0
"""Making an index of a large workspace is work, and nothing comes of it for minutes."""
LOCK_SECONDS = 10.0
"""How long a statement waits for a lock of somebody else's."""
_IDLE_READER = " -c idle_in_transaction_session_timeout=900s"
_CLOSE_UNUSED_SECONDS = 120
_SESSION = (
    f"-c search_path={SCHEMA},pg_temp -c timezone=UTC -c datestyle=ISO"
    " -c client_min_messages=warning"
    # What was answered as kept is kept, also where a server is set to answer before that. Eight
    # writers would be faster if the turn were given on before the disk has it, and the answer came
    # after. But others would see, remember and print a head that a crash may take back, and that
    # looks like a log that was cut.
    " -c synchronous_commit=on"
    # A client that vanished in the middle of its turn must not keep the others waiting.
    " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)
_READ = f"""
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT version_num, clock_timestamp(), 0, '', NULL::timestamptz, NULL FROM {SCHEMA}.alembic_version
"""  # noqa: S608 - a name of ours
_WRITE = f"""
BEGIN;
SELECT revision, now, number, hash, at, id FROM {SCHEMA}.take_turn()
"""  # noqa: S608 - a name of ours
_ENTRY = f"""
INSERT INTO {SCHEMA}.log (number, previous, line, hash)
VALUES (%(number)s, %(previous)s, %(line)s, %(hash)s);
"""  # noqa: S608 - a name of ours
_HOLDER = f"SELECT pid, login, who, seconds FROM {SCHEMA}.turn_holder()"  # noqa: S608 - a name of ours
_END_TURN = f"SELECT login, seconds FROM {SCHEMA}.end_turn()"  # noqa: S608 - a name of ours
_HASH = f"SELECT hash FROM {SCHEMA}.log WHERE number = %(seen)s;"  # noqa: S608 - a name of ours
_PARTS = itertools.count()
TURN = "turn"
"""Under this name a connection's ``info`` holds what was found when its transaction began."""


@dataclass(frozen=True)
class Turn:
    """What a transaction found at its beginning.

    ``now`` is the server's time; ``head`` is the log's last entry (number, hash, time) and
    ``workspace`` its id, of one that writes, which then waited until it was alone: units that write
    take turns.
    """

    revision: str
    now: datetime
    head: tuple[int, str, datetime | None]
    workspace: str | None


class PatientConnection(psycopg.Connection[tuple[Any, ...]]):
    """Gives up a server from which nothing has come for ``stall_seconds``.

    Behind something that swallows packets neither keep-alives nor the server's own limits end a
    wait: libpq would hang for ever.
    """

    stall_seconds = _STALL_SECONDS

    def cut(self) -> None:
        """End whatever another thread waits for here, at once."""
        with suppress(OSError, psycopg.Error):
            plug = socket.fromfd(self.fileno(), socket.AF_INET, socket.SOCK_STREAM)
            plug.shutdown(socket.SHUT_RDWR)
            plug.close()

    @override
    def wait[RV](self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.stall_seconds if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - the driver's only name for it
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError("nothing came for too long") from None


def connect(
    address: WorkspaceAddress,
    secret: LoginSecret | None,
    *,
    lock_seconds: float = LOCK_SECONDS,
    settings: str = "",
) -> PatientConnection:
    """Return a connection, with more ``settings`` as the server's command line has them.

    ``StorageError("workspace.login_refused" | …)`` with host and port.
    """
    options = {**verified_tls(is_here=address.is_here), **address.options}
    password, key = secret, None
    if isinstance(secret, KeyedSecret):
        password, key = secret.password, secret.key
    try:
        connection = PatientConnection.connect(
            "",
            host=address.host,
            port=address.port,
            dbname=address.database,
            user=address.login or None,
            options=f"{_SESSION} -c lock_timeout={round(lock_seconds * 1000)}{settings}",
            connect_timeout=CONNECT_SECONDS,
            application_name="sandglass",
            autocommit=True,
            **identifying(password, key=key),  # type: ignore[arg-type]
            **{name: value for name, value in options.items() if value},  # type: ignore[arg-type]
        )
    except psycopg.Error as error:
        failure = StorageError(
            f"workspace.{why_not(error, key_file=address.options.get('sslkey', ''))}",
            host=address.host,
            port=address.port,
            database=address.database,
            login=address.login,
            certificate=address.options.get("sslcert", ""),
            key=address.options.get("sslkey", ""),
            authority=address.options.get("sslrootcert", ""),
        )
    else:
        return connection
    raise failure


def pool(
    address: WorkspaceAddress, secret: LoginSecret | None, *, writes: bool, lock_seconds: float
) -> Engine:
    """Return the engine of units of work that read one snapshot, or that write in turn."""
    idle = "" if writes else _IDLE_READER  # who has her turn is told by the guard

    def open_connection() -> PatientConnection:
        return connect(address, secret, lock_seconds=lock_seconds, settings=idle)

    engine = create_engine(
        "postgresql+psycopg://",
        creator=open_connection,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=-1 if not writes else 0,
        pool_timeout=lock_seconds,
        pool_recycle=_CLOSE_UNUSED_SECONDS,
        hide_parameters=True,
    )

    def begin(connection: Connection) -> None:
        connection.info[TURN] = _begin(connection, _WRITE if writes else _READ)

    event.listen(engine, "begin", begin)
    return engine


def rest(units: Engine) -> None:
    """Close the connections that lie unused; the next unit of work makes one again."""
    if isinstance(units.pool, QueuePool) and units.pool.checkedin():
        units.dispose()


def plain(address: WorkspaceAddress, secret: LoginSecret | None) -> Engine:
    """Return the engine of whoever sets a workspace up: ordinary transactions."""

    def open_connection() -> PatientConnection:
        connection = connect(address, secret)
        connection.stall_seconds = _UPKEEP_STALL_SECONDS
        return connection

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    engine = create_engine(
        "postgresql+psycopg://",
        creator=open_connection,
        poolclass=QueuePool,
        pool_size=1,
        hide_parameters=True,
    )
    event.listen(engine, "begin", begin)
    return engine


def run(connection: Connection, text: str) -> list[tuple[Any, ...]]:
    """Run SQL of our own, as it stands, in the transaction of ``connection``; return its rows."""
    cursor = _driver(connection).execute(text.encode(), prepare=False)
    return cursor.fetchall() if cursor.description else []


def has_room(connection: Connection) -> bool:
    """Say whether the schema could be made; waits for whoever is making it, and makes nothing."""
    transaction = connection.begin()
    try:
        run(connection, f"CREATE SCHEMA {SCHEMA}")
    except psycopg.errors.DuplicateSchema:
        return False
    else:
        return True
    finally:
        transaction.rollback()


def parts_as_bytes(
    connection: Connection, select: Select[*tuple[Any, ...]], *, at_once: int
) -> Generator[list[tuple[Any, ...]]]:
    """Yield rows in parts, with texts as the bytes that came: decoding a million costs seconds."""
    query = select.compile(dialect=connection.dialect)
    with _driver(connection).cursor(name=f"parts_{next(_PARTS)}", binary=True) as cursor:
        cursor.adapters.register_loader("text", ByteaBinaryLoader)
        cursor.execute(str(query).encode(), query.params)
        while rows := cursor.fetchmany(at_once):
            yield rows


def make_login(connection: Connection, name: str, password: LoginSecret | None) -> None:
    """Make a login; the server and its log get a verifier, never the password.

    ``InputError("workspace.login_needs_password")``; ``ConflictError("workspace.login_exists")``.
    """
    driver = _driver(connection)
    if not isinstance(password, Secret):
        raise InputError("workspace.login_needs_password", login=name)
    there = driver.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [name])
    if there.rowcount:
        raise ConflictError("workspace.login_exists", login=name)
    verifier = driver.pgconn.encrypt_password(
        password.reveal().encode(), name.encode(), b"scram-sha-256"
    )
    driver.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOCREATEROLE NOCREATEDB PASSWORD {}").format(
            sql.Identifier(name), sql.Literal(verifier.decode())
        )
    )


def quoted(name: str) -> str:
    """Return the name of a role as SQL has it."""
    return sql.Identifier(name).as_string()


def _driver(connection: Connection) -> PatientConnection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, PatientConnection):
        raise TypeError(driver)
    return driver


def _begin(connection: Connection, statements: str) -> Turn:
    """Begin and look around in one round trip."""
    driver = _driver(connection)
    try:
        cursor = driver.execute(statements.encode(), prepare=False)
        while cursor.nextset():
            pass
        found = cursor.fetchone()
    except psycopg.Error as error:
        if driver.pgconn.status == pq.ConnStatus.BAD or driver.closed:
            connection.invalidate()
        elif isinstance(error, psycopg.errors.LockNotAvailable):
            driver.execute("ROLLBACK")
            _say_who_holds_the_turn(connection)
        raise
    if found is None:
        raise StorageError("workspace.not_a_workspace")
    revision, now, number, digest, at, workspace = found
    return Turn(
        revision,
        now.astimezone(UTC),
        (number, digest or NO_HASH, at.astimezone(UTC) if at else None),
        workspace,
    )


def _say_who_holds_the_turn(connection: Connection) -> None:
    holder = turn_holder(connection)
    if holder is not None:
        raise StorageError("workspace.turn_held", who=holder.who, seconds=holder.seconds) from None


def turn_holder(connection: Connection) -> TurnHolder | None:
    """Return who keeps others from writing at this moment, if somebody does."""
    found = _driver(connection).execute(_HOLDER).fetchone()
    return TurnHolder(*found) if found else None


def end_turn(address: WorkspaceAddress, secret: LoginSecret | None) -> tuple[str, int] | None:
    """Cut off who keeps others from writing for some seconds; return her login and the seconds.

    ``NotAllowedError("workspace.turn_not_ours")`` where only the server's DBA may.
    """
    with connect(address, secret) as connection, translated():
        found = connection.execute(_END_TURN).fetchone()
    return (str(found[0]), int(found[1])) if found else None


def finish(connection: Connection, last: Entry | None, number: int) -> str | None:
    """Write the ``last`` entry, look up the hash of another one and commit, in one round trip."""
    if last is None and not number:
        connection.commit()
        return None
    found = None
    entry = _ENTRY if last is not None else ""
    values = {"seen": number, **(vars(last) if last is not None else {})}
    # As one text with its values in it: parameters would go to the server statement by statement.
    with psycopg.ClientCursor(_driver(connection)) as cursor:
        cursor.execute(f"{entry} {_HASH if number else ''} COMMIT".encode(), values)
        while cursor.description is None and cursor.nextset():
            pass
        found = cursor.fetchone() if cursor.description is not None else None
    connection.commit()
    return str(found[0]) if found else None


def channel_of(address: WorkspaceAddress, secret: LoginSecret | None) -> str:
    """Return where a workspace tells of changes.

    ``workspace.not_a_workspace`` where none is, ``workspace.not_a_member`` for a strange login.
    """
    with connect(address, secret) as connection:
        try:
            with translated():
                found = connection.execute(f"SELECT {SCHEMA}.channel()").fetchone()
        except NotAllowedError:
            failure: AppError = NotAllowedError("workspace.not_a_member", login=address.login)
        except StorageError as error:
            failure = StorageError(error.code, **{**error.values, "path": address.text})
        else:
            return str(found[0]) if found else ""
    raise failure


def server_facts(connection: Connection) -> ServerFacts:
    """Return what the server says of itself, and of the login."""
    query = "SELECT current_setting('server_version'), session_user, clock_timestamp()"
    ((version, login, now),) = run(connection, query)
    is_encrypted = bool(_driver(connection).pgconn.ssl_in_use)
    return ServerFacts(str(version), str(login), is_encrypted, now.astimezone(UTC))
