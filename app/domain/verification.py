"""How sure we are who asks: levels, methods, decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Level(IntEnum):
    """How sure a regime wants us to be, from nothing to a signed declaration."""

    NONE = 0
    REASONABLE = 1
    """At least two facts match, or no reasonable doubt."""
    HIGH = 2
    """At least three facts match and a signed declaration is kept (11 CCR 7062)."""


class Method(StrEnum):
    """How identity was looked at."""

    NO_DOUBT = "no_doubt"
    ACCOUNT_LOGIN = "account_login"
    EMAIL_LOOP = "email_loop"
    PHONE_LOOP = "phone_loop"
    FACTS_MATCHED = "facts_matched"
    DOCUMENT_SEEN = "document_seen"
    DECLARATION_SIGNED = "declaration_signed"
    AGENT_AUTHORITY = "agent_authority"


@dataclass(frozen=True)
class Verification:
    """One look at the subject's identity; evidence itself never gets into the log."""

    request: str
    number: int
    method: Method
    level: Level
    verified: bool
    facts_matched: int
    note: str
    evidence_kept: bool
    by: str
    at: datetime
