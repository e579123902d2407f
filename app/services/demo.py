"""The demo: a made company, a request that waits, and the whole main job played by its services."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from app.domain.errors import StorageError
from app.domain.people import Role
from app.domain.requests import Channel, Outcome, Right, Subject, SubjectIdentity
from app.domain.workspace import Controller
from app.ports.progress import Progress
from app.services import demo_steps as steps
from app.services.intake import NewRequest
from app.services.membership import Membership, NewMember, NewWorkspace
from app.services.scratch import exporting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.domain.audit import ChainState
    from app.domain.clock import Deadline
    from app.domain.people import Member
    from app.domain.requests import Request
    from app.domain.review import ReviewCounts
    from app.domain.secrets import Secret
    from app.ports.clocks import Clock
    from app.ports.progress import Task
    from app.ports.security import Archives
    from app.services.desk import Desk
    from app.services.pull_session import PullResult
    from app.services.signed_in import SignedIn

_MARKER = "sandglass-demo.json"
_OUTPUTS = ("sources", "keys", "package")
_BEGINNINGS = ("workspace.sqlite", ".workspace.sqlite", ".sandglass-")
"""The workspace with its journals and locks, and what a demo that was killed was making."""
_DAYS_AGO = 26


class Company(Protocol):
    """A made company, and who in it asks."""

    @property
    def sources(self) -> dict[str, Path]:
        """Source key to SQLite file."""
        ...

    @property
    def people(self) -> int:
        """How many people the company knows."""
        ...

    @property
    def subject_name(self) -> str:
        """Who asks."""
        ...

    @property
    def subject_email(self) -> str:
        """Her e-mail address."""
        ...

    @property
    def subject_phone(self) -> str:
        """Her telephone number."""
        ...

    @property
    def subject_address(self) -> tuple[str, ...]:
        """Her postal address, a line each."""
        ...


@dataclass(frozen=True)
class Cast:
    """Who plays: each with the passphrase of made keys that protect made data."""

    administrator: SignedIn
    officer: SignedIn
    approver: SignedIn
    passphrases: dict[str, str]


@dataclass(frozen=True)
class Played:
    """What the demo did, for whoever tells it."""

    company: Company
    request: Request
    deadline: Deadline
    officer: Member
    approver: Member
    fields: int
    collections: int
    minutes_asked: int
    minutes_granted: int
    pull: PullResult
    counts: ReviewCounts
    package_files: int
    package_passphrase: Secret
    report_id: str
    chain: ChainState
    seconds: float
    folder: Path


class Demo:
    """Sets the stage in a folder, and plays."""

    def __init__(
        self,
        *,
        membership_in: Callable[[Path], Membership],
        desk: Callable[[SignedIn], Desk],
        make_company: Callable[[Path, datetime], Company],
        demo_map: Callable[[str], str],
        archives: Archives,
        clock: Clock,
    ) -> None:
        self._membership_in = membership_in
        self._desk = desk
        self._make_company = make_company
        self._demo_map = demo_map
        self._archives = archives
        self._clock = clock

    def prepare(self, folder: Path) -> tuple[Company, Cast, Request]:
        """Make company, workspace, people and the request that waits.

        What an earlier demo left in ``folder`` goes; ``StorageError("demo.folder_in_use")`` where
        something else is there.
        """
        with exporting():
            _clear(folder)
            folder.mkdir(parents=True, exist_ok=True)
            _write_marker(folder, {})
        now = self._clock.now()
        company = self._make_company(folder / "sources", now)
        cast = self._enrol(folder)
        with exporting():
            marker = {"workspace": "workspace.sqlite", "passphrases": cast.passphrases}
            _write_marker(folder, marker)
        administrator = self._desk(cast.administrator)
        for key, path in company.sources.items():
            administrator.sourcing.add(
                "sqlite",
                {"path": str(path)},
                map_text=self._demo_map(key),
                map_file=f"{key}.yml",
            )
        request = self._record(self._desk(cast.officer), company, now)
        return company, cast, request

    def play(self, folder: Path, task: Task) -> Played:
        """Play the whole main job in ``folder``; documents and package are left there.

        Raises ``Cancelled`` between two steps, or within those that take long.
        """
        started = time.perf_counter()
        company, cast, request = self.prepare(folder)
        officer, approver = self._desk(cast.officer), self._desk(cast.approver)
        steps.identify(officer, request.id)
        asked = steps.ask(officer, request.id)
        steps.grant(approver, asked)
        task.report(Progress("pull", 0))
        pull = officer.pulling.run(asked.id, task)
        task.report(Progress("review", 0))
        counts = steps.review(officer, request.id, task)
        passphrase = self._archives.new_passphrase()
        files = steps.answer(officer, request.id, folder, passphrase=passphrase, task=task)
        task.report(Progress("report", 0))
        outcome = Outcome.ANSWERED_IN_PART if counts.withheld else Outcome.ANSWERED
        closed = officer.casework.close(request.id, outcome)
        report_id = officer.auditing.report(request.id, folder / "audit-report.pdf")
        people = {each.id: each for each in self._members(cast)}
        return Played(
            company=company,
            request=closed,
            deadline=officer.clocks.deadline(request.id),
            officer=people[cast.officer.member],
            approver=people[cast.approver.member],
            fields=asked.scope.fields_count(),
            collections=len(asked.scope.collections),
            minutes_asked=steps.MINUTES_ASKED,
            minutes_granted=steps.MINUTES_GRANTED,
            pull=pull,
            counts=counts,
            package_files=files,
            package_passphrase=passphrase,
            report_id=report_id,
            chain=officer.log.check(task),
            seconds=time.perf_counter() - started,
            folder=folder,
        )

    def _members(self, cast: Cast) -> tuple[Member, ...]:
        with cast.officer.workspace.read() as unit:
            return unit.members.all()

    def _enrol(self, folder: Path) -> Cast:
        names = {
            "administrator": ("Inés Duarte", Role.ADMINISTRATOR),
            "officer": ("Nadia Roth", Role.OFFICER),
            "approver": ("Omar Haddad", Role.APPROVER),
        }
        phrases = {part: self._archives.new_passphrase() for part in names}
        new = {
            part: NewMember(
                name,
                f"{part}@northwind.example",
                frozenset({role}),
                phrases[part],
            )
            for part, (name, role) in names.items()
        }
        membership = self._membership_in(folder)
        first = membership.create(
            folder / "workspace.sqlite",
            NewWorkspace(
                title="Northwind Stores",
                controller=Controller(
                    name="Northwind Stores GmbH",
                    address=("Hafenstrasse 12", "20457 Hamburg"),
                    place="Hamburg",
                    contact="data protection officer, privacy@northwind.example",
                    authority="Hamburg Commissioner for Data Protection, "
                    "Ludwig-Erhard-Str. 22, 20459 Hamburg",
                    country="DE",
                ),
                timezone="Europe/Berlin",
                calendar="DE",
            ),
            first=new["administrator"],
        )
        signed_in = {"administrator": first}
        for part in ("officer", "approver"):
            member = membership.add(first, new[part])
            signed_in[part] = membership.sign_in(
                first.workspace, member.id, passphrase=phrases[part]
            )
        revealed = {part: phrase.reveal() for part, phrase in phrases.items()}
        return Cast(**signed_in, passphrases=revealed)

    def _record(self, officer: Desk, company: Company, now: datetime) -> Request:
        message = (
            f"From: {company.subject_name} <{company.subject_email}>\n"
            "Subject: My data\n\nPlease send me all the data that you hold about me.\n"
        )
        (request,) = officer.intake.record(
            NewRequest(
                regime="gdpr",
                rights=(Right.ACCESS,),
                subject=Subject(
                    name=company.subject_name,
                    language="en",
                    country="DE",
                    address=company.subject_address,
                    salutation="Dear Ms Köhler,",
                    identities=(
                        SubjectIdentity("email", company.subject_email),
                        SubjectIdentity("phone_number", company.subject_phone),
                    ),
                ),
                received_at=now - timedelta(days=_DAYS_AGO, hours=3),
                channel=Channel.EMAIL,
                original=message.encode(),
                original_name="message.eml",
            )
        )
        return request


def _write_marker(folder: Path, content: Mapping[str, object]) -> None:
    marker = folder / _MARKER
    marker.touch(mode=0o600)
    marker.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _clear(folder: Path) -> None:
    """Remove an earlier demo; refuse a folder that holds anything else of these names."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StorageError("demo.folder_in_use", path=str(folder))
    if not (folder / _MARKER).exists():
        if any(folder.iterdir()):
            raise StorageError("demo.folder_in_use", path=str(folder))
        return
    for each in folder.iterdir():
        is_ours = each.name in {_MARKER, "audit-report.pdf", "package.zip", *_OUTPUTS}
        if is_ours or each.name.startswith(_BEGINNINGS):
            shutil.rmtree(each) if each.is_dir() else each.unlink()
