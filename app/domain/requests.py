"""A data subject's request: rights, stages and the legal moves between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import NotAllowedError

if TYPE_CHECKING:
    from datetime import date, datetime


class Right(StrEnum):
    """What the subject asks for."""

    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"
    RECTIFICATION = "rectification"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    OPT_OUT = "opt_out"

    @property
    def ends_in_package(self) -> bool:
        """Whether the answer is a package of the person's data."""
        return self in {Right.ACCESS, Right.PORTABILITY}


class Stage(StrEnum):
    """Where a request stands, in order."""

    INTAKE = "intake"
    IDENTITY = "identity"
    SCOPE = "scope"
    APPROVAL = "approval"
    PULL = "pull"
    REVIEW = "review"
    RESPOND = "respond"
    CLOSE = "close"


class Channel(StrEnum):
    """How a request came in."""

    EMAIL = "email"
    WEB_FORM = "web_form"
    LETTER = "letter"
    PHONE = "phone"
    IN_PERSON = "in_person"
    AGENT = "agent"
    OTHER = "other"


class Outcome(StrEnum):
    """How a request ended."""

    ANSWERED = "answered"
    ANSWERED_IN_PART = "answered_in_part"
    NO_DATA = "no_data"
    REFUSED = "refused"
    NOT_IDENTIFIED = "not_identified"
    WITHDRAWN = "withdrawn"
    NOT_A_REQUEST = "not_a_request"
    DONE_ELSEWHERE = "done_elsewhere"


_MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.INTAKE: frozenset({Stage.IDENTITY, Stage.CLOSE}),
    Stage.IDENTITY: frozenset({Stage.INTAKE, Stage.SCOPE, Stage.CLOSE}),
    Stage.SCOPE: frozenset({Stage.IDENTITY, Stage.APPROVAL, Stage.CLOSE}),
    Stage.APPROVAL: frozenset({Stage.SCOPE, Stage.PULL, Stage.CLOSE}),
    Stage.PULL: frozenset({Stage.SCOPE, Stage.REVIEW, Stage.CLOSE}),
    Stage.REVIEW: frozenset({Stage.SCOPE, Stage.RESPOND, Stage.CLOSE}),
    Stage.RESPOND: frozenset({Stage.REVIEW, Stage.CLOSE}),
    Stage.CLOSE: frozenset({Stage.INTAKE, Stage.SCOPE, Stage.RESPOND}),
}


def legal_moves(stage: Stage, right: Right) -> frozenset[Stage]:
    """Return the stages that a request may move to.

    Only access and portability go on to a pull; the other rights are verified, handled outside
    Sandglass and closed with what was done.
    """
    moves = _MOVES[stage]
    if right.ends_in_package:
        return moves
    return moves & {Stage.INTAKE, Stage.IDENTITY, Stage.CLOSE}


@dataclass(frozen=True)
class SubjectIdentity:
    """One thing by which the subject is known in sources: ``kind`` as maps call it."""

    kind: str
    value: str
    verified: bool = False


@dataclass(frozen=True)
class Subject:
    """The person whose data it is."""

    name: str
    language: str = "en"
    country: str = ""
    address: tuple[str, ...] = ()
    salutation: str = ""
    identities: tuple[SubjectIdentity, ...] = ()


@dataclass(frozen=True)
class PauseRecord:
    """A time in which the clock stands still, as recorded; ``approved_by`` where a law needs it."""

    number: int
    kind: str
    asked: date
    answered: date | None
    reason: str
    by: str
    approved_by: str = ""


@dataclass(frozen=True)
class RequestDates:
    """When a request is due, as last counted; without a date nobody can say."""

    due: date | None = None
    safe_by: date | None = None
    is_paused: bool = False


@dataclass(frozen=True)
class Note:
    """What a member wrote about a request; notes are never changed."""

    number: int
    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class Request:
    """One data subject's request for one right under one regime."""

    id: str
    regime: str
    right: Right
    subject: Subject
    received_at: datetime
    channel: Channel
    timezone: str
    calendar: str
    owner: str
    stage: Stage
    created_at: datetime
    created_by: str
    version: int = 1
    linked: tuple[str, ...] = ()
    identity_received: date | None = None
    fee_paid: date | None = None
    extended_at: datetime | None = None
    extension_reason: str = ""
    pauses: tuple[PauseRecord, ...] = ()
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    keep_until: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.closed_at is None

    def must_be_at(self, *stages: Stage) -> None:
        """Raise ``NotAllowedError`` unless the request stands at one of ``stages``."""
        if self.stage not in stages:
            raise NotAllowedError(
                "request.wrong_stage",
                request=self.id,
                stage=self.stage.value,
                allowed=", ".join(stage.value for stage in stages),
            )

    def must_move_to(self, stage: Stage) -> None:
        """Raise ``NotAllowedError`` unless ``stage`` is a legal next stage."""
        if stage not in legal_moves(self.stage, self.right):
            raise NotAllowedError(
                "request.illegal_move",
                request=self.id,
                stage=self.stage.value,
                to=stage.value,
                right=self.right.value,
            )
