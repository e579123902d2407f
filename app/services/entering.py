"""Entering a shared workspace: whose login it is, whether it is the right one, her keys."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import NotAllowedError, SecurityError
from app.services.trusting import proof_of

if TYPE_CHECKING:
    from app.domain.addresses import WorkspaceAddress
    from app.domain.people import Member
    from app.domain.secrets import LoginSecret, Secret
    from app.domain.workspace import WorkspaceFacts
    from app.ports.security import Certificates, LoginPasswords
    from app.ports.servers import SharedWorkspaces
    from app.ports.storage import Workspace
    from app.services.membership import Membership, NewMember, NewPlace, NewWorkspace
    from app.services.signed_in import SignedIn
    from app.services.trusting import TrustedAuthorities


@dataclass(frozen=True)
class SharedDoor:
    """A shared workspace that let a login in, before its member signs in.

    ``kept_in`` is where this machine has her keys; ``is_known`` says whether this machine has met
    the authority with this ``fingerprint``.
    """

    address: WorkspaceAddress
    workspace: Workspace
    facts: WorkspaceFacts
    me: Member
    kept_in: str
    fingerprint: str
    is_known: bool


class Entering:
    """Opens shared workspaces for those who are members already."""

    def __init__(
        self,
        *,
        servers: SharedWorkspaces,
        membership: Membership,
        passwords: LoginPasswords,
        trusted: TrustedAuthorities,
        certificates: Certificates,
    ) -> None:
        self._servers = servers
        self._membership = membership
        self._passwords = passwords
        self._trusted = trusted
        self._certificates = certificates

    def keyring_usable(self) -> bool:
        """Say whether passwords can be kept on this desktop."""
        return self._passwords.usable()

    def kept_password(self, address: WorkspaceAddress) -> LoginSecret | None:
        """Return the password that the desktop's keyring has for this login."""
        return self._passwords.get(address.without_files().text)

    def keep_password(
        self, address: WorkspaceAddress, password: LoginSecret | None, *, wanted: bool
    ) -> None:
        """Keep a password that was right, or forget it. One that cannot be kept is asked again."""
        login = address.without_files().text
        if password is None or not wanted:
            self._passwords.forget(login)
            return
        with suppress(SecurityError):
            self._passwords.keep(login, password)

    def knock(self, address: WorkspaceAddress, password: LoginSecret | None) -> SharedDoor:
        """Open a workspace with a login and find out whose it is; nobody is signed in by that.

        Without a password the server decides by itself: Kerberos, a certificate, its own rules.
        ``NotAllowedError``: workspace.not_a_member, member.has_left;
        ``SecurityError("workspace.other_authority")``; ``StorageError``: whatever keeps the server
        from letting in.
        """
        workspace = self._servers.open(address, password)
        try:
            return self._door(address, workspace)
        except BaseException:
            workspace.close()
            raise

    def _door(self, address: WorkspaceAddress, workspace: Workspace) -> SharedDoor:
        with workspace.read() as unit:
            me, facts = unit.members.entered(), unit.workspace.facts()
        if me is None:
            raise NotAllowedError("workspace.not_a_member", login=address.login)
        if me.left_at is not None:
            raise NotAllowedError("member.has_left")
        fingerprint = self._certificates.fingerprint(facts.authority_certificate)
        return SharedDoor(
            address,
            workspace,
            facts,
            me,
            self._membership.keys_rest_in(facts.id, me.id),
            fingerprint,
            self._trusted.knows(address, workspace=facts.id, fingerprint=fingerprint),
        )

    def trust(self, door: SharedDoor) -> None:
        """Take the authority behind a door for the right one: a recovery kit holds its key."""
        self._trusted.trust(door.address, workspace=door.facts.id, fingerprint=door.fingerprint)

    def enter(
        self, door: SharedDoor, *, passphrase: Secret | None, is_confirmed: bool = False
    ) -> SignedIn:
        """Sign in. An authority that this machine meets for the first time was ``is_confirmed``.

        ``SecurityError``: workspace.authority_not_confirmed, certificate.not_ours,
        signature.wrong, and as ``Membership.sign_in``. The door stays open when it fails.
        """
        if not door.is_known and not is_confirmed:
            raise SecurityError("workspace.authority_not_confirmed")
        here = self._membership.sign_in(door.workspace, door.me.id, passphrase=passphrase)
        with door.workspace.read() as unit:
            now = unit.now()
        said = proof_of(here)
        self._certificates.verify(
            here.keys.sign(said),
            said,
            certificate=door.me.signing_certificate,
            authority=door.facts.authority_certificate,
            at=now,
        )
        self.trust(door)
        return here

    def begin(self, place: NewPlace, new: NewWorkspace, *, first: NewMember) -> SignedIn:
        """Make a shared workspace; its authority is the one that this machine knows."""
        here = self._membership.create_shared(place, new, first=first)
        self._trusted.trust(
            place.address.for_login(place.first.name),
            workspace=here.workspace_id,
            fingerprint=self._membership.authority_fingerprint(here),
        )
        return here
