"""What goes wrong at a real PostgreSQL, and the sentence that people get for it."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, override

import pytest

from app.domain.errors import SourceError
from app.domain.secrets import Secret
from app.ports.progress import QuietTask
from app.ports.sources import Capability
from app.sources.postgresql import SOURCE
from app.wording.errors import error_in_words
from tests.airlock.ground import until
from tests.airlock.store import DATABASE, dba, open_store
from tests.certificates import certificate
from tests.fakes import RealClock
from tests.pooler import pooled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.office import Office
    from tests.servers import Mortal, PostgresqlServer

pytestmark = pytest.mark.server


class Ahead(RealClock):
    """This machine's clock, set wrong."""

    by = timedelta()

    @override
    def now(self) -> datetime:
        return super().now() + self.by


@pytest.fixture
def office(tmp_path: Path, postgresql_server: PostgresqlServer) -> Office:
    office = open_store(tmp_path, postgresql_server, clock=Ahead())
    office.administrator.airlocks.install("store", dba(postgresql_server))
    return office


@contextmanager
def failing(code: str, *words: str) -> Iterator[None]:
    """Expect an error, and its sentence to hold these words."""
    with pytest.raises(SourceError) as caught:
        yield
    assert caught.value.code == code
    text = error_in_words(caught.value).text()
    assert all(word in text for word in words), text


def pull(office: Office) -> None:
    case = office.granted()
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete


@pytest.mark.parametrize("what", ["gate", "watch"])
def test_a_login_of_the_airlock_that_is_locked(
    office: Office, postgresql_server: PostgresqlServer, what: str
) -> None:
    case = office.asked() if what == "gate" else office.granted()
    with closing(postgresql_server.connect(DATABASE)) as owner:
        owner.execute(f"ALTER ROLE sandglass_store_{what} NOLOGIN")
    if what == "gate":
        with failing("airlock.login_locked", "airlock of store"):
            office.approver.granting.counts(case.asked.id)
        with failing("airlock.not_opened", "could not be opened yet", "it is locked"):
            office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    else:
        with failing("airlock.login_locked", "unlocks it"):
            office.officer.pulling.run(case.asked.id, QuietTask())


def test_a_clock_that_differs_by_over_a_minute(office: Office) -> None:
    case = office.granted()
    assert isinstance(office.clock, Ahead)
    office.clock.by = timedelta(seconds=90)
    with failing("airlock.clock_differs", "differs from this machine's by"):
        office.officer.pulling.run(case.asked.id, QuietTask())


def test_a_login_that_cannot_be_dropped_is_said_to_be_stuck(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    case = office.granted()
    with closing(postgresql_server.connect(DATABASE)) as owner:
        with office.workspace.read() as unit:
            (grant,) = unit.airlocks.grants(case.asked.id)
        name = f"sandglass_store_{grant.grant}"
        owner.execute("CREATE DATABASE elsewhere")
        # What another database holds of it is out of reach of this one's airlock.
        with closing(postgresql_server.connect("elsewhere")) as other:
            other.execute("CREATE TABLE kept (id int)")
            other.execute(f"GRANT SELECT ON kept TO {name}")
        result = office.officer.pulling.run(case.asked.id, QuietTask())
        assert result.is_complete
        with office.workspace.read() as unit:
            lines = [line.decode() for _, line, _, _ in unit.log.stored()]
        (closed,) = [line for line in lines if '"source.closed"' in line]
        assert '"failure":"airlock.stuck"' in closed
        with failing("airlock.stuck", "can no longer log in"):
            raise SourceError("airlock.stuck")
        owner.execute("DROP DATABASE elsewhere WITH (FORCE)")
    office.approver.sessions.close_sources()
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.has_role) == ("closed", False)


@pytest.mark.parametrize("where", ["DATABASE main_job", "ROLE ALL"])
def test_a_statement_timeout_for_everybody_cuts_neither_pull_nor_fuse(
    office: Office, postgresql_server: PostgresqlServer, where: str
) -> None:
    with closing(postgresql_server.connect(DATABASE)) as owner:
        owner.execute("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                      " PERFORM pg_sleep(0.5); RETURN NEW; END $$")  # fmt: skip
        owner.execute("CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON sandglass_store.ledger"
                      " FOR EACH ROW EXECUTE FUNCTION slow()")  # fmt: skip
        try:
            owner.execute(f"ALTER {where} SET statement_timeout = '400ms'")
            pull(office)
            case = office.granted()
            with office.workspace.read() as unit:
                session = office.officer.pulling._opening.session(unit, case.asked.id, "store")
            session.open(Capability({"customers": frozenset({"id"})})).close()
            owner.execute(
                "UPDATE sandglass_store.ledger SET deadline = clock_timestamp() + interval '0.8 s'"
                " WHERE state = 'open'"
            )
            until(lambda: {each.state for each in office.administrator.airlocks.grants("store")}
                  == {"closed"})  # fmt: skip
        finally:
            owner.execute("SET statement_timeout = 0")
            owner.execute(f"ALTER {where} RESET statement_timeout")


def test_a_pooler_is_told_from_the_server(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    logins = {postgresql_server.user: postgresql_server.password}
    with pooled(postgresql_server, logins=logins) as pooler:
        settings = pooler.settings(DATABASE, sslmode="disable")
        with failing("source.pooled", "PgBouncer", "the server's own address"):
            SOURCE.connect(settings, Secret(pooler.password)).now()
        with office.workspace.write() as unit:
            record = unit.sources.get("store")
            settings = {**record.settings, "port": str(pooler.port)}
            unit.sources.put(replace(record, settings=settings))
            unit.commit()
        with failing("source.pooled"):
            office.administrator.airlocks.install("store", dba(postgresql_server))


# Encryption


def test_a_server_that_takes_nobody_unencrypted_and_certificates_that_are_wrong(
    mortal_server: Mortal, tmp_path: Path
) -> None:
    server, (theirs, key) = mortal_server.server, certificate("localhost")
    with closing(server.connect()) as owner:
        folder = Path(owner.execute("SHOW data_directory").fetchall()[0][0])
        names = {"server.crt": theirs, "server.key": key,
                 "pg_hba.conf": b"hostssl all all 127.0.0.1/32 scram-sha-256\n"}  # fmt: skip
        whose = (folder / "pg_hba.conf").stat()
        for name, content in names.items():
            path = folder / name
            path.write_bytes(content)
            path.chmod(0o600)
            os.chown(path, whose.st_uid, whose.st_gid)
        owner.execute("ALTER SYSTEM SET ssl = on")
    mortal_server.stop()
    mortal_server.start()

    def reach(**more: str) -> None:
        SOURCE.connect(server.settings(**more), Secret(server.password)).now()

    with failing("source.tls_required", "without encryption"):
        reach(sslmode="disable")
    reach(sslmode="require")
    good, bad = tmp_path / "good.pem", tmp_path / "bad.pem"
    good.write_bytes(theirs)
    bad.write_bytes(certificate("localhost")[0])
    reach(sslmode="verify-ca", sslrootcert=str(good))
    with failing("source.certificate", "somebody may stand in between"):
        reach(sslmode="verify-ca", sslrootcert=str(bad))
    with failing("source.certificate"):  # made for localhost, not for this number
        reach(sslmode="verify-full", sslrootcert=str(good))
