"""Connections to workspaces: one SQLite file, or a schema in a PostgreSQL database."""
