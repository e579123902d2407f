"""What guards a workspace, as its server has it, so that what was changed since can be named."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import groupby
from typing import TYPE_CHECKING

from app.domain.people import Role
from app.ports.servers import Flaw, FlawKind
from app.storage.guard.names import FRESH_SCHEMA, SCHEMA
from app.storage.guard.rights import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from app.storage.guard.names import Names

    type Ask = Callable[[str], list[tuple[Any, ...]]]
    """Runs a query and returns its rows."""

_DIGITS = 32
_ANY_SCHEMA = re.compile(rf"\b({SCHEMA}|{FRESH_SCHEMA})\b")
_LAST_INSTALLED = """
SELECT replace(line, '\\u0000', '\\ufffd')::json -> 'details' -> 'items'
  FROM log WHERE action = 'guard.installed' AND actor = 'sandglass' ORDER BY number DESC LIMIT 1
"""
_LOGINS = """
SELECT r.rolname, m.roles, m.left_at IS NOT NULL,
       EXISTS (
         SELECT FROM pg_catalog.pg_roles w
          WHERE pg_has_role(r.oid, w.oid, 'MEMBER')
            AND (w.rolsuper OR w.rolcreaterole OR w.rolbypassrls OR w.rolreplication
                 OR w.rolname IN (
                   'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
                   'pg_read_all_data', 'pg_write_all_data')))
  FROM logins l JOIN members m ON m.id = l.member
  LEFT JOIN pg_catalog.pg_roles r ON r.rolname = l.login
"""
_OPEN = """
SELECT what FROM (VALUES
  ('CONNECT', has_database_privilege('public', current_database(), 'CONNECT')),
  ('TEMPORARY', has_database_privilege('public', current_database(), 'TEMPORARY')),
  ('CREATE', has_database_privilege('public', current_database(), 'CREATE')),
  ('CREATE in the schema public', EXISTS (
    SELECT FROM pg_catalog.pg_namespace
     WHERE nspname = 'public' AND has_schema_privilege('public', oid, 'CREATE')))
) AS rights (what, given) WHERE given
"""
_HEAD = """
SELECT h.number, h.hash, l.number, l.hash
  FROM log_head h LEFT JOIN (SELECT number, hash FROM log ORDER BY number DESC LIMIT 1) l ON true
"""


def digests(ask: Ask, names: Names) -> dict[str, str]:
    """Return a digest for every item of the guard."""
    rows = ask(names.filled("inventory.sql"))
    found: dict[str, str] = {}
    for item, parts in groupby(rows, key=lambda row: str(row[0])):
        text = "\n".join(_ANY_SCHEMA.sub("SCHEMA", str(part)) for _, part in parts)
        found[item] = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    return found


def differing(found: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Return the items that are not the same in both, or not in both."""
    return tuple(item for item in sorted({*found, *wanted}) if found.get(item) != wanted.get(item))


def flaws(ask: Ask, names: Names) -> tuple[Flaw, ...]:
    """Return everything about the guard that is not as it was installed."""
    found = [*_changed(digests(ask, names), _installed(ask)), *_strangers(ask, names)]
    found += [Flaw(FlawKind.OPEN_TO_ALL, what) for (what,) in ask(_OPEN)]
    for number, digest, last, last_digest in ask(_HEAD):
        if (number, digest) != (last or 0, last_digest or "0" * 64):
            found.append(Flaw(FlawKind.HEAD_DIFFERS, str(number)))
    return tuple(found)


def _installed(ask: Ask) -> dict[str, str]:
    for (items,) in ask(_LAST_INSTALLED):
        return dict(json.loads(items) if isinstance(items, str) else items or {})
    return {}


def _changed(now: Mapping[str, str], then: Mapping[str, str]) -> Iterable[Flaw]:
    if not then:
        yield Flaw(FlawKind.NOT_RECORDED)
    for table in RIGHTS:
        if f"table {table}" not in now:
            yield Flaw(FlawKind.MISSING, f"table {table}")
    for item in sorted({*now, *then}) if then else ():
        if item not in now:
            yield Flaw(FlawKind.MISSING, item)
        elif item not in then:
            yield Flaw(FlawKind.ADDED, item)
        elif now[item] != then[item]:
            yield Flaw(FlawKind.CHANGED, item)


def _strangers(ask: Ask, names: Names) -> Iterable[Flaw]:
    wanted: set[tuple[str, str]] = set()
    for login, roles, has_left, is_mighty in ask(_LOGINS):
        if login is None:
            continue
        if is_mighty and not has_left:
            yield Flaw(FlawKind.UNFIT_LOGIN, login)
        if not has_left:
            wanted.add((names.members, login))
            wanted |= {(names.group(Role(each)), login) for each in json.loads(roles)}
    there = _memberships(ask, names)
    for group, login in sorted(there - wanted):
        yield Flaw(FlawKind.STRANGER, f"{login} in {group}")
    for group, login in sorted(wanted - there):
        yield Flaw(FlawKind.NOT_IN_GROUP, f"{login} in {group}")


def _memberships(ask: Ask, names: Names) -> set[tuple[str, str]]:
    """Return who belongs to which group, the owner's own membership in them aside.

    Whoever made the roles may let herself in since PostgreSQL 16, and is not in by that.
    """
    groups = ", ".join(f"'{each}'" for each in (*names.groups, names.owner))
    has_options = ask("SELECT current_setting('server_version_num')::int >= 160000")[0][0]
    inside = "AND (a.inherit_option OR a.set_option)" if has_options else ""
    rows = ask(
        f"""SELECT g.rolname, m.rolname FROM pg_catalog.pg_auth_members a
              JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
              JOIN pg_catalog.pg_roles m ON m.oid = a.member
             WHERE g.rolname IN ({groups}) AND m.rolname <> '{names.owner}' {inside}"""  # noqa: S608 - names of our own
    )
    return {(group, login) for group, login in rows}
