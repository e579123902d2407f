"""How a field is overwritten when its row stays, and to which fields that cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.datamap import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.datamap import Extra, Field

_HASH_LENGTH = 64
_RANDOM_LENGTH = 30

type Trouble = tuple[str, Level, Mapping[str, str | int]]
"""A code with a sentence, how bad it is, and what fills the sentence."""


class Strategy(StrEnum):
    """What a field is overwritten with."""

    NULL_REWRITE = "null_rewrite"
    STRING_REWRITE = "string_rewrite"
    HASH = "hash"
    RANDOM_STRING_REWRITE = "random_string_rewrite"


@dataclass(frozen=True)
class Mask:
    """One strategy; ``text`` is what ``string_rewrite`` writes, ``length`` that of a random text.

    ``unknown`` names a strategy that a map asks for and that we do not have.
    """

    strategy: Strategy | None
    text: str = ""
    length: int = _RANDOM_LENGTH
    unknown: str = ""

    @classmethod
    def from_map(cls, written: Extra) -> Mask:
        """Return the mask that a map's ``masking_strategy_override`` asks for."""
        name = str(written.get("strategy", ""))
        if name not in {each.value for each in Strategy}:
            return cls(None, unknown=name)
        found = written.get("configuration")
        configuration = found if isinstance(found, dict) else {}
        length = configuration.get("length")
        return cls(
            Strategy(name),
            text=str(configuration.get("rewrite_value", "")),
            length=length if isinstance(length, int) else _RANDOM_LENGTH,
        )

    def width(self) -> int:
        """Return how many characters are written."""
        match self.strategy:
            case Strategy.STRING_REWRITE:
                return len(self.text)
            case Strategy.HASH:
                return _HASH_LENGTH
            case Strategy.RANDOM_STRING_REWRITE:
                return self.length
            case _:
                return 0


def trouble_with_mask(mask: Mask, field: Field) -> Iterator[Trouble]:
    """Yield every reason why ``mask`` cannot be applied to ``field``, and what is not certain."""
    if mask.strategy is None:
        yield "erasure.unknown_strategy", Level.ERROR, {"strategy": mask.unknown}
        return
    if field.primary_key:
        yield "erasure.masks_primary_key", Level.ERROR, {}
    if field.read_only:
        yield "erasure.read_only", Level.ERROR, {}
    if mask.strategy is Strategy.NULL_REWRITE:
        if field.required:
            yield "erasure.null_required", Level.ERROR, {}
        return
    values = {"strategy": mask.strategy.value}
    if field.is_object() or field.is_array or field.data_type not in ("", "string"):
        kind = "object" if field.is_object() else field.data_type
        shown = {"type": kind + "[]" * field.is_array}
        yield "erasure.strategy_does_not_fit", Level.ERROR, values | shown
    elif not field.data_type:
        yield "erasure.type_unknown", Level.WARNING, values
    if field.length is not None and mask.width() > field.length:
        room = {"needs": mask.width(), "length": field.length}
        yield "erasure.too_long", Level.ERROR, {**values, **room}
