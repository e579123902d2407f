"""Sealing to members whom the workspace's authority certified, and to nobody else.

Whoever can write the members' table could put her own key in the place of another's: what the
window seals to a colleague would be hers to read. Or she could write another role beside a name:
what is sealed to approvers would be an officer's, too, who then needed nobody's yes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import SecurityError
from app.domain.people import Member, Role, Verb
from app.services.airlock_secrets import may_hold

if TYPE_CHECKING:
    from app.ports.security import CertificateFacts, Certificates, Sealing


class CertifiedSealing:
    """``Sealing`` that looks at the certificate first. A ``context`` names the member it is for."""

    def __init__(self, sealing: Sealing, *, certificates: Certificates, authority: bytes) -> None:
        self._sealing = sealing
        self._certificates = certificates
        self._authority = authority

    def new_key(self) -> bytes:
        """Return 32 random bytes."""
        return self._sealing.new_key()

    def seal(self, secret: bytes, *, to: bytes, context: str) -> bytes:
        """Seal ``secret``; ``SecurityError``: certificate.not_ours where ``to`` is not by the
        authority, or not of the member whom ``context`` names; certificate.other_role where it is
        not of one whose part the secret is.
        """
        self._certificates.check_issued(to, authority=self._authority)
        found = self._certificates.read(to)
        if found.member not in context.split():
            raise SecurityError("certificate.not_ours")
        if not _is_her_part(found, context.split()):
            raise SecurityError("certificate.other_role")
        return self._sealing.seal(secret, to=to, context=context)

    def encrypt(self, key: bytes, plain: bytes, *, context: str) -> bytes:
        """Encrypt under ``key``, as ``Sealing`` does."""
        return self._sealing.encrypt(key, plain, context=context)

    def decrypt(self, key: bytes, sealed: bytes, *, context: str) -> bytes:
        """Undo ``encrypt``."""
        return self._sealing.decrypt(key, sealed, context=context)


def _is_her_part(certified: CertificateFacts, context: list[str]) -> bool:
    """Say whether a secret is for who was certified so: the second word of a context is its sort,
    the last but one of an airlock's its kind.
    """
    roles = frozenset(each for each in Role if each.value in certified.roles)
    member = Member(certified.member, certified.name, certified.email, roles, certified.valid_from)
    match context[1]:
        case "authority":
            return member.may(Verb.MANAGE_MEMBERS)
        case "request":
            return member.may(Verb.HANDLE_REQUESTS)
        case "airlock":
            return may_hold(member, context[-2])
    return True
