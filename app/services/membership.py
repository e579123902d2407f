"""Workspaces and their members: create, enrol, sign in."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.certificates import Why
from app.domain.errors import InputError, NotAllowedError, SecurityError, StorageError
from app.domain.people import Member, Role, Verb
from app.domain.workspace import Controller, WorkspaceFacts
from app.services.certifying import Certifying
from app.services.signed_in import SignedIn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from app.domain.addresses import WorkspaceAddress
    from app.domain.secrets import LoginSecret, Secret
    from app.ports.security import (
        CertificateFacts,
        Certificates,
        MemberKeys,
        PublicKeys,
        Sealing,
        UnlockedKeys,
    )
    from app.ports.servers import FirstLogin, SharedWorkspaces
    from app.ports.storage import UnitOfWork, Workspace, Workspaces

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class NewMember:
    """Who joins. Without a passphrase the keys rest in the desktop's keyring."""

    name: str
    email: str
    roles: frozenset[Role]
    passphrase: Secret | None = None

    def check(self) -> None:
        """Raise ``InputError`` where something is missing."""
        if not self.name.strip():
            raise InputError("member.name_missing")
        if not _EMAIL.fullmatch(self.email.strip()):
            raise InputError("member.bad_email")
        if not self.roles:
            raise InputError("member.no_role")

    def member(self, member_id: str, *, at: datetime) -> Member:
        """Return who she will be."""
        return Member(
            id=member_id,
            name=self.name.strip(),
            email=self.email.strip(),
            roles=self.roles,
            joined_at=at,
        )


@dataclass(frozen=True)
class NewWorkspace:
    """What a workspace starts with. ``timezone`` and ``calendar`` are the controller's."""

    title: str
    controller: Controller
    timezone: str
    calendar: str

    def check(self) -> None:
        """Raise ``InputError`` where something is missing."""
        if not self.title.strip() or not self.controller.name.strip():
            raise InputError("workspace.title_missing")


@dataclass(frozen=True)
class NewPlace:
    """Where a shared workspace comes to be: ``owner`` is the password of the address's login."""

    address: WorkspaceAddress
    owner: LoginSecret | None
    first: FirstLogin


@dataclass(frozen=True)
class KeyFacts:
    """``kept_in`` is ``keyring`` or ``file``, empty where they are on another machine."""

    kept_in: str
    certificate: CertificateFacts
    is_keyring_usable: bool


class Membership:
    """Makes workspaces, lets people in, and sees to their keys."""

    def __init__(
        self,
        *,
        workspaces: Workspaces,
        servers: SharedWorkspaces,
        keys: MemberKeys,
        certificates: Certificates,
        sealing: Sealing,
    ) -> None:
        self._workspaces = workspaces
        self._servers = servers
        self._keys = keys
        self._certificates = certificates
        self._certifying = Certifying(certificates, sealing)

    def open(self, path: Path) -> Workspace:
        """Open an embedded workspace database."""
        return self._workspaces.open(path)

    def create(self, path: Path, new: NewWorkspace, *, first: NewMember) -> SignedIn:
        """Make an embedded workspace with its authority and first administrator, signed in."""
        first.check()
        new.check()
        return self._begin(self._workspaces.create(path), new, first=first)

    def create_shared(self, place: NewPlace, new: NewWorkspace, *, first: NewMember) -> SignedIn:
        """Make a shared workspace likewise; the owner's login is used now and kept nowhere."""
        first.check()
        new.check()
        workspace = self._servers.create(place.address, place.owner, first=place.first)
        try:
            return self._begin(workspace, new, first=first, login=place.first.name)
        except BaseException:
            workspace.close()
            raise

    def upgrade_shared(self, address: WorkspaceAddress, owner: LoginSecret | None) -> None:
        """Bring an older shared workspace, and its guard, to what this program works with."""
        self._servers.upgrade(address, owner)

    def replace_login(
        self, address: WorkspaceAddress, owner: LoginSecret | None, *, email: str, login: str
    ) -> None:
        """Let a member whose login is lost enter a shared workspace with another one."""
        self._servers.replace_login(address, owner, email=email, login=login)

    def _begin(
        self, workspace: Workspace, new: NewWorkspace, *, first: NewMember, login: str = ""
    ) -> SignedIn:
        workspace_id = uuid.uuid4().hex
        with workspace.read() as unit:
            now = unit.now()
        authority = self._certificates.make_authority(workspace_id, new.title, at=now)
        roles = first.roles | {Role.ADMINISTRATOR}
        member_id = uuid.uuid4().hex[:12]
        keys = self._keys.create(workspace_id, member_id, passphrase=first.passphrase)
        newcomer = replace(first, roles=roles).member(member_id, at=now)
        member = self._certifying.certified(authority, newcomer, keys=keys, at=now)
        fingerprint = self._certificates.fingerprint(authority.certificate)
        with workspace.write() as unit:
            joined = self._join(unit, member, login=login, by=member.id)
            unit.workspace.create(
                WorkspaceFacts(
                    id=workspace_id,
                    title=new.title,
                    controller=new.controller,
                    timezone=new.timezone,
                    calendar=new.calendar,
                    created_at=unit.now(),
                    authority_certificate=authority.certificate,
                )
            )
            unit.record(
                Event(
                    Action.WORKSPACE_CREATED,
                    member.id,
                    object=workspace_id,
                    details={"authority": fingerprint},
                )
            )
            unit.record(joined)
            self._certifying.seal_to(unit, authority, member=member)
            unit.commit()
        return self.sign_in(workspace, member.id, passphrase=first.passphrase)

    def members(self, workspace: Workspace) -> tuple[Member, ...]:
        """Return every member ever, by name."""
        with workspace.read() as unit:
            return unit.members.all()

    def facts(self, workspace: Workspace) -> WorkspaceFacts:
        """Return what everybody may know of a workspace, signed in or not."""
        with workspace.read() as unit:
            return unit.workspace.facts()

    def keyring_usable(self) -> bool:
        """Say whether keys can rest in this desktop's keyring, without a passphrase."""
        return self._keys.keyring_usable()

    def keys_rest_in(self, workspace_id: str, member: str) -> str:
        """Return ``keyring``, ``file`` or, where they are on another machine, the empty text."""
        return self._keys.where(workspace_id, member)

    def sign_in(self, workspace: Workspace, member: str, *, passphrase: Secret | None) -> SignedIn:
        """Unlock the member's keys on this machine.

        ``SecurityError``: keys.wrong_passphrase, keys.passphrase_needed, keys.not_here, ….
        """
        with workspace.read() as unit:
            found = unit.members.get(member)
            facts = unit.workspace.facts()
        if found.left_at is not None:
            raise NotAllowedError("member.has_left")
        workspace_id = facts.id
        keys = self._keys.unlock(workspace_id, member, passphrase=passphrase)
        self._must_be_certified(keys, found.signing_certificate, facts.authority_certificate)
        with workspace.write() as unit:
            where = self._keys.where(workspace_id, member)
            unit.record(
                Event(Action.KEYS_UNLOCKED, member, object=member, details={"kept_in": where})
            )
            unit.commit()
        return SignedIn(workspace, workspace_id, member, keys, self._keys)

    def check(self, here: SignedIn) -> None:
        """Raise what keeps a member from going on who signed in once: ``member.has_left``,
        ``keys.replaced``.
        """
        try:
            with here.workspace.read() as unit:
                found, facts = unit.members.get(here.member), unit.workspace.facts()
        except (NotAllowedError, StorageError) as error:
            # A server shows nothing to who has, and lets her make no new connection.
            if isinstance(error, StorageError) and error.code != "workspace.not_a_member":
                raise
            has_left = True
        else:
            has_left = found.left_at is not None
        if has_left:
            raise NotAllowedError("member.has_left")
        self._must_be_certified(here.keys, found.signing_certificate, facts.authority_certificate)

    def _must_be_certified(self, keys: UnlockedKeys, certificate: bytes, authority: bytes) -> None:
        """Refuse keys that were replaced: what they sign would count no more."""
        said = b"sandglass sign-in"
        since = self._certificates.read(certificate).valid_from
        try:
            self._certificates.verify(
                keys.sign(said), said, certificate=certificate, authority=authority, at=since
            )
        except SecurityError as error:
            if error.code == "signature.wrong":
                raise SecurityError("keys.replaced") from None
            raise

    def my_keys(self, here: SignedIn) -> KeyFacts:
        """Return where the member's keys rest here, and what her certificate says."""
        with here.workspace.read() as unit:
            certificate = unit.members.get(here.member).signing_certificate
        return KeyFacts(
            self._keys.where(here.workspace_id, here.member),
            self._certificates.read(certificate),
            is_keyring_usable=self._keys.keyring_usable(),
        )

    def authority_fingerprint(self, here: SignedIn) -> str:
        """Return the fingerprint of the authority that certifies everybody here."""
        with here.workspace.read() as unit:
            certificate = unit.workspace.facts().authority_certificate
        return self._certificates.fingerprint(certificate)

    def relock(self, here: SignedIn, *, passphrase: Secret | None, new: Secret | None) -> None:
        """Change the passphrase of the member's keys; without ``new`` they go into the keyring.

        Fails as ``sign_in`` does, and then leaves everything as it was.
        """
        self._keys.relock(here.workspace_id, here.member, passphrase=passphrase, new=new)
        with here.workspace.write() as unit:
            where = self._keys.where(here.workspace_id, here.member)
            details: Details = {"kept_in": where}
            unit.record(
                Event(Action.KEYS_RELOCKED, here.member, object=here.member, details=details)
            )
            unit.commit()

    def add(self, here: SignedIn, new: NewMember, *, login: str = "") -> Member:
        """Let somebody in, with keys made on this machine and certified by the authority.

        She enters a shared workspace with ``login``, which the server has already.
        """
        with here.workspace.read() as unit:
            self._may_admit(unit, here, new)
        member_id = uuid.uuid4().hex[:12]
        keys = self._keys.create(here.workspace_id, member_id, passphrase=new.passphrase)
        return self.admit(here, new, keys=keys, member_id=member_id, login=login)

    def admit(
        self, here: SignedIn, new: NewMember, *, keys: PublicKeys, member_id: str, login: str = ""
    ) -> Member:
        """Let somebody in whose keys were made already, wherever that was."""
        with here.workspace.read() as unit:
            self._may_admit(unit, here, new)
            authority = self._certifying.held(unit, here)
            now = unit.now()
        member = self._certifying.certified(
            authority, new.member(member_id, at=now), keys=keys, at=now
        )
        with here.workspace.write() as unit:
            unit.record(self._join(unit, member, login=login, by=here.member))
            if Role.ADMINISTRATOR in member.roles:
                self._certifying.seal_to(unit, authority, member=member)
            member = unit.members.get(member_id)
            unit.commit()
        return member

    def give_login(self, here: SignedIn, member_id: str, login: str) -> None:
        """Let a member who has none enter a shared workspace with ``login``, which the server has.

        ``member.has_login``, ``member.login_taken``, ``member.login_unfit``.
        """
        with here.workspace.write() as unit:
            unit.members.get(here.member).must(Verb.MANAGE_MEMBERS)
            if unit.members.get(member_id).left_at is not None:
                raise NotAllowedError("member.has_left")
            unit.members.set_login(member_id, login)
            unit.record(Event(Action.MEMBER_LOGIN, here.member, object=member_id))
            unit.commit()

    def check_newcomer(self, here: SignedIn, new: NewMember) -> None:
        """Raise what ``add`` would, before anything is made for her."""
        with here.workspace.read() as unit:
            self._may_admit(unit, here, new)

    def _may_admit(self, unit: UnitOfWork, here: SignedIn, new: NewMember) -> None:
        new.check()
        unit.members.get(here.member).must(Verb.MANAGE_MEMBERS)
        if self._with_email(unit.members.all(), new.email):
            raise InputError("member.already_here")

    def _join(self, unit: UnitOfWork, member: Member, *, login: str, by: str) -> Event:
        """Let somebody in who has her certificates; return what the log says of it."""
        member = replace(member, joined_at=unit.now())
        unit.members.add(member)
        if login:
            unit.members.set_login(member.id, login)
        details = self._certifying.keep(unit, member, why=Why.JOINED, by=by)
        details["roles"] = sorted(role.value for role in member.roles)
        return Event(Action.MEMBER_JOINED, by, object=member.id, details=details)

    @staticmethod
    def _with_email(members: Iterable[Member], email: str) -> bool:
        wanted = email.strip().casefold()
        return any(each.left_at is None and each.email.casefold() == wanted for each in members)
