"""Certificates of members: the workspace's authority issues each, and takes it back one day.

None is ever forgotten: what somebody signed is looked at with the certificate that she had then.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def fingerprint_of(certificate: bytes) -> str:
    """Return SHA-256 of a DER certificate as upper-case hex in groups of four."""
    digits = hashlib.sha256(certificate).hexdigest().upper()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


class Why(StrEnum):
    """What certificates are issued and taken back for."""

    JOINED = "joined"
    ROLES = "roles"
    KEYS = "keys"
    RECOVERED = "recovered"
    LEFT = "left"


@dataclass(frozen=True)
class Issued:
    """The ``number``-th pair of certificates of a member, both DER, with the keys in them."""

    member: str
    number: int
    signing: bytes
    encryption: bytes
    why: Why
    issued_by: str
    issued_at: datetime


@dataclass(frozen=True)
class Revocation:
    """From ``at`` on the ``number``-th pair counts no more; the authority's key signed that."""

    member: str
    number: int
    why: Why
    by: str
    at: datetime
    signature: bytes = b""

    def signed_bytes(self, workspace: str, fingerprint: str) -> bytes:
        """Return what the authority signs: RFC 8785 JSON, with the signing certificate's SHA-256
        and the id of the workspace, so that it takes back no other one.
        """
        return json.dumps(
            {
                "at": self.at.isoformat(),
                "by": self.by,
                "certificate": fingerprint,
                "member": self.member,
                "number": self.number,
                "why": self.why.value,
                "workspace": workspace,
            },
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        ).encode()
