"""An embedded workspace moves to a server, so that several people work in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import InputError, NotAllowedError, StorageError
from app.domain.people import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.domain.addresses import WorkspaceAddress
    from app.domain.audit import ChainState
    from app.domain.secrets import LoginSecret
    from app.ports.security import Certificates
    from app.ports.servers import SharedWorkspaces
    from app.ports.storage import UnitOfWork, Workspaces
    from app.services.trusting import TrustedAuthorities


@dataclass(frozen=True)
class Moved:
    """Where a workspace is now, and its log, unbroken and with the same head before and after."""

    place: str
    chain: ChainState


class Moving:
    """Takes all of a workspace along, or nothing."""

    def __init__(
        self,
        *,
        workspaces: Workspaces,
        servers: SharedWorkspaces,
        certificates: Certificates,
        trusted: TrustedAuthorities,
    ) -> None:
        self._workspaces = workspaces
        self._servers = servers
        self._certificates = certificates
        self._trusted = trusted

    def move(
        self,
        path: Path,
        address: WorkspaceAddress,
        owner: LoginSecret | None,
        *,
        logins: Mapping[str, str],
    ) -> Moved:
        """Move the workspace at ``path`` into the empty database at ``address``.

        ``logins`` names, by the e-mail address of each member, a login that the server has. Who
        gets none now gets one later, from an administrator. From the first moment on nobody else
        opens the file: it says where it goes, and then where it went. Killed on the way, the same
        call goes on: it looks whether all arrived. This machine knows the authority there from now
        on.
        """
        workspace = self._workspaces.open(path, moving_to=address.for_login("").text)
        try:
            with workspace.write() as unit:
                for case in unit.access.unended():
                    raise NotAllowedError("workspace.move_window_open", request=case.asked.request)
                whose = _by_member(unit, logins)
                facts = unit.workspace.facts()
                chain = self._servers.move_in(unit, address, owner, logins=whose)
                unit.commit()
        finally:
            workspace.close()
        with suppress(StorageError):  # it is moved all the same, and asked for at the first entry
            self._trusted.trust(
                address,
                workspace=facts.id,
                fingerprint=self._certificates.fingerprint(facts.authority_certificate),
            )
        return Moved(address.for_login("").text, chain)

    def take_back(self, path: Path, address: WorkspaceAddress, owner: LoginSecret | None) -> None:
        """Let a file open again whose move to ``address`` was cut short before all arrived there.

        ``ConflictError("workspace.has_moved")``: it did arrive.
        """
        workspace = self._workspaces.open(path, moving_to=address.for_login("").text)
        try:
            with workspace.write() as unit:
                self._servers.take_back(unit, address, owner)
                unit.commit()
        finally:
            workspace.close()


def _by_member(unit: UnitOfWork, logins: Mapping[str, str]) -> dict[str, str]:
    here = {each.email.casefold(): each for each in unit.members.all() if each.left_at is None}
    found: dict[str, str] = {}
    for email, login in logins.items():
        member = here.get(email.strip().casefold())
        if member is None:
            raise InputError("workspace.move_unknown_member", email=email)
        found[member.id] = login
    if not any(each.id in found and each.may(Verb.MANAGE_MEMBERS) for each in here.values()):
        raise InputError("workspace.move_needs_administrator")
    return found
