"""The airlock of a source: what its views show, and the two documents that open it.

The source itself checks both: ``Asked`` under the officers' key, ``Allowed`` under the approvers'.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import InputError
from app.domain.plan import Follows, Holds, Matches, Seed, Selection
from app.domain.planning import make_plan
from app.domain.scope import everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from app.domain.cautions import Caution
    from app.domain.datamap import CollectionAddress, SourceMap
    from app.domain.plan import Join, Key, Plan, Step
    from app.domain.renewal import Renewal

type Way = Matches | Holds | Follows

KEY_BYTES = 32
UNATTESTED_AT_MOST = 1000
"""Keys that a source without an airlock may name; the approver sees the number."""

_ID_CHARACTERS = 16


class Entrance(StrEnum):
    """How a grant enters a source: through its airlock, or by a login of its own on the tables.

    The second is the weaker way, for a DBA who installs no functions.
    """

    AIRLOCK = "airlock"
    DIRECT = "direct"


@dataclass(frozen=True)
class View:
    """One collection as the airlock shows it.

    ``selection`` has no values: ``Matches`` names the kind of identity, ``Holds`` the origin of
    the keys; the source's own ledger has both.
    """

    collection: str
    columns: tuple[str, ...]
    selection: Selection


@dataclass(frozen=True)
class Check:
    """Rows of ``ours`` that other people's rows in ``holder`` point to as well, by number."""

    name: str
    ours: Selection
    holder: Selection
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Carry:
    """Keys that lead from here into another source; ``name`` is ``dataset.collection.a+b``."""

    name: str
    selection: Selection


@dataclass(frozen=True)
class Blueprint:
    """What the airlock of one source holds, in terms of its map."""

    source: str
    views: tuple[View, ...]
    checks: tuple[Check, ...]
    carries: tuple[Carry, ...]
    origins: tuple[str, ...]
    """Datasets whose keys arrive here."""

    def columns(self) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        """Return for each collection what may be disclosed, and what is only compared."""
        shown = {view.collection: frozenset(view.columns) for view in self.views}
        compared: dict[str, set[str]] = {}
        for view in self.views:
            _note(view.selection, compared)
        for check in self.checks:
            for selection, names in (
                (check.ours, [ours for _, ours in check.pairs]),
                (check.holder, [theirs for theirs, _ in check.pairs]),
            ):
                _note(selection, compared)
                compared.setdefault(selection.collection, set()).update(names)
        for carry in self.carries:
            _note(carry.selection, compared)
            compared.setdefault(carry.selection.collection, set()).update(carry.selection.fields)
        return {
            name: (
                shown.get(name, frozenset()),
                frozenset(compared.get(name, ())) - shown.get(name, frozenset()),
            )
            for name in sorted({*shown, *compared})
        }


def _note(selection: Selection, compared: dict[str, set[str]]) -> None:
    names = compared.setdefault(selection.collection, set())
    for way in selection.ways:
        if isinstance(way, Matches):
            names.add(way.field)
        elif isinstance(way, Holds):
            names.update(way.fields)
        else:
            names.update(ours for _, ours in way.pairs)
            _note(way.parent, compared)
            compared[way.parent.collection].update(theirs for theirs, _ in way.pairs)


def blueprint(source: SourceMap, maps: Iterable[SourceMap]) -> Blueprint:
    """Return what the airlock of ``source`` must hold, whichever identities a person is known by.

    The way into a collection depends on where a person is first found. So the plans for each kind
    of identity alone, and for all of them together, are laid over one another.
    """
    maps = tuple(maps)
    kinds = sorted({kind for each in maps for one in each.collections for kind in one.identities()})
    scope = everything(maps)
    plans = [
        make_plan(maps, identities=group, scope=scope)
        for group in (kinds, *([kind] for kind in kinds if len(kinds) > 1))
    ]
    found = _Laid(source.key)
    for plan in plans:
        for step in plan.steps:
            if step.collection.dataset == source.key:
                found.add(plan, step)
    return found.blueprint()


class _Laid:
    """Plans laid over one another."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._ways: dict[str, dict[Way, None]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._arrays: dict[str, set[str]] = {}
        self._checks: dict[tuple[str, str, tuple[tuple[str, str], ...]], None] = {}
        self._carries: dict[tuple[str, tuple[str, ...]], None] = {}
        self._origins: set[str] = set()

    def add(self, plan: Plan, step: Step) -> None:
        name = step.collection.collection
        whole = self._selection(plan, step, {})
        self._ways.setdefault(name, {}).update(dict.fromkeys(whole.ways))
        self._columns[name] = step.fields or self._columns.get(name, ())
        self._arrays.setdefault(name, set()).update(step.arrays)
        for check in step.shared:
            if check.holder.dataset == self._source:
                self._checks[(name, check.holder.collection, check.pairs)] = None
        for group in step.carries:
            self._carries[(name, group)] = None

    def _selection(
        self, plan: Plan, step: Step, made: dict[CollectionAddress, Selection]
    ) -> Selection:
        if step.collection in made:
            return made[step.collection]
        ways: list[Way] = []
        for way in step.ways:
            if isinstance(way, Seed):
                ways.append(Matches(way.field, way.identity, ()))
                continue
            if (joined := self._joined(plan, way, made)) is not None:
                ways.append(joined)
        whole = Selection(step.collection.collection, (), tuple(ways), step.arrays)
        made[step.collection] = whole
        return whole

    def _joined(
        self, plan: Plan, way: Join, made: dict[CollectionAddress, Selection]
    ) -> Holds | Follows | None:
        theirs = tuple(theirs for theirs, _ in way.pairs)
        if way.parent.dataset != self._source:
            self._origins.add(way.parent.dataset)
            return Holds(tuple(ours for _, ours in way.pairs), (), origin_of(way.parent, theirs))
        parent = plan.step(way.parent)
        if parent is None:
            return None
        inner = self._selection(plan, parent, made)
        return Follows(Selection(inner.collection, theirs, inner.ways, inner.arrays), way.pairs)

    def _whole(self, name: str, fields: tuple[str, ...]) -> Selection:
        ways = tuple(self._ways[name])
        needed = tuple(
            way
            for number, way in enumerate(ways)
            if not any(
                _covers(other, way) and not (place > number and _covers(way, other))
                for place, other in enumerate(ways)
                if place != number
            )
        )
        return Selection(name, fields, needed, tuple(sorted(self._arrays[name])))

    def blueprint(self) -> Blueprint:
        names = sorted(self._ways)
        checks = [
            Check(
                check_name(name, holder, pairs),
                self._whole(name, tuple(ours for _, ours in pairs)),
                self._whole(holder, tuple(theirs for theirs, _ in pairs)),
                pairs,
            )
            for name, holder, pairs in sorted(self._checks)
            if holder in self._ways
        ]
        return Blueprint(
            self._source,
            tuple(
                View(name, self._columns[name], self._whole(name, self._columns[name]))
                for name in names
                if self._columns[name]
            ),
            tuple(checks),
            tuple(
                Carry(f"{self._source}.{name}.{'+'.join(group)}", self._whole(name, group))
                for name, group in sorted(self._carries)
            ),
            tuple(sorted(self._origins)),
        )


def _covers(wide: Way, narrow: Way) -> bool:
    """Say whether every row that ``narrow`` leads to is one that ``wide`` leads to as well."""
    if not isinstance(wide, Follows) or not isinstance(narrow, Follows):
        return wide == narrow
    return (
        wide.pairs == narrow.pairs
        and wide.parent.collection == narrow.parent.collection
        and all(any(_covers(more, way) for more in wide.parent.ways) for way in narrow.parent.ways)
    )


def check_name(collection: str, holder: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """Return how the airlock calls the check for rows that are shared with other people."""
    return f"{collection}|{holder}|{','.join(f'{theirs}={ours}' for theirs, ours in pairs)}"


def origin_of(parent: CollectionAddress, fields: tuple[str, ...]) -> str:
    """Return how keys that come from another source are called: ``dataset.collection.a+b``."""
    return f"{parent}.{'+'.join(fields)}"


def as_brought(origin: str, keys: Iterable[Key]) -> str:
    """Return keys as a source without an airlock hands them over: texts, and nobody's word."""
    return _written({"from": origin, "keys": [[_as_text(part) for part in key] for key in keys]})


def _as_text(part: object) -> str:
    if isinstance(part, bytes):
        return "\\x" + part.hex()
    if isinstance(part, bool):
        return "1" if part else "0"
    return str(part)


def grant_id(workspace: str, access_request: str, source: str) -> str:
    """Return the id of a grant in the ledger of ``source``: 16 hex digits, the same every time."""
    text = f"sandglass-grant-1\n{workspace}\n{access_request}\n{source}"
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_CHARACTERS]


@dataclass(frozen=True)
class Asked:
    """What an officer asks of one source. ``not_after`` is in seconds since 1970.

    ``closing_sha256`` is the hash of a token that only her machine has: it closes this grant.
    """

    grant: str
    source: str
    reference: str
    requester: str
    minutes: int
    not_after: int
    identities: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, tuple[str, ...]]
    unattested: Mapping[str, int]
    verifier: str
    closing_sha256: str

    def text(self) -> str:
        """Return the one way in which this document is written; its MAC is over these bytes."""
        return _written(
            {
                "format": "sandglass-asked-1",
                "grant": self.grant,
                "source": self.source,
                "reference": self.reference,
                "requester": self.requester,
                "minutes": self.minutes,
                "not_after": self.not_after,
                "identities": {kind: list(each) for kind, each in self.identities.items()},
                "fields": {name: list(each) for name, each in self.fields.items()},
                "unattested": dict(self.unattested),
                "verifier": self.verifier,
                "closing_sha256": self.closing_sha256,
            }
        )

    @classmethod
    def read(cls, text: str) -> Asked:
        """Return the document that ``text()`` wrote; ``InputError("airlock.asked_unreadable")``.

        Written in any other way it is refused: what an approver sees must be what the source reads.
        """
        try:
            data = json.loads(text)
            asked = cls(
                grant=str(data["grant"]),
                source=str(data["source"]),
                reference=str(data["reference"]),
                requester=str(data["requester"]),
                minutes=int(data["minutes"]),
                not_after=int(data["not_after"]),
                identities={kind: tuple(each) for kind, each in data["identities"].items()},
                fields={name: tuple(each) for name, each in data["fields"].items()},
                unattested={name: int(each) for name, each in data["unattested"].items()},
                verifier=str(data["verifier"]),
                closing_sha256=str(data["closing_sha256"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            asked = None
        if asked is None or asked.text() != text:
            raise InputError("airlock.asked_unreadable")
        return asked


@dataclass(frozen=True)
class Allowed:
    """What an approver allows of what was asked. ``start_by`` is in seconds since 1970."""

    asked_mac: bytes
    minutes: int
    start_by: int
    approver: str

    def text(self) -> str:
        """Return the one way in which this document is written; its MAC is over these bytes."""
        return _written(
            {
                "format": "sandglass-allowed-1",
                "asked_mac": self.asked_mac.hex(),
                "minutes": self.minutes,
                "start_by": self.start_by,
                "approver": self.approver,
            }
        )

    @classmethod
    def read(cls, text: str) -> Allowed:
        """Return the document that ``text()`` wrote; ``InputError("airlock.asked_unreadable")``."""
        try:
            data = json.loads(text)
            allowed = cls(
                bytes.fromhex(data["asked_mac"]),
                int(data["minutes"]),
                int(data["start_by"]),
                str(data["approver"]),
            )
        except (ValueError, TypeError, KeyError):
            allowed = None
        if allowed is None or allowed.text() != text:
            raise InputError("airlock.asked_unreadable")
        return allowed


@dataclass(frozen=True)
class AirlockRecord:
    """What the workspace knows of a source's airlock; nothing here opens anything.

    ``keys`` gives the SHA-256 of each key in hex by its kind. ``map_hash`` and ``installed_at`` are
    what was found installed last; ``state`` is empty (never seen), ``ready``, ``keyless`` (waits
    for keys), ``older`` (than the map), ``changed`` (by hand), ``foreign`` (other keys),
    ``open_door`` (logins without password), ``standby`` (a copy that cannot be written to),
    ``no_fuse`` (nothing on the server closes what is due) or ``missing``. ``entrance`` is the way
    that was found there. ``renewal`` is there while new secrets take the place of old ones;
    ``cautions`` since the source was first looked at.
    """

    source: str
    gatekeeper_verifier: str
    watchman_verifier: str
    keys: dict[str, str]
    prepared_by: str
    prepared_at: datetime
    map_hash: str = ""
    installed_at: datetime | None = None
    checked_at: datetime | None = None
    state: str = ""
    renewal: Renewal | None = None
    cautions: tuple[Caution, ...] | None = None
    entrance: str = Entrance.AIRLOCK.value

    @property
    def is_ready(self) -> bool:
        """Whether a grant can open the source through it."""
        return self.state == "ready"


@dataclass(frozen=True)
class SourceGrant:
    """What was asked of one source under an access request, and what became of it there.

    ``sealed`` is the session's password and the token that closes it, sealed to the requester.
    ``entrance`` is the way that the source had when this was asked, and that the approver saw.
    """

    access_request: str
    source: str
    grant: str
    asked: str
    asked_mac: bytes
    sealed: bytes
    allowed: str = ""
    allowed_mac: bytes = b""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    entrance: str = Entrance.AIRLOCK.value


@dataclass(frozen=True)
class Proof:
    """Proof of death: the dead credential was tried, and the source was asked what is left of it.

    ``failure`` is the code of what went wrong where the source could not be asked.
    """

    source: str
    refused: bool = False
    role_absent: bool = False
    sessions: int = 0
    overshoot_ms: int | None = None
    failure: str = ""

    @property
    def is_dead(self) -> bool:
        """Whether nothing of the access is left."""
        return self.is_quiet and self.role_absent

    @property
    def is_quiet(self) -> bool:
        """Whether nobody reads and nobody can log in, though a role may still be there."""
        return self.refused and not self.sessions and not self.failure

    def as_data(self) -> dict[str, str | int | bool | None]:
        """Return what the log keeps."""
        return {
            "source": self.source,
            "refused": self.refused,
            "role_absent": self.role_absent,
            "sessions": self.sessions,
            "overshoot_ms": self.overshoot_ms,
            "failure": self.failure,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Proof:
        """Return what ``as_data`` wrote; what is missing counts against it."""
        overshoot, sessions = data.get("overshoot_ms"), data.get("sessions")
        return cls(
            source=str(data.get("source", "")),
            refused=data.get("refused") is True,
            role_absent=data.get("role_absent") is True,
            sessions=sessions if isinstance(sessions, int) else 0,
            overshoot_ms=overshoot if isinstance(overshoot, int) else None,
            failure=str(data.get("failure", "")),
        )


def mac(key: bytes, text: str) -> bytes:
    """Return the HMAC-SHA-256 (RFC 2104) of a document."""
    return hmac.digest(key, text.encode(), "sha256")


def _written(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
