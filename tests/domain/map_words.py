"""Maps in a few words, for tests.

A field is its name, then ``*`` for a primary key, ``@kind`` for an identity, ``[]`` for a list,
``<c.f`` for a reference from c.f, ``>c.f`` to c.f, ``~c.f`` either way, ``!`` to follow it whomever
it leads to, ``|`` to make it an alternative, ``-`` for what is never disclosed. ``crm:c.f`` is in
another dataset.
"""

from __future__ import annotations

import re

from app.domain.datamap import (
    Collection,
    CollectionAddress,
    Direction,
    Field,
    FieldAddress,
    Reference,
    SourceMap,
)

_DIRECTIONS = {"<": Direction.FROM, ">": Direction.TO, "~": Direction.EITHER}
_FIELD = re.compile(r"(?P<name>\w+)(?P<rest>.*)")
_REFERENCE = re.compile(r"([<>~])(?:(\w+):)?(\w+)\.([\w.]+)")


def at(address: str, dataset: str = "shop") -> CollectionAddress:
    return CollectionAddress(dataset, address)


def fields_of(words: str, dataset: str = "shop") -> tuple[Field, ...]:
    return tuple(_field(word, dataset) for word in words.split())


def _field(word: str, dataset: str) -> Field:
    match = _FIELD.fullmatch(word)
    assert match
    rest = match["rest"]
    identity = re.search(r"@(\w+)", rest)
    return Field(
        match["name"],
        primary_key="*" in rest,
        identity=identity[1] if identity else "",
        is_array="[]" in rest,
        follow="!" in rest,
        alternative="|" in rest,
        never_disclose="-" in rest,
        references=tuple(
            Reference(FieldAddress(other or dataset, collection, path), _DIRECTIONS[mark])
            for mark, other, collection, path in _REFERENCE.findall(rest)
        ),
    )


def a_map(key: str = "shop", **collections: str) -> SourceMap:
    return SourceMap(
        key,
        collections=tuple(
            Collection(name, fields=fields_of(words, key)) for name, words in collections.items()
        ),
    )
