"""The demo: a made company, a request that waits, and the whole main job played by its services."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.people import Role
from app.domain.requests import Channel, Outcome, Right, Subject, SubjectIdentity
from app.domain.workspace import Controller
from app.ports.progress import Progress
from app.services import demo_steps as steps
from app.services.airlocks import DbaLogin
from app.services.demo_folder import clear, write_marker
from app.services.intake import NewRequest
from app.services.membership import Membership, NewMember, NewWorkspace
from app.services.scratch import exporting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from app.domain.audit import ChainState
    from app.domain.clock import Deadline
    from app.domain.people import Member
    from app.domain.requests import Request
    from app.domain.review import ReviewCounts
    from app.domain.secrets import Secret
    from app.ports.clocks import Clock
    from app.ports.companies import Company, CompanyMaker
    from app.ports.progress import Task
    from app.ports.security import Archives
    from app.services.desk import Desk
    from app.services.pull_session import PullResult
    from app.services.signed_in import SignedIn
    from app.services.sourcing import SourceView

_DAYS_AGO = 26


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
    counted: Mapping[str, int]
    """Rows that would become readable, as the sources counted for the approver that can."""
    sources: tuple[SourceView, ...]
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
        in_files: CompanyMaker,
        on_servers: CompanyMaker,
        demo_map: Callable[[str], str],
        archives: Archives,
        clock: Clock,
    ) -> None:
        self._membership_in = membership_in
        self._desk = desk
        self._in_files = in_files
        self._on_servers = on_servers
        self._demo_map = demo_map
        self._archives = archives
        self._clock = clock

    def prepare(self, folder: Path, *, on_servers: bool = False) -> tuple[Company, Cast, Request]:
        """Make company, workspace, people and the request that waits; who calls closes the company.

        ``on_servers``: with databases that defend themselves, which are started for it. What an
        earlier demo left in ``folder`` goes; ``StorageError("demo.folder_in_use")`` where something
        else is there, and others where the company cannot be made.
        """
        maker = self._on_servers if on_servers else self._in_files
        maker.require()
        with exporting():
            clear(folder)
            folder.mkdir(parents=True, exist_ok=True)
            write_marker(folder, {})
        now = self._clock.now()
        try:
            with exporting():
                company = maker.make(folder / "sources", now=now)
        except BaseException:
            clear(folder)
            raise
        try:
            cast = self._enrol(folder)
            with exporting():
                marker = {"workspace": "workspace.sqlite", "passphrases": cast.passphrases}
                write_marker(folder, marker)
            self._connect(self._desk(cast.administrator), company)
            request = self._record(self._desk(cast.officer), company, now)
        except BaseException:
            company.close()
            raise
        return company, cast, request

    def _connect(self, administrator: Desk, company: Company) -> None:
        """Add the sources, then install airlocks: what each holds follows from all the maps."""
        for key, made in company.sources.items():
            administrator.sourcing.add(
                made.type,
                made.settings,
                map_text=self._demo_map(key),
                map_file=f"{key}.yml",
            )
        for key, made in company.sources.items():
            if made.owner is not None:
                login = DbaLogin(made.owner.user, made.owner.password)
                administrator.airlocks.install(key, login)

    def play(self, folder: Path, task: Task, *, on_servers: bool = False) -> Played:
        """Play the whole main job in ``folder``; documents and package are left there.

        Raises ``Cancelled`` between two steps, or within those that take long.
        """
        started = time.perf_counter()
        company, cast, request = self.prepare(folder, on_servers=on_servers)
        with closing(company):
            return self._play(folder, task, company, cast, request=request, started=started)

    def _play(
        self,
        folder: Path,
        task: Task,
        company: Company,
        cast: Cast,
        *,
        request: Request,
        started: float,
    ) -> Played:
        officer, approver = self._desk(cast.officer), self._desk(cast.approver)
        steps.identify(officer, request.id)
        asked = steps.ask(officer, request.id)
        counted = approver.granting.counts(asked.id)
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
        report_id = officer.auditing.report(request.id, folder / "audit-report.pdf").id
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
            counted=counted,
            sources=officer.sourcing.view().sources,
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
