"""What the workspace's authority does: it certifies members, and takes certificates back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Event
from app.domain.certificates import Issued, Revocation
from app.domain.errors import NotAllowedError, SecurityError
from app.ports.security import Authority
from app.services.standing import check_standing, remember_revoked

if TYPE_CHECKING:
    from datetime import datetime

    from app.domain.audit import Action, Details
    from app.domain.certificates import Why
    from app.domain.people import Member
    from app.ports.security import Certificates, PublicKeys, Sealing
    from app.ports.storage import UnitOfWork
    from app.services.signed_in import SignedIn


class Certifying:
    """Uses the authority's private key, which administrators hold, sealed to each."""

    def __init__(self, certificates: Certificates, sealing: Sealing) -> None:
        self._certificates = certificates
        self._sealing = sealing

    def held(self, unit: UnitOfWork, here: SignedIn) -> Authority:
        """Return the authority; ``NotAllowedError("member.no_authority")`` to who has it not."""
        sealed = unit.workspace.sealed_authority(here.member)
        if sealed is None:
            raise NotAllowedError("member.no_authority")
        private = here.keys.unseal(sealed, context=_context(here.workspace_id, here.member))
        return Authority(unit.workspace.facts().authority_certificate, private)

    def seal_to(self, unit: UnitOfWork, authority: Authority, *, member: Member) -> None:
        """Hand the authority's key to an administrator."""
        sealed = self._sealing.seal(
            authority.private,
            to=member.encryption_certificate,
            context=_context(unit.workspace.facts().id, member.id),
        )
        unit.workspace.seal_authority(member.id, sealed)

    def certified(
        self, authority: Authority, member: Member, *, keys: PublicKeys | None, at: datetime
    ) -> Member:
        """Return the member with certificates of what she is now; without ``keys`` for those that
        she has.
        """
        keys = keys or self._certificates.public_keys(
            member.signing_certificate, member.encryption_certificate
        )
        signing, encryption = self._certificates.issue(
            authority,
            keys,
            member=member.id,
            name=member.name,
            email=member.email,
            roles=sorted(role.value for role in member.roles),
            at=at,
        )
        return replace(member, signing_certificate=signing, encryption_certificate=encryption)

    def keep(self, unit: UnitOfWork, member: Member, *, why: Why, by: str) -> Details:
        """Keep the member's certificates for ever; return what the log says of them."""
        number = len(unit.members.certificates(member.id)) + 1
        signing, encryption = member.signing_certificate, member.encryption_certificate
        unit.members.add_certificates(
            Issued(member.id, number, signing, encryption, why, by, unit.now())
        )
        fingerprint = self._certificates.fingerprint
        return {"certificate": fingerprint(signing), "encryption": fingerprint(encryption)}

    def revoke(
        self, unit: UnitOfWork, authority: Authority, member: str, *, why: Why, by: str
    ) -> Details:
        """Take back, as of now, what the member has of certificates; return what the log says."""
        done = {each.number for each in unit.members.revocations(member)}
        details: Details = {}
        for each in unit.members.certificates(member):
            if each.number in done:
                continue
            revocation = Revocation(member, each.number, why, by, unit.now())
            fingerprint = self._certificates.fingerprint(each.signing)
            said = revocation.signed_bytes(unit.workspace.facts().id, fingerprint)
            signature = self._certificates.sign(authority, said)
            unit.members.revoke(replace(revocation, signature=signature))
            details["revoked"] = fingerprint
        return details

    def remember_revoked(self, unit: UnitOfWork) -> None:
        """Let this machine remember what the authority took back."""
        remember_revoked(unit, self._certificates)

    def recertify(
        self,
        unit: UnitOfWork,
        authority: Authority,
        member: Member,
        *,
        keys: PublicKeys | None,
        why: Why,
        by: str,
        action: Action,
    ) -> Member:
        """Put new certificates in the place of a member's old ones, and record it.

        They say what ``member`` is now; without ``keys`` they are for those that she has. The old
        ones must be hers and count, as ``check_standing`` finds; ``certificate.other_role`` where
        somebody gave her roles that are not certified, and not on this occasion.
        """
        stands = check_standing(
            unit, member, certificates=self._certificates, authority=authority.certificate
        )
        if keys is not None and set(stands.roles) != {role.value for role in member.roles}:
            raise SecurityError("certificate.other_role")
        member = self.certified(authority, member, keys=keys, at=unit.now())
        details = self.revoke(unit, authority, member.id, why=why, by=by)
        details |= self.keep(unit, member, why=why, by=by)
        details |= {"roles": sorted(role.value for role in member.roles), "why": why.value}
        unit.members.replace(member)
        unit.record(Event(action, by, object=member.id, details=details))
        return member

    def restored(self, unit: UnitOfWork, short: bytes) -> Authority:
        """Return the authority from what a recovery kit holds of it.

        ``SecurityError("recovery.other_workspace")`` unless it is this workspace's.
        """
        certificate = unit.workspace.facts().authority_certificate
        return self._certificates.restored(certificate, short)

    def shortened(self, authority: Authority) -> bytes:
        """Return what a recovery kit holds of the authority."""
        return self._certificates.shortened(authority)


def _context(workspace_id: str, member: str) -> str:
    return f"sandglass authority {workspace_id} {member}"
