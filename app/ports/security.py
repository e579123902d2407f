"""What services need of keys, certificates, seals and the vault's cipher."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from app.domain.secrets import LoginSecret, Secret
    from app.ports.sources import Batch


@dataclass(frozen=True)
class PublicKeys:
    """A member's public keys: RSA-3072 as SubjectPublicKeyInfo DER, X25519 as 32 raw bytes."""

    signing: bytes
    encryption: bytes


class UnlockedKeys(Protocol):
    """A member's private keys for as long as the program holds them."""

    @property
    def member(self) -> str:
        """Whose keys they are."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the RSA-PSS/SHA-256 signature of ``data``."""
        ...

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Return what was sealed to this member; ``SecurityError("seal.broken")`` otherwise."""
        ...


class MemberKeys(Protocol):
    """Where private keys rest: the desktop's keyring, or a file that asks for a passphrase.

    A workspace is named by its id, a member by hers; names never hold personal data.
    """

    def keyring_usable(self) -> bool:
        """Say whether this desktop has a keyring that stores and returns a secret."""
        ...

    def create(self, workspace: str, member: str, *, passphrase: Secret | None) -> PublicKeys:
        """Make new keys and put them to rest: in the file when there is a passphrase, else in the
        keyring. ``SecurityError``: keys.no_keyring, keys.passphrase_too_short.
        """
        ...

    def unlock(self, workspace: str, member: str, *, passphrase: Secret | None) -> UnlockedKeys:
        """Take the keys out. ``SecurityError``: keys.not_here, keys.passphrase_needed,
        keys.wrong_passphrase, keys.damaged, keys.keyring_locked.
        """
        ...

    def relock(
        self, workspace: str, member: str, *, passphrase: Secret | None, new: Secret | None
    ) -> None:
        """Change the passphrase, or move between passphrase and keyring (``new`` is None). Fails
        as ``unlock`` and ``create`` do, and then leaves everything as it was.
        """
        ...

    def where(self, workspace: str, member: str) -> str:
        """Return ``keyring``, ``file`` or, where they are on another machine, the empty text."""
        ...

    def forget(self, workspace: str, member: str) -> None:
        """Destroy this machine's copy."""
        ...


class LoginPasswords(Protocol):
    """Passwords of logins to servers, and passphrases of their certificates' keys: in the desktop's
    keyring, or nowhere.

    A login is named by the address of its workspace, which holds no password.
    """

    def usable(self) -> bool:
        """Say whether this desktop has a keyring that stores and returns a secret."""
        ...

    def get(self, address: str) -> LoginSecret | None:
        """Return the password that was kept; None also where no keyring can be asked."""
        ...

    def keep(self, address: str, password: LoginSecret) -> None:
        """Keep it. ``SecurityError``: keys.no_keyring, keys.keyring_locked."""
        ...

    def forget(self, address: str) -> None:
        """Keep it no longer, if it was."""
        ...


@dataclass(frozen=True)
class Authority:
    """The workspace's own certificate authority, just made; ``private`` is PKCS#8 DER, to be
    sealed to administrators and then dropped.
    """

    certificate: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True)
class CertificateFacts:
    """What a member's certificate says."""

    member: str
    name: str
    email: str
    roles: tuple[str, ...]
    serial: str
    fingerprint: str
    valid_from: datetime
    valid_until: datetime


class Certificates(Protocol):
    """X.509: the authority of a workspace, its members' certificates, signatures."""

    def make_authority(self, workspace: str, title: str, *, at: datetime) -> Authority:
        """Make a self-signed RSA-3072 authority."""
        ...

    def issue(  # a certificate has many facts
        self,
        authority: Authority,
        keys: PublicKeys,
        *,
        member: str,
        name: str,
        email: str,
        roles: Sequence[str],
        at: datetime,
    ) -> tuple[bytes, bytes]:
        """Return (signing certificate, encryption certificate), both DER."""
        ...

    def read(self, certificate: bytes) -> CertificateFacts:
        """Return what a DER certificate says; ``SecurityError("certificate.unreadable")``."""
        ...

    def fingerprint(self, certificate: bytes) -> str:
        """Return SHA-256 of the DER certificate as upper-case hex in groups of four."""
        ...

    def verify(
        self, signature: bytes, data: bytes, *, certificate: bytes, authority: bytes, at: datetime
    ) -> None:
        """Check that ``authority`` issued ``certificate``, that it was valid at ``at`` and that its
        key signed ``data``. ``SecurityError``: signature.wrong, certificate.not_ours,
        certificate.out_of_date.
        """
        ...

    def check_issued(self, certificate: bytes, *, authority: bytes) -> None:
        """Check that ``authority`` issued ``certificate``, whenever that was.

        ``SecurityError``: certificate.unreadable, certificate.not_ours.
        """
        ...

    def public_keys(self, signing: bytes, encryption: bytes) -> PublicKeys:
        """Return the keys in two certificates; ``SecurityError("certificate.unreadable")``."""
        ...

    def sign(self, authority: Authority, data: bytes) -> bytes:
        """Return the authority's own signature; ``SecurityError("authority.unusable")``."""
        ...

    def check_signed(self, signature: bytes, data: bytes, *, authority: bytes) -> None:
        """Raise ``SecurityError("signature.wrong")`` unless the authority itself signed."""
        ...

    def shortened(self, authority: Authority) -> bytes:
        """Return what of the authority's private key has to be written down: 192 bytes."""
        ...

    def restored(self, certificate: bytes, short: bytes) -> Authority:
        """Undo ``shortened``; ``SecurityError("recovery.other_workspace")`` unless the key is that
        of the authority's ``certificate``.
        """
        ...


@dataclass(frozen=True)
class SignatureFacts:
    """What the signature of a PDF says, and what is wrong with the file.

    Problems: ``not_signed``, ``changed`` (a byte differs from what was signed), ``appended``
    (something was added behind what was signed), ``signer_unknown`` (no certificate of an authority
    that came along fits), ``stamp_wrong``. ``level`` is PAdES: B-B, B-T (the time is stamped) or
    B-LTA (and all that is needed to judge it later is inside and stamped again).
    """

    problems: tuple[str, ...] = ()
    member: str = ""
    name: str = ""
    fingerprint: str = ""
    workspace: str = ""
    authority: str = ""
    """The authority's fingerprint."""
    signed_at: datetime | None = None
    level: str = ""
    stamped_by: str = ""
    stamped_at: datetime | None = None


class DocumentSignatures(Protocol):
    """PAdES signatures of PDF files."""

    def stamper(self, address: str) -> str:
        """Ask the time-stamping service at an http or https address for a stamp and return its
        name. ``InputError("stamp.bad_address")``, ``SecurityError``: stamp.unreachable,
        stamp.refused, stamp.unusable.
        """
        ...

    def sign(
        self,
        path: Path,
        *,
        keys: UnlockedKeys,
        certificate: bytes,
        authority: bytes,
        at: datetime,
        stamps_from: str = "",
    ) -> None:
        """Sign the file in place, with time stamps of the service at an address if there is one.

        ``SecurityError`` as for ``stamper`` and document.not_signed: then the file is spoilt.
        """
        ...

    def check(self, data: bytes) -> SignatureFacts:
        """Judge a signed PDF from its bytes alone; nothing in it raises."""
        ...


class Sealing(Protocol):
    """Secrets to members (HPKE, RFC 9180) and bulk data under a key (AES-256-GCM)."""

    def new_key(self) -> bytes:
        """Return 32 random bytes."""
        ...

    def seal(self, secret: bytes, *, to: bytes, context: str) -> bytes:
        """Seal ``secret`` to the member whose DER encryption certificate is ``to``."""
        ...

    def encrypt(self, key: bytes, plain: bytes, *, context: str) -> bytes:
        """Encrypt under ``key`` with a random nonce, ``context`` bound in."""
        ...

    def decrypt(self, key: bytes, sealed: bytes, *, context: str) -> bytes:
        """Undo ``encrypt``; ``SecurityError("vault.damaged")`` if a bit or the context differs."""
        ...


class ChunkCipher(Protocol):
    """Rows to sealed chunks and back: exact values, compressed, encrypted, bound to their place."""

    def seal_rows(self, key: bytes, rows: Batch, *, context: str) -> bytes:
        """Pack, compress (zstd) and encrypt ``rows``."""
        ...

    def open_rows(self, key: bytes, sealed: bytes, *, context: str) -> Batch:
        """Undo ``seal_rows``; ``SecurityError("vault.damaged")``."""
        ...


class Archives(Protocol):
    """ZIP files that only the person can open."""

    def write(self, folder: Path, out: Path, *, passphrase: Secret | None) -> None:
        """Pack ``folder`` with its name as the root, AES-256 when there is a passphrase.

        Entries in sorted order, fixed times, paths in UTF-8; the file appears whole or not at all.
        ``StorageError("export.disk_full")``, ``StorageError("export.failed")``.
        """
        ...

    def names(self, archive: Path, *, passphrase: Secret | None) -> Iterable[str]:
        """Return the names; ``SecurityError``: archive.wrong_passphrase, archive.damaged."""
        ...

    def read(self, archive: Path, name: str, *, passphrase: Secret | None) -> bytes:
        """Return one entry's bytes."""
        ...

    def is_whole(self, archive: Path) -> bool:
        """Say whether the file is byte for byte as ``write`` left it; needs no passphrase."""
        ...

    def outside(self, archive: Path) -> tuple[int, bool]:
        """Return how many entries there are, and whether opening them takes a passphrase."""
        ...

    def new_passphrase(self) -> Secret:
        """Return a passphrase that can be read out over the telephone, at least 80 bits."""
        ...
