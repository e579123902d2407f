"""Writes the script that gives a MariaDB database its airlock, for a DBA to read."""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from app.domain.errors import InputError, SourceError
from app.domain.plan import Follows, Holds, Matches
from app.paths import resource
from app.ports.airlocks import Script, ScriptPart
from app.sources._airlock_script import (
    FORMAT,
    Names,
    columns_of,
    compared_identities,
    cut,
    fill,
    view_names,
)
from app.sources._mariadb_statements import (
    BINARIES,
    EXACT,
    INTEGERS,
    NUMBERS,
    TEXTS,
    MariadbStatements,
    exact_text,
    quoted,
)
from app.sources._mariadb_wire import literal
from app.sources._sql import EMAIL_KINDS, PHONE_KINDS, SourceColumn
from app.sources._values import MORE_SPACES, SPACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.domain.airlock import Blueprint, Check, View
    from app.domain.plan import Selection
    from app.ports.airlocks import Verifiers
    from app.sources._sql import Operand, Table

_PARTS = (
    "logins", "columns", "ledger", "hmac", "gate", "open_in_steps", "begin_verb", "end",
    "views_to_call", "calls", "installed",
)  # fmt: skip
_OWN_TABLES = frozenset(
    {"about", "secret", "ledger", "granted", "known", "unattested", "brought", "pads", "snapshots"}
)
_TO_ALL = (
    "cautions",
    "close",
    "fuse",
    "installed",
    "keys_held",
    "pad",
    "set_key",
    "status",
    "sweep",
)
_CASES = "utf8mb4_unicode_520_ci"
"""The collation whose table of letters LOWER goes by."""


def identities_as_compared(
    identities: Mapping[str, tuple[str, ...]],
) -> dict[str, tuple[str, ...]]:
    """Return identities in the form in which the views compare them.

    MariaDB cannot compose letters: an address with any is looked for in both spellings.
    """
    found = compared_identities(identities)
    for kind in EMAIL_KINDS & found.keys():
        spelled = {unicodedata.normalize("NFD", value) for value in found[kind]}
        found[kind] = tuple(sorted({*found[kind], *spelled}))
    return found


class LedgerStatements(MariadbStatements):
    """Statements that take identities and keys from the airlock's ledger; nothing is bound."""

    def __init__(self, tables: Mapping[str, Table], *, schema: str) -> None:
        super().__init__(tables)
        self._schema = quoted(schema)

    def view(self, view: View) -> str:
        """Return the query of a view: its columns of one person's rows, behind the gate."""
        table, alias = self._table(view.collection), self._alias()
        columns = self._columns(view.collection, view.columns)
        shown = ", ".join(
            f"{self._shown(self._operand(alias, column))} AS {quoted(name)}"
            for name, column in zip(view.columns, columns, strict=True)
        )
        condition = self._condition(view.selection, alias=alias)
        return (
            f"{self._preamble()}SELECT {shown}\n"  # noqa: S608 - names are quoted
            f"    FROM {table.sql} AS {alias}\n"
            f"   WHERE ({condition})\n"
            f"     AND CASE WHEN SYSDATE(6) < {self._schema}.deadline() THEN true"
            f" ELSE {self._schema}.expired() END"
        )

    def keys(self, selection: Selection) -> str:
        """Return the query of the keys, as JSON, that lead from this person's rows elsewhere."""
        table, alias = self._table(selection.collection), self._alias()
        columns = list(self._columns(selection.collection, selection.fields))
        operands = [self._operand(alias, each) for each in columns]
        condition = self._condition(selection, alias=alias)
        texts = ", ".join(_key_text(each) for each in operands)
        whole = " AND ".join(f"{each.sql} IS NOT NULL" for each in operands)
        return (
            f"{self._preamble()}SELECT GROUP_CONCAT(DISTINCT JSON_ARRAY({texts})"  # noqa: S608
            f" COLLATE {EXACT} SEPARATOR ', ')"
            f" FROM {table.sql} AS {alias} WHERE ({condition}) AND {whole}"
        )

    def count(self, check: Check) -> str:
        """Return the query that counts the rows of ``check`` that others point to."""
        return self.shared(check.ours, check.holder, pairs=check.pairs).sql

    @override
    def _way(self, way: Matches | Holds | Follows, collection: str, *, alias: str) -> str:
        if isinstance(way, Follows):
            return super()._way(way, collection, alias=alias)
        names = (way.field,) if isinstance(way, Matches) else way.fields
        columns = list(self._columns(collection, names))
        ours = [self._operand(alias, each) for each in columns]
        if isinstance(way, Holds):
            texts = [f"JSON_VALUE(b.parts, '$[{number}]')" for number in range(len(ours))]
            return self._given(
                ours,
                texts,
                f"{self._schema}.brought AS b WHERE b.grant_id = {self._schema}.mine()"
                f" AND b.origin = {literal(way.origin)}",
            )
        known = (
            f"{self._schema}.known AS k WHERE k.grant_id = {self._schema}.mine()"
            f" AND k.kind = {literal(way.kind)}"
        )
        if way.kind in EMAIL_KINDS or way.kind in PHONE_KINDS:
            form = (self._email_form if way.kind in EMAIL_KINDS else self._phone_form)(ours[0])
            part = self._add_part(f"SELECT k.form FROM {known}", width=1)  # noqa: S608
            return f"{form} IN (SELECT {part}.c0 FROM {part})"  # noqa: S608
        return self._given(ours, ["k.form"], known)

    def _email_form(self, ours: Operand) -> str:
        bare = f"REGEXP_REPLACE({exact_text(ours)}, {self._schema}.spaces_around(), '')"
        return f"LOWER({bare} COLLATE {_CASES}) COLLATE {EXACT}"

    def _phone_form(self, ours: Operand) -> str:
        text = exact_text(ours)
        plain = (
            f"CASE WHEN {text} REGEXP '[^ -~]' THEN {self._schema}.plain_digits({text})"
            f" ELSE {text} END"
        )
        return f"REGEXP_REPLACE({plain}, '[^0-9]', '') COLLATE {EXACT}"

    def _given(self, ours: Sequence[Operand], texts: Sequence[str], source: str) -> str:
        """Compare with texts of the ledger, each as a value of our column's type where it fits."""
        fits = [_fit(our.column, text) for our, text in zip(ours, texts, strict=True)]
        values = ", ".join(each.value for each in fits)
        only = " AND ".join(each.condition for each in fits)
        body = f"SELECT DISTINCT {values} FROM {source} AND {only}"  # noqa: S608
        part = self._add_part(body, width=len(fits))
        theirs = [each.column for each in fits]
        return self._within(ours, part=part, theirs=theirs, rule=theirs)


@dataclass(frozen=True)
class _Fit:
    """A text as a value of a column's type, when it is one, and how that value is compared."""

    value: str
    condition: str
    column: SourceColumn


def _fit(ours: SourceColumn, text: str) -> _Fit:
    kind = ours.kind
    if kind in INTEGERS:
        is_unsigned = "unsigned" in ours.type or kind == "bit"
        sign, target = ("", "UNSIGNED") if is_unsigned else ("-?", "SIGNED")
        return _Fit(f"CAST({text} AS {target})", f"{text} REGEXP '^{sign}[0-9]{{1,18}}$'", ours)
    if kind in NUMBERS:
        pattern = "^-?[0-9]{1,30}([.][0-9]{1,30})?$"
        return _Fit(f"CAST({text} AS DECIMAL(65, 30))", f"{text} REGEXP '{pattern}'", ours)
    if kind in TEXTS:
        charset = ours.collation.partition("_")[0]
        there = f"CONVERT({text} USING {charset})"
        same = f"CONVERT({there} USING utf8mb4) COLLATE {EXACT} = {text} COLLATE {EXACT}"
        return _Fit(f"{there} COLLATE {ours.collation}", same, ours)
    if kind in BINARIES:
        pattern = "^[\\\\]x([0-9a-f]{2})*$"
        return _Fit(f"UNHEX(SUBSTR({text}, 3))", f"{text} REGEXP '{pattern}'", ours)
    plain = SourceColumn(ours.name, "varchar", "varchar", collation=EXACT)
    return _Fit(f"{text} COLLATE {EXACT}", f"{text} IS NOT NULL", plain)


def _key_text(ours: Operand) -> str:
    """Return a key as the text that other airlocks read; bytes as hexadecimal digits."""
    if ours.column.kind in {"binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob"}:
        return f"CONCAT('\\\\x', LOWER(HEX({ours.sql})))"
    return exact_text(ours)


def make_script(
    plan: Blueprint, tables: Mapping[str, Table], *, map_sha256: str, verifiers: Verifiers
) -> Script:
    """Return the script for ``plan`` over the tables as they are."""
    names = Names.of(plan.source)
    if not plan.views:
        raise InputError("airlock.nothing_to_disclose", source=plan.source)
    _must_be_plain([plan.source, *tables, *(c for t in tables.values() for c in t.columns)])

    def statements() -> LedgerStatements:
        return LedgerStatements(tables, schema=names.schema)

    schema = quoted(names.schema)
    owner = f"'{names.owner}'@'localhost'"
    called = view_names(plan, taken=_OWN_TABLES)
    parts = {
        "base_grants": "\n".join(_base_grants(plan, tables, owner)),
        "views": "\n".join(
            f"CREATE OR REPLACE DEFINER = {owner} SQL SECURITY DEFINER VIEW"
            f" {schema}.{quoted(called[view.collection])} AS\n  {statements().view(view)};"
            for view in plan.views
        ),
        "view_names": "\n".join(
            f"    WHEN {literal(collection)} THEN '{name}'" for collection, name in called.items()
        ),
        "shapes": " UNION ALL\n".join(_shapes(plan, tables)),
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
        **_names(names),
        "source_literal": literal(plan.source),
        "spaces": literal(f"^[{SPACES}{MORE_SPACES}]+|[{SPACES}{MORE_SPACES}]+$"),
        "format": str(FORMAT),
        "map_sha256": map_sha256,
        "gatekeeper_verifier": verifiers.gatekeeper,
        "watchman_verifier": verifiers.watchman,
        "officers_sha256": verifiers.keys["officers"].hex(),
        "commitments": "".join(
            "INSERT IGNORE INTO secret (kind, sha256)"  # noqa: S608 - both are ours
            f" VALUES ({literal(kind)}, x'{digest.hex()}');\n"
            for kind, digest in sorted(verifiers.keys.items())
        ),
        "calls": "\n".join(
            f"GRANT EXECUTE ON PROCEDURE {schema}.{quoted(verb)} TO '{login}'@'%';"
            for verb in _TO_ALL
            for login in (names.gatekeeper, names.watchman)
        ),
        "definition_literal": _readable(definition),
    }
    text = resource("airlock", "mariadb.sql").read_text(encoding="utf-8")
    return Script(
        tuple(ScriptPart(key, fill(piece, filled)) for key, piece in cut(text, _PARTS)), definition
    )


def uninstall_script(source: str) -> str:
    """Return the script that takes the airlock of ``source`` away."""
    text = resource("airlock", "mariadb-uninstall.sql").read_text(encoding="utf-8")
    return fill(text, _names(Names.of(source)))


def runnable(script: str) -> str:
    """Return a script as the server takes it: DELIMITER is a word of its client only."""
    lines = (
        line[:-2] + ";" if line.endswith("END//") else line
        for line in script.splitlines()
        if not line.startswith("DELIMITER ")
    )
    return "\n".join(lines)


def _names(names: Names) -> dict[str, str]:
    return {
        "schema": names.schema,
        "owner": names.owner,
        "gatekeeper": names.gatekeeper,
        "watchman": names.watchman,
        "session_prefix": names.session(""),
        "session_pattern": names.session_pattern,
    }


def _must_be_plain(names: Sequence[str]) -> None:
    """Refuse line ends in names: the client that runs the script would read them as its own."""
    if any(re.search(r"[\x00-\x1f\x7f\u0085\u2028\u2029]", name) for name in names):
        raise InputError("airlock.name_unusable")


def _base_grants(plan: Blueprint, tables: Mapping[str, Table], owner: str) -> Iterator[str]:
    for collection, (shown, compared) in plan.columns().items():
        table = tables.get(collection)
        if table is None:
            raise SourceError("source.changed", collection=collection, field="")
        for group, why in ((shown, ""), (compared, "  -- compared")):
            columns = [quoted(column.name) for column in columns_of(table, collection, group)]
            if columns:
                yield f"GRANT SELECT ({', '.join(columns)}) ON {table.sql} TO {owner};{why}"


def _shapes(plan: Blueprint, tables: Mapping[str, Table]) -> Iterator[str]:
    for number, view in enumerate(plan.views):
        table = tables[view.collection]
        database, _, name = table.sql[1:-1].partition("`.`")
        cells = [literal(part.replace("``", "`")) for part in (database, name)]
        named = ("collection", "base_schema", "base_table")
        values = [literal(view.collection), *cells]
        shown = values if number else [f"{v} AS {n}" for v, n in zip(values, named, strict=True)]
        yield f"      SELECT {', '.join(shown)}"


def _branches(argument: str, variable: str, queries: Mapping[str, str]) -> str:
    unknown = "SIGNAL SQLSTATE 'SG008' SET MESSAGE_TEXT = 'there is no such path';"
    if not queries:
        return f"  {unknown}"
    lines = []
    for word, (name, query) in zip(
        itertools.chain(["IF"], itertools.repeat("ELSEIF")), queries.items(), strict=False
    ):
        lines += [f"  {word} {argument} = {literal(name)} THEN", f"    SET {variable} = ({query});"]
    return "\n".join([*lines, "  ELSE", f"    {unknown}", "  END IF;"])


def _readable(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
