"""The keys of one mapping in a map file, taken one by one with their types checked."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import yaml

from app.services.fides.nodes import place_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.services.fides.nodes import Findings, Place

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(node: yaml.Node, found: Findings) -> object:
    """Return the value of a node as YAML's safe schema understands it."""
    try:
        return yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        reason = getattr(error, "problem", None) or ""
        found.error("map.bad_value", place_of(node), reason=reason)
        return None


def kind_of(node: yaml.Node) -> str:
    """Return the short name of a node's tag: str, int, null, map and so on."""
    return str(node.tag).rpartition(":")[2]


class Keys:
    """One mapping of the file: values are taken by key, what nobody takes is kept.

    ``where`` names it in sentences. A key that nearly is one of ``known`` is probably a typing
    error. Without a node it is empty and stands at ``place``.
    """

    def __init__(
        self,
        node: yaml.Node | None,
        found: Findings,
        *,
        where: str,
        known: Collection[str],
        place: Place = (1, 1),
    ) -> None:
        self.place = place_of(node) if node else place
        self.where = where
        self._found = found
        self._values: dict[str, yaml.Node] = {}
        self._others: list[tuple[yaml.Node, yaml.Node]] = []
        self._children: dict[str, Keys] = {}
        for key, value in node.value if node else ():
            if kind_of(key) == "str":
                self._values[key.value] = value
                self._doubt(key, known)
            elif isinstance(key, yaml.ScalarNode):
                self._others.append((key, value))
        self._places = {key: place_of(value) for key, value in self._values.items()}

    def _doubt(self, key: yaml.Node, known: Collection[str]) -> None:
        if key.value in known:
            return
        if near := difflib.get_close_matches(key.value, sorted(known), n=1, cutoff=0.8):
            place = place_of(key)
            self._found.warn(
                "map.unknown_key", place, key=key.value, where=self.where, near=near[0]
            )

    def has(self, key: str) -> bool:
        """Say whether ``key`` is there with a value that nobody took yet."""
        return key in self._values and kind_of(self._values[key]) != "null"

    def at(self, key: str) -> Place:
        """Return where the value of ``key`` stands, else the mapping."""
        return self._places.get(key, self.place)

    def wrong(self, key: str, expected: str) -> None:
        """Report that ``key`` holds something else than what is ``expected``."""
        self._found.error(
            "map.wrong_type", self.at(key), key=key, where=self.where, expected=expected
        )

    def missing(self, key: str) -> None:
        """Report that ``key`` is not there."""
        self._found.error("map.missing_key", self.at(key), key=key, where=self.where)

    def anything(self, key: str) -> object:
        """Return whatever stands under ``key``, or None."""
        node = self._take(key)
        return plain(node, self._found) if node else None

    def text(self, key: str) -> str:
        """Return a text, or nothing."""
        node = self._take(key)
        return (self._text(key, node) or "") if node else ""

    def name(self, key: str) -> str:
        """Return a text that has to be there and fit on a line; nothing after a report."""
        node = self._take(key)
        name = self._text(key, node) if node else ""
        if name is None:
            return ""
        if not name.strip():
            self.missing(key)
            return ""
        if _CONTROL.search(name):
            self._found.error("map.control_in_name", self.at(key), key=key, where=self.where)
            return ""
        return name

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, or an empty one."""
        return tuple(text for text, _place in self.placed_texts(key))

    def placed_texts(self, key: str) -> list[tuple[str, Place]]:
        """Return a list of texts, each with its place."""
        texts = [(self._text(key, each), place_of(each)) for each in self.items(key)]
        return [(text, place) for text, place in texts if text]

    def text_by_text(self, key: str) -> dict[str, str]:
        """Return a mapping of texts, whatever its keys and values look like to YAML."""
        node = self._take(key)
        if node and not isinstance(node, yaml.MappingNode):
            self.wrong(key, "mapping")
            return {}
        pairs = [(each.value, value) for each, value in (node.value if node else ())]
        if not all(isinstance(value, yaml.ScalarNode) for _key, value in pairs):
            self.wrong(key, "texts")
            return {}
        return {name: value.value for name, value in pairs}

    def items(self, key: str) -> list[yaml.Node]:
        """Return the nodes of a list, or none."""
        node = self._take(key)
        if node and not isinstance(node, yaml.SequenceNode):
            self.wrong(key, "list")
            return []
        return list(node.value) if node else []

    def mappings(self, key: str, *, or_one: bool = False) -> list[yaml.Node]:
        """Return the mappings in a list; where ``or_one``, a single mapping may stand alone."""
        if or_one and isinstance(self._values.get(key), yaml.MappingNode):
            return [self._values.pop(key)]
        nodes = self.items(key)
        for node in nodes:
            if not isinstance(node, yaml.MappingNode):
                self._found.error(
                    "map.wrong_type", place_of(node), key=key, where=self.where, expected="mapping"
                )
        return [node for node in nodes if isinstance(node, yaml.MappingNode)]

    def flag(self, key: str) -> bool:
        """Return yes or no; no when it is not there."""
        node = self._take(key)
        if node and kind_of(node) != "bool":
            self.wrong(key, "flag")
            return False
        return bool(node and plain(node, self._found))

    def count(self, key: str) -> int | None:
        """Return a whole number above zero, or None."""
        node = self._take(key)
        if not node:
            return None
        number = plain(node, self._found) if kind_of(node) == "int" else None
        if isinstance(number, int) and number > 0:
            return number
        self.wrong(key, "number")
        return None

    def inside(self, key: str, *, known: Collection[str], kept_as: str = "") -> Keys:
        """Return the mapping under ``key``, or an empty one; what is left in it is kept too."""
        node = self._take(key)
        if node and not isinstance(node, yaml.MappingNode):
            self.wrong(key, "mapping")
            node = None
        child = Keys(node, self._found, where=self.where, known=known, place=self.at(key))
        self._children[kept_as or key] = child
        return child

    def rest(self) -> dict[str, object]:
        """Return what nobody took, as it came."""
        left: dict[object, object] = {
            key: plain(node, self._found) for key, node in self._values.items()
        }
        left |= {plain(key, self._found): plain(node, self._found) for key, node in self._others}
        for key, child in self._children.items():
            if inner := child.rest():
                left[key] = inner
        return left  # type: ignore[return-value]

    def _take(self, key: str) -> yaml.Node | None:
        node = self._values.pop(key, None)
        return None if node is None or kind_of(node) == "null" else node

    def _text(self, key: str, node: yaml.Node) -> str | None:
        """Return the text of a node as it is written, None when it was reported to be none."""
        kind = kind_of(node)
        if not isinstance(node, yaml.ScalarNode) or kind in ("binary", "null"):
            self._found.error(
                "map.wrong_type", place_of(node), key=key, where=self.where, expected="text"
            )
            return None
        if kind != "str":
            self._found.warn(
                "map.not_quoted", place_of(node), key=key, where=self.where, text=node.value
            )
        return str(node.value)
