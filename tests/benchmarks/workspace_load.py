"""200 clients on one server for some minutes: how soon each hears of a change, and what it costs.

40 act as officers and approvers, 160 watch; each has a workspace of its own, open with its login.
The k-th change that a watcher hears is the k-th commit of all, so nothing is attributed wrongly.

Eight of those who watch have a process of their own, as people have: what they hear is what a
person's program does while 199 others are connected. The others share eight processes, and wait
for one another in them too; both are told.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.audit import verify
from tests.benchmarks.figures import tell
from tests.benchmarks.workspace_appends import SETTINGS, answer, helper, order
from tests.guard.office import open_shared_office
from tests.servers import Mortal, home_of_a_server

if TYPE_CHECKING:
    import subprocess

    from tests.guard.office import SharedOffice

CLIENTS, PROCESSES, ALONE = 200, 8, 8
SECONDS = float(os.environ.get("SANDGLASS_LOAD_SECONDS", "180"))
THINKS_SECONDS = 8.0
LAST_SECONDS = 3.0
"""How long the last change may take."""
ACTING = ("olga", "otto", "olga", "otto", "anna")
WATCHING = ("olga", "otto", "anna", "bea", "ines")


def cpu_seconds(processes: list[int]) -> float:
    """Return what the server's processes have used, those that ended included."""
    ticks = 0
    for each in processes:
        try:
            text = Path(f"/proc/{each}/stat").read_text(encoding="ascii")
        except OSError:
            continue
        fields = text.rsplit(")", 1)[1].split()
        ticks += sum(map(int, fields[11:15] if each == processes[0] else fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def server_processes(office: SharedOffice) -> list[int]:
    """Return the postmaster and its children."""
    with office.as_superuser() as shell:
        (folder,) = shell.execute("SHOW data_directory").fetchall()[0]
    postmaster = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    found = [postmaster]
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                status = (each / "stat").read_text(encoding="ascii")
            except OSError:
                continue
            if int(status.rsplit(")", 1)[1].split()[1]) == postmaster:
                found.append(int(each.name))
    return found


def told_at(office: SharedOffice, after: int) -> list[float]:
    """Return when each commit was made, by the server's clock, of entries after a number.

    A transaction's entries share the transaction; the last of them is as near as the log says.
    """
    with office.as_superuser() as shell:
        rows = shell.execute(
            "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)), min(number)"
            " FROM log WHERE number > %s GROUP BY xmin, 1 ORDER BY 2", [after]
        ).fetchall()  # fmt: skip
    return [float(at) for at, _ in rows]


def pushes(heard: list[list[tuple[int, float]]], commits: list[float]) -> list[float]:
    """Return for each change and watcher how long after its commit it was heard, in seconds."""
    found = []
    for each in heard:
        before = 0
        for count, at in each:
            found += [at - commits[number] for number in range(before, min(count, len(commits)))]
            before = count
    return sorted(found)


def in_step(crowd: list[subprocess.Popen[str]], word: str, answered: str) -> None:
    """Tell all something, and wait for their answers."""
    for each in crowd:
        order(each, word)
    for each in crowd:
        assert answer(each) == answered


def lost_or_doubled(office: SharedOffice, done: dict[str, list[Any]], *, entries: int) -> list[str]:
    """Return what is not in the workspace exactly once, or where the log is not sound."""
    wrong = []
    with office.as_superuser() as shell:
        for name, query in (
            ("notes", "SELECT text FROM notes"),
            ("requests", "SELECT id FROM requests"),
            ("decisions", "SELECT access_request FROM decisions"),
        ):
            stored = sorted(row[0] for row in shell.execute(query.encode()).fetchall())
            if stored != sorted(done[name]):
                wrong.append(f"{name}: {len(done[name])} made, {len(stored)} stored")
    with office.workspace.read() as unit:
        state = verify(unit.log.stored())
        if not state.is_sound or state.entries != unit.log.head()[0] or state.entries <= entries:
            wrong.append("the log is not sound")
    return wrong


def measure(office: SharedOffice) -> None:
    """Let them work, look what came of it, and tell."""
    per_process = (CLIENTS - ALONE) // PROCESSES
    place = f"postgresql://{office.server.host}:{office.server.port}/{office.database}"
    logins = [*ACTING, *(WATCHING[each % 5] for each in range(per_process - len(ACTING)))]
    facts = {
        "address": place, "logins": logins, "acting": len(ACTING), "thinks": THINKS_SECONDS,
        "members": {login: office.id_of(login) for login in office.desks},
    }  # fmt: skip
    with ExitStack() as stack:
        crowd = [stack.enter_context(helper("work", facts)) for _ in range(PROCESSES)]
        for each in range(ALONE):
            one = {"logins": [WATCHING[each % 5]], "acting": 0}
            crowd.append(stack.enter_context(helper("work", facts | one)))
        for each in crowd:
            assert answer(each) == "ready"
        with office.workspace.read() as unit:
            entries = unit.log.head()[0]
        in_step(crowd, "watch", "started")
        in_step(crowd, "act", "acting")
        used, began = cpu_seconds(server_processes(office)), time.monotonic()
        time.sleep(SECONDS)
        used = cpu_seconds(server_processes(office)) - used
        lasted = time.monotonic() - began
        with office.as_superuser() as shell:
            ((connections,),) = shell.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sandglass'"
            ).fetchall()
        in_step(crowd, "stop acting", "done")
        time.sleep(LAST_SECONDS)
        for each in crowd:
            order(each, "stop watching")
        found: list[Any] = [answer(each) for each in crowd]
    done = {
        kind: [what for each in found for what in each["done"][kind]]
        for kind in ("notes", "requests", "decisions")
    }
    commits = told_at(office, entries)
    heard = [watcher for each in found for watcher in each["heard"]]
    times = pushes(heard, commits)
    alone = pushes([one for each in found[PROCESSES:] for one in each["heard"]], commits)
    wrong = lost_or_doubled(office, done, entries=entries)
    if {count for each in heard for count, _ in each[-1:]} != {len(commits)}:
        wrong.append("somebody did not hear of every change, or heard of more")
    assert not wrong, wrong
    tell(
        ours=alone[int(len(alone) * 0.95)],
        floor=0,
        p95_ms=round(alone[int(len(alone) * 0.95)] * 1000),
        median_ms=round(alone[len(alone) // 2] * 1000),
        crowd_p95_ms=round(times[int(len(times) * 0.95)] * 1000),
        crowd_median_ms=round(times[len(times) // 2] * 1000),
        cores=round(used / lasted, 2),
        commits=len(commits),
        connections=connections,
        minutes=round(lasted / 60, 1),
        pushed=len(times),
        words=f"{CLIENTS} clients for {{minutes}} minutes, {{commits}} commits: a change is heard "
        "{p95_ms} ms after its commit by a client in a process of its own (p95; median {median_ms} "
        "ms), after {crowd_p95_ms} ms by all, most of them 24 to a process (median "
        "{crowd_median_ms} ms); the server uses {cores} of a core and {connections} connections, "
        "nothing is lost or doubled",
    )


def main() -> None:
    """Measure on a server of our own."""
    with tempfile.TemporaryDirectory() as name, home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start(**SETTINGS | {"max_connections": 700, "track_commit_timestamp": "on"})
        try:
            office = open_shared_office(mortal.server, "office", Path(name))
            measure(office)
            office.close()
        finally:
            mortal.stop()
