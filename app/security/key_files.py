"""The encrypted file that holds a member's private keys, and how it is locked."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import SecurityError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAGIC = b"sandglass-keys\n"
_VERSION = 1
_SUM_BYTES = 32
_KEY_BYTES = 32
_CHECK_BYTES = 16
_NONCE_BYTES = 12
_LARGEST_MEMORY_KIB = 2**21  # what a header may demand before we call it broken: 2 GiB
_LARGEST_ITERATIONS = 100
_LARGEST_LANES = 64


@dataclass(frozen=True)
class Argon2Cost:
    """What one guess of a passphrase costs; the default is RFC 9106's second choice, 0.2 s."""

    iterations: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


@dataclass(frozen=True)
class Lock:
    """What opens a key file: a passphrase through Argon2id, or a key in the keyring's ``entry``."""

    kind: Literal["passphrase", "keyring"]
    entry: str = ""
    salt: bytes = b""
    cost: Argon2Cost = Argon2Cost()

    def stretch(self, passphrase: bytes) -> bytes:
        """Return the 32 bytes that the passphrase stands for."""
        cost = self.cost
        return Argon2id(
            salt=self.salt,
            length=_KEY_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive(passphrase)

    def as_json(self) -> dict[str, object]:
        """Return what the header says of it."""
        if self.kind == "keyring":
            return {"kind": self.kind, "entry": self.entry}
        cost = self.cost
        return {
            "kind": self.kind,
            "kdf": "argon2id",
            "salt": self.salt.hex(),
            "iterations": cost.iterations,
            "memory_kib": cost.memory_kib,
            "lanes": cost.lanes,
        }


@final
class KeyFile:
    """A key file as read: its header is known, its content sealed.

    The file is a line that names the format, a line of JSON, AES-256-GCM ciphertext with both lines
    bound in, and SHA-256 of all that. The sum tells a broken file from a wrong passphrase before
    any passphrase is tried; the check value in the header tells them apart afterwards. The sum is
    no protection: the GCM tag is.
    """

    def __init__(self, lock: Lock, *, header: bytes, facts: Mapping[str, str], body: bytes) -> None:
        self.lock = lock
        self._header = header
        self._facts = facts
        self._body = body

    def is_of(self, workspace: str, member: str) -> bool:
        """Say whether the file was made for this member of this workspace."""
        return (self._facts["workspace"], self._facts["member"]) == (workspace, member)

    def fits(self, key: bytes) -> bool:
        """Say whether ``key`` is the one the file was locked with."""
        return hmac.compare_digest(_derive(key, "check"), bytes.fromhex(self._facts["check"]))

    def open(self, key: bytes) -> bytes:
        """Return the content; ``SecurityError("keys.damaged")``."""
        nonce = bytes.fromhex(self._facts["nonce"])
        try:
            return AESGCM(_derive(key, "file")).decrypt(nonce, self._body, self._header)
        except (InvalidTag, ValueError):
            raise SecurityError("keys.damaged") from None


def seal_key_file(content: bytes, key: bytes, *, workspace: str, member: str, lock: Lock) -> bytes:
    """Return the bytes of a key file; ``key`` is what ``lock`` leads to."""
    nonce = os.urandom(_NONCE_BYTES)
    facts = {
        "version": _VERSION,
        "workspace": workspace,
        "member": member,
        "lock": lock.as_json(),
        "check": _derive(key, "check").hex(),
        "nonce": nonce.hex(),
    }
    header = _MAGIC + json.dumps(facts, sort_keys=True).encode() + b"\n"
    whole = header + AESGCM(_derive(key, "file")).encrypt(nonce, content, header)
    return whole + hashlib.sha256(whole).digest()


def read_key_file(data: bytes) -> KeyFile:
    """Read a key file's header. ``SecurityError``: keys.damaged, keys.too_new."""
    whole, checksum = data[:-_SUM_BYTES], data[-_SUM_BYTES:]
    line, newline, body = whole.removeprefix(_MAGIC).partition(b"\n")
    if not whole.startswith(_MAGIC) or not newline or hashlib.sha256(whole).digest() != checksum:
        raise SecurityError("keys.damaged")
    try:
        facts = json.loads(line)
        if facts["version"] > _VERSION:
            raise SecurityError("keys.too_new", version=facts["version"])
        texts = {name: str(facts[name]) for name in ("workspace", "member", "check", "nonce")}
        lock = _read_lock(facts["lock"])
        _ = bytes.fromhex(texts["check"]), bytes.fromhex(texts["nonce"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise SecurityError("keys.damaged") from None
    return KeyFile(lock, header=_MAGIC + line + newline, facts=texts, body=body)


def _read_lock(facts: Mapping[str, object]) -> Lock:
    match facts:
        case {"kind": "keyring", "entry": str(entry)}:
            return Lock("keyring", entry=entry)
        case {
            "kind": "passphrase",
            "kdf": "argon2id",
            "salt": str(salt),
            "iterations": int(iterations),
            "memory_kib": int(memory_kib),
            "lanes": int(lanes),
        } if (
            0 < iterations <= _LARGEST_ITERATIONS
            and 0 < lanes <= _LARGEST_LANES
            and 8 * lanes <= memory_kib <= _LARGEST_MEMORY_KIB
        ):
            cost = Argon2Cost(iterations, memory_kib, lanes)
            return Lock("passphrase", salt=bytes.fromhex(salt), cost=cost)
    raise ValueError("not a lock that we know")


def _derive(key: bytes, purpose: Literal["file", "check"]) -> bytes:
    length = _KEY_BYTES if purpose == "file" else _CHECK_BYTES
    info = b"sandglass key file " + purpose.encode()
    return HKDF(SHA256(), length=length, salt=None, info=info).derive(key)
