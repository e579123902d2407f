"""What holds for everybody: a log that continues its chain, records that stay, and the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.storage.tables import METADATA, log
from app.storage.tables.guards import TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.storage.guard.names import Names


def statements(names: Names) -> Iterator[str]:
    """Yield what makes this part of the guard; run in a transaction of the tables' owner."""
    yield names.filled("records.sql")
    yield names.filled("turn.sql")
    yield from trigger(log.name, "continues", "BEFORE INSERT", "ROW", "continue_log()")
    yield from trigger(
        "source_grants", "granted", "BEFORE INSERT OR UPDATE", "ROW", "allows_what_is_granted()"
    )
    for table in METADATA.sorted_tables:
        if TAKEN in table.info or table is log:
            yield from trigger(table.name, "stays", "BEFORE UPDATE OR DELETE", "ROW", "stay()")
            yield from trigger(table.name, "is_kept", "BEFORE TRUNCATE", "STATEMENT", "stay()")
        when = "AFTER INSERT OR UPDATE OR DELETE"
        yield from trigger(table.name, "tells", when, "STATEMENT", "tell()")


def trigger(
    table: str,
    name: str,
    when: str,
    per: str,
    does: str,
    *,
    at_commit: bool = False,
    only: str = "",
) -> Iterator[str]:
    """Yield what makes a trigger that also fires while rows are replicated or restored.

    ``only`` is a condition on the row; ``at_commit`` waits for the end of the transaction.
    """
    called = f"{table}_{name}"
    kind, later = ("CONSTRAINT ", " DEFERRABLE INITIALLY DEFERRED") if at_commit else ("", "")
    condition = f" WHEN ({only})" if only else ""
    yield f'DROP TRIGGER IF EXISTS {called} ON "{table}"'
    yield (
        f'CREATE {kind}TRIGGER {called} {when} ON "{table}"{later}'
        f" FOR EACH {per}{condition} EXECUTE FUNCTION {does}"
    )
    yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {called}'
