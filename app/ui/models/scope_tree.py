"""Sources, collections and fields as a tree whose fields can be ticked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, override

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.domain.policy import disclosable
from app.domain.scope import Scope
from app.i18n import _, ngettext
from app.ui.theme.cells import CellRole, Style
from app.wording.categories import categories_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from app.domain.datamap import Collection, CollectionAddress, Field, SourceMap
    from app.domain.policy import Policy

type Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
NAME, CATEGORIES, MARK = range(3)


@dataclass(eq=False)
class Node:
    """One line: a source, a collection or a field. ``against`` says why it cannot be ticked."""

    text: str
    about: str = ""
    mark: str = ""
    tone: str = ""
    kind: str = ""
    against: str = ""
    address: CollectionAddress | None = None
    path: str = ""
    ticked: bool = False
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def row(self) -> int:
        """Where it stands among its siblings."""
        return self.parent.children.index(self) if self.parent is not None else 0

    def fields(self) -> Iterator[Node]:
        """Yield the fields in it that can be ticked."""
        if not self.children:
            if not self.against and self.path:
                yield self
            return
        for child in self.children:
            yield from child.fields()

    def state(self) -> Qt.CheckState:
        """Say whether all, some or none of it is ticked."""
        states = [each.ticked for each in self.fields()]
        if states and all(states):
            return Qt.CheckState.Checked
        return Qt.CheckState.PartiallyChecked if any(states) else Qt.CheckState.Unchecked


class ScopeTree(QAbstractItemModel):
    """What a pull may touch, chosen field by field."""

    ticked = Signal()
    """The person chose something else."""

    def __init__(self) -> None:
        super().__init__()
        self._root = Node("")

    def show_maps(
        self,
        maps: Iterable[SourceMap],
        *,
        kinds: dict[str, str],
        policy: Policy,
        ways: dict[CollectionAddress, str],
    ) -> None:
        """Show what there is. ``kinds``: what a source is by its key; ``ways``: how a collection
        is reached from the person. What is reached by no way says so.
        """
        self.beginResetModel()
        self._root = Node("")
        for source_map in maps:
            source = Node(source_map.title(), kind=kinds.get(source_map.key, ""), parent=self._root)
            if source_map.region:
                source.mark, source.tone = source_map.region, "green"
            self._root.children.append(source)
            for collection in source_map.collections:
                address = source_map.address(collection.name)
                source.children.append(_branch(source, collection, address, policy, ways))
        self.endResetModel()

    def choose(self, scope: Scope) -> None:
        """Tick what is in ``scope`` and nothing else, without telling."""
        for node in self._root.fields():
            node.ticked = node.address is not None and node.path in scope.paths(node.address)
        self._redraw()

    def scope(self) -> Scope:
        """Return what is ticked."""
        chosen: dict[CollectionAddress, list[str]] = {}
        for node in self._root.fields():
            if node.ticked and node.address is not None:
                chosen.setdefault(node.address, []).append(node.path)
        return Scope({at: tuple(paths) for at, paths in chosen.items()})

    def toggle(self, index: Index) -> None:
        """Tick or untick a line with all that is in it."""
        node = self._node(index)
        fields = list(node.fields())
        if not fields:
            return
        wanted = node.state() is not Qt.CheckState.Checked
        for each in fields:
            each.ticked = wanted
        self._redraw()
        self.ticked.emit()

    def _redraw(self, parent: Index = _NO_INDEX) -> None:
        """Say of every line that it changed: a tick is seen in all lines above and below it."""
        rows = self.rowCount(parent)
        if rows:
            self.dataChanged.emit(self.index(0, 0, parent), self.index(rows - 1, MARK, parent))
        for row in range(rows):
            self._redraw(self.index(row, 0, parent))

    def _node(self, index: Index) -> Node:
        node = index.internalPointer() if index.isValid() else self._root
        return node if isinstance(node, Node) else self._root

    @override
    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        children = self._node(parent).children
        if not (0 <= row < len(children) and 0 <= column <= MARK):
            return QModelIndex()
        return self.createIndex(row, column, children[row])

    @override
    def parent(self, child: Index) -> QModelIndex:  # type: ignore[override]  # QObject.parent()
        above = self._node(child).parent
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    @override
    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    @override
    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return MARK + 1

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        can_tick = index.column() == NAME and any(True for _each in self._node(index).fields())
        return flags | Qt.ItemFlag.ItemIsUserCheckable if can_tick else flags

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node, column = self._node(index), index.column()
        is_name, has_mark = column == NAME, column == MARK and bool(node.mark)
        can_tick = is_name and any(True for _each in node.fields())
        answers: dict[int, Callable[[], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda: self._text(node, column),
            Qt.ItemDataRole.AccessibleTextRole: lambda: self._spoken(node, column),
            Qt.ItemDataRole.ToolTipRole: lambda: node.against or None,
            Qt.ItemDataRole.CheckStateRole: lambda: node.state() if can_tick else None,
            CellRole.TONE: lambda: node.tone if has_mark else None,
            CellRole.STYLE: lambda: int(_style(node, column)),
            CellRole.KIND: lambda: node.kind if is_name else None,
        }
        answer = answers.get(role)
        return answer() if answer is not None else None

    @staticmethod
    def _text(node: Node, column: int) -> str:
        if column == MARK and not node.mark and node.children and node.address is not None:
            left = sum(1 for each in node.fields() if not each.ticked)
            if 0 < left < sum(1 for _each in node.fields()):
                return ngettext("{n} field left out", "{n} fields left out", left).format(n=left)
        return (node.text, node.about, node.mark)[column]

    def _spoken(self, node: Node, column: int) -> str:
        text = self._text(node, column)
        if column != NAME:
            return text
        words = {
            Qt.CheckState.Checked: _("ticked"),
            Qt.CheckState.PartiallyChecked: _("partly ticked"),
            Qt.CheckState.Unchecked: _("not ticked"),
        }
        return f"{text}, {node.against or words[node.state()]}"

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (_("Source, collection, field"), _("What it is"), _("Note"))[section]
        return None


def _style(node: Node, column: int) -> Style:
    if column == CATEGORIES:
        return Style.MUTED
    return Style.STRONG if node.address is None and column == NAME else Style.PLAIN


def _branch(
    source: Node,
    collection: Collection,
    address: CollectionAddress,
    policy: Policy,
    ways: dict[CollectionAddress, str],
) -> Node:
    way = ways.get(address)
    node = Node(
        collection.label or collection.name, about=way or "", address=address, parent=source
    )
    if way is None:
        node.mark, node.tone = _("not reached"), "grey"
    for each in collection.fields:
        node.children.append(_leaf(node, each, address, policy, is_reached=way is not None))
    return node


def _leaf(
    parent: Node, each: Field, address: CollectionAddress, policy: Policy, *, is_reached: bool
) -> Node:
    node = Node(
        each.label or each.name,
        about=categories_in_words(each.categories),
        address=address,
        path=each.name,
        parent=parent,
    )
    if not disclosable(policy, each):
        node.mark, node.tone = _("never disclosed"), "red"
        node.against = _("never disclosed: map or policy forbids it")
    elif not is_reached:
        node.against = _("no reference leads here from this person")
    elif each.identity:
        node.mark, node.tone = _("identity"), "accent"
    elif each.may_hold_others:
        node.mark, node.tone = _("may hold third parties"), "amber"
    return node
