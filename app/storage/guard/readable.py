"""What no program could read nobody writes: one row that cannot be read would hide all others.

Kinds of column say more than the server's types do: a stage is one of few words, a time is one that
a calendar has, a document is JSON that says each thing in one way.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from sqlalchemy import Date

from app.domain.people import Role
from app.storage.columns import Choice, Document, Moment, Words
from app.storage.guard.records import trigger
from app.storage.tables import METADATA
from app.storage.tables.guards import TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Table

_TEXT = r'"([^"\\]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"'
"""A text in a document, as programs write it: the server would keep halves of characters, too."""
_ROLE = "|".join(f'"{each.value}"' for each in Role)
_FORMS = {
    ("pulled", "columns"): rf"\[{_TEXT},{_TEXT}\]",
    ("members", "roles"): f"({_ROLE})",
}
"""Lists of other things than texts."""
_NAMED = "^[A-Za-z0-9._-]{1,64}$"
"""Nothing is called what only looks like the name of something else."""
_BETWEEN = "BETWEEN '1000-01-01' AND '9999-01-01'"


def statements() -> Iterator[str]:
    """Yield the triggers."""
    for table in METADATA.sorted_tables:
        conditions = list(_conditions(table))
        if conditions:
            only = f"({' AND '.join(conditions)}) IS FALSE"
            when = "BEFORE INSERT" if TAKEN in table.info else "BEFORE INSERT OR UPDATE"
            yield from trigger(table.name, "a_readable", when, "ROW", "unreadable()", only=only)


def _conditions(table: Table) -> Iterator[str]:
    for column in table.columns:
        name = f'NEW."{column.name}"'
        if _is_name(column):
            yield f"{name} ~ '{_NAMED}'"
        match column.type:
            case Choice() as choice:
                values = ", ".join(
                    str(each.value) if issubclass(choice.kind, IntEnum) else f"'{each.value}'"
                    for each in choice.kind
                )
                yield f"{name} IN ({values})"
            case Moment() | Date():
                yield f"{name} {_BETWEEN}"
            case Document():
                yield f"{name} ~ '{_form(table, column)}'"
            case _:
                pass


def _is_name(column: Column[object]) -> bool:
    is_text = isinstance(column.type, Words)
    return is_text and column.primary_key and column.name in {"id", "session"}


def _form(table: Table, column: Column[object]) -> str:
    if (item := _FORMS.get((table.name, column.name))) or _is_list_of_texts(column):
        one = item or _TEXT
        return rf"^\[({one}(,{one})*)?\]$"
    return rf'^([^"]|{_TEXT})*$'


def _is_list_of_texts(column: Column[object]) -> bool:
    return isinstance(column.type, Document) and column.type.write is list
