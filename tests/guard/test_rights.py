"""Nothing is forgotten: every table says who may do what, and names only what is there."""

from __future__ import annotations

import re

import pytest

from app.storage.guard import people
from app.storage.guard.names import Names
from app.storage.guard.rights import RIGHTS
from app.storage.tables import METADATA
from app.storage.tables.guards import TAKEN

OF_THE_GUARD = {"logins", "log_head", "alembic_version"}
"""Tables that only a shared workspace has, or that migrations make."""


def test_every_table_says_who_may_do_what() -> None:
    assert set(RIGHTS) == set(METADATA.tables) | OF_THE_GUARD


@pytest.mark.parametrize("table", sorted(each.name for each in METADATA.sorted_tables))
def test_what_is_only_added_nobody_may_change_or_remove(table: str) -> None:
    verbs = {right.verb for right in RIGHTS[table]}
    if TAKEN in METADATA.tables[table].info or table in {"log", "members"}:
        assert "DELETE" not in verbs
    if TAKEN in METADATA.tables[table].info or table == "log":
        assert "UPDATE" not in verbs


@pytest.mark.parametrize("table", sorted(each.name for each in METADATA.sorted_tables))
def test_whoever_acts_and_when_is_looked_at_wherever_it_is_written(table: str) -> None:
    columns = set(METADATA.tables[table].columns.keys())
    actors = {each for each in columns if each in {"by", "approver", "requester", "officer"}
              or each.endswith("_by")}  # fmt: skip
    times = {each for each in columns if each in {"at", "sent_at"}} | {
        each for each in columns if each.endswith("_at") and each in STAMPED.get(table, columns)
    }
    made = " ".join(people.statements(Names("x")))

    def named(kind: str) -> set[str]:
        found = re.findall(rf'ON "{table}" FOR EACH ROW EXECUTE FUNCTION {kind}\(([^)]*)\)', made)
        return {each.strip(" '?!") for group in found for each in group.split(",")}

    if table == "log":  # its columns are taken from the line, which has a trigger of its own
        return
    assert actors - NOT_AN_ACTOR.get(table, set()) <= named("is_by")
    assert times <= named("is_now")


NOT_AN_ACTOR = {
    "decisions": {"requester", "start_by"},  # a copy, held by a foreign key; and a time
    "requests": {"safe_by"},
    "pauses": {"approved_by"},  # whom the officer names
}
STAMPED: dict[str, set[str]] = {
    "requests": {"created_at", "closed_at"},  # others are what the officer says of the message
    "sources": {"added_at"},  # when it was checked last is the administrator's business
    "airlocks": {"prepared_at"},
    "source_grants": set(),  # times of the source
    "pulled": set(),
}
"""Columns with the server's time, where a table has times of other kinds."""
