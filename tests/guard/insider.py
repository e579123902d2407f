"""Somebody who knows the tables as we do and has psql, her own login, and bad intentions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql

from app.domain.audit import Action, Event, follow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from app.domain.audit import Entry


@dataclass
class Insider:
    """One transaction of hers. ``me`` is her id as a member, if she is one."""

    connection: psycopg.Connection[tuple[Any, ...]]
    me: str

    def run(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, **values: object) -> Any:
        rows = self.run(statement, **values)
        return rows[0][0] if rows else None

    def insert(self, table: str, **row: object) -> Self:
        """Insert a row; times that are not given are the server's."""
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        places = sql.SQL(", ").join(map(sql.Placeholder, row))
        self.connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places),
            row,
        )
        return self

    @property
    def now(self) -> datetime:
        """The server's time, not before her transaction began."""
        found: datetime = self.value("SELECT clock_timestamp()")
        return found

    def entry(self, event: Event, *, at: datetime | None = None) -> Entry:
        """Return the entry that would continue the log, as she would compute it."""
        ((number, digest),) = self.run("SELECT number, hash FROM take_turn()")
        return follow(number, digest, event, at or self.now)

    def log(
        self,
        action: Action,
        about: str = "",
        *,
        request: str = "",
        actor: str = "",
        at: datetime | None = None,
    ) -> Self:
        """Write an entry that continues the chain."""
        event = Event(action, actor or self.me, request, about)
        return self.insert("log", **vars(self.entry(event, at=at)))

    def decide(self, access_request: str, **changes: object) -> Self:
        """Insert a grant of all that was asked, as right as it can be."""
        ((requester, digest, minutes, needed),) = self.run(
            "SELECT requester, scope_hash, minutes, approvers_needed FROM access_requests"
            " WHERE id = %(id)s",
            id=access_request,
        )
        now = self.now
        row: dict[str, object] = {
            "id": f"G-{access_request}-forged",
            "access_request": access_request,
            "requester": requester,
            "approver": self.me,
            "granted": True,
            "scope_hash": digest,
            "minutes": minutes,
            "asked_minutes": minutes,
            "start_by": self.value("SELECT clock_timestamp() + interval '1 hour'"),
            "note": "",
            "decided_at": now,
            "signature": b"forged",
            "number": 1,
            "approvers_needed": needed,
            "follows": None,
            "follows_a_grant": True,
            "entries": self.value("SELECT number FROM log_head"),
            "head": self.value("SELECT hash FROM log_head"),
        }
        return self.insert("decisions", **{**row, **changes})

    def decide_next(self, access_request: str, **changes: object) -> Self:
        """Insert the grant that follows on those that are there."""
        number = self.value(
            "SELECT count(*) FROM decisions WHERE access_request = %(id)s", id=access_request
        )
        return self.decide(access_request, **{"number": number + 1, "follows": number, **changes})

    def open(self, access_request: str, **changes: object) -> Self:
        """Insert a window for a grant, as right as it can be."""
        now = self.now
        grant, minutes = (
            self.run(
                "SELECT id, minutes FROM decisions WHERE access_request = %(id)s"
                " ORDER BY number DESC",
                id=access_request,
            )
            or [("none", 5)]
        )[0]
        row: dict[str, object] = {
            "session": f"S-{access_request}-forged",
            "access_request": access_request,
            "grant": grant,
            "granted": True,
            "officer": self.me,
            "opened_at": now,
            "deadline": self.run(
                "SELECT %(now)s::timestamptz + make_interval(mins => %(minutes)s)",
                now=now,
                minutes=minutes,
            )[0][0],
            "approvers_needed": self.value(
                "SELECT approvers_needed FROM access_requests WHERE id = %(id)s", id=access_request
            ),
        }
        return self.insert("windows", **{**row, **changes})


def refusal(
    connection: psycopg.Connection[tuple[Any, ...]], me: str, attack: Callable[[Insider], object]
) -> str:
    """Try ``attack`` to its commit and return what refused it: a rule's name, or a state.

    The empty text: nothing did.
    """
    with connection:
        try:
            attack(Insider(connection, me))
            connection.commit()
        except psycopg.Error as error:
            if error.sqlstate == "SG100":
                return str(error.diag.message_primary)
            if error.sqlstate == "23514":
                return str(error.diag.constraint_name)
            return _STATES.get(str(error.sqlstate), str(error.sqlstate))
    return ""


_STATES = {
    "42501": "not permitted",
    "23503": "no such row",
    "23505": "taken",
    "55000": "not possible here",
    "0LP01": "not permitted",
    "22023": "not permitted",
}
