"""Letters, checklist, packages, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from sqlalchemy import select

from app.domain.responses import ChecklistItem, ChecklistLine, Letter, Package
from app.ports.storage import ResponseStore
from app.storage.rows import columns_of, values_of
from app.storage.tables import checklist_answers, letters, packages, reports

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from app.domain.responses import LetterKind
    from app.storage.statements import Statements

_LETTERS: Select[*tuple[Any, ...]] = select(*columns_of(letters, Letter))


class SqlResponseStore(ResponseStore):
    """What goes out, in the workspace's database."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def put_letter(self, letter: Letter) -> None:
        self._run.put(letters, values_of(letter))

    @override
    def letters(self, request_id: str) -> tuple[Letter, ...]:
        mine = letters.c.request == request_id
        rows = self._run.all(_LETTERS.where(mine).order_by(letters.c.at, letters.c.id))
        return tuple(Letter(*row) for row in rows)

    @override
    def last_letter(self, request_id: str, kind: LetterKind) -> Letter | None:
        mine = (letters.c.request == request_id) & (letters.c.kind == kind)
        latest_first = (letters.c.at.desc(), letters.c.id.desc())
        row = self._run.first(_LETTERS.where(mine).order_by(*latest_first).limit(1))
        return Letter(*row) if row is not None else None

    @override
    def answer(self, request_id: str, line: ChecklistLine, *, at: datetime) -> None:
        row = {"state": line.state, "text": line.text, "by": line.by, **values_of(line.item)}
        self._run.put(checklist_answers, {"request": request_id, "at": at, **row})

    @override
    def answers(self, request_id: str) -> tuple[ChecklistLine, ...]:
        answer = checklist_answers.c
        rows = self._run.all(
            select(
                *columns_of(checklist_answers, ChecklistItem), answer.state, answer.text, answer.by
            )
            .where(answer.request == request_id)
            .order_by(answer.key)
        )
        return tuple(ChecklistLine(ChecklistItem(*row[:4]), *row[4:]) for row in rows)

    @override
    def put_package(self, package: Package) -> None:
        self._run.put(packages, values_of(package))

    @override
    def packages(self, request_id: str) -> tuple[Package, ...]:
        rows = self._run.all(
            select(*columns_of(packages, Package))
            .where(packages.c.request == request_id)
            .order_by(packages.c.made_at, packages.c.id)
        )
        return tuple(Package(*row) for row in rows)

    @override
    def add_report(
        self, report_id: str, *, request: str, sha256: str, head: str, by: str, at: datetime
    ) -> None:
        row = {"request": request, "sha256": sha256, "head": head, "by": by, "at": at}
        self._run.add(reports, {"id": report_id, **row})
