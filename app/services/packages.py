"""Making a response package: documents, data, manifest, leak test, archive."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import NotAllowedError, StorageError
from app.domain.people import Verb
from app.domain.requests import Stage
from app.domain.responses import Leak, Package
from app.ports.progress import Progress
from app.services.leaking import find_leaks
from app.services.package_builder import PackageBuilder, PackageTools, sha256_of
from app.services.scratch import exporting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.secrets import Secret
    from app.ports.progress import Task
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork
    from app.services.letter_texts import LetterTexts
    from app.services.scratch import Scratch
    from app.services.signed_in import RequestKeys, SignedIn


@dataclass(frozen=True)
class MadePackage:
    """What came of making a package: where it is, or what still leaks (then nothing is kept)."""

    package: Package | None
    leaks: tuple[Leak, ...] = ()


class Packages:
    """Makes packages."""

    def __init__(
        self,
        here: SignedIn,
        *,
        request_keys: RequestKeys,
        regimes: Mapping[str, Regime],
        tools: PackageTools,
        texts: LetterTexts,
        scratch: Scratch,
    ) -> None:
        self._here = here
        self._texts = texts
        self._scratch = scratch
        self._request_keys = request_keys
        self._regimes = regimes
        self._tools = tools

    def documents(self) -> tuple[str, ...]:
        """Return the names of the documents of a package, in the order of making."""
        return tuple(self._tools.reports)

    def new_passphrase(self) -> Secret:
        """Return a passphrase for a package; nobody keeps it but the person who sees it."""
        return self._tools.archives.new_passphrase()

    def preview(self, request_id: str, name: str, *, letter: str, task: Task) -> bytes:
        """Return one document as the package would hold it now, with ``letter`` as its letter.

        Nothing is recorded and nothing stays on disk.
        """
        near = Path(tempfile.gettempdir()) / f"preview-{request_id}"
        with exporting(), self._scratch.beside(near) as work, self._here.workspace.read() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            request = unit.requests.get(request_id)
            builder = PackageBuilder(
                self._tools,
                unit,
                request,
                regime=self._regimes[request.regime],
                member=self._here.member,
                key=self._request_keys.get(unit, request_id),
                letter=self._texts.answer(unit, request_id) or "",
                root=work / request_id,
            )
            return builder.preview(name, letter=letter, task=task)

    def make(
        self,
        request_id: str,
        *,
        folder: Path,
        archive: Path,
        passphrase: Secret | None,
        task: Task,
    ) -> MadePackage:
        """Write the package to ``folder`` and ``archive``, both whole or not at all.

        ``StorageError``: export.exists, export.disk_full, export.failed.
        """
        for path in (folder, archive):
            if path.exists():
                raise StorageError("export.exists", path=str(path))
        beside = self._scratch.beside
        with exporting(), beside(folder) as work, beside(archive) as packing:
            return self._make_in(
                work,
                request_id,
                packed=packing / archive.name,
                folder=folder,
                archive=archive,
                passphrase=passphrase,
                task=task,
            )

    def _make_in(
        self,
        work: Path,
        request_id: str,
        *,
        packed: Path,
        folder: Path,
        archive: Path,
        passphrase: Secret | None,
        task: Task,
    ) -> MadePackage:
        with self._here.workspace.read() as unit:
            self._check(unit, request_id)
            request = unit.requests.get(request_id)
            builder = PackageBuilder(
                self._tools,
                unit,
                request,
                regime=self._regimes[request.regime],
                member=self._here.member,
                key=self._request_keys.get(unit, request_id),
                letter=self._texts.answer(unit, request_id) or "",
                root=work / request_id,
            )
            builder.build(task)
        task.report(Progress("leak_test", 0))
        leaks = (
            *builder.forbidden,
            *find_leaks(
                builder.files(),
                covered=builder.covered,
                forbidden_kinds=self._regimes[builder.request.regime].forbidden,
                texts=self._tools.texts,
            ),
        )
        self._record_leak_test(request_id, files=len(builder.files()), leaks=leaks)
        if leaks:
            return MadePackage(None, leaks)
        self._tools.archives.write(builder.root, packed, passphrase=passphrase)
        package = self._record(builder, packed, is_encrypted=passphrase is not None)
        _place(((builder.root, folder), (packed, archive)))
        return MadePackage(package)

    def _check(self, unit: UnitOfWork, request_id: str) -> None:
        unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
        unit.requests.get(request_id).must_be_at(Stage.RESPOND)
        if unit.review.finished(request_id) is None:
            raise NotAllowedError("review.not_finished", request=request_id)
        if self._texts.answer(unit, request_id) is None:
            raise NotAllowedError("package.no_letter", request=request_id)

    def _record_leak_test(self, request_id: str, *, files: int, leaks: tuple[Leak, ...]) -> None:
        with self._here.workspace.write() as unit:
            details: Details = {"files": files, "leaks": len(leaks)}
            unit.record(Event(Action.LEAK_TESTED, self._here.member, request_id, details=details))
            unit.commit()

    def _record(self, builder: PackageBuilder, packed: Path, *, is_encrypted: bool) -> Package:
        with self._here.workspace.write() as unit:
            package = Package(
                id=f"P-{unit.workspace.next_number('package'):04d}",
                request=builder.request.id,
                made_by=self._here.member,
                made_at=unit.now(),
                manifest_sha256=sha256_of(builder.root / "manifest.json"),
                zip_sha256=sha256_of(packed),
                files=len(builder.files()),
                bytes=sum(path.stat().st_size for _, path in builder.files()),
                records=builder.records,
                withheld=sum(builder.withheld.values()),
                covered=sum(builder.covered_by_reason.values()),
                encrypted=is_encrypted,
            )
            unit.responses.put_package(package)
            unit.record(
                Event(
                    Action.PACKAGE_MADE,
                    self._here.member,
                    package.request,
                    package.id,
                    details={
                        "files": package.files,
                        "bytes": package.bytes,
                        "records": package.records,
                        "withheld": package.withheld,
                        "covered": package.covered,
                        "encrypted": package.encrypted,
                        "manifest_sha256": package.manifest_sha256,
                        "zip_sha256": package.zip_sha256,
                    },
                )
            )
            unit.commit()
            return package


def _place(made: tuple[tuple[Path, Path], ...]) -> None:
    """Move what was made to where it belongs: everything or nothing. ``OSError``."""
    placed: list[tuple[Path, Path]] = []
    try:
        for each, place in made:
            each.rename(place)
            placed.append((each, place))
    except OSError:
        for each, place in placed:
            place.rename(each)
        raise
