"""The columns of a pulled collection as a reviewer sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.i18n import _
from app.ui.models.paged import Column
from app.ui.theme.cells import Spans, Style
from app.wording.terms import DECISIONS, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.pulls import PulledCollection
    from app.domain.review import Flag, RecordReview

_CELL_AT_MOST = 400
_WIDTH = 170
_DECISION_WIDTH = 116


class Seen(Protocol):
    """A record as the services show it."""

    @property
    def number(self) -> int:
        """Its row."""
        ...

    @property
    def values(self) -> tuple[str, ...]:
        """The texts of its fields, masked where nobody revealed them."""
        ...

    @property
    def masked(self) -> frozenset[str]:
        """Fields that are masked."""
        ...

    @property
    def exact(self) -> frozenset[str]:
        """Fields that are shown as they are."""
        ...

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What must be looked at."""
        ...

    @property
    def review(self) -> RecordReview:
        """What was decided."""
        ...


def review_columns(pulled: PulledCollection, labels: Sequence[str]) -> tuple[Column[Seen], ...]:
    """Return the decision, which must stay in sight, and a column for each field."""
    fields = [
        Column[Seen](
            name,
            label,
            _Value(number),
            width=_WIDTH,
            spans=_Marked(number, name),
        )
        for number, ((name, _type), label) in enumerate(zip(pulled.columns, labels, strict=True))
    ]
    decision = Column[Seen](
        "decision", _("Decision"), decision_of, width=_DECISION_WIDTH, tone=tone_of,
        style=Style.PLAIN,
    )  # fmt: skip
    return (decision, *fields)


def decision_of(seen: Seen) -> str:
    """Return what was decided on a record, in a word."""
    verdict = seen.review.verdict
    return in_words(DECISIONS, verdict.value) if verdict is not None else _("to decide")


def tone_of(seen: Seen) -> str:
    """Return the tone of the decision."""
    verdict = seen.review.verdict
    if verdict is None:
        return "amber"
    return {"disclose": "green", "withhold": "grey", "redact": "grey"}[verdict.value]


def spans_of(seen: Seen, number: int, name: str) -> Spans:
    """Return what is marked in one value."""
    text = seen.values[number]
    if name in seen.masked:
        return Spans(is_masked=True)
    covers = dict(seen.review.covers).get(name, ())
    if any(each.end == -1 for each in covers):
        return Spans(((0, len(text), "cover"),))
    if name not in seen.exact:
        return Spans()
    found = [(each.start, min(each.end, len(text)), "cover") for each in covers]
    found += [
        (each.start, min(each.end, len(text)), "flag")
        for each in seen.flags
        if each.field == name and each.start >= 0
    ]
    return Spans(tuple(found))


class _Value:
    """The text of one field, short enough for a cell and without control characters."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self, seen: Seen) -> str:
        return shown_text(seen.values[self._number][:_CELL_AT_MOST])


class _Marked:
    def __init__(self, number: int, name: str) -> None:
        self._number, self._name = number, name

    def __call__(self, seen: Seen) -> Spans:
        return spans_of(seen, self._number, self._name)


def shown_text(text: str) -> str:
    """Return ``text`` with every control and direction character as a visible stand-in, each
    character still one character, so that places in it stay places.
    """
    if text.isprintable():
        return text
    return "".join(_stand_in(each) for each in text)


def _stand_in(letter: str) -> str:
    if letter.isprintable() or letter == "\n":
        return letter
    return " " if letter.isspace() else "�"
