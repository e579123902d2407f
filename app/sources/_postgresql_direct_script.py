"""Writes the script of the weaker way into a PostgreSQL database: roles, and nothing that runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from app.domain.errors import InputError
from app.paths import resource
from app.ports.airlocks import Script, ScriptPart
from app.sources._airlock_script import FORMAT, Names, fill
from app.sources._postgresql_airlock_script import (
    AFTER,
    BEFORE,
    base_grants,
    literal,
    parts_of,
    quoted_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.airlock import Blueprint
    from app.ports.airlocks import Verifiers
    from app.sources._sql import Table

_PARTS = ("direct_roles", "direct_columns", "direct_installed")


def make_direct_script(
    plan: Blueprint, tables: Mapping[str, Table], *, map_sha256: str, verifiers: Verifiers
) -> Script:
    """Return the script for ``plan`` over the tables as they are."""
    if not plan.views:
        raise InputError("airlock.nothing_to_disclose", source=plan.source)
    names = Names.of(plan.source)
    definition = "\n".join(base_grants(plan, tables, to=names.scope, is_gated=False))
    keys = {kind: digest.hex() for kind, digest in sorted(verifiers.keys.items())}
    filled = {
        **_roles(names),
        "base_grants": definition,
        "format": str(FORMAT),
        "map_sha256": map_sha256,
        "gatekeeper_verifier": verifiers.gatekeeper,
        "watchman_verifier": verifiers.watchman,
        "officers_sha256": keys["officers"],
        "keys_literal": literal(json.dumps(keys)),
        "definition_literal": quoted_text(definition),
        "objects_query": direct_objects_query(names),
    }
    parts = parts_of("postgresql-direct.sql", _PARTS, filled)
    return Script(parts, definition, before=BEFORE, after=AFTER)


def uninstall_direct_script(source: str) -> str:
    """Return the script that takes the weaker way into ``source`` away."""
    return _filled("postgresql-direct-uninstall.sql", source)


def leaving_part(source: str, uninstall: str) -> ScriptPart:
    """Return what goes before another script: the way that is there ends, unless it is in use."""
    return ScriptPart("other_way", f"{_filled('postgresql-leave.sql', source)}{uninstall}")


def direct_objects_query(names: Names) -> str:
    """Return the query of a sum over the roles, and over what they may do."""
    ours = f"('{names.scope}', '{names.broker}', '{names.watchman}')"
    given = (
        "given.grantee IN (SELECT r.oid FROM pg_roles r"  # noqa: S608 - our own names
        f" WHERE r.rolname IN {ours})"
    )
    what = "given.grantee::regrole::text || ' ' || given.privilege_type"
    return (
        "SELECT md5(string_agg(t.part, '|' ORDER BY t.part COLLATE \"C\")) FROM ("  # noqa: S608
        "SELECT 'role ' || concat_ws(' ', rolname, rolsuper, rolinherit, rolcreaterole,"
        " rolcreatedb, rolcanlogin, rolreplication, rolbypassrls) AS part FROM pg_roles"
        f" WHERE rolname IN {ours}"
        " UNION SELECT 'member ' || concat_ws(' ', m.roleid::regrole, m.member::regrole,"
        " bool_or(m.admin_option)) FROM pg_auth_members m"
        " JOIN pg_roles whole ON whole.oid = m.roleid JOIN pg_roles part ON part.oid = m.member"
        f" WHERE (whole.rolname IN {ours} OR part.rolname IN {ours})"
        f" AND whole.rolname !~ '{names.session_pattern}'"
        f" AND part.rolname !~ '{names.session_pattern}' GROUP BY m.roleid, m.member"
        f" UNION SELECT 'column ' || c.oid::regclass::text || '.' || a.attname || ' ' || {what}"
        " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) given"
        f" WHERE {given}"
        f" UNION SELECT 'relation ' || c.oid::regclass::text || ' ' || {what}"
        f" FROM pg_class c, aclexplode(c.relacl) given WHERE {given}"
        f" UNION SELECT 'schema ' || n.nspname || ' ' || {what}"
        f" FROM pg_namespace n, aclexplode(n.nspacl) given WHERE {given}) AS t"
    )


def _roles(names: Names) -> dict[str, str]:
    return {
        "scope": names.scope,
        "broker": names.broker,
        "watchman": names.watchman,
        "session_pattern": names.session_pattern,
    }


def _filled(name: str, source: str) -> str:
    text = resource("airlock", name).read_text(encoding="utf-8")
    return fill(text, _roles(Names.of(source)))
