"""Reads what came in: who wrote, when it was delivered, and what is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr, parsedate_to_datetime
from typing import TYPE_CHECKING

from app.domain.requests import Right

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage

_TEXT_AT_MOST = 200_000
_HEADER_AT_MOST = 300
_SEARCHED_AT_MOST = 30_000


@dataclass(frozen=True)
class Message:
    """A message as far as it could be read. ``delivered_at`` is of the last server that took it."""

    text: str
    subject: str = ""
    from_name: str = ""
    from_email: str = ""
    written_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class FoundRight:
    """A right that a text seems to ask for, with the passage that says so."""

    right: Right
    start: int
    end: int


def read_message(content: bytes, *, name: str = "") -> Message:
    """Read an e-mail, or any text. What cannot be read comes back as an empty text."""
    is_mail = name.lower().endswith(".eml") or re.match(rb"[A-Za-z-]+:[ \t]", content) is not None
    if not is_mail:
        return Message(_decode(content))
    try:
        mail = message_from_bytes(content, policy=default)
        return _of_mail(mail)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # A hostile or broken mail: its bytes are kept all the same, only not understood.
        return Message(_decode(content))


def find_rights(text: str) -> tuple[FoundRight, ...]:
    """Return the rights that ``text`` seems to ask for, one passage each, as they stand in it.

    People ask at the beginning: a long text is not searched to its end.
    """
    text = text[:_SEARCHED_AT_MOST]
    found: dict[Right, FoundRight] = {}
    for right, pattern in _PATTERNS:
        match = pattern.search(text)
        if match is not None and right not in found:
            found[right] = FoundRight(right, match.start(), match.end())
    return tuple(sorted(found.values(), key=lambda each: each.start))


def _of_mail(mail: EmailMessage) -> Message:
    body = mail.get_body(("plain", "html"))
    text = ""
    if body is not None:
        payload = body.get_payload(decode=True)
        charset = body.get_content_charset() or "utf-8"
        text = _decode(payload if isinstance(payload, bytes) else b"", charset)
        if body.get_content_type() == "text/html":
            text = re.sub(r"<[^>]*>", " ", re.sub(r"(?is)<(style|script).*?</\1>", " ", text))
    name, address = parseaddr(str(mail.get("From", ""))[:_HEADER_AT_MOST])
    received = mail.get_all("Received") or []
    return Message(
        text=text.strip(),
        subject=str(mail.get("Subject", ""))[:_HEADER_AT_MOST],
        from_name=name,
        from_email=address,
        written_at=_moment(str(mail.get("Date", ""))),
        # The topmost is of the last server: ours. The Date header is whatever the sender says.
        delivered_at=_moment(str(received[0]).rpartition(";")[2].strip()) if received else None,
    )


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo is not None else None


def _decode(content: bytes, charset: str = "utf-8") -> str:
    try:
        text = content[:_TEXT_AT_MOST].decode(charset, errors="replace")
    except LookupError:
        text = content[:_TEXT_AT_MOST].decode("utf-8", errors="replace")
    return text.replace("\0", "�").replace("\r\n", "\n")


def _pattern(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


_PATTERNS: tuple[tuple[Right, re.Pattern[str]], ...] = (
    (
        Right.ACCESS,
        _pattern(
            r"(?:access to|copy of)[^.\n]{0,40}\b(?:data|information)",
            r"\b(?:all|what|which)[^.\n]{0,25}\b(?:data|information)[^.\n]{0,40}\b(?:you|about me)",
            r"right of access|subject access request|article 15\b",
            r"welche[^.\n]{0,20}daten[^.\n]{0,60}(?:gespeichert|verarbeite\w*|haben)",
            r"auskunft(?! (?:zu|über) (?:preis|produkt))|artikel 15|art\. ?15",
            r"droit d.accès|accès à mes données|copie de mes données",
            r"derecho de acceso|acceso a mis datos|copia de mis datos",
        ),
    ),
    (
        Right.PORTABILITY,
        _pattern(
            r"portab\w+|machine.readable|transfer my data",
            r"datenübertragbarkeit|maschinenlesbar",
            r"portabilité|portabilidad",
        ),
    ),
    (
        Right.ERASURE,
        _pattern(
            r"(?:delete|erase|remove)[^.\n]{0,40}\b(?:data|information|account)",
            r"right to be forgotten|right to erasure",
            r"(?:daten|konto)[^.\n]{0,30}(?:löschen|gelöscht)|löschung",
            r"(?:effacer|supprimer)[^.\n]{0,30}(?:données|compte)",
            r"(?:borrar|eliminar|suprimir)[^.\n]{0,30}(?:datos|cuenta)",
        ),
    ),
    (
        Right.RECTIFICATION,
        _pattern(
            r"(?:correct|rectify|wrong)[^.\n]{0,40}\b(?:data|information|address|name)",
            r"berichtig\w+|(?:falsch|korrigier)\w*[^.\n]{0,30}(?:daten|adresse|name)",
            r"rectifi\w+",
        ),
    ),
    (
        Right.RESTRICTION,
        _pattern(
            r"restrict\w*[^.\n]{0,30}processing",
            r"einschränkung der verarbeitung|limitation du traitement|limitación del tratamiento",
        ),
    ),
    (
        Right.OBJECTION,
        _pattern(
            r"\bobject(?:ion)? to|unsubscribe|stop sending|no more (?:newsletters|marketing)",
            r"widersp\w+|(?:vom )?newsletter[^.\n]{0,25}(?:abgemeldet|abmelden|abbestell\w*)",
            r"droit d.opposition|je m.oppose|me opongo|derecho de oposición",
        ),
    ),
    (
        Right.OPT_OUT,
        _pattern(
            r"do not (?:sell|share)[^.\n]{0,30}(?:data|information)|opt[ -]out",
        ),
    ),
)
