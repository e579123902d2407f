"""The made company as SQLite files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.errors import StorageError
from app.ports.companies import MadeSource
from app.sources._made_company import make_holdings
from app.sources._made_tables import HELPDESK, NEWSLETTER, SHOP, create_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import MetaData

    from app.sources._made_company import Holdings, Rows


def _nothing() -> None:
    """End nothing: files need nobody who keeps them."""


@dataclass(frozen=True)
class MadeCompany:
    """Where the made company is, and who in it asks."""

    sources: Mapping[str, MadeSource]
    people: int
    subject_name: str
    subject_email: str
    subject_phone: str
    subject_address: tuple[str, ...]
    end: Callable[[], None] = field(default=_nothing, repr=False)

    @classmethod
    def of(
        cls,
        holdings: Holdings,
        sources: Mapping[str, MadeSource],
        *,
        end: Callable[[], None] = _nothing,
    ) -> MadeCompany:
        """Return the company that holds this there."""
        return cls(
            sources,
            holdings.people,
            holdings.subject_name,
            holdings.subject_email,
            holdings.subject_phone,
            holdings.subject_address,
            end,
        )

    def close(self) -> None:
        """End what was started for it."""
        self.end()


class CompanyInFiles:
    """Makes companies whose sources are files."""

    def require(self) -> None:
        """Need nothing that is not here."""

    def make(self, folder: Path, *, now: datetime) -> MadeCompany:
        """Write the three sources; ``StorageError``: export.disk_full, export.failed."""
        holdings = make_holdings(now=now)
        return MadeCompany.of(
            holdings,
            {
                "shop": make_file(folder / "shop.sqlite", SHOP, holdings.shop),
                "helpdesk": make_file(folder / "helpdesk.sqlite", HELPDESK, holdings.helpdesk),
                "newsletter": make_file(
                    folder / "newsletter.sqlite", NEWSLETTER, holdings.newsletter
                ),
            },
        )


def make_file(path: Path, schema: MetaData, rows: Rows) -> MadeSource:
    """Write tables into a new SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("BEGIN")
            for statement in create_statements(schema, "sqlite"):
                database.execute(statement)
            for table in schema.sorted_tables:
                marks = ", ".join("?" for _ in table.columns)
                database.executemany(
                    f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608 - names of ours
                    rows[table.name],
                )
    except sqlite3.Error as error:
        name = error.sqlite_errorname
    else:
        return MadeSource("sqlite", {"path": str(path)})
    if name in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}:
        raise StorageError("export.disk_full")
    raise StorageError("export.failed", what=name)
