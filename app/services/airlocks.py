"""Airlocks of sources: their script, installing, checking, taking them away again."""

from __future__ import annotations

import difflib
import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.airlock import Entrance, blueprint
from app.domain.audit import Action, Details, Event
from app.domain.errors import NotAllowedError, SourceError
from app.domain.people import Verb
from app.domain.secrets import Secret
from app.ports.airlocks import Verifiers
from app.services.airlock_secrets import Kind
from app.services.mapping import read_stored_map
from app.services.scoping import active_maps
from app.services.scratch import exporting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from app.domain.airlock import AirlockRecord, Blueprint
    from app.domain.workspace import SourceRecord
    from app.ports.airlocks import AirlockType, GrantState, Installed, Installer, Script, Watchman
    from app.ports.sources import SourceType
    from app.ports.storage import UnitOfWork
    from app.services.airlock_secrets import AirlockSecrets
    from app.services.key_renewal import KeyRenewal
    from app.services.signed_in import SignedIn


@dataclass(frozen=True)
class DbaLogin:
    """A login that may change the database, given for this very moment and kept nowhere."""

    user: str
    password: Secret | None


@dataclass(frozen=True)
class AirlockScript:
    """A script, and how what it says of rows and columns differs from what is installed.

    ``difference`` has the lines of a unified diff; it is empty where nothing is installed yet.
    """

    script: Script
    difference: tuple[str, ...] = ()


class Airlocks:
    """What administrators do with airlocks."""

    def __init__(
        self,
        here: SignedIn,
        *,
        secrets: AirlockSecrets,
        renewal: KeyRenewal,
        source_types: Mapping[str, SourceType],
    ) -> None:
        self._here = here
        self._secrets = secrets
        self._renewal = renewal
        self._source_types = source_types

    def find(self, source: str) -> AirlockRecord | None:
        """Return what the workspace knows of a source's airlock."""
        with self._here.workspace.read() as unit:
            return unit.airlocks.find(source)

    def blueprint(self, source: str) -> Blueprint:
        """Return what the airlock of a source holds, by its map."""
        with self._here.workspace.read() as unit:
            return self._blueprint(unit, source)

    def script(
        self, source: str, login: DbaLogin, *, entrance: str = Entrance.AIRLOCK
    ) -> AirlockScript:
        """Return the script for the database as it is; reads its schema, and no row.

        Where the source has been given another way in, the script takes that away first. The
        secrets are made now, if they are not there yet, and sealed to those whose part they are;
        the script holds none of them.
        """
        with self._here.workspace.write() as unit:
            self._must_manage(unit)
            record, airlock = self._source(unit, source, entrance)
            plan = self._blueprint(unit, source)
            known = self._secrets.prepare(unit, source, airlock, linked=plan.origins)
            watchman = self._watchman(unit, record, airlock)
            unit.commit()
        script = self._installer(record, airlock, login).script(
            plan, map_sha256=record.map_hash, verifiers=_verifiers(known)
        )
        return AirlockScript(script, _difference(watchman, script))

    @staticmethod
    def save(made: AirlockScript, path: Path) -> None:
        """Write a script for a DBA to run; ``export.disk_full``, ``export.failed``."""
        with exporting():
            path.write_text(made.script.file_text(), encoding="utf-8")

    def install(
        self, source: str, login: DbaLogin, *, entrance: str = Entrance.AIRLOCK
    ) -> AirlockRecord:
        """Run the script with a DBA's login, hand over the keys, and look at what is there."""
        made = self.script(source, login, entrance=entrance)
        with self._here.workspace.read() as unit:
            record, airlock = self._source(unit, source, entrance)
        self._installer(record, airlock, login).run(made.script.text())
        checked = self.check(source)
        with self._here.workspace.write() as unit:
            details: Details = {
                "map_sha256": record.map_hash,
                "state": checked.state,
                "entrance": checked.entrance,
            }
            unit.record(
                Event(Action.AIRLOCK_INSTALLED, self._here.member, object=source, details=details)
            )
            unit.commit()
        return checked

    def check(self, source: str) -> AirlockRecord:
        """Compare what is installed with the map, hand over keys, and record what was found.

        A DBA may have run either script, so each way in is looked for.
        """
        with self._here.workspace.read() as unit:
            record, airlock = self._source(unit, source)
            known = unit.airlocks.find(source)
            if known is None:
                raise NotAllowedError("source.no_airlock", source=record.title)
            watchmen = [
                (each, self._watchman(unit, record, each)) for each in self._entrances(record)
            ]
            keys = self._secrets.held_keys(unit, known)
        state, installed_at, cautions = "missing", None, known.cautions
        found_at = _installed_at(watchmen)
        if found_at is not None:
            airlock, watchman, installed = found_at
            installed = _hand_over(watchman, installed, keys | self._secrets.just_made(source))
            installed_at, cautions = installed.installed_at, installed.cautions
            state = _state(installed, record, known, is_open=_lets_anybody_in(record, airlock))
        with self._here.workspace.write() as unit:
            if airlock.entrance != known.entrance:
                _forget_grants(unit, source, but=airlock.entrance)
            found = replace(
                unit.airlocks.find(source) or known,
                map_hash=record.map_hash if state == "ready" else known.map_hash,
                installed_at=installed_at,
                checked_at=unit.now(),
                state=state,
                cautions=cautions,
                entrance=airlock.entrance,
            )
            unit.airlocks.put(found)
            unit.record(
                Event(
                    Action.SOURCE_CHECKED,
                    self._here.member,
                    object=source,
                    details={"airlock": state, "entrance": airlock.entrance},
                )
            )
            unit.commit()
        return found

    def uninstall(self, source: str, login: DbaLogin) -> None:
        """Take the airlock away: grants end, roles and views go, its secrets are forgotten."""
        with self._here.workspace.read() as unit:
            self._must_manage(unit)
            record, _airlock = self._source(unit, source)
        for each in self._entrances(record):  # whichever a DBA may have run since it was checked
            installer = self._installer(record, each, login)
            installer.run(installer.uninstall_script(source))
        with self._here.workspace.write() as unit:
            unit.airlocks.remove(source)
            unit.record(Event(Action.AIRLOCK_REMOVED, self._here.member, object=source))
            unit.commit()

    def grants(self, source: str) -> tuple[GrantState, ...]:
        """Return the grants in the ledger of a source, as it has them now."""
        with self._here.workspace.read() as unit:
            record, airlock = self._source(unit, source)
            watchman = self._watchman(unit, record, airlock)
        return watchman.status()

    def catch_up(self) -> None:
        """Seal secrets to colleagues whose part they have become; replace those of who has left.

        Keys that are awaited are handed over. A source that cannot be reached gets its keys another
        time.
        """
        with self._here.workspace.read() as unit:
            if not unit.airlocks.all():
                return
        with self._here.workspace.write() as unit:
            if self._secrets.catch_up(unit):
                unit.commit()
            outdated = [each.source for each in unit.airlocks.all() if each.renewal is not None]
        for source in outdated:
            with suppress(SourceError):
                self._renewal.go_on(source)
        with self._here.workspace.read() as unit:
            mine = [
                each.source
                for each in unit.airlocks.all()
                if each.state == "keyless" and self._secrets.held_keys(unit, each)
            ]
        for source in mine:
            with suppress(SourceError):
                self._complete(source)

    def _complete(self, source: str) -> None:
        """Hand over keys of this member's; when they were the last ones, grants open it again.

        Whatever else is found there an administrator's check says.
        """
        with self._here.workspace.read() as unit:
            record, airlock = self._source(unit, source)
            known = unit.airlocks.find(source)
            if known is None:
                return
            watchman = self._watchman(unit, record, airlock)
            keys = self._secrets.held_keys(unit, known)
        installed = _hand_over(watchman, watchman.installed(), keys)
        is_open = _lets_anybody_in(record, airlock)
        if _state(installed, record, known, is_open=is_open) != "ready":
            return
        with self._here.workspace.write() as unit:
            found = unit.airlocks.find(source)
            if found is None or (found.state, found.keys) != (known.state, known.keys):
                return
            unit.airlocks.put(replace(found, state="ready", checked_at=unit.now()))
            details: Details = {"airlock": "ready", "entrance": found.entrance}
            unit.record(
                Event(Action.SOURCE_CHECKED, self._here.member, object=source, details=details)
            )
            unit.commit()

    def _blueprint(self, unit: UnitOfWork, source: str) -> Blueprint:
        record = unit.sources.get(source)
        mine = read_stored_map(record.map_text, key=source)
        others = [each for each in active_maps(unit) if each.key != source]
        return blueprint(mine, [mine, *others])

    def _watchman(self, unit: UnitOfWork, record: SourceRecord, airlock: AirlockType) -> Watchman:
        password = self._secrets.password(unit, record.key, Kind.WATCHMAN)
        return airlock.watchman(record.settings, record.key, password)

    @staticmethod
    def _installer(record: SourceRecord, airlock: AirlockType, login: DbaLogin) -> Installer:
        return airlock.installer(record.settings, login.user, login.password)

    def _source(
        self, unit: UnitOfWork, source: str, entrance: str = ""
    ) -> tuple[SourceRecord, AirlockType]:
        """Return a source and how it is entered: as was asked for, or else as it is now."""
        record, known = unit.sources.get(source), unit.airlocks.find(source)
        if not self._entrances(record):
            raise NotAllowedError("airlock.none_for_this_kind", source=record.title)
        if not entrance:
            entrance = known.entrance if known is not None else Entrance.AIRLOCK
        found = self._source_types[record.type].entered(entrance)
        if found is None:
            raise NotAllowedError("airlock.no_other_way", source=record.title)
        return record, found

    def _entrances(self, record: SourceRecord) -> tuple[AirlockType, ...]:
        kind = self._source_types.get(record.type)
        return kind.entrances() if kind is not None else ()

    def _must_manage(self, unit: UnitOfWork) -> None:
        unit.members.get(self._here.member).must(Verb.MANAGE_SOURCES)


def _verifiers(record: AirlockRecord) -> Verifiers:
    return Verifiers(
        record.gatekeeper_verifier,
        record.watchman_verifier,
        {kind: bytes.fromhex(digest) for kind, digest in record.keys.items()},
    )


def _state(
    installed: Installed, record: SourceRecord, known: AirlockRecord, *, is_open: bool
) -> str:
    is_foreign = any(installed.keys.get(kind) != digest for kind, digest in known.keys.items())
    found = {
        "foreign": is_foreign,
        "standby": installed.is_standby,
        "open_door": is_open,
        "no_fuse": not installed.has_fuse,
        "older": installed.map_sha256 != record.map_hash,
        "changed": not installed.is_as_installed,
        "keyless": bool(installed.waits_for),
    }
    return next((state for state, is_so in found.items() if is_so), "ready")


def _hand_over(watchman: Watchman, installed: Installed, keys: Mapping[str, bytes]) -> Installed:
    """Give an airlock those of the keys that it waits for, and return what it has then."""
    for kind in () if installed.is_standby else installed.waits_for:
        if kind in keys and not watchman.set_key(kind, keys[kind]):
            break
    return watchman.installed()


def _installed_at(
    watchmen: Iterable[tuple[AirlockType, Watchman]],
) -> tuple[AirlockType, Watchman, Installed] | None:
    for airlock, watchman in watchmen:
        try:
            return airlock, watchman, watchman.installed()
        except SourceError as error:
            # Nothing is there, or a login that this airlock's script did not make.
            if error.code not in {"airlock.not_installed", "source.login_refused"}:
                raise
    return None


def _forget_grants(unit: UnitOfWork, source: str, *, but: str) -> None:
    """Take grants that entered in another way for closed: its script took their logins away."""
    for each in unit.airlocks.unclosed():
        if each.source == source and each.entrance != but:
            unit.airlocks.put_grant(replace(each, closed_at=unit.now()))


def _lets_anybody_in(record: SourceRecord, airlock: AirlockType) -> bool:
    """Try a password that is wrong: a server that takes it asks for none, and ends no access."""
    wrong = hashlib.sha256(b"sandglass knocks").hexdigest()
    try:
        airlock.watchman(record.settings, record.key, Secret(wrong)).now()
    except SourceError as error:
        return error.code != "source.login_refused"
    return True


def _difference(watchman: Watchman, script: Script) -> tuple[str, ...]:
    try:
        before = watchman.installed().definition
    except SourceError:
        return ()
    lines = difflib.unified_diff(
        before.splitlines(), script.definition.splitlines(), "installed", "new", lineterm=""
    )
    return tuple(lines)
