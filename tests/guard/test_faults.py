"""Members who are killed while they write, and a server whose clock was set back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.audit import Action, verify
from app.domain.errors import NotAllowedError
from app.domain.pulls import PullState
from app.domain.requests import Outcome
from app.ports.progress import QuietTask
from app.wording.errors import error_in_words
from tests.contracts.workspace_ground import ROOT, told
from tests.guard.insider import Insider
from tests.guard.office import open_shared_office, password_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.guard.office import SharedOffice
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def office(
    postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedOffice]:
    folder = tmp_path_factory.mktemp("mortal")
    office = open_shared_office(postgresql_server, "mortals", folder)
    yield office
    office.close()


@pytest.fixture(scope="module")
def others(
    office: SharedOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[str]]:
    """Where members work who are killed."""
    place = f"postgresql://{office.server.host}:{office.server.port}/{office.database}"
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "guard" / "dying.py"),
         str(tmp_path_factory.mktemp("dying"))],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "WORKSPACE_ADDRESS": place},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    with process:
        yield process
        process.kill()


def stored(office: SharedOffice) -> dict[str, tuple[int, int]]:
    """Return how many rows each table has, and a sum of what is in them."""
    with office.as_superuser() as shell:
        names = shell.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'sandglass'")
        return {
            name: shell.execute(
                f'SELECT count(*), coalesce(sum(hashtext(t::text)), 0) FROM "{name}" t'.encode()
            ).fetchall()[0]
            for (name,) in names.fetchall()
        }


def nothing(_office: SharedOffice) -> str:
    return ""


def a_request(office: SharedOffice) -> str:
    return office.record().id


def a_verified_request(office: SharedOffice) -> str:
    return office.verified().id


def an_access_request(office: SharedOffice) -> str:
    return office.asked().asked.id


def a_grant(office: SharedOffice) -> str:
    return office.granted().asked.id


def a_request_with_data(office: SharedOffice) -> str:
    return office.pulled()[0]


def a_closed_request_with_data(office: SharedOffice) -> str:
    request, _ = office.pulled()
    office.officer.casework.close(request, Outcome.WITHDRAWN)
    return request


def a_request_not_searched(office: SharedOffice) -> str:
    case = office.granted()
    office.officer.pulling.run(case.asked.id, QuietTask())
    return case.asked.request


def a_login(office: SharedOffice) -> str:
    with office.as_superuser() as shell:
        word = password_of("new").replace("'", "''")
        shell.execute(
            f"DROP ROLE IF EXISTS new_one; CREATE ROLE new_one PASSWORD '{word}'".encode()
        )
    return "new_one"


def a_source(_office: SharedOffice) -> str:
    return "another"


KINDS: dict[str, tuple[str, Callable[[SharedOffice], str]]] = {
    "record": ("olga", nothing),
    "note": ("olga", a_request),
    "change": ("olga", a_request),
    "pause": ("olga", a_request),
    "verify": ("olga", a_request),
    "close": ("olga", a_request),
    "ask": ("olga", a_verified_request),
    "grant": ("anna", an_access_request),
    "deny": ("anna", an_access_request),
    "withdraw": ("olga", an_access_request),
    "revoke": ("ines", a_grant),
    "pull": ("olga", a_grant),
    "search": ("olga", a_request_not_searched),
    "mark": ("olga", a_request_with_data),
    "letter": ("olga", a_request_with_data),
    "report": ("olga", a_request_with_data),
    "destroy": ("olga", a_closed_request_with_data),
    "member": ("ines", a_login),
    "source": ("ines", a_source),
    "settings": ("ines", nothing),
    "draft": ("olga", nothing),
}
"""Who does it, and what has to be there first; ``dying.py`` has the rest."""


@pytest.mark.parametrize("does", KINDS)
def test_whoever_is_killed_while_she_writes_leaves_all_or_nothing(
    office: SharedOffice, others: subprocess.Popen[str], does: str
) -> None:
    login, prepare = KINDS[does]
    assert others.stdin is not None
    for stop in count(1):
        about = prepare(office)
        before = stored(office)
        who = {"login": login, "member": office.id_of(login)}
        others.stdin.write(json.dumps({**who, "does": does, "about": about, "stop": stop}) + "\n")
        others.stdin.flush()
        answer, _, process = told(others).partition(" ")
        if answer != "stopped":
            break
        at_the_end = stored(office)
        if stop == 1:
            assert at_the_end == before
        os.kill(int(process), signal.SIGKILL)
        assert told(others) == "gone"
        with office.as_superuser() as shell:
            shell.execute("SET lock_timeout = '5s'")
            shell.execute("SELECT take_turn()")  # nobody waits for the dead
        assert stored(office) == at_the_end
    assert answer == "done"
    assert told(others) == "gone"
    assert stop > 1
    assert stored(office) != before
    with office.workspace.read() as unit:
        assert verify(unit.log.stored()).is_sound
        assert unit.access.unended() == ()


def test_what_a_killed_client_left_open_is_closed_by_the_next(office: SharedOffice) -> None:
    with office.as_superuser() as shell:
        running = shell.execute(
            "SELECT count(*) FROM pulled WHERE state = %s", [PullState.RUNNING]
        ).fetchone()
    assert running == (0,)


def test_a_server_whose_clock_was_set_back_keeps_the_order_and_opens_nothing(
    office: SharedOffice,
) -> None:
    waiting, granted, unwanted = office.asked(), office.granted(), office.granted()
    with office.connect_as_superuser() as shell:  # as the log is once the clock was set back
        for trigger in ("log_as_herself", "log_happened"):
            shell.execute(f"ALTER TABLE log DISABLE TRIGGER {trigger}".encode())
        her = Insider(shell, "sandglass")
        ahead = her.now + timedelta(hours=1)
        her.log(Action.NOTE_ADDED, at=ahead)
        for trigger in ("log_as_herself", "log_happened"):
            shell.execute(f"ALTER TABLE log ENABLE ALWAYS TRIGGER {trigger}".encode())
    for refused in (
        lambda: office.approver.granting.grant(
            waiting.asked.id, seen_hash=waiting.asked.scope_hash
        ),
        lambda: office.officer.pulling.run(granted.asked.id, QuietTask()),
    ):
        with pytest.raises(NotAllowedError) as caught:
            refused()
        assert caught.value.code == "clock.server_set_back"
        assert "server's clock is" in error_in_words(caught.value).text()
    note = office.officer.casework.add_note(waiting.asked.request, "Work goes on.")
    assert note.at == ahead
    office.approver.granting.revoke(unwanted.asked.id, reason="Closing is always possible.")
    office.approver.granting.deny(
        waiting.asked.id, seen_hash=waiting.asked.scope_hash, note="So is no."
    )
    later = ahead + timedelta(minutes=1)
    with pytest.raises(psycopg.Error, match="not_now"), office.connect("olga") as shell:
        Insider(shell, office.id_of("olga")).log(Action.NOTE_ADDED, at=later)
    with office.workspace.read() as unit:
        assert verify(unit.log.stored()).is_sound
