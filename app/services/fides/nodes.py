"""From the bytes of a map file to a tree of YAML nodes that is safe to walk, with line marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from app.domain.datamap import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 60
MAX_NODES = 1_000_000
"""Nodes of a file with every alias written out: a million is a map of some thousand tables."""

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CORE = "tag:yaml.org,2002:"
_STR = _CORE + "str"
_MERGE = _CORE + "merge"
_SCALARS = frozenset(
    _CORE + name for name in ("str", "int", "float", "bool", "null", "timestamp", "binary", "merge")
)
# What YAML calls printable; anything else is refused by the parser without a place.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

type Place = tuple[int, int]
"""Line and column, counted from 1."""


@dataclass
class Findings:
    """The problems of one file, as they are found."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def error(self, code: str, place: Place, /, **values: str | int) -> None:
        """Note what makes the map unusable."""
        self.problems.append(Problem(self.file, *place, code, values))

    def warn(self, code: str, place: Place, /, **values: str | int) -> None:
        """Note what a person should look at."""
        self.problems.append(Problem(self.file, *place, code, values, Level.WARNING))

    def in_order(self) -> tuple[Problem, ...]:
        """Return the problems in the order of the file."""
        return tuple(sorted(self.problems, key=lambda each: (each.line, each.column, each.code)))


def place_of(node: yaml.Node) -> Place:
    """Return where a node starts."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def parse(content: str | bytes, found: Findings) -> yaml.Node | None:
    """Return the only document of ``content``, or None with the reason in ``found``."""
    text = _decoded(content, found)
    if text is None:
        return None
    try:
        if not _is_bounded(text, found):
            return None
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        found.error("map.not_yaml", place, reason=getattr(error, "problem", None) or "")
        return None
    if node is not None:
        _tidy(node, found)
    return node


def _decoded(content: str | bytes, found: Findings) -> str | None:
    size = len(content)
    if size > MAX_BYTES:
        found.error("map.too_large", (1, 1), megabytes=MAX_BYTES // 2**20)
        return None
    if isinstance(content, bytes):
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            found.error(
                "map.not_utf8", _place_at(content[: error.start].decode("utf-8", "replace"))
            )
            return None
    else:
        text = content.removeprefix("\ufeff")
    if bad := _UNPRINTABLE.search(text):
        number = f"U+{ord(bad.group()):04X}"
        found.error("map.unprintable", _place_at(text[: bad.start()]), character=number)
        return None
    return text


def _place_at(before: str) -> Place:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


@dataclass
class _Open:
    """A collection whose end has not come yet, with the nodes in it, aliases written out."""

    anchor: str | None
    nodes: int = 1


class _Bomb(Exception):  # noqa: N818 - what it is
    """The file would take more than it says."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass
class _Measure:
    """Counts depth, nodes and documents event by event, before any tree is built."""

    sizes: dict[str, int] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=lambda: [_Open(None)])
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        """Count one event; raise ``_Bomb`` when it is one too many."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _Bomb("map.several_documents")
        elif isinstance(event, yaml.CollectionStartEvent):
            self.stack.append(_Open(event.anchor))
            if len(self.stack) > MAX_DEPTH:
                raise _Bomb("map.too_deep", levels=MAX_DEPTH)
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self.stack.pop()
            self._add(done.nodes, done.anchor)
        elif isinstance(event, yaml.AliasEvent):
            if any(each.anchor == event.anchor for each in self.stack):
                raise _Bomb("map.recursive_alias", alias=str(event.anchor))
            self._add(self.sizes.get(str(event.anchor), 1))
        elif isinstance(event, yaml.ScalarEvent):
            self._add(1, event.anchor)

    def _add(self, nodes: int, anchor: str | None = None) -> None:
        if anchor:
            self.sizes[anchor] = nodes
        self.stack[-1].nodes += nodes
        if sum(each.nodes for each in self.stack) > MAX_NODES:
            raise _Bomb("map.too_many_nodes", count=MAX_NODES)


def _is_bounded(text: str, found: Findings) -> bool:
    measure = _Measure()
    for event in yaml.parse(text, Loader=_Loader):
        try:
            measure.take(event)
        except _Bomb as bomb:
            mark = event.start_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            found.error(bomb.code, place, **bomb.values)
            return False
    return True


def _tidy(root: yaml.Node, found: Findings) -> None:
    """Report repeated keys and foreign tags once for the whole tree, and write merges out.

    In the order of the file: what a merge takes in is then already written out itself.
    """
    seen: set[int] = set()
    stack = [root]
    merging = yaml.SafeLoader("")
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        _check_tag(node, found)
        if isinstance(node, yaml.MappingNode):
            _check_keys(node, found)
            try:
                merging.flatten_mapping(node)
            except yaml.constructor.ConstructorError as error:
                found.error("map.not_yaml", place_of(node), reason=error.problem or "")
                node.value = [pair for pair in node.value if pair[0].tag != _MERGE]
        stack.extend(reversed(list(_inside(node))))


def _inside(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from (key, value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _check_tag(node: yaml.Node, found: Findings) -> None:
    """Refuse all but plain data: no sets, no ordered pairs, no Python objects."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag == _CORE + "value":
            node.tag = _STR
        allowed, plain = node.tag in _SCALARS, _STR
    elif isinstance(node, yaml.MappingNode):
        plain = _CORE + "map"
        allowed = node.tag == plain
    else:
        plain = _CORE + "seq"
        allowed = node.tag == plain
    if not allowed:
        found.error("map.unknown_tag", place_of(node), tag=node.tag.removeprefix(_CORE))
        node.tag = plain


def _check_keys(node: yaml.MappingNode, found: Findings) -> None:
    first: dict[tuple[str, str], int] = {}
    for key, _value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            found.error("map.key_not_text", place_of(key))
        elif key.tag != _MERGE:
            name = (key.tag, key.value)
            if name in first:
                found.error("map.duplicate_key", place_of(key), key=key.value, line=first[name])
            first.setdefault(name, place_of(key)[0])
