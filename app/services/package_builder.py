"""Writing one response package: what goes out of each record, documents, manifest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.responses import Answered, Leak
from app.domain.review import Piece, RecordReview, Verdict, cut
from app.domain.values import as_text
from app.ports.progress import Progress
from app.ports.reports import (
    CoveredPlace,
    DataCell,
    DataColumn,
    DataSection,
    Envelope,
    PersonDocument,
    PortableColumn,
    ShortLine,
)
from app.services.checklist import Held, checklist_of, held
from app.services.detecting import forbidden_by_map
from app.services.leaking import Covered
from app.services.presenting import Presentation, label
from app.services.review_marks import Marks
from app.services.scoping import active_maps
from app.wording.categories import categories_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from app.domain.datamap import Field
    from app.domain.requests import Request
    from app.ports.progress import Task
    from app.ports.regimes import Regime
    from app.ports.reports import PortableFiles, ReportType, TextOfFiles
    from app.ports.security import Archives
    from app.ports.storage import UnitOfWork
    from app.services.records import Records

ROW_LIMIT = 2000
"""Records of one collection that the PDF shows; the files always have all of them."""


@dataclass(frozen=True)
class PackageTools:
    """What a package is made with."""

    records: Records
    portable: PortableFiles
    texts: TextOfFiles
    archives: Archives
    reports: Mapping[str, ReportType[PersonDocument]]
    """By file name, in the order in which they are made."""


class PackageBuilder:
    """Writes one package into ``root``."""

    def __init__(
        self,
        tools: PackageTools,
        unit: UnitOfWork,
        request: Request,
        *,
        regime: Regime,
        member: str,
        key: bytes,
        letter: str,
        root: Path,
    ) -> None:
        self._tools = tools
        self._regime = regime
        self._member = member
        self._key = key
        self._letter = letter
        self._unit = unit
        self.request = request
        self.root = root
        self.covered = Covered()
        self.covered_by_reason: Counter[str] = Counter()
        self.withheld: Counter[str] = Counter()
        self.records = 0
        self.forbidden: dict[Leak, None] = {}
        """What the law keeps back and nobody has covered, a line a field."""
        self._places: list[CoveredPlace] = []
        self._presentation = Presentation(request.subject.language, request.subject.country)
        self._titles = {each.key: each.title() for each in active_maps(unit)}

    def files(self) -> list[tuple[str, Path]]:
        """Return every file so far: its name in the package and its path."""
        return [
            (path.relative_to(self.root).as_posix(), path)
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        ]

    def build(self, task: Task) -> None:
        """Write data, documents and, last, the manifest."""
        collections, document = self._gather(task)
        for report in self._tools.reports.values():
            task.report(Progress(report.file_name, 0))
            # Each knows the files before it; start-here, the last, lists them all.
            sizes = tuple((name, path.stat().st_size) for name, path in self.files())
            report.render(replace(document, files=sizes), self.root / report.file_name)
        self._write_manifest(collections)

    def preview(self, name: str, *, letter: str, task: Task) -> bytes:
        """Return one document as it would be made now, with ``letter`` as the answer."""
        _collections, document = self._gather(task)
        report = self._tools.reports[name]
        files = tuple((each, path.stat().st_size) for each, path in self.files())
        made = self.root / report.file_name
        report.render(replace(document, files=files, letter_text=letter), made)
        return made.read_bytes()

    def _gather(self, task: Task) -> tuple[tuple[Held, ...], PersonDocument]:
        """Write the data, and return what the documents are made of."""
        self.root.mkdir(parents=True, mode=0o700)
        collections = held(self._unit, self.request.id)
        sections = []
        for number, each in enumerate(collections):
            task.report(Progress(str(each.pulled.collection), number, len(collections)))
            sections.append(self._section(each))
        return collections, self._document(collections, tuple(sections))

    def _document(
        self, collections: tuple[Held, ...], sections: tuple[DataSection, ...]
    ) -> PersonDocument:
        unit, request = self._unit, self.request
        return PersonDocument(
            envelope=Envelope(
                workspace=unit.workspace.facts(),
                request=request,
                regime=self._regime,
                language=request.subject.language,
                made_at=unit.now(),
                made_by=unit.members.get(self._member),
            ),
            letter_text=self._letter,
            short=tuple(
                _short_line(each, section.records, request.subject.language)
                for each, section in zip(collections, sections, strict=True)
                if each.pulled.rows
            ),
            checklist=tuple(
                each
                for each in checklist_of(unit, request, self._regime)
                if each.state is not Answered.OPEN or not each.item.derived
            ),
            sections=sections,
            covered=dict(sorted(self.covered_by_reason.items())),
            withheld=dict(sorted(self.withheld.items())),
            places=tuple(self._places),
            row_limit=ROW_LIMIT,
        )

    def _section(self, each: Held) -> DataSection:
        """Write a collection's files in one pass, keeping the first rows for the documents."""
        pulled = each.pulled
        fields = [each.mapped.find(name) if each.mapped else None for name, _ in pulled.columns]
        names = [name for name, _ in pulled.columns]
        labels = [label(field, name) for field, name in zip(fields, names, strict=True)]
        shown: list[tuple[DataCell, ...]] = []
        withheld_before = sum(self.withheld.values())
        path = f"data/{_safe(pulled.collection.dataset)}/{_safe(pulled.collection.collection)}"
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        written = self._tools.portable.write(
            [PortableColumn(name, text) for name, text in zip(names, labels, strict=True)],
            self._rows(each, fields, labels, shown=shown),
            json_path=target.with_name(f"{target.name}.json"),
            csv_path=target.with_name(f"{target.name}.csv"),
        )
        self.records += written
        numeric = [_is_numeric(kind) for _, kind in pulled.columns]
        return DataSection(
            title=each.title,
            source=self._titles.get(pulled.collection.dataset, pulled.collection.dataset),
            collected_at=pulled.started_at,
            purpose=each.mapped.purpose if each.mapped else "",
            columns=tuple(map(DataColumn, names, labels, numeric)),
            rows=shown,
            records=written,
            withheld=sum(self.withheld.values()) - withheld_before,
            file=path,
        )

    def _rows(
        self,
        each: Held,
        fields: list[Field | None],
        labels: list[str],
        *,
        shown: list[tuple[DataCell, ...]],
    ) -> Iterator[tuple[object, ...]]:
        """Yield what goes out of each record; remember what does not."""
        pulled, names = each.pulled, [name for name, _ in each.pulled.columns]
        marks = Marks.load(self._unit, pulled)
        place = dict(zip(names, labels, strict=True))
        for row in self._tools.records.rows(self._unit, pulled, self._key):
            values = self._tools.records.values(pulled, row)
            review = marks.review(row.number)
            if review.verdict is Verdict.WITHHOLD:
                self._withhold(each, row.number, review, values)
                continue
            covers = dict(review.covers)
            out: list[object] = []
            cells: list[DataCell] = []
            for name, field, value in zip(names, fields, values, strict=True):
                if name in covers and value is not None:
                    pieces = self._cover(as_text(value), review, name)
                    self._note(each, row.number, place[name], pieces)
                    out.append(pieces)
                    cells.append(pieces)
                else:
                    self._check_forbidden(each, name, field, value)
                    self.covered.disclose(as_text(value))
                    out.append(value)
                    cells.append(self._presentation.text(value, field))
            if len(shown) < ROW_LIMIT:
                shown.append(tuple(cells))
            yield tuple(out)

    def _check_forbidden(self, each: Held, name: str, field: Field | None, value: object) -> None:
        if value is None:
            return
        for kind in forbidden_by_map(field, self._regime.forbidden):
            where = f"{each.pulled.collection}.{name}"
            self.forbidden[Leak("data", where, f"forbidden:{kind}")] = None

    def _cover(self, text: str, review: RecordReview, name: str) -> tuple[Piece, ...]:
        covers = dict(review.covers)[name]
        for cover in covers:
            end = len(text) if cover.end == -1 else cover.end
            self.covered.cover(text[cover.start : end])
        return cut(text, covers)

    def _note(self, each: Held, row: int, field_label: str, pieces: tuple[Piece, ...]) -> None:
        for piece in pieces:
            if piece.covered:
                self.covered_by_reason[piece.covered] += 1
                self._places.append(CoveredPlace(each.title, row + 1, field_label, piece.covered))

    def _withhold(
        self, each: Held, row: int, review: RecordReview, values: tuple[object, ...]
    ) -> None:
        self.withheld[review.reason] += 1
        self._places.append(CoveredPlace(each.title, row + 1, "", review.reason, withheld=True))
        for value in values:
            if isinstance(value, str):
                self.covered.withhold(value)

    def _write_manifest(self, collections: tuple[Held, ...]) -> None:
        cases = {
            case.window.session: case
            for case in self._unit.access.of_request(self.request.id)
            if case.window
        }
        manifest = {
            "request": self.request.id,
            "made_at": self._unit.now().isoformat(),
            "files": [
                {"path": name, "sha256": sha256_of(path), "bytes": path.stat().st_size}
                for name, path in self.files()
            ],
            "read": [
                {
                    "collection": str(each.pulled.collection),
                    "read_at": each.pulled.started_at.isoformat(),
                    "records": each.pulled.rows,
                    "complete": each.pulled.state.value == "complete",
                    "grant": window.grant
                    if (case := cases.get(each.pulled.session)) and (window := case.window)
                    else None,
                }
                for each in collections
            ],
            "covered": dict(sorted(self.covered_by_reason.items())),
            "withheld": dict(sorted(self.withheld.items())),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        (self.root / "manifest.json").write_text(text, encoding="utf-8")


def _short_line(each: Held, records: int, language: str) -> ShortLine:
    mapped = each.mapped
    if mapped is None:
        return ShortLine(each.title, records, "", "", ())
    categories = {name for _, field in mapped.all_fields() for name in field.categories}
    return ShortLine(
        label=each.title,
        records=records,
        purpose=mapped.purpose,
        retention=mapped.retention,
        recipients=mapped.recipients,
        basis=mapped.basis,
        transfers=mapped.transfers,
        origin=mapped.origin,
        categories=(categories_in_words(tuple(categories), language),),
    )


def _is_numeric(kind: str) -> bool:
    wanted = ("int", "num", "dec", "real", "float", "double", "money", "serial")
    return any(each in kind.lower() for each in wanted)


def _safe(name: str) -> str:
    """Return ``name`` as a file name that leads nowhere else, on any system."""
    kept = "".join(each if each.isalnum() or each in "-_ " else "_" for each in name)
    return kept.strip()[:80] or "_"


def sha256_of(path: Path) -> str:
    """Return SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
