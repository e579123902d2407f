"""Writes the script that gives a PostgreSQL database its airlock, for a DBA to read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import secrets
from typing import TYPE_CHECKING, override

from app.domain.errors import InputError, SourceError
from app.domain.plan import Follows, Holds, Matches
from app.paths import resource
from app.ports.airlocks import Script, ScriptPart
from app.sources._airlock_script import FORMAT, Names, columns_of, cut, fill, view_names
from app.sources._postgresql_statements import INTEGERS, TEXTS, PostgresqlStatements
from app.sources._sql import EMAIL_KINDS, PHONE_KINDS, Operand, SourceColumn, quoted
from app.sources._values import MORE_SPACES, SPACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.domain.airlock import Blueprint, Check, View
    from app.domain.plan import Selection
    from app.domain.secrets import Secret
    from app.ports.airlocks import Verifiers
    from app.sources._postgresql_statements import Dialect
    from app.sources._sql import Table

BEFORE, AFTER = "BEGIN;\n", "COMMIT;\n"
"""What makes one transaction of a script that a DBA runs from a file."""

_SCRAM_ROUNDS = 4096
_SALT_BYTES = 16
_PARTS = (
    "roles", "columns", "ledger", "hmac", "gate", "open", "begin_verb", "end", "views", "calls",
    "installed",
)  # fmt: skip
_OWN_TABLES = frozenset(
    {
        "about", "secret", "ledger", "brought",
        "about_pkey", "secret_pkey", "ledger_pkey", "ledger_role_name_key", "brought_pkey",
    }
)  # fmt: skip


def scram_verifier(password: Secret) -> str:
    """Return what PostgreSQL keeps of a password (RFC 5803), so that it never sees it."""
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.reveal().encode(), salt, _SCRAM_ROUNDS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    texts = [base64.b64encode(each).decode() for each in
             (salt, hashlib.sha256(client).digest(), server)]  # fmt: skip
    return f"SCRAM-SHA-256${_SCRAM_ROUNDS}:{texts[0]}${texts[1]}:{texts[2]}"


def literal(text: str) -> str:
    """Return ``text`` as an SQL literal."""
    if "\x00" in text:
        raise InputError("airlock.name_unusable")
    if "\\" in text or any(not each.isprintable() for each in text):
        escaped = "".join(_escaped(each) for each in text)
        return f"E'{escaped}'"
    return "'" + text.replace("'", "''") + "'"


def _escaped(character: str) -> str:
    if character in "'\\":
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"  # noqa: PLR2004 - the BMP


class LedgerStatements(PostgresqlStatements):
    """Statements that take identities and keys from the airlock's ledger; nothing is bound."""

    def __init__(self, tables: Mapping[str, Table], *, dialect: Dialect, schema: str) -> None:
        super().__init__(tables, dialect=dialect)
        self._schema = schema

    def view(self, view: View) -> str:
        """Return the query of a view: its columns of one person's rows, behind the gate."""
        table, alias = self._table(view.collection), self._alias()
        columns = tuple(self._columns(view.collection, view.columns))
        shown_first = f"{alias}.{quoted(columns[0].name)}"
        mark = next(name for name in _marks() if name not in view.columns)
        shown = ", ".join(
            f"{alias}.{quoted(column.name)} AS {quoted(name)}"
            for name, column in zip(view.columns, columns, strict=True)
        )
        condition = self._condition(view.selection, alias=alias)
        row = f"{alias}.ctid" if table.has_row_ids else f"coalesce({shown_first}::text, '')"
        names = ", ".join(f"v.{quoted(name)}" for name in view.columns)
        # OFFSET 0, outside: a condition of who asks stays away from other people's rows and their
        # statistics; even one that cannot leak (=, <) would show in EXPLAIN whether there is such
        # a row. Inside: the gate stands behind every join, so no plan collects rows in front of it.
        return (
            f"SELECT {names} FROM (\n    {self._preamble()}SELECT {shown}, {row} AS {mark}\n"  # noqa: S608
            f"    FROM {table.sql} AS {alias}\n"
            f"   WHERE {condition} OFFSET 0) AS v\n"
            f"   WHERE CASE WHEN clock_timestamp() < (SELECT {self._schema}.deadline())"
            f" OR v.{mark} IS NULL THEN true ELSE {self._schema}.expired() END OFFSET 0"
        )

    def keys(self, selection: Selection) -> str:
        """Return the query of the keys, as JSON, that lead from this person's rows elsewhere."""
        table, alias = self._table(selection.collection), self._alias()
        columns = list(self._columns(selection.collection, selection.fields))
        condition = self._condition(selection, alias=alias)
        body = f"{self._projection(table, columns, alias=alias)} WHERE {condition}"
        names = [f"c{number}" for number in range(len(columns))]
        whole = " AND ".join(f"{name} IS NOT NULL" for name in names)
        texts = ", ".join(f"{name}::text" for name in names)
        return (
            f"SELECT jsonb_agg(DISTINCT jsonb_build_array({texts})) FROM"  # noqa: S608
            f" ({self._preamble()}{body}) AS k({', '.join(names)}) WHERE {whole}"
        )

    def forms(self) -> str:
        """Return the functions that bring e-mail addresses and phone numbers to one form."""
        text = Operand("p_text", SourceColumn("p_text", "text", "text"))
        spaces = literal(SPACES + MORE_SPACES if self._dialect.is_utf8 else SPACES)
        bare = f"pg_catalog.btrim(p_text, {spaces})"
        forms = {
            "email": f'pg_catalog.lower({bare} COLLATE pg_catalog."C")',
            "any_email": self._folded(bare),
            "phone": self._digits(text),
        }
        return "\n".join(
            f"CREATE OR REPLACE FUNCTION {self._schema}.{name}(p_text text) RETURNS text\n"
            f"LANGUAGE sql IMMUTABLE AS {literal(f' SELECT {form} ')};"
            for name, form in forms.items()
        )

    def count(self, check: Check) -> str:
        """Return the query that counts the rows of ``check`` that others point to."""
        return self.shared(check.ours, check.holder, pairs=check.pairs).sql

    @override
    def _way(self, way: Matches | Holds | Follows, collection: str, *, alias: str) -> str:
        if isinstance(way, Follows):
            return super()._way(way, collection, alias=alias)
        names = (way.field,) if isinstance(way, Matches) else way.fields
        ours = [self._operand(alias, each) for each in self._columns(collection, names)]
        if isinstance(way, Holds):
            return self._item_by_item(ours, lambda items: self._brought(items, way.origin))
        return self._item_by_item(ours, lambda items: self._identified(items[0], way.kind))

    def _identified(self, ours: Operand, kind: str) -> str:
        given = f"{self._schema}.identity({literal(kind)})"
        mine = f"(SELECT {given})::text[]"
        if kind in EMAIL_KINDS:
            forms = [f"{self._schema}.{form}({ours.sql}::text)" for form in ("email", "any_email")]
            return " OR ".join(f"{form} = ANY ({mine})" for form in forms)
        if kind in PHONE_KINDS:
            return f"{self._schema}.phone({ours.sql}::text) = ANY ({mine})"
        left, right = _fit(ours, "v")
        return f"{left} = ANY (ARRAY(SELECT {right} FROM unnest({given}) AS v))"  # noqa: S608

    def _brought(self, ours: Sequence[Operand], origin: str) -> str:
        fits = [_fit(our, f"(k ->> {number})") for number, our in enumerate(ours)]
        left = ", ".join(left for left, _ in fits)
        right = ", ".join(right for _, right in fits)
        keys = f"SELECT {right} FROM {self._schema}.keys({literal(origin)}) AS k"  # noqa: S608
        if len(fits) == 1:
            return f"{left} = ANY (ARRAY({keys}))"
        return f"({left}) IN ({keys})"


def _marks() -> Iterator[str]:
    return (f"sandglass_row{'_' * number}" for number in itertools.count())


_TARGETS = {
    **dict.fromkeys(INTEGERS, ("^-?[0-9]{1,18}$", "bigint")),
    "numeric": ("^-?[0-9]{1,255}([.][0-9]{1,255})?$", "numeric"),
    "float4": ("^-?[0-9]{1,255}([.][0-9]{1,255})?$", "double precision"),
    "float8": ("^-?[0-9]{1,255}([.][0-9]{1,255})?$", "double precision"),
    "uuid": ("^[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}$", "uuid"),
    "bool": ("^(t|f|true|false|1|0)$", "boolean"),
    "bpchar": ("", "bpchar"),
}
"""What a text must look like to be of a type, so that no cast fails, and that type."""


def _fit(ours: Operand, value: str) -> tuple[str, str]:
    """Return our side, and the side of a text ``value`` in the same type (NULL: cannot be)."""
    kind = ours.column.kind
    if kind in _TARGETS:
        pattern, target = _TARGETS[kind]
        cast = f"{value}::{target}"
        return ours.sql, f"CASE WHEN {value} ~ '{pattern}' THEN {cast} END" if pattern else cast
    if kind == "bytea":
        return f"('\\x' || encode({ours.sql}, 'hex'))", value
    sql = ours.sql if kind in TEXTS else f"{ours.sql}::text"
    return (f'{sql} COLLATE "C"' if ours.column.folds else sql), value


def make_script(
    plan: Blueprint,
    tables: Mapping[str, Table],
    *,
    dialect: Dialect,
    map_sha256: str,
    verifiers: Verifiers,
) -> Script:
    """Return the script for ``plan`` over the tables as they are."""
    names = Names.of(plan.source)
    if not plan.views:
        raise InputError("airlock.nothing_to_disclose", source=plan.source)

    def statements() -> LedgerStatements:
        return LedgerStatements(tables, dialect=dialect, schema=names.schema)

    called = view_names(plan, taken=_OWN_TABLES)
    parts = {
        "base_grants": "\n".join(base_grants(plan, tables, to=names.owner, is_gated=True)),
        "views": "\n".join(
            f"CREATE VIEW {names.schema}.{quoted(called[view.collection])}"
            f" WITH (security_barrier) AS\n  {statements().view(view)};"
            for view in plan.views
        ),
        "view_names": "\n".join(
            f"    WHEN {literal(collection)} THEN {literal(name)}"
            for collection, name in called.items()
        ),
        "shapes": ",\n".join(
            f"      ({literal(view.collection)}, {literal(tables[view.collection].sql)})"
            for view in plan.views
        ),
        "shared_checks": _branches(
            "p_check", "counted", {each.name: statements().count(each) for each in plan.checks}
        ),
        "attested_keys": _branches(
            "p_from",
            "found_keys",
            {each.name: statements().keys(each.selection) for each in plan.carries},
        ),
    }
    definition = "\n".join(parts.values())
    filled = {
        **parts,
        "schema": names.schema,
        "owner": names.owner,
        "readers": names.readers,
        "gatekeeper": names.gatekeeper,
        "watchman": names.watchman,
        "session_prefix": names.session(""),
        "source_literal": literal(plan.source),
        "format": str(FORMAT),
        "map_sha256": map_sha256,
        "gatekeeper_verifier": verifiers.gatekeeper,
        "watchman_verifier": verifiers.watchman,
        "officers_sha256": verifiers.keys["officers"].hex(),
        "commitments": _commitments(names, verifiers),
        "definition_literal": quoted_text(definition),
        "forms": statements().forms(),
        "objects_query": objects_query(names.schema),
    }
    cut_up = parts_of("postgresql.sql", _PARTS, filled)
    return Script(cut_up, definition, before=BEFORE, after=AFTER)


def parts_of(name: str, titles: Sequence[str], filled: Mapping[str, str]) -> tuple[ScriptPart, ...]:
    """Return the parts of one of our scripts, filled in; each begins with its number."""
    text = resource("airlock", name).read_text(encoding="utf-8")
    # A name in the map may hold $$ itself: the bodies of verbs are quoted with what no name holds.
    tag = next(tag for tag in _tags() if not any(tag in value for value in filled.values()))
    pieces = cut(text.replace("$$", tag), titles)
    return tuple(ScriptPart(key, fill(piece, filled)) for key, piece in pieces)


def uninstall_script(source: str) -> str:
    """Return the script that takes the airlock of ``source`` away."""
    names = Names.of(source)
    text = resource("airlock", "postgresql-uninstall.sql").read_text(encoding="utf-8")
    return fill(
        text,
        {
            "schema": names.schema,
            "owner": names.owner,
            "readers": names.readers,
            "gatekeeper": names.gatekeeper,
            "watchman": names.watchman,
            "session_pattern": names.session_pattern,
        },
    )


def objects_query(schema: str) -> str:
    """Return the query of a sum over the views and verbs that are there."""
    return (
        "SELECT md5(string_agg(t.part, '|' ORDER BY t.part COLLATE \"C\")) FROM ("  # noqa: S608
        "SELECT c.relkind::text || c.relname || coalesce(pg_get_viewdef(c.oid), '')"
        " || c.relowner::regrole::text || coalesce(c.reloptions::text, '')"
        " || coalesce(c.relacl, acldefault('r', c.relowner))::text AS part FROM pg_class c"
        f" WHERE c.relkind IN ('v', 'r') AND c.relnamespace = '{schema}'::regnamespace"
        " UNION ALL SELECT 'member ' || m.member::regrole::text FROM pg_auth_members m"
        f" WHERE m.roleid = '{schema}_owner'::regrole"
        " UNION ALL SELECT 'verb ' || p.oid::regprocedure::text || p.prosrc || p.prosecdef::text"
        " || coalesce(p.proconfig::text, '') || coalesce(p.proacl::text, '') FROM pg_proc p"
        f" WHERE p.pronamespace = '{schema}'::regnamespace) AS t"
    )


def _tags() -> Iterator[str]:
    return ("$$" if not number else f"$body{number}$" for number in itertools.count())


def base_grants(
    plan: Blueprint, tables: Mapping[str, Table], *, to: str, is_gated: bool
) -> Iterator[str]:
    """Yield what gives a role the columns of a plan; gated, also what the gate looks at."""
    used: dict[str, None] = {}
    for collection, (shown, compared) in plan.columns().items():
        table = tables.get(collection)
        if table is None:
            raise SourceError("source.changed", collection=collection, field="")
        schema = table.sql.rpartition('"."')[0] + '"'
        if schema not in used:
            used[schema] = None
            yield f"GRANT USAGE ON SCHEMA {schema} TO {to};"
        groups = [
            [quoted(column.name) for column in columns_of(table, collection, group)]
            for group in (shown, compared)
        ]
        if is_gated and table.has_row_ids:
            groups[1].append("ctid")
        if groups[0]:
            yield f"GRANT SELECT ({', '.join(groups[0])}) ON {table.sql} TO {to};"
        if groups[1]:
            yield f"GRANT SELECT ({', '.join(groups[1])}) ON {table.sql} TO {to};  -- compared"


def _branches(argument: str, variable: str, queries: Mapping[str, str]) -> str:
    unknown = "    RAISE EXCEPTION 'there is no such path' USING ERRCODE = 'SG008';"
    if not queries:
        return unknown.removeprefix("  ")
    lines = []
    for number, (name, query) in enumerate(queries.items()):
        word = "IF" if number == 0 else "ELSIF"
        lines += [f"  {word} {argument} = {literal(name)} THEN", f"    {variable} := ({query});"]
    return "\n".join([*lines, "  ELSE", unknown, "  END IF;"])


def quoted_text(text: str) -> str:
    """Return ``text`` as an SQL literal that reads as it stands."""
    tag = "$definition$"
    return literal(text) if tag in text else f"{tag}{text}{tag}"


def _commitments(names: Names, verifiers: Verifiers) -> str:
    return "".join(
        f"INSERT INTO {names.schema}.secret (kind, sha256)"  # noqa: S608
        f" VALUES ({literal(kind)}, '\\x{digest.hex()}') ON CONFLICT (kind) DO NOTHING;\n"
        for kind, digest in sorted(verifiers.keys.items())
    )
