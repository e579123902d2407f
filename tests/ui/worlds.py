"""Workspaces as people meet them: full of work, empty, and lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.errors import StorageError
from app.domain.requests import Channel, Outcome, Right, Stage, Subject, SubjectIdentity
from app.domain.secrets import Secret
from app.ports.progress import QuietTask
from app.services import demo_steps as steps
from app.services.intake import NewRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from app.ports.servers import Flaw
    from app.ports.storage import Condition, Lease, UnitOfWork, Workspace
    from app.services.desk import Desk

_ORDER = tuple(Stage)
_MESSAGE = (
    b"From: somebody\nSubject: My data\n\nPlease send me all the data that you hold about me.\n"
)


@dataclass(frozen=True)
class Person:
    """Somebody whose data the sources hold."""

    name: str
    email: str
    country: str = "DE"


def record(
    officer: Desk,
    person: Person,
    *,
    at: datetime,
    right: Right = Right.ACCESS,
    regime: str = "gdpr",
) -> str:
    """Record a request of ``person`` that was received at ``at``; return its id."""
    new = NewRequest(
        regime=regime,
        rights=(right,),
        subject=Subject(
            name=person.name,
            country=person.country,
            address=("Lindenweg 4", "20099 Hamburg"),
            salutation=f"Dear {person.name},",
            identities=(SubjectIdentity("email", person.email),),
        ),
        received_at=at,
        channel=Channel.EMAIL,
        original=_MESSAGE,
        original_name="message.eml",
    )
    return officer.intake.record(new)[0].id


def bring_to(stage: Stage, request: str, *, officer: Desk, approver: Desk, folder: Path) -> None:
    """Lead a request that was just recorded to ``stage``, by what people do there."""
    steps_to = _ORDER.index(stage)
    if stage is Stage.IDENTITY:
        officer.casework.move(request, Stage.IDENTITY)
    if steps_to >= _ORDER.index(Stage.SCOPE):
        steps.identify(officer, request)
    if steps_to < _ORDER.index(Stage.APPROVAL):
        return
    asked = steps.ask(officer, request)
    if steps_to >= _ORDER.index(Stage.PULL):
        steps.grant(approver, asked)
    if steps_to >= _ORDER.index(Stage.REVIEW):
        officer.pulling.run(asked.id, QuietTask())
        officer.reviewing.prepare(request, QuietTask())
    if steps_to >= _ORDER.index(Stage.RESPOND):
        steps.review(officer, request, QuietTask())
    if stage is Stage.CLOSE:
        there = folder / request
        there.mkdir(parents=True)
        steps.answer(
            officer, request, there, passphrase=Secret("river candle orbit maple"), task=QuietTask()
        )
        officer.casework.close(request, Outcome.ANSWERED_IN_PART)


def fill(
    officer: Desk, approver: Desk, people: Sequence[Person], *, now: datetime, folder: Path
) -> dict[Stage, str]:
    """Record a request for every stage and lead it there; return their ids."""
    requests = {}
    for number, stage in enumerate(_ORDER):
        person = people[number % len(people)]
        request = record(officer, person, at=now - timedelta(days=3 + 4 * number, hours=2))
        bring_to(stage, request, officer=officer, approver=approver, folder=folder)
        requests[stage] = request
    return requests


@dataclass
class LosableWorkspace:
    """A real workspace that can be lost, as when its drive is unplugged, and come back."""

    behind: Workspace
    is_lost: bool = False

    @property
    def place(self) -> str:
        return self.behind.place

    @property
    def is_shared(self) -> bool:
        return self.behind.is_shared

    def write(self) -> UnitOfWork:
        return self._found().write()

    def read(self) -> UnitOfWork:
        return self._found().read()

    def changes(self) -> int:
        return self._found().changes()

    def wait_for_change(self, seen: int, *, seconds: float) -> int:
        return self._found().wait_for_change(seen, seconds=seconds)

    def lease(self, name: str) -> Lease | None:
        return self._found().lease(name)

    def condition(self) -> Condition:
        return self._found().condition()

    def end_turn(self) -> tuple[str, int] | None:
        return self._found().end_turn()

    def flaws(self) -> tuple[Flaw, ...]:
        return self._found().flaws()

    def close(self) -> None:
        self.behind.close()

    def _found(self) -> Workspace:
        if self.is_lost:
            raise StorageError("workspace.not_found", path=self.place)
        return self.behind
