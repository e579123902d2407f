"""Form fields that a plugin declares and a window or a command fills in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    """How a form field is filled in."""

    TEXT = "text"
    FILE = "file"
    NUMBER = "number"
    SECRET = "secret"  # noqa: S105 - a kind of field, not a secret
    CHOICE = "choice"


@dataclass(frozen=True)
class FormField:
    """One thing a person fills in; ``key`` names it in settings and on the command line."""

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()
    help: str = ""
    is_short: bool = False
    """Whether it leaves room for another one beside it."""
    for_the_moment: bool = False
    """Whether it is asked for each time and never kept."""
