"""Which authority a shared workspace has, as this machine learned it at the first entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import SecurityError

if TYPE_CHECKING:
    from app.domain.addresses import WorkspaceAddress
    from app.ports.machine import Remembered
    from app.services.signed_in import SignedIn


class TrustedAuthorities:
    """Holds every later entry against the first: whoever takes a server's place is found out."""

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered

    def knows(self, address: WorkspaceAddress, *, workspace: str, fingerprint: str) -> bool:
        """Say whether this is the authority that this machine knows, False where it knows none.

        ``SecurityError("workspace.other_authority")``: it knows another, there or of this
        workspace elsewhere.
        """
        is_known = False
        for place, facts in self._remembered.all().items():
            is_same = (facts.get("workspace"), facts.get("fingerprint")) == (workspace, fingerprint)
            concerns = place == _place(address) or facts.get("workspace") == workspace
            if concerns and not is_same:
                raise SecurityError(
                    "workspace.other_authority",
                    found=fingerprint,
                    known=facts.get("fingerprint", ""),
                )
            is_known = is_known or concerns
        return is_known

    def known_of(self, workspace: str) -> str:
        """Return the fingerprint that this machine knows of a workspace, wherever that is; empty
        where it knows none.
        """
        for facts in self._remembered.all().values():
            if facts.get("workspace") == workspace:
                return facts.get("fingerprint", "")
        return ""

    def trust(self, address: WorkspaceAddress, *, workspace: str, fingerprint: str) -> None:
        """Take this authority for the one that is there, from now on."""
        facts = {"workspace": workspace, "fingerprint": fingerprint}
        self._remembered.put(_place(address), facts)


def proof_of(here: SignedIn) -> bytes:
    """Return what a member signs to show that she holds the keys of her certificate."""
    return f"sandglass joined {here.workspace_id} {here.member}".encode()


def _place(address: WorkspaceAddress) -> str:
    return f"{address.host.lower()}:{address.port}/{address.database}"
