"""The officer's decision on each record, redactions, and what still has to be decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class Verdict(StrEnum):
    """What happens to a record, a value or a passage."""

    DISCLOSE = "disclose"
    WITHHOLD = "withhold"
    REDACT = "redact"


@dataclass(frozen=True)
class Reason:
    """Why something is withheld or covered: a code, English source text, and the law."""

    code: str
    label: str
    law: str


REASONS: tuple[Reason, ...] = (
    Reason("TP-ID", "Names or contact details of another person", "Art. 15(4)"),
    Reason("TP-CTX", "Another person can be recognised", "Art. 15(4)"),
    Reason("TP-OPN", "About another person", "Art. 15(4)"),
    Reason("TP-SPC", "Sensitive data of another person", "Art. 15(4)"),
    Reason("TP-CONF", "Given to us in confidence", "Art. 15(4)"),
    Reason("LPP", "Legal advice", "Legal privilege"),
    Reason("CLAIM", "Needed for a legal claim", "Legal claims"),
    Reason("TRADE", "Trade secret", "Art. 15(4), Recital 63"),
    Reason("IP", "Intellectual property", "Art. 15(4), Recital 63"),
    Reason("SEC", "Would weaken security", "Security"),
    Reason("CRIME", "Prevention or detection of crime", "Crime"),
    Reason("REG", "Function of a regulator", "Regulatory function"),
    Reason("MGMT", "Management forecast", "Management planning"),
    Reason("NEG", "Negotiation with the person", "Negotiations"),
    Reason("REF", "Confidential reference", "References"),
    Reason("EXAM", "Examination script", "Examinations"),
    Reason("HARM", "Could do serious harm", "Serious harm"),
    Reason("CHILD", "Protection of a child", "Protection of children"),
    Reason("PSY", "Psychotherapy notes", "45 CFR 164.524(a)(1)"),
    Reason("STATE-ID", "Identifier that the law forbids to send", "11 CCR 7024(d)"),
    Reason("SELF-PW", "A password or security answer", "Security"),
    Reason("OOS", "Not this person's data", "Art. 15(1)"),
    Reason("DUP", "The same record is given elsewhere", "Duplicate"),
)


def reason(code: str) -> Reason:
    """Return the reason with ``code``; ``InputError("review.unknown_reason")``."""
    for each in REASONS:
        if each.code == code:
            return each
    raise InputError("review.unknown_reason", reason=code)


@dataclass(frozen=True)
class Target:
    """What a mark is on. ``row`` None means every row; ``field`` empty the whole record;
    ``start`` and ``end`` (characters of the value's text, end exclusive) a passage of it.
    """

    pulled: int
    row: int | None = None
    field: str = ""
    start: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise InputError("review.bad_passage")
        if self.start is not None and self.end is not None and not 0 <= self.start < self.end:
            raise InputError("review.bad_passage")


@dataclass(frozen=True)
class Mark:
    """One decision of a reviewer; undoing it is another fact, nothing is removed."""

    id: int
    request: str
    target: Target
    verdict: Verdict
    reason: str
    by: str
    at: datetime
    undone_by: str = ""
    undone_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether it counts."""
        return self.undone_at is None


@dataclass(frozen=True)
class Flag:
    """Something in a record that a person must look at; ``kind`` says what was found.

    Kinds: other_email, other_phone, other_name, shared_row, several_people, free_text,
    forbidden:<what>. ``start``/``end`` as in ``Target``, -1 when the whole record is meant.
    """

    request: str
    pulled: int
    row: int
    field: str
    kind: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True)
class Cover:
    """What is covered in one value: the whole of it (``start`` is 0, ``end`` -1) or a passage."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class RecordReview:
    """What goes out of one record."""

    verdict: Verdict | None
    """None: still to decide."""
    reason: str = ""
    covers: tuple[tuple[str, tuple[Cover, ...]], ...] = ()
    """Field name and what is covered in it, in order."""


def resolve(pulled: int, row: int, *, marks: Iterable[Mark], has_flags: bool) -> RecordReview:
    """Return what live ``marks`` (in the order in which they were made) say of one record.

    A mark on the record beats one on all rows, and among equals the later wins. A record without
    flags is disclosed unless somebody says otherwise; one with flags has to be decided: by a mark
    on the record or by at least one redaction in it.
    """
    on_all: Mark | None = None
    on_record: Mark | None = None
    covers: dict[str, list[Cover]] = {}
    for mark in marks:
        target = mark.target
        if not mark.is_live or target.pulled != pulled or target.row not in {None, row}:
            continue
        if mark.verdict is Verdict.REDACT:
            start = 0 if target.start is None else target.start
            end = -1 if target.end is None else target.end
            covers.setdefault(target.field, []).append(Cover(start, end, mark.reason))
        elif target.row is None:
            on_all = mark
        else:
            on_record = mark
    merged = tuple((field, _merge(each)) for field, each in sorted(covers.items()))
    chosen = on_record or on_all
    if chosen is not None and (chosen is on_record or not (has_flags and merged)):
        if chosen.verdict is Verdict.WITHHOLD:
            return RecordReview(Verdict.WITHHOLD, chosen.reason)
        return RecordReview(Verdict.REDACT if merged else Verdict.DISCLOSE, covers=merged)
    if merged:
        return RecordReview(Verdict.REDACT, covers=merged)
    return RecordReview(None if has_flags else Verdict.DISCLOSE)


def _merge(covers: list[Cover]) -> tuple[Cover, ...]:
    """Return ``covers`` in order without overlaps; a whole value swallows its passages."""
    for each in covers:
        if each.end == -1:
            return (each,)
    merged: list[Cover] = []
    for each in sorted(covers, key=lambda cover: (cover.start, cover.end)):
        if merged and each.start < merged[-1].end:
            last = merged.pop()
            merged.append(Cover(last.start, max(last.end, each.end), last.reason))
        else:
            merged.append(each)
    return tuple(merged)


@dataclass(frozen=True)
class ReviewCounts:
    """How far a review is, in records; ``covered`` counts places, by reason code."""

    records: int
    decided: int
    to_decide: int
    withheld: int
    redacted: int
    covered: Mapping[str, int]
    withheld_by_reason: Mapping[str, int]


MASKED_CATEGORIES: tuple[str, ...] = (
    "user.name",
    "user.contact",
    "user.financial",
    "user.payment",
    "user.government_id",
    "user.health_and_medical",
    "user.biometric",
    "user.demographic",
    "user.childrens",
    "user.criminal_history",
    "user.authorization",
    "user.content",
    "user.location",
)
"""Values of these data categories stay masked until somebody with a reason reveals them."""


class RevealReason(StrEnum):
    """Why somebody looks at masked values: a choice, so that no value gets into the log."""

    REVIEW = "review"
    OTHER_PERSON = "other_person"
    IDENTITY = "identity"
    QUALITY = "quality"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Piece:
    """A part of a value as it goes out: text, or a covered place with its reason."""

    text: str
    covered: str = ""


def cut(text: str, covers: Iterable[Cover]) -> tuple[Piece, ...]:
    """Return ``text`` as pieces; what is covered is gone from them, only its reason stays."""
    pieces: list[Piece] = []
    at = 0
    for cover in covers:
        end = len(text) if cover.end == -1 else min(cover.end, len(text))
        start = min(cover.start, end)
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece("", cover.reason))
        at = max(at, end)
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)
