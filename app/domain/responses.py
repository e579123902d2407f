"""What goes out: letters, the checklist that holds a package back, packages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class LetterKind(StrEnum):
    """What a letter says."""

    ACKNOWLEDGEMENT = "acknowledgement"
    IDENTITY_REQUEST = "identity_request"
    CLARIFICATION = "clarification"
    EXTENSION = "extension"
    FULL_ANSWER = "full_answer"
    PARTIAL_ANSWER = "partial_answer"
    REFUSAL = "refusal"
    NO_DATA = "no_data"
    CANNOT_IDENTIFY = "cannot_identify"
    ERASURE_DONE = "erasure_done"
    ERASURE_PARTLY = "erasure_partly"
    RECTIFIED = "rectified"
    RECIPIENT_NOTICE = "recipient_notice"
    OPT_OUT_DONE = "opt_out_done"
    APPEAL_OUTCOME = "appeal_outcome"


ANSWER_LETTERS = frozenset({LetterKind.FULL_ANSWER, LetterKind.PARTIAL_ANSWER, LetterKind.NO_DATA})
"""The letters that a package goes out with."""


@dataclass(frozen=True)
class Letter:
    """A letter as edited: ``text`` is what is set; ``sha256`` is of its UTF-8 bytes.

    The text is plain, in four forms of paragraph, separated by empty lines: ``# `` the title (once,
    first), ``## `` a heading, ``[in short]`` the table of what we hold, anything else a paragraph.
    """

    id: str
    request: str
    kind: LetterKind
    language: str
    text: str
    sha256: str
    by: str
    at: datetime
    sent_at: datetime | None = None
    sent_how: str = ""


class Answered(StrEnum):
    """How a line of the checklist stands."""

    OPEN = "open"
    DONE = "done"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class ChecklistItem:
    """What a regime demands of an answer; ``key`` is stable, ``title`` English source text."""

    key: str
    title: str
    article: str
    derived: bool = False
    """Whether the services answer it themselves (copy of the data, redactions, leak test)."""


@dataclass(frozen=True)
class ChecklistLine:
    """One item as it stands for a request; ``text`` goes into the answer (or says why not)."""

    item: ChecklistItem
    state: Answered
    text: str = ""
    by: str = ""


@dataclass(frozen=True)
class Leak:
    """Something covered, masked or forbidden that is still in a file. Never the value itself."""

    file: str
    where: str
    kind: str


@dataclass(frozen=True)
class Package:
    """A package as made, and as released: hashes and counts, no content."""

    id: str
    request: str
    made_by: str
    made_at: datetime
    manifest_sha256: str
    zip_sha256: str
    files: int
    bytes: int
    records: int
    withheld: int
    covered: int
    encrypted: bool
    released_by: str = ""
    released_at: datetime | None = None
    channel: str = ""
