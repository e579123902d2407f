"""Adds to each source what its map says, as JSON in one form only, for the guard to read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import yaml
from alembic import op
from sqlalchemy import Column, Text, column, select, table, update

revision = "0010"
down_revision = "0009"

_SOURCES = table(
    "sources", column("key"), column("map_text"), column("map_hash"), column("map_says")
)

_UNGUARD = """DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT tgname, tgrelid::regclass AS place FROM pg_catalog.pg_trigger
               WHERE right(tgname, 11) = '_a_readable'
                 AND tgrelid IN (SELECT oid FROM pg_catalog.pg_class
                                  WHERE relnamespace = current_schema()::regnamespace) LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', each.tgname, each.place);
  END LOOP; END $$"""
"""Takes away what the guard has of columns that older revisions made, and take away."""


def upgrade() -> None:
    """Say it for the maps that are there; where the hash is of something else nobody says it."""
    op.add_column("sources", Column("map_says", Text, nullable=True))
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":  # the guard has others in their place
        op.execute("DROP TRIGGER IF EXISTS access_requests_enough ON access_requests")
        op.execute("DROP FUNCTION IF EXISTS asks_enough()")
        op.execute("DROP TRIGGER IF EXISTS requests_goes_over ON requests")
    for key, text, digest in bind.execute(
        select(_SOURCES.c.key, _SOURCES.c.map_text, _SOURCES.c.map_hash)
    ).all():
        for says in _said(text):
            if hashlib.sha256(says.encode("utf-8", "surrogatepass")).hexdigest() == digest:
                mine = _SOURCES.c.key == key
                bind.execute(update(_SOURCES).where(mine).values(map_says=says))


def downgrade() -> None:
    """Forget it."""
    if op.get_bind().dialect.name == "postgresql":  # with the triggers that look at columns
        op.execute(_UNGUARD)
        op.execute("ALTER TABLE sources DROP COLUMN map_says CASCADE")
    else:
        op.drop_column("sources", "map_says")


def _said(text: str) -> list[str]:
    """Return what each dataset of a map says, in the form of this revision."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    maps = found.get("dataset") if isinstance(found, dict) else None
    return [
        json.dumps(_one_form(each), sort_keys=True, ensure_ascii=False)
        for each in (maps if isinstance(maps, list) else [])
    ]


def _one_form(value: object) -> object:
    if isinstance(value, Mapping):
        return {f"{type(key).__name__}:{key}": _one_form(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted(
            (_one_form(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True)
        )
    if value is None or isinstance(value, str | bool | int):
        return value
    return f"{type(value).__name__}:{value!r}"
