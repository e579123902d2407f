"""Members who are killed while they write: ``dying.py FOLDER``, with one line of JSON for each.

A line says who does what about what, and before which of its commits it stops. It is answered by
"stopped PID" or "done"; who stopped is killed by the test, and that is answered by "gone". Each
works in a process of its own, forked, so that nothing has to be loaded again.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from app.bootstrap import make_desk, real_adapters
from app.domain.addresses import WorkspaceAddress
from app.domain.people import Role
from app.domain.requests import Channel, Outcome, Right, Subject, SubjectIdentity
from app.domain.responses import LetterKind
from app.domain.review import Target, Verdict
from app.domain.secrets import Secret
from app.domain.verification import Method
from app.domain.workspace import Controller
from app.ports.progress import QuietTask
from app.services.intake import NewRequest
from app.services.membership import NewMember
from app.services.signed_in import SignedIn
from tests.fakes import (
    FakeCertificates,
    FakeKeys,
    FakeMemberKeys,
    FakeSealing,
    FakeSignatures,
    fake_source_type,
)
from tests.guard.office import password_of
from tests.office import MAP, PASSPHRASE, shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import Adapters
    from app.services.desk import Desk


class StoppingUnit:
    """A unit of work that stops before it commits."""

    def __init__(self, unit: Any, stop: Callable[[], None]) -> None:
        self._unit = unit
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def __enter__(self) -> Self:
        self._unit.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._unit.__exit__(*error)

    def commit(self) -> None:
        self._stop()
        self._unit.commit()


class StoppingWorkspace:
    """A workspace whose units stop before the commit with a number."""

    def __init__(self, workspace: Any) -> None:
        self._workspace = workspace
        self.left = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)

    def write(self) -> StoppingUnit:
        return StoppingUnit(self._workspace.write(), self._stop)

    def _stop(self) -> None:
        self.left -= 1
        if self.left == 0:
            say(f"stopped {os.getpid()}")
            signal.pause()


@dataclass(frozen=True)
class Work:
    """What somebody does: at her desk, about what, and where files may be written."""

    desk: Desk
    about: str
    folder: Path

    def record(self) -> None:
        subject = Subject("Mara", identities=(SubjectIdentity("email", "mara@example.org"),))
        rights = (Right.ACCESS, Right.ERASURE)
        with self.desk.here.workspace.read() as unit:
            now = unit.now()
        self.desk.intake.record(NewRequest("gdpr", rights, subject, now, Channel.EMAIL))

    def note(self) -> None:
        self.desk.casework.add_note(self.about, "She rang.")

    def change(self) -> None:
        request = self.desk.casework.get(self.about)
        subject = replace(request.subject, name="Mara K.")
        self.desk.casework.change_subject(self.about, subject, version=request.version)

    def pause(self) -> None:
        today = date.today()  # noqa: DTZ011
        self.desk.clocks.pause(self.about, kind="clarification", asked=today, reason="Which?")

    def verify(self) -> None:
        how = Method.EMAIL_LOOP
        self.desk.verifying.decide(self.about, method=how, verified=True, facts_matched=2)

    def close(self) -> None:
        self.desk.casework.close(self.about, Outcome.WITHDRAWN)

    def ask(self) -> None:
        scope = self.desk.scoping.suggest(self.about)
        self.desk.scoping.ask(self.about, scope, purpose="To answer", minutes=20)

    def grant(self) -> None:
        case = self.desk.granting.get(self.about)
        self.desk.granting.grant(self.about, seen_hash=case.asked.scope_hash)

    def deny(self) -> None:
        case = self.desk.granting.get(self.about)
        self.desk.granting.deny(self.about, seen_hash=case.asked.scope_hash, note="Too much.")

    def withdraw(self) -> None:
        self.desk.granting.withdraw(self.about, reason="Mistaken.")

    def revoke(self) -> None:
        self.desk.granting.revoke(self.about, reason="Not now.")

    def pull(self) -> None:
        self.desk.pulling.run(self.about, QuietTask())

    def search(self) -> None:
        self.desk.reviewing.prepare(self.about, QuietTask())

    def mark(self) -> None:
        reviewing = self.desk.reviewing
        (place,) = reviewing.find_text(self.about, "Brandt")
        target = Target(place.pulled, place.row, place.field, place.start, place.end)
        reviewing.mark(self.about, [target], verdict=Verdict.REDACT, why="TP-ID")

    def letter(self) -> None:
        text = self.desk.responding.draft_letter(self.about, LetterKind.FULL_ANSWER)
        text = text.replace("[…]", "privacy@example.org")
        self.desk.responding.save_letter(self.about, LetterKind.FULL_ANSWER, text)

    def report(self) -> None:
        self.desk.auditing.report(self.about, self.folder / f"{os.getpid()}.pdf")

    def destroy(self) -> None:
        self.desk.retention.destroy(self.about)

    def member(self) -> None:
        new = NewMember("New", "n@example.org", frozenset({Role.OFFICER}), PASSPHRASE)
        self.desk.membership.add(self.desk.here, new, login=self.about)

    def source(self) -> None:
        text = MAP.replace("fides_key: shop", f"fides_key: {self.about}").replace(
            "dataset: shop", f"dataset: {self.about}"
        )
        self.desk.sourcing.add("fake", {"name": "shop"}, map_text=text, map_file="s.yml")

    def settings(self) -> None:
        self.desk.settings.set_controller(Controller(f"Northwind {os.getpid()}"))

    def draft(self) -> None:
        self.desk.drawer.put("draft", "Not to be lost.")


def live(adapters: Adapters, folder: Path, line: str) -> None:
    """Do what a line says, in a process of its own."""
    told = json.loads(line)
    address = WorkspaceAddress.read(os.environ["WORKSPACE_ADDRESS"]).for_login(told["login"])
    workspace: Any = StoppingWorkspace(
        adapters.servers.open(address, Secret(password_of(told["login"])))
    )
    with workspace.read() as unit:
        workspace_id = unit.workspace.facts().id
    member = told["member"]
    here = SignedIn(workspace, workspace_id, member, FakeKeys(member), FakeMemberKeys())
    desk = make_desk(here, adapters)
    workspace.left = told["stop"]
    getattr(Work(desk, told["about"], folder), told["does"])()
    say("done")


def main(folder: Path) -> None:
    """Live once for each line."""
    adapters = replace(
        real_adapters(folder / "home"),
        keys=FakeMemberKeys,
        certificates=FakeCertificates(),
        signatures=FakeSignatures(),
        sealing=FakeSealing(),
        source_types={"fake": fake_source_type({"shop": shop()})},
    )
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(adapters, folder, line)
            os._exit(0)
        os.waitpid(child, 0)
        say("gone")


def say(text: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
