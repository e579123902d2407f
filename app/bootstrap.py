"""The only wiring: builds adapters, hands them to services, returns one frozen App."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import app.regimes
import app.sources
from app.paths import resource, user_data
from app.plugins import load
from app.ports.regimes import Regime
from app.ports.sources import SourceType
from app.regimes._calendars import PackagedCalendars
from app.regimes._rules import shipped_rules
from app.reports import (
    audit_report,
    letter,
    recovery_kit,
    redactions,
    start_here,
    your_data,
    your_data_html,
)
from app.reports._portable import PortableWriter
from app.reports._report_check import check_report
from app.reports._texts import FileTexts
from app.security.archives import ZipArchives
from app.security.certificates import X509Certificates
from app.security.chunks import PackedChunks
from app.security.keys import RestingKeys
from app.security.login_passwords import KeyringPasswords
from app.security.sealing import HpkeSealing
from app.security.signatures import PadesSignatures
from app.services.airlock_secrets import AirlockSecrets
from app.services.airlocks import Airlocks
from app.services.auditing import Auditing
from app.services.casework import Casework
from app.services.certified_sealing import CertifiedSealing
from app.services.certifying import Certifying
from app.services.checkpoints import Checkpoints
from app.services.clocks import Clocks
from app.services.dates import Dates
from app.services.deadlines import Deadlines
from app.services.demo import Demo
from app.services.desk import Desk
from app.services.drawer import Drawer
from app.services.entering import Entering
from app.services.granting import Granting
from app.services.health import Health
from app.services.intake import Intake
from app.services.joining import Inviting, Joining
from app.services.key_renewal import KeyRenewal
from app.services.letter_texts import LetterTexts
from app.services.log_views import LogViews
from app.services.mapping import Mapping as MappingTrials
from app.services.member_changes import MemberChanges
from app.services.membership import Membership
from app.services.moving import Moving
from app.services.news import News
from app.services.opening import Opening
from app.services.overview import Overview
from app.services.package_builder import PackageTools
from app.services.packages import Packages
from app.services.people_views import PeopleViews
from app.services.proving import Proving
from app.services.pulling import Pulling
from app.services.records import Records
from app.services.recovering import Recovering, RecoveryKits
from app.services.request_views import RequestViews
from app.services.responding import Responding
from app.services.retention import Retention
from app.services.reviewing import Reviewing
from app.services.scoping import Scoping
from app.services.scratch import Scratch
from app.services.sessions import Sessions
from app.services.settings import WorkspaceSettings
from app.services.sharing import Sharing
from app.services.signed_in import RequestKeys
from app.services.sourcing import Sourcing
from app.services.trusting import TrustedAuthorities
from app.services.verification import Verifying
from app.sources._made_files import CompanyInFiles
from app.sources._made_servers import CompanyOnServers
from app.storage.heads import RememberedHeads
from app.storage.remembered import RememberedFacts
from app.storage.servers import ServerWorkspaces
from app.storage.workspaces import EmbeddedWorkspaces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.ports.calendars import Calendars, Rules
    from app.ports.clocks import Clock
    from app.ports.machine import Remembered
    from app.ports.reports import (
        AuditReport,
        PersonDocument,
        PortableFiles,
        RecoveryKit,
        ReportType,
        TextOfFiles,
    )
    from app.ports.security import (
        Archives,
        Certificates,
        ChunkCipher,
        DocumentSignatures,
        LoginPasswords,
        MemberKeys,
        Sealing,
    )
    from app.ports.servers import SharedWorkspaces
    from app.ports.storage import Workspaces
    from app.services.proving import CheckReport
    from app.services.signed_in import SignedIn


class SystemClock:
    """This machine's time."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


@dataclass(frozen=True)
class App:
    """Everything that commands and windows call."""

    deadlines: Deadlines
    mapping: MappingTrials
    membership: Membership
    proving: Proving
    joining: Joining
    entering: Entering
    moving: Moving
    recovering: Recovering
    demo: Demo
    desk: Callable[[SignedIn], Desk]


@dataclass(frozen=True)
class Adapters:
    """Everything outside the core that services are handed."""

    clock: Clock
    workspaces: Workspaces
    servers: SharedWorkspaces
    keys: Callable[[Path], MemberKeys]
    passwords: LoginPasswords
    authorities: Remembered
    """Whose workspaces this machine knows."""
    invitations: Remembered
    """Which invitations were answered on this machine."""
    certificates: Certificates
    signatures: DocumentSignatures
    sealing: Sealing
    cipher: ChunkCipher
    archives: Archives
    source_types: Mapping[str, SourceType]
    regimes: Mapping[str, Regime]
    person_documents: Mapping[str, ReportType[PersonDocument]]
    audit_report: ReportType[AuditReport]
    recovery_kit: ReportType[RecoveryKit]
    check_report: CheckReport
    portable: PortableFiles
    texts: TextOfFiles
    rules: Rules
    calendars: Calendars
    unfinished: Path
    """Where this machine notes the folders in which documents are being made."""


def real_adapters(home: Path) -> Adapters:
    """Return the adapters of the product; ``home`` holds what this machine remembers of logs."""
    clock = SystemClock()
    return Adapters(
        clock=clock,
        workspaces=EmbeddedWorkspaces(clock=clock, heads=home / "heads"),
        servers=ServerWorkspaces(RememberedHeads(home / "heads")),
        keys=RestingKeys,
        passwords=KeyringPasswords(),
        authorities=RememberedFacts(home / "authorities"),
        invitations=RememberedFacts(home / "invitations"),
        certificates=X509Certificates(),
        signatures=PadesSignatures(),
        sealing=HpkeSealing(),
        cipher=PackedChunks(),
        archives=ZipArchives(),
        source_types={each.key: each for each in load(app.sources, "SOURCE", SourceType)},
        regimes={each.key: each for each in load(app.regimes, "REGIME", Regime)},
        person_documents=_person_documents(),
        audit_report=audit_report.REPORT,
        recovery_kit=recovery_kit.REPORT,
        check_report=check_report,
        portable=PortableWriter(),
        texts=FileTexts(),
        rules=shipped_rules(),
        calendars=PackagedCalendars(),
        unfinished=home / "unfinished",
    )


def make_desk(here: SignedIn, tools: Adapters) -> Desk:
    """Return everything that ``here`` can do; what dead sessions left open is closed first."""
    regimes, types = tools.regimes, tools.source_types
    deadlines = Deadlines(tools.rules, tools.calendars)
    with here.workspace.read() as unit:
        authority = unit.workspace.facts().authority_certificate
    sealing = CertifiedSealing(tools.sealing, certificates=tools.certificates, authority=authority)
    request_keys = RequestKeys(here, sealing)
    texts = LetterTexts(here, request_keys=request_keys, sealing=tools.sealing)
    records = Records(tools.cipher, types)
    secrets = AirlockSecrets(here, sealing)
    opening = Opening(here, secrets=secrets, source_types=types)
    renewal = KeyRenewal(here, secrets=secrets, source_types=types)
    airlocks = Airlocks(here, secrets=secrets, renewal=renewal, source_types=types)
    sessions = Sessions(here, certificates=tools.certificates, clock=tools.clock, opening=opening)
    sessions.sweep()
    scratch = Scratch(here, records=tools.unfinished)
    scratch.sweep()
    drawer, membership = Drawer(here, sealing), _membership(tools, here.resting)
    certifying = Certifying(tools.certificates, tools.sealing)
    changes = MemberChanges(here, certifying=certifying, request_keys=request_keys)
    inviting = Inviting(here, membership=membership, changes=changes, drawer=drawer)
    dates = Dates(regimes=regimes, deadlines=deadlines)
    _catch_up(here, dates)
    return Desk(
        here=here,
        overview=Overview(here, portable=tools.portable),
        news=News(here),
        views=RequestViews(here, regimes=regimes, deadlines=deadlines, texts=texts),
        intake=Intake(
            here,
            regimes=regimes,
            deadlines=deadlines,
            request_keys=request_keys,
            sealing=tools.sealing,
            dates=dates,
        ),
        casework=Casework(here, request_keys=request_keys, dates=dates),
        clocks=Clocks(here, deadlines=deadlines, regimes=regimes, dates=dates),
        verifying=Verifying(here, regimes=regimes, dates=dates),
        scoping=Scoping(here, source_types=types, opening=opening),
        granting=Granting(here, certificates=tools.certificates, opening=opening),
        sessions=sessions,
        pulling=Pulling(
            here,
            sessions=sessions,
            source_types=types,
            opening=opening,
            request_keys=request_keys,
            cipher=tools.cipher,
            clock=tools.clock,
        ),
        reviewing=Reviewing(here, records=records, request_keys=request_keys, regimes=regimes),
        responding=Responding(here, regimes=regimes, deadlines=deadlines, texts=texts),
        packages=Packages(
            here,
            request_keys=request_keys,
            regimes=regimes,
            tools=PackageTools(
                records=records,
                portable=tools.portable,
                texts=tools.texts,
                archives=tools.archives,
                reports=tools.person_documents,
            ),
            texts=texts,
            scratch=scratch,
        ),
        auditing=Auditing(
            here,
            regimes=regimes,
            deadlines=deadlines,
            certificates=tools.certificates,
            signatures=tools.signatures,
            report=tools.audit_report,
            scratch=scratch,
        ),
        log=LogViews(here, certificates=tools.certificates),
        checkpoints=Checkpoints(here),
        sourcing=Sourcing(here, source_types=types),
        airlocks=airlocks,
        retention=Retention(here, request_keys=request_keys),
        sharing=Sharing(here, request_keys=request_keys),
        settings=WorkspaceSettings(here, deadlines=deadlines, dates=dates),
        drawer=drawer,
        membership=membership,
        changes=changes,
        recovery=RecoveryKits(
            here,
            certifying=certifying,
            certificates=tools.certificates,
            report=tools.recovery_kit,
        ),
        inviting=inviting,
        people=PeopleViews(here, certificates=tools.certificates, inviting=inviting),
        health=Health(
            here,
            workspaces=tools.workspaces,
            certificates=tools.certificates,
            clock=tools.clock,
        ),
    )


def _membership(tools: Adapters, keys: MemberKeys) -> Membership:
    return Membership(
        workspaces=tools.workspaces,
        servers=tools.servers,
        keys=keys,
        certificates=tools.certificates,
        sealing=tools.sealing,
    )


def _catch_up(here: SignedIn, dates: Dates) -> None:
    """Count when requests are due where an older version never did."""
    with here.workspace.read() as unit:
        if not unit.requests.undated():
            return
    with here.workspace.write() as unit:
        dates.catch_up(unit)
        unit.commit()


def build(home: Path | None = None, *, adapters: Adapters | None = None) -> App:
    """Return the wired application; ``home`` holds keys and remembered heads."""
    home = home or user_data()
    tools = adapters or real_adapters(home)

    def membership(keys: Path) -> Membership:
        return _membership(tools, tools.keys(keys))

    def desk(here: SignedIn) -> Desk:
        return make_desk(here, tools)

    trusted = TrustedAuthorities(tools.authorities)
    return App(
        deadlines=Deadlines(tools.rules, tools.calendars),
        mapping=MappingTrials(
            {scheme: each for each in tools.source_types.values() for scheme in each.schemes}
        ),
        membership=membership(home / "keys"),
        proving=Proving(
            workspaces=tools.workspaces,
            servers=tools.servers,
            certificates=tools.certificates,
            signatures=tools.signatures,
            archives=tools.archives,
            check_report=tools.check_report,
            trusted=trusted,
        ),
        joining=Joining(
            servers=tools.servers,
            membership=membership(home / "keys"),
            keys=tools.keys(home / "keys"),
            certificates=tools.certificates,
            remembered=tools.invitations,
            trusted=trusted,
        ),
        entering=Entering(
            servers=tools.servers,
            membership=membership(home / "keys"),
            passwords=tools.passwords,
            trusted=trusted,
            certificates=tools.certificates,
        ),
        moving=Moving(
            workspaces=tools.workspaces,
            servers=tools.servers,
            certificates=tools.certificates,
            trusted=trusted,
        ),
        recovering=Recovering(
            membership=membership(home / "keys"),
            certifying=Certifying(tools.certificates, tools.sealing),
            keys=tools.keys(home / "keys"),
        ),
        demo=Demo(
            membership_in=lambda folder: membership(folder / "keys"),
            desk=desk,
            in_files=CompanyInFiles(),
            on_servers=CompanyOnServers(),
            demo_map=lambda key: resource("demo", f"{key}.yml").read_text(encoding="utf-8"),
            archives=tools.archives,
            clock=tools.clock,
        ),
        desk=desk,
    )


def _person_documents() -> dict[str, ReportType[PersonDocument]]:
    """Return the documents of a package; start-here is last, for it lists the others."""
    reports = (letter, your_data, your_data_html, redactions, start_here)
    return {each.REPORT.file_name: each.REPORT for each in reports}
