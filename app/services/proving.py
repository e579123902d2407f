"""Checking workspaces, reports and packages: sound, or what is wrong and where."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from app.domain.audit import Action
from app.domain.errors import InputError
from app.ports.storage import EntryFilter
from app.services.checkpoints import signed_for
from app.services.log_checks import check_log
from app.services.proving_members import member_faults
from app.services.signatures import signature_valid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from app.domain.addresses import WorkspaceAddress
    from app.domain.audit import ChainState
    from app.domain.secrets import Secret
    from app.ports.security import Archives, Certificates, DocumentSignatures
    from app.ports.servers import SharedWorkspaces
    from app.ports.storage import UnitOfWork, Workspace, Workspaces
    from app.services.trusting import TrustedAuthorities

_MANIFEST = "manifest.json"
_SQLITE = b"SQLite format 3\0"
_DECIDED = (Action.ACCESS_GRANTED.value, Action.ACCESS_DENIED.value)
_AT_ONCE = 1000
_LOGINS_REPLACED = EntryFilter(actions=(Action.LOGIN_REPLACED.value,), limit=1)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; ``code`` has a sentence, ``values`` fill it."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Proof:
    """What checking one file showed. ``facts`` fill the sentence for something sound."""

    file: str
    kind: str
    faults: tuple[Fault, ...]
    facts: Mapping[str, object]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


class ReportFacts(Protocol):
    """What an audit report says of itself; ``problems`` are codes."""

    @property
    def id(self) -> str:
        """The report's number."""
        ...

    @property
    def made_by(self) -> str:
        """The member who made it."""
        ...

    @property
    def authority(self) -> str:
        """The fingerprint of the authority that it names."""
        ...

    @property
    def head(self) -> str:
        """The head of the log when it was made."""
        ...

    @property
    def entries(self) -> int:
        """How many entries it carries."""
        ...

    @property
    def state(self) -> ChainState:
        """How far the chain of those entries is sound."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """Codes of what is wrong."""
        ...


class CheckReport(Protocol):
    """Reads an audit report and says what is wrong with it."""

    def __call__(self, path: Path) -> ReportFacts:
        """Check the report at ``path``."""
        ...


class Proving:
    """Checks files without signing in: everything that proves something is readable by anyone."""

    def __init__(
        self,
        *,
        workspaces: Workspaces,
        servers: SharedWorkspaces,
        certificates: Certificates,
        signatures: DocumentSignatures,
        archives: Archives,
        check_report: CheckReport,
        trusted: TrustedAuthorities,
    ) -> None:
        self._workspaces = workspaces
        self._servers = servers
        self._certificates = certificates
        self._signatures = signatures
        self._archives = archives
        self._check_report = check_report
        self._trusted = trusted

    def check(self, path: Path, *, passphrase: Secret | None = None, authority: str = "") -> Proof:
        """Check one file or package folder; ``InputError("proof.unknown_file")`` for others.

        ``authority`` is the fingerprint of the workspace that it must be or come from.
        """
        try:
            return self._check(path, passphrase, authority)
        except OSError as error:
            raise InputError("file.unreadable", path=str(path), why=error.strerror) from None

    def _check(self, path: Path, passphrase: Secret | None, authority: str) -> Proof:
        if stat.S_ISDIR(path.stat().st_mode):
            return self._folder(path)
        start = b""
        if path.is_file():  # anything else might never answer
            with path.open("rb") as file:
                start = file.read(16)
        if start == _SQLITE:
            return self._workspace(path, authority)
        if start.startswith(b"%PDF"):
            return self._report(path, authority)
        if start.startswith(b"PK"):
            return self._archive(path, passphrase)
        raise InputError("proof.unknown_file", path=str(path))

    def _workspace(self, path: Path, authority: str) -> Proof:
        workspace = self._workspaces.inspect(path)
        try:
            faults, facts = self._look_over(workspace, authority)
        finally:
            workspace.close()
        return Proof(str(path), "workspace", faults, facts)

    def check_shared(
        self, address: WorkspaceAddress, secret: Secret | None, *, authority: str = ""
    ) -> Proof:
        """Check a workspace on a server as one of its members: its log, decisions and guard.

        ``SecurityError("workspace.other_authority")`` where this machine knows another one: all
        that is signed there would be by whoever took its place.
        """
        workspace = self._servers.open(address, secret)
        try:
            with workspace.read() as unit:
                found = unit.workspace.facts()
            fingerprint = self._certificates.fingerprint(found.authority_certificate)
            self._trusted.knows(address, workspace=found.id, fingerprint=fingerprint)
            faults, facts = self._look_over(workspace, authority)
        finally:
            workspace.close()
        flaws = self._servers.flaws(address, secret)
        faults += tuple(Fault(f"guard.{each.kind}", {"what": each.what}) for each in flaws)
        return Proof(address.text, "shared workspace", faults, facts)

    def _look_over(
        self, workspace: Workspace, authority: str
    ) -> tuple[tuple[Fault, ...], dict[str, object]]:
        with workspace.read() as unit:
            state = check_log(unit, self._certificates)
            faults = []
            certificate = unit.workspace.facts().authority_certificate
            found = self._certificates.fingerprint(certificate)
            if authority and _digits(authority) != _digits(found):
                faults.append(Fault("proof.authority_not_yours", {"found": found}))
            if not state.is_sound:
                faults.append(Fault(f"proof.log_{state.fault}", {"entry": state.broken_at}))
            logged = _logged_decisions(unit)
            faults += _unsigned(unit, logged)
            decisions = 0
            for case in unit.access.decided():
                for decision in case.decisions:
                    decisions += 1
                    number = decision.id
                    if not signature_valid(unit, decision, self._certificates):
                        faults.append(Fault("proof.decision_signature", {"decision": number}))
                    if logged.pop(number, None) is None:
                        faults.append(Fault("proof.decision_not_logged", {"decision": number}))
                if case.window is not None and case.grant is None:
                    session = {"session": case.window.session}
                    faults.append(Fault("proof.window_not_granted", session))
            faults += [
                Fault("proof.decision_gone", {"decision": number, "entry": entry})
                for number, entry in logged.items()
            ]
            faults += [
                Fault(code, values) for code, values in member_faults(unit, self._certificates)
            ]
            return tuple(faults), {
                "title": unit.workspace.facts().title,
                "authority": found,
                "entries": state.entries,
                "head": state.head,
                "decisions": decisions,
                "logins_replaced": unit.log.find(_LOGINS_REPLACED).total,
            }

    def _report(self, path: Path, authority: str) -> Proof:
        """Check what the report says, then who signed exactly that, and whether it was under the
        authority that this machine knows of that workspace, if it knows it.
        """
        facts, signed = self._check_report(path), self._signatures.check(path.read_bytes())
        problems = [*signed.problems, *facts.problems]
        if signed.authority and "signer_unknown" not in problems:
            # Another authority than the one named could call its members whatever it likes.
            if signed.authority != facts.authority:
                problems.append("authority_differs")
            if signed.member != facts.made_by:
                problems.append("signer_differs")
        values = {"entry": facts.state.broken_at}
        authority = authority or self._trusted.known_of(signed.workspace)
        if authority and _digits(authority) != _digits(signed.authority):
            problems.append("authority_not_yours")
        faults = tuple(Fault(f"proof.report_{code}", values) for code in dict.fromkeys(problems))
        shown = {
            "report": facts.id,
            "entries": facts.entries,
            "head": facts.head,
            "name": signed.name,
            "fingerprint": signed.fingerprint,
            "authority": signed.authority,
            "level": signed.level,
            "signed_at": signed.signed_at,
            "stamped_by": signed.stamped_by,
            "stamped_at": signed.stamped_at,
        }
        return Proof(str(path), "stamped report" if signed.stamped_by else "report", faults, shown)

    def _folder(self, path: Path) -> Proof:
        manifest = path / _MANIFEST
        if not manifest.is_file():
            raise InputError("proof.no_manifest", path=str(path))
        there = {
            each.relative_to(path).as_posix(): each
            for each in sorted(path.rglob("*"))
            if each.is_file() and each != manifest
        }
        digests = {name: _sha256(each) for name, each in there.items()}
        return _package(str(path), manifest.read_bytes(), digests)

    def _archive(self, path: Path, passphrase: Secret | None) -> Proof:
        if not self._archives.is_whole(path):
            return Proof(str(path), "package", (Fault("proof.archive_changed"),), {})
        files, is_encrypted = self._archives.outside(path)
        if passphrase is None and is_encrypted:
            return Proof(str(path), "sealed package", (), {"files": files})
        contents = {
            name.partition("/")[2]: name
            for name in self._archives.names(path, passphrase=passphrase)
        }
        if _MANIFEST not in contents:
            raise InputError("proof.no_manifest", path=str(path))
        read = self._archives.read
        digests = {
            inner: hashlib.sha256(read(path, name, passphrase=passphrase)).hexdigest()
            for inner, name in contents.items()
            if inner != _MANIFEST
        }
        manifest = read(path, contents[_MANIFEST], passphrase=passphrase)
        return _package(str(path), manifest, digests)


def _logged_decisions(unit: UnitOfWork) -> dict[str, int]:
    """Return the numbers of the entries that record decisions, by decision."""
    found: dict[str, int] = {}
    which = EntryFilter(actions=_DECIDED, newest_first=False, limit=_AT_ONCE)
    while True:
        page = unit.log.find(which)
        for entry in page.rows:
            details = entry.facts()["details"]
            if isinstance(details, dict):
                found[str(details.get("decision", ""))] = entry.number
        which = replace(which, offset=which.offset + _AT_ONCE)
        if which.offset >= page.total:
            return found


def _unsigned(unit: UnitOfWork, logged: Mapping[str, int]) -> list[Fault]:
    """Name decisions without their approver's signature on the log, which is as old as the first.

    To cut such signatures out, whoever rewrites a log would have to cut out the decisions, too.
    """
    first, signed = signed_for(unit)
    return [
        Fault("proof.log_not_signed", {"decision": decision, "entry": entry})
        for decision, entry in logged.items()
        if first is not None and entry > first and decision not in signed
    ]


def _package(path: str, manifest: bytes, digests: Mapping[str, str]) -> Proof:
    """Compare a package's files with its manifest."""
    try:
        content = json.loads(manifest)
        listed = {each["path"]: each["sha256"] for each in content["files"]}
        request = str(content["request"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Proof(path, "package", (Fault("proof.manifest_damaged"),), {})
    faults = [
        *_named("proof.file_missing", listed.keys() - digests.keys()),
        *_named("proof.file_not_listed", digests.keys() - listed.keys()),
        *_named(
            "proof.file_changed",
            {name for name in listed.keys() & digests.keys() if listed[name] != digests[name]},
        ),
    ]
    return Proof(path, "package", tuple(faults), {"files": len(listed), "request": request})


def _digits(fingerprint: str) -> str:
    return "".join(fingerprint.upper().replace(":", "").split())


def _named(code: str, names: Iterable[str]) -> list[Fault]:
    return [Fault(code, {"name": name}) for name in sorted(names)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
