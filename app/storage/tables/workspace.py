"""Tables of the workspace itself: its facts, members, sources and counters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from app.domain.people import Role
from app.domain.policy import Policy
from app.domain.workspace import Controller
from app.storage.columns import Document, Moment, Number, Words, key, needed, optional
from app.storage.tables.metadata import METADATA


def _with_tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(each) if isinstance(each, list) else each for name, each in data.items()}


def _read_controller(data: dict[str, Any]) -> Controller:
    return Controller(**_with_tuples(data))


def _read_policy(data: dict[str, Any]) -> Policy:
    return Policy(**_with_tuples(data))


def _write_roles(roles: frozenset[Role]) -> list[str]:
    return sorted(role.value for role in roles)


def _read_roles(data: list[str]) -> frozenset[Role]:
    return frozenset(Role(each) for each in data)


workspace = Table(
    "workspace",
    METADATA,
    key("only_one", Integer, CheckConstraint("only_one = 1", name="one_workspace_per_database")),
    needed("id", Words),
    needed("title", Words),
    needed("controller", Document(asdict, _read_controller)),
    needed("timezone", Words),
    needed("calendar", Words),
    needed("created_at", Moment),
    needed("authority_certificate", LargeBinary),
    needed("policy", Document(asdict, _read_policy)),
)

day_overrides = Table(
    "day_overrides",
    METADATA,
    key("position", Integer),
    needed("calendar", Words),
    needed("day", Date),
    needed("name", Words),
    needed("is_holiday", Boolean),
    needed("reason", Words),
    UniqueConstraint("calendar", "day"),
)

drawer = Table(
    "drawer",
    METADATA,
    key("member", Words),
    key("key", Words),
    needed("sealed", LargeBinary),
    needed("at", Moment),
)

counters = Table("counters", METADATA, key("name", Words), needed("last", Number))

members = Table(
    "members",
    METADATA,
    key("id", Words),
    needed("name", Words),
    needed("email", Words),
    needed("roles", Document(_write_roles, _read_roles)),
    needed("joined_at", Moment),
    needed("signing_certificate", LargeBinary),
    needed("encryption_certificate", LargeBinary),
    optional("left_at", Moment),
)

sealed_authorities = Table(
    "sealed_authorities",
    METADATA,
    key("member", Words, ForeignKey("members.id")),
    needed("sealed", LargeBinary),
)

sources = Table(
    "sources",
    METADATA,
    key("key", Words),
    needed("type", Words),
    needed("title", Words),
    needed("settings", Document(dict, dict)),
    needed("map_text", Words),
    needed("map_hash", Words),
    needed("added_by", Words),
    needed("added_at", Moment),
    optional("checked_at", Moment),
    needed("check_result", Words),
    needed("is_active", Boolean),
    optional("map_says", Words),
)
