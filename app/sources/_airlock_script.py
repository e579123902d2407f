"""What scripts of airlocks share: names, identities as compared, how a template is filled."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import SourceError
from app.sources._sql import EMAIL_KINDS, PHONE_KINDS
from app.sources._values import digits_of, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from app.domain.airlock import Blueprint
    from app.sources._sql import SourceColumn, Table

FORMAT = 1
REFUSALS = {
    "SG001": "airlock.not_genuine",
    "SG002": "airlock.too_late",
    "SG003": "airlock.no_key",
    "SG004": "airlock.too_many_grants",
    "SG005": "airlock.spent",
    "SG006": "airlock.not_open",
    "SG007": "airlock.expired",
    "SG008": "airlock.documents_differ",
    "SG009": "airlock.not_yours",
    "SG010": "airlock.too_many_keys",
    "SG011": "airlock.in_use",
    "SG012": "airlock.of_another_workspace",
}
"""What verbs refuse, by the SQLSTATE that they raise in every engine."""

_NAME_CHARACTERS = 24
_VIEW_CHARACTERS = 55


@dataclass(frozen=True)
class Names:
    """How everything that belongs to the airlock of one source is called."""

    schema: str

    @classmethod
    def of(cls, source: str) -> Names:
        """Return the names for the source with this key."""
        plain = re.sub(r"[^a-z0-9_]", "_", source.lower())
        if plain != source or len(plain) > _NAME_CHARACTERS:
            digest = hashlib.sha256(source.encode()).hexdigest()[:6]
            plain = f"{plain[: _NAME_CHARACTERS - 7]}_{digest}"
        return cls(f"sandglass_{plain}")

    @property
    def owner(self) -> str:
        """Who owns schema, verbs and views; nobody can log in as it."""
        return f"{self.schema}_owner"

    @property
    def readers(self) -> str:
        """The group of the logins that grants make."""
        return f"{self.schema}_readers"

    @property
    def gatekeeper(self) -> str:
        """The approvers' login."""
        return f"{self.schema}_gate"

    @property
    def watchman(self) -> str:
        """Everybody's login."""
        return f"{self.schema}_watch"

    @property
    def scope(self) -> str:
        """The group of the logins that grants make where there is no airlock."""
        return f"{self.schema}_scope"

    @property
    def broker(self) -> str:
        """The approvers' login where there is no airlock."""
        return f"{self.schema}_broker"

    def session(self, grant: str) -> str:
        """Return the login that a grant makes."""
        return f"{self.schema}_{grant}"

    @property
    def session_pattern(self) -> str:
        """The pattern of the logins that grants make."""
        return f"^{self.session('')}[0-9a-f]{{16}}$"


def compared_identities(
    identities: Mapping[str, tuple[str, ...]],
) -> dict[str, tuple[str, ...]]:
    """Return identities in the form in which the views compare them."""
    found: dict[str, tuple[str, ...]] = {}
    for kind, values in identities.items():
        if kind in EMAIL_KINDS:
            forms = {folded(value) for value in values}
        elif kind in PHONE_KINDS:
            forms = {digits_of(value) for value in values}
        else:
            forms = set(values)
        found[kind] = tuple(sorted(each for each in forms if each and "\x00" not in each))
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values where the template names them in double braces."""

    def value(found: re.Match[str]) -> str:
        return values[found.group(1)]

    return re.sub(r"\{\{([a-z0-9_]+)\}\}", value, text)


def cut(text: str, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Cut a template into its numbered parts, each with the key of its explanation."""
    pieces = re.split(r"(?m)^(?=-- [0-9]+\. )", text)
    return zip(keys, pieces[1:], strict=True)


def view_names(plan: Blueprint, *, taken: Iterable[str]) -> dict[str, str]:
    """Return how the view of each collection is called, apart from names that are ``taken``."""
    used = set(taken)
    called: dict[str, str] = {}
    for view in plan.views:
        name = plain = re.sub(r"\W", "_", view.collection, flags=re.ASCII)[:_VIEW_CHARACTERS]
        number = 1
        while name in used:
            number += 1
            name = f"{plain}_{number}"
        used.add(name)
        called[view.collection] = name
    return called


def columns_of(table: Table, collection: str, names: Iterable[str]) -> Iterator[SourceColumn]:
    """Return the columns with these names; ``source.changed`` where one is not there."""
    for name in sorted(names):
        column = table.find(name)
        if column is None:
            raise SourceError("source.changed", collection=collection, field=name)
        yield column
