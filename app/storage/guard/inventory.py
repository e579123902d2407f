"""What guards a workspace, as its server has it, against what this program would make there.

Only the tables' owner could make a guard anew to compare. So a file that comes with the program
holds what one of its own looks like (``python -m tests.guard.make_digests`` writes it): the same on
every version of PostgreSQL that it was made on. Another one may print a policy or a constraint in
another way, and what then differs is not known. What the log says was installed tells a guard of
another version of Sandglass from one that was changed; whoever changed it could have written that,
too, so it makes nothing sound.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from app.domain.people import Role
from app.paths import resource
from app.ports.servers import Flaw, FlawKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from app.storage.guard.names import Names

    type Ask = Callable[[str], list[tuple[Any, ...]]]
    """Runs a query and returns its rows."""

DIGESTS = "digests.json"
_DIGITS = 32
_NOWHERE_ELSE = "pg_catalog, pg_temp"
"""Where names are looked up meanwhile: a function or an operator in the workspace's schema that
fits better than the server's own could else answer in its place.
"""
_VERSION = "SELECT current_setting('server_version_num')::int / 10000"
_HAS_PARAMETERS = "SELECT to_regclass('pg_catalog.pg_parameter_acl') IS NOT NULL"
_LAST_INSTALLED = """
SELECT replace(line, '\\u0000', '\\ufffd')::json -> 'details' -> 'items'
  FROM sandglass.log WHERE action = 'guard.installed' AND actor = 'sandglass'
 ORDER BY number DESC LIMIT 1
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
  FROM sandglass.logins l JOIN sandglass.members m ON m.id = l.member
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
  FROM sandglass.log_head h
  LEFT JOIN (SELECT number, hash FROM sandglass.log ORDER BY number DESC LIMIT 1) l ON true
"""


def digests(ask: Ask, names: Names) -> dict[str, str]:
    """Return a digest for every item of the guard, the same for every workspace."""
    found: dict[str, list[str]] = defaultdict(list)
    ((before,),) = ask("SELECT pg_catalog.current_setting('search_path')")
    _look_up_in(ask, _NOWHERE_ELSE)
    for item, part in ask(names.filled("inventory.sql")):
        # Braces doubled first: no name or text can look like the one that takes the prefix's place.
        text = json.dumps(part).replace("{", "{{")
        found[str(item)].append(text.replace(names.prefix, "{prefix}"))
    _look_up_in(ask, before)
    return {
        item: hashlib.sha256(json.dumps(sorted(parts)).encode()).hexdigest()[:_DIGITS]
        for item, parts in found.items()
    }


def _look_up_in(ask: Ask, path: str) -> None:
    ask(f"SELECT pg_catalog.set_config('search_path', '{path}', false)")


@cache
def _ours() -> tuple[dict[str, str], tuple[int, ...]]:
    """Return the digests of a guard of this program's own, and the versions it was made on."""
    facts = json.loads(resource("guard", DIGESTS).read_bytes())
    return facts["items"], tuple(facts["servers"])


def differing(found: Mapping[str, str]) -> tuple[str, ...]:
    """Return the items that are not as this program makes them, or not in both."""
    ours, _versions = _ours()
    return tuple(item for item in sorted({*found, *ours}) if found.get(item) != ours.get(item))


def flaws(ask: Ask, names: Names) -> tuple[Flaw, ...]:
    """Return everything about the guard that is not as this program would make it.

    Whatever is asked later on the same connection finds no names in the workspace's schema.
    """
    _look_up_in(ask, _NOWHERE_ELSE)
    ((version,),) = ask(_VERSION)
    found = [*_changed(digests(ask, names), _installed(ask), version), *_strangers(ask, names)]
    found += [Flaw(FlawKind(kind), what) for kind, what in ask(names.filled("surroundings.sql"))]
    if ask(_HAS_PARAMETERS) == [(True,)]:
        parameters = ask(names.filled("parameters.sql"))
        found += [Flaw(FlawKind.UNFIT_LOGIN, what) for (what,) in parameters]
    found += [Flaw(FlawKind.OPEN_TO_ALL, what) for (what,) in ask(_OPEN)]
    for number, digest, last, last_digest in ask(_HEAD):
        if (number, digest) != (last or 0, last_digest or "0" * 64):
            found.append(Flaw(FlawKind.HEAD_DIFFERS, str(number)))
    return tuple(found)


def _installed(ask: Ask) -> dict[str, str]:
    for (items,) in ask(_LAST_INSTALLED):
        return dict(json.loads(items) if isinstance(items, str) else items or {})
    return {}


def _changed(now: Mapping[str, str], installed: Mapping[str, str], version: int) -> Iterable[Flaw]:
    ours, versions = _ours()
    if not installed:
        yield Flaw(FlawKind.NOT_RECORDED)
    for item in differing(now):
        if item not in now:
            yield Flaw(FlawKind.MISSING, item)
        elif now[item] == installed.get(item):
            yield Flaw(FlawKind.OF_ANOTHER_VERSION, item)
        elif item not in ours:
            yield Flaw(FlawKind.ADDED, item)
        elif version not in versions:
            yield Flaw(FlawKind.NOT_COMPARED, f"{item}, PostgreSQL {version}")
        else:
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

    Whoever made the roles may let herself in since PostgreSQL 16, and is not in by that; a member
    who could is.
    """
    groups = ", ".join(f"'{each}'" for each in (*names.groups, names.owner))
    has_options = ask("SELECT current_setting('server_version_num')::int >= 160000")[0][0]
    could = "m.rolname IN (SELECT login FROM sandglass.logins)"
    inside = f"AND (a.inherit_option OR a.set_option OR {could})" if has_options else ""
    rows = ask(
        f"""SELECT g.rolname, m.rolname FROM pg_catalog.pg_auth_members a
              JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
              JOIN pg_catalog.pg_roles m ON m.oid = a.member
             WHERE g.rolname IN ({groups}) AND m.rolname <> '{names.owner}' {inside}"""  # noqa: S608 - names of our own
    )
    return {(group, login) for group, login in rows}
