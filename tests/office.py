"""A workspace with an administrator, an officer and an approver, on fakes but a real database."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, override

from app.bootstrap import make_desk, real_adapters
from app.domain.people import Role
from app.domain.requests import Channel, Right, Subject, SubjectIdentity
from app.domain.secrets import Secret
from app.domain.verification import Method
from app.domain.workspace import Controller
from app.ports.progress import QuietTask
from app.services.airlock_secrets import AirlockSecrets
from app.services.certified_sealing import CertifiedSealing
from app.services.intake import NewRequest
from app.services.membership import Membership, NewMember, NewWorkspace
from app.services.proving import Proving
from app.services.trusting import TrustedAuthorities
from app.storage.workspaces import EmbeddedWorkspaces
from tests.fakes import (
    FakeCertificates,
    FakeClock,
    FakeMemberKeys,
    FakeSealing,
    FakeSignatures,
    FakeSource,
    FakeTable,
    fake_source_type,
)

if TYPE_CHECKING:
    from app.bootstrap import Adapters
    from app.domain.access import AccessCase
    from app.domain.requests import Request
    from app.ports.storage import Workspace
    from app.services.desk import Desk
    from app.services.proving import Proof
    from app.services.pull_session import PullResult
    from app.storage.workspaces import EmbeddedWorkspace

PASSPHRASE = Secret("correct horse battery")

MAP = """
dataset:
- fides_key: shop
  name: Shop
  meta: {sandglass: {label: Our shop}}
  collections:
  - name: people
    meta: {sandglass: {label: Account, purpose: To run your account, recipients: [Carriers],
      retention: 2 years, origin: You, transfers: None}}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
    - {name: email, data_categories: [user.contact.email, user.name], fides_meta: {identity: email}}
    - {name: secret, data_categories: [user.authorization.password]}
  - name: notes
    meta: {sandglass: {label: Notes, purpose: To help you, recipients: [nobody],
      retention: 1 year, origin: You and we, transfers: None}}
    fields:
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: text, data_categories: [user.content.private],
       meta: {sandglass: {may_hold_others: true}}}
"""

NOTES = ["Hello.", "Your neighbour Herr Brandt has it.", "Thank you.", "Call Frau Okafor.", "Bye."]


def shop() -> FakeSource:
    """Return a source with one person and five notes about her."""
    people = FakeTable(("id", "email", "secret"), [("1", "mara@example.org", "hash")])
    notes = FakeTable(("person_id", "text"), [("1", text) for text in NOTES])
    return FakeSource({"people": people, "notes": notes})


@functools.cache
def _empty() -> tuple[TemporaryDirectory[str], Path]:
    folder = TemporaryDirectory(prefix="sandglass-tests-")
    path = Path(folder.name) / "workspace.sqlite"
    EmbeddedWorkspaces(FakeClock(), heads=path.with_name("heads")).create(path).close()
    return folder, path


class CopiedWorkspaces(EmbeddedWorkspaces):
    """Makes workspaces by copying an empty one: all revisions take a quarter of a second."""

    @override
    def create(self, path: Path) -> EmbeddedWorkspace:
        _folder, empty = _empty()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as new:
            new.write(empty.read_bytes())
        return self.open(path)


@dataclass
class Office:
    """Three desks over one workspace; ``source`` is what they pull from."""

    adapters: Adapters
    workspace: Workspace
    clock: FakeClock
    source: FakeSource
    membership: Membership
    administrator: Desk
    officer: Desk
    approver: Desk

    def record(self, **changes: object) -> Request:
        """Record an access request under the GDPR, received three weeks ago."""
        subject = Subject(
            "Mara Köhler",
            country="DE",
            identities=(SubjectIdentity("email", "Mara@example.org"),),
        )
        new = NewRequest(
            regime="gdpr",
            rights=(Right.ACCESS,),
            subject=subject,
            received_at=self.clock.now().replace(day=1, month=11),
            channel=Channel.EMAIL,
        )
        return self.officer.intake.record(replace(new, **changes))[0]  # type: ignore[arg-type]

    def verified(self) -> Request:
        """Return a request whose subject is verified."""
        request = self.record()
        return self.officer.verifying.decide(
            request.id, method=Method.EMAIL_LOOP, verified=True, facts_matched=2
        )

    def asked(self, *, minutes: int = 30) -> AccessCase:
        """Return an access request that waits."""
        request = self.verified()
        scope = self.officer.scoping.suggest(request.id)
        return self.officer.scoping.ask(
            request.id, scope, purpose="Answer the access request", minutes=minutes
        )

    def granted(self, *, minutes: int = 20) -> AccessCase:
        """Return an access request that is granted."""
        case = self.asked()
        return self.approver.granting.grant(
            case.asked.id, seen_hash=case.asked.scope_hash, minutes=minutes
        )

    def pulled(self) -> tuple[str, PullResult]:
        """Return the id of a request whose data is in the vault, searched, and the pull."""
        case = self.granted()
        result = self.officer.pulling.run(case.asked.id, QuietTask())
        self.officer.reviewing.prepare(case.asked.request, QuietTask())
        return case.asked.request, result

    def proof(self) -> Proof:
        """Return what verification says of the workspace's file."""
        tools = self.adapters
        proving = Proving(
            workspaces=tools.workspaces, servers=tools.servers, certificates=tools.certificates,
            signatures=tools.signatures, archives=tools.archives, check_report=tools.check_report,
            trusted=TrustedAuthorities(tools.authorities),
        )  # fmt: skip
        return proving.check(Path(self.workspace.place))

    def actions(self, request: str = "") -> list[str]:
        """Return the actions of the log, oldest first."""
        with self.workspace.read() as unit:
            lines = [line for _, line, _, _ in unit.log.stored(request=request)]
        return [line.decode().split('"action":"')[1].split('"')[0] for line in lines]


def airlock_secrets(desk: Desk, tools: Adapters) -> AirlockSecrets:
    """Return a member's part in the secrets of airlocks, as her desk has it."""
    with desk.here.workspace.read() as unit:
        authority = unit.workspace.facts().authority_certificate
    sealing = CertifiedSealing(tools.sealing, certificates=tools.certificates, authority=authority)
    return AirlockSecrets(desk.here, sealing)


def open_office(
    folder: Path, *, source: FakeSource | None = None, clock: FakeClock | None = None
) -> Office:
    """Make the workspace in ``folder``."""
    clock, source = clock or FakeClock(), source or shop()
    source.monotonic = clock.monotonic
    fake = fake_source_type({"shop": source})
    real = real_adapters(folder / "home")
    adapters = replace(
        real,
        clock=clock,
        workspaces=CopiedWorkspaces(clock=clock, heads=folder / "heads"),
        keys=FakeMemberKeys,
        certificates=FakeCertificates(),
        signatures=FakeSignatures(),
        sealing=FakeSealing(),
        source_types={**real.source_types, "fake": fake},
    )
    membership = Membership(
        workspaces=adapters.workspaces,
        servers=adapters.servers,
        keys=FakeMemberKeys(),
        certificates=adapters.certificates,
        sealing=adapters.sealing,
    )
    first = membership.create(
        folder / "workspace.sqlite",
        NewWorkspace("Northwind", Controller("Northwind GmbH", authority="DPA Hamburg"),
                     timezone="Europe/Berlin", calendar="DE"),
        first=NewMember("Inés", "ines@example.org", frozenset({Role.ADMINISTRATOR}), PASSPHRASE),
    )  # fmt: skip
    desks = [make_desk(first, adapters)]
    for name, role in (("Nadia", Role.OFFICER), ("Omar", Role.APPROVER)):
        new = NewMember(name, f"{name}@example.org", frozenset({role}), PASSPHRASE)
        member = membership.add(first, new)
        signed = membership.sign_in(first.workspace, member.id, passphrase=PASSPHRASE)
        desks.append(make_desk(signed, adapters))
    desks[0].sourcing.add("fake", {"name": "shop"}, map_text=MAP, map_file="shop.yml")
    return Office(adapters, first.workspace, clock, source, membership, *desks)
