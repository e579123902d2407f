"""The tables that only a shared workspace has; its guard makes them."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Text

_METADATA = MetaData()

logins = Table(
    "logins",
    _METADATA,
    Column("login", Text, primary_key=True),
    Column("member", Text, nullable=False),
)
