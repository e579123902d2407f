"""Joining a shared workspace: an administrator invites, somebody answers, words are compared."""

from __future__ import annotations

import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import AppError, InputError, NotAllowedError, SecurityError
from app.domain.joining import Answer, Invitation
from app.domain.people import Role, why_no_new_keys
from app.ports.security import PublicKeys
from app.services.key_exchange import Lost
from app.services.membership import NewMember
from app.services.scratch import exporting
from app.services.trusting import proof_of

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.people import Member
    from app.domain.secrets import LoginSecret, Secret
    from app.ports.machine import Remembered
    from app.ports.security import Certificates, MemberKeys
    from app.ports.servers import SharedWorkspaces
    from app.services.drawer import Drawer, JsonValue
    from app.services.member_changes import MemberChanges
    from app.services.membership import Membership
    from app.services.signed_in import SignedIn
    from app.services.trusting import TrustedAuthorities

_LASTS = timedelta(days=7)
_KEY = "invitation."
_FILE_AT_MOST = 64 * 1024


@dataclass(frozen=True)
class Answered:
    """An answer as the administrator sees it; ``words`` are what the newcomer reads to her.

    ``is_for_new_keys`` where a member answers who has lost hers.
    """

    name: str
    roles: frozenset[Role]
    words: tuple[str, ...]
    is_for_new_keys: bool


@dataclass(frozen=True)
class Waiting:
    """An invitation that this administrator sent and that nobody has answered yet."""

    member: str
    name: str
    roles: frozenset[Role]
    until: datetime
    is_for_new_keys: bool
    has_expired: bool


@dataclass(frozen=True)
class Confirmed:
    """Who was let in, and what is lost with old keys of hers."""

    member: Member
    lost: Lost


@dataclass(frozen=True)
class _Kept:
    """What an administrator keeps of an invitation, in her own drawer."""

    name: str
    email: str
    roles: tuple[str, ...]
    login: str
    code: str = field(repr=False)
    until: str
    purpose: str
    address: str

    @property
    def new(self) -> NewMember:
        return NewMember(self.name, self.email, frozenset(Role(each) for each in self.roles))

    def as_data(self) -> dict[str, JsonValue]:
        return {**vars(self), "roles": list(self.roles)}

    @classmethod
    def read(cls, data: JsonValue) -> _Kept | None:
        if not isinstance(data, dict) or not isinstance(data["roles"], list):
            return None
        words = {name: str(each) for name, each in data.items() if name != "roles"}
        return cls(roles=tuple(map(str, data["roles"])), **words)


class Inviting:
    """What an administrator does. What she waits for lies in her own drawer, sealed to her."""

    def __init__(
        self,
        here: SignedIn,
        *,
        membership: Membership,
        changes: MemberChanges,
        drawer: Drawer,
    ) -> None:
        self._here = here
        self._membership = membership
        self._changes = changes
        self._drawer = drawer

    def invite(self, new: NewMember, *, login: str) -> Invitation:
        """Return an invitation for a week; she will enter with ``login``, which the server has."""
        self._membership.check_newcomer(self._here, new)
        if not login.strip():
            raise InputError("invitation.login_missing")
        return self._send(uuid.uuid4().hex[:12], new, login=login.strip(), purpose="join")

    def invite_again(self, member_id: str) -> Invitation:
        """Return an invitation for a member who lost her keys, to make new ones."""
        with self._here.workspace.read() as unit:
            member, me = unit.members.get(member_id), unit.members.get(self._here.member)
            login = unit.members.login(member_id)
        if hindrance := why_no_new_keys(member, by=me):
            raise hindrance
        new = NewMember(member.name, member.email, member.roles)
        return self._send(member_id, new, login=login, purpose="keys")

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what this administrator waits for, by name."""
        with self._here.workspace.read() as unit:
            now = unit.now()
        found = []
        for key, data in self._drawer.all(_KEY).items():
            if kept := _Kept.read(data):
                until = datetime.fromisoformat(kept.until)
                found.append(
                    Waiting(
                        key.removeprefix(_KEY),
                        kept.name,
                        kept.new.roles,
                        until,
                        is_for_new_keys=kept.purpose == "keys",
                        has_expired=now > until,
                    )
                )
        return tuple(sorted(found, key=lambda each: each.name.casefold()))

    def withdraw(self, member_id: str) -> None:
        """Wait no longer: an answer to this invitation lets nobody in."""
        self._drawer.drop(_KEY + member_id)

    @staticmethod
    def save(invitation: str, out: Path) -> None:
        """Write an invitation to a file that only its owner may read."""
        with exporting():
            out.touch(mode=0o600)
            out.chmod(0o600)  # of one that was there already
            out.write_text(invitation + "\n", encoding="utf-8")

    def look(self, answer: str) -> Answered:
        """Return who answers, with the words to compare; nothing is decided by that."""
        read = Answer.read(answer)
        kept = self._waiting(read)
        fingerprint = self._membership.authority_fingerprint(self._here)
        return Answered(
            kept.name,
            kept.new.roles,
            read.words(fingerprint, address=kept.address),
            is_for_new_keys=kept.purpose == "keys",
        )

    def confirm(self, answer: str) -> Confirmed:
        """Let in who answered, or certify her new keys: her words are those that she read."""
        read = Answer.read(answer)
        kept = self._waiting(read)
        keys = PublicKeys(read.signing, read.encryption)
        if kept.purpose == "keys":
            lost = self._changes.replace_keys(read.member, keys)
            with self._here.workspace.read() as unit:
                member = unit.members.get(read.member)
        else:
            lost = Lost()
            member = self._membership.admit(
                self._here, kept.new, keys=keys, member_id=read.member, login=kept.login
            )
        self._drawer.drop(_KEY + read.member)
        return Confirmed(member, lost)

    def refuse(self, answer: str) -> None:
        """Let nobody in: the words differ, so somebody stood between. The invitation ends too."""
        self.withdraw(Answer.read(answer).member)

    def _send(self, member_id: str, new: NewMember, *, login: str, purpose: str) -> Invitation:
        if not self._here.workspace.is_shared:
            raise NotAllowedError("invitation.not_shared")
        with self._here.workspace.read() as unit:
            now = unit.now()
        address = WorkspaceAddress.read(self._here.workspace.place).for_login(login)
        invitation = Invitation(
            address.text,
            self._here.workspace_id,
            self._membership.authority_fingerprint(self._here),
            member_id,
            secrets.token_urlsafe(24),
            purpose,
        )
        kept = _Kept(
            name=new.name,
            email=new.email,
            roles=tuple(role.value for role in sorted(new.roles)),
            login=login,
            code=invitation.code,
            until=(now + _LASTS).isoformat(),
            purpose=purpose,
            address=invitation.address,
        )
        self._drawer.put(_KEY + member_id, kept.as_data())
        return invitation

    def _waiting(self, answer: Answer) -> _Kept:
        kept = _Kept.read(self._drawer.get(_KEY + answer.member))
        if kept is None:
            raise InputError("invitation.unknown")
        if not answer.is_by(kept.code):
            raise SecurityError("invitation.forged")
        with self._here.workspace.read() as unit:
            if unit.now() > datetime.fromisoformat(kept.until):
                raise InputError("invitation.expired")
        return kept


@dataclass(frozen=True)
class Pending:
    """An invitation that was answered on this machine and waits to be confirmed.

    Its code is used up and was not kept.
    """

    invitation: Invitation
    answer: Answer

    @property
    def words(self) -> tuple[str, ...]:
        """What the newcomer reads to the administrator."""
        return self.answer.words(self.invitation.fingerprint, address=self.invitation.address)


class Joining:
    """What a newcomer does, on her own machine, which may be switched off on the way."""

    def __init__(
        self,
        *,
        servers: SharedWorkspaces,
        membership: Membership,
        keys: MemberKeys,
        certificates: Certificates,
        remembered: Remembered,
        trusted: TrustedAuthorities,
    ) -> None:
        self._servers = servers
        self._membership = membership
        self._keys = keys
        self._certificates = certificates
        self._remembered = remembered
        self._trusted = trusted

    def pending(self) -> tuple[Pending, ...]:
        """Return what was answered here and not entered yet."""
        found = []
        for facts in self._remembered.all().values():
            with suppress(InputError):
                answer = Answer.read(facts.get("answer", ""))
                found.append(Pending(Invitation.read(facts.get("invitation", "")), answer))
        return tuple(found)

    def pending_to(self, invitation: Invitation) -> Pending | None:
        """Return what this invitation was answered with here, if it was."""
        asked = replace(invitation, code="")
        return next((each for each in self.pending() if each.invitation == asked), None)

    def keys_rest_in(self, pending: Pending) -> str:
        """Return ``keyring`` or ``file``, as ``Membership.keys_rest_in``."""
        return self._keys.where(pending.invitation.workspace, pending.invitation.member)

    def keyring_usable(self) -> bool:
        """Say whether new keys can rest in this desktop's keyring."""
        return self._keys.keyring_usable()

    def answer(self, invitation: Invitation, *, passphrase: Secret | None) -> Answer:
        """Make keys, which stay here, and return what goes back to the administrator.

        The answer is kept until the workspace is entered, and is the same when asked again. An
        invitation for new keys gives up what this machine has of the old ones.
        """
        pending = self.pending_to(invitation)
        if pending is not None and (
            not invitation.is_for_new_keys or pending.answer.is_by(invitation.code)
        ):
            return pending.answer
        key, kept = _kept(invitation), {"invitation": replace(invitation, code="").text()}
        workspace, member = invitation.workspace, invitation.member
        if self._keys.where(workspace, member):
            if self._remembered.get(key) is None and not invitation.is_for_new_keys:
                raise SecurityError("keys.already_here")
            # Lost ones, or such as a program made just before it died: nobody ever saw those.
            self._keys.forget(workspace, member)
        self._remembered.put(key, kept)
        try:
            made = self._keys.create(workspace, member, passphrase=passphrase)
        except AppError:
            self._remembered.drop(key)
            raise
        answer = Answer.to(invitation, signing=made.signing, encryption=made.encryption)
        self._remembered.put(key, {**kept, "answer": answer.text()})
        return answer

    def read(self, path: Path) -> str:
        """Return what a file says that holds an invitation; ``InputError("file.unreadable")``."""
        try:
            with path.open("rb") as file:
                return file.read(_FILE_AT_MOST).decode()
        except OSError as error:
            raise InputError("file.unreadable", path=str(path), why=error.strerror) from None
        except UnicodeDecodeError:
            raise InputError("invitation.unreadable") from None

    def save(self, pending: Pending, path: Path) -> None:
        """Write the answer to a file; ``export.disk_full``, ``export.failed``."""
        with exporting():
            path.write_text(f"{pending.answer.text()}\n", encoding="utf-8")

    def drop(self, pending: Pending) -> None:
        """Give an invitation up: the keys that were made for it are destroyed."""
        invitation = pending.invitation
        self._keys.forget(invitation.workspace, invitation.member)
        self._remembered.drop(_kept(invitation))

    def enter(
        self,
        invitation: Invitation,
        password: LoginSecret | None,
        *,
        passphrase: Secret | None,
        at: WorkspaceAddress | None = None,
    ) -> SignedIn:
        """Sign in for the first time: to the workspace that invited, as the holder of one's keys.

        ``at`` is the invitation's address with what only her machine knows, her certificate say.

        ``SecurityError``: invitation.other_workspace, workspace.other_authority where this machine
        knows another there, certificate.not_ours, signature.wrong.
        """
        address = at or WorkspaceAddress.read(invitation.address)
        workspace = self._servers.open(address, password)
        try:
            with workspace.read() as unit:
                facts, now = unit.workspace.facts(), unit.now()
                mine = unit.members.get(invitation.member).signing_certificate
            authority = facts.authority_certificate
            self._must_be(invitation, facts.id, authority)
            self._trusted.knows(address, workspace=facts.id, fingerprint=invitation.fingerprint)
            here = self._membership.sign_in(workspace, invitation.member, passphrase=passphrase)
            said = proof_of(here)
            self._certificates.verify(
                here.keys.sign(said), said, certificate=mine, authority=authority, at=now
            )
            self._trusted.trust(address, workspace=facts.id, fingerprint=invitation.fingerprint)
            self._remembered.drop(_kept(invitation))
        except BaseException:
            workspace.close()
            raise
        return here

    def _must_be(self, invitation: Invitation, workspace_id: str, authority: bytes) -> None:
        found = workspace_id, self._certificates.fingerprint(authority)
        if found != (invitation.workspace, invitation.fingerprint):
            raise SecurityError("invitation.other_workspace")


def _kept(invitation: Invitation) -> str:
    return f"{invitation.workspace} {invitation.member}"
