"""Sealing to members whom the workspace's authority certified, and to nobody else.

Whoever can write the members' table could put her own key in the place of another's: what the
window seals to a colleague would be hers to read. Or she could write another role beside a name:
what is sealed to approvers would be an officer's, too, who then needed nobody's yes. Or she could
take away that somebody left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.errors import SecurityError
from app.domain.people import Role, Verb
from app.services.airlock_secrets import may_hold
from app.services.standing import check_standing

if TYPE_CHECKING:
    from app.domain.people import Member
    from app.ports.security import Certificates, Sealing
    from app.ports.storage import UnitOfWork


class CertifiedSealing:
    """Seals to members, each of whom is looked at first; a ``context`` names whom it is for."""

    def __init__(self, sealing: Sealing, *, certificates: Certificates, authority: bytes) -> None:
        self._sealing = sealing
        self._certificates = certificates
        self._authority = authority

    def new_key(self) -> bytes:
        """Return 32 random bytes."""
        return self._sealing.new_key()

    def seal(self, unit: UnitOfWork, secret: bytes, *, to: Member, context: str) -> bytes:
        """Seal ``secret``; ``SecurityError``: certificate.not_ours, certificate.taken_back,
        certificate.not_on_record as ``check_standing`` finds; certificate.other_role where it is
        not of one whose part the secret is.
        """
        found = check_standing(unit, to, certificates=self._certificates, authority=self._authority)
        if to.id not in context.split():
            raise SecurityError("certificate.not_ours")
        roles = frozenset(each for each in Role if each.value in found.roles)
        if not _is_her_part(replace(to, roles=roles), context.split()):
            raise SecurityError("certificate.other_role")
        return self._sealing.seal(secret, to=to.encryption_certificate, context=context)

    def encrypt(self, key: bytes, plain: bytes, *, context: str) -> bytes:
        """Encrypt under ``key``, as ``Sealing`` does."""
        return self._sealing.encrypt(key, plain, context=context)

    def decrypt(self, key: bytes, sealed: bytes, *, context: str) -> bytes:
        """Undo ``encrypt``."""
        return self._sealing.decrypt(key, sealed, context=context)


def _is_her_part(certified: Member, context: list[str]) -> bool:
    """Say whether a secret is for who was certified so: the second word of a context is its sort,
    the last but one of an airlock's its kind.
    """
    match context[1]:
        case "request":
            return certified.may(Verb.HANDLE_REQUESTS)
        case "airlock":
            return may_hold(certified, context[-2])
    return True
