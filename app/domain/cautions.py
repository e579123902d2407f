"""What a database lets everybody do, or hides, beside its airlock: for its DBA to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_AT_MOST = 50


@dataclass(frozen=True)
class Caution:
    """What was found and where; nothing of it is the airlock's own doing.

    ``kind`` is ``public_reads`` (tables), ``public_creates`` (schemas), ``public_runs`` (functions
    that run as their owner) or ``row_security`` (tables of the map whose policies may hide rows).
    """

    kind: str
    names: tuple[str, ...]


def cautions_of(found: Iterable[tuple[str, str]]) -> tuple[Caution, ...]:
    """Return what pairs of kind and name say, as many names of each kind as anybody reads."""
    names: dict[str, list[str]] = {}
    for kind, name in found:
        names.setdefault(kind, []).append(name)
    return tuple(Caution(kind, tuple(each[:_AT_MOST])) for kind, each in names.items())


def to_data(cautions: Iterable[Caution]) -> list[list[object]]:
    """Return what the workspace keeps."""
    return [[each.kind, list(each.names)] for each in cautions]


def from_data(data: Iterable[tuple[str, list[str]]]) -> tuple[Caution, ...]:
    """Return what ``to_data`` wrote."""
    return tuple(Caution(kind, tuple(names)) for kind, names in data)
