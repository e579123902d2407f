"""Kinds of source, one per file."""
