"""Asks a PostgreSQL database what everybody may do in it, and which tables hide rows."""

from __future__ import annotations

_OTHERS = """
  n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '{schema}')
"""
_IS_OPEN = """
  EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) u
           WHERE u.grantee = 0 AND u.privilege_type = 'USAGE')
"""


def cautions_query(schema: str) -> str:
    """Return the query of (kind, name); every login may ask it, it reads catalogues only."""
    others = _OTHERS.format(schema=schema)
    return (
        "SELECT * FROM (SELECT 'public_reads' AS kind, c.oid::regclass::text AS name"  # noqa: S608
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {others} AND {_IS_OPEN}"
        " AND (EXISTS (SELECT FROM aclexplode(c.relacl) g"
        " WHERE g.grantee = 0 AND g.privilege_type = 'SELECT')"
        " OR EXISTS (SELECT FROM pg_attribute a, aclexplode(a.attacl) g WHERE a.attrelid = c.oid"
        " AND g.grantee = 0 AND g.privilege_type = 'SELECT'))"
        " UNION ALL SELECT 'public_creates', quote_ident(n.nspname) FROM pg_namespace n"
        f" WHERE {others} AND EXISTS (SELECT FROM aclexplode(n.nspacl) g"
        " WHERE g.grantee = 0 AND g.privilege_type = 'CREATE')"
        " UNION ALL SELECT 'public_runs', p.oid::regprocedure::text"
        " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        f" WHERE p.prosecdef AND {others} AND {_IS_OPEN}"
        " AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g"
        " WHERE g.grantee = 0)"
        " UNION ALL SELECT 'row_security', c.oid::regclass::text FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity"
        f" AND {others} AND EXISTS (SELECT FROM pg_attribute a, aclexplode(a.attacl) g"
        f" WHERE a.attrelid = c.oid AND g.grantee = '{schema}_owner'::regrole)"
        ') AS found ORDER BY kind, name COLLATE "C"'
    )
