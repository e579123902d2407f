"""A value as text: what people read, search and cover. One form, so that places stay places."""

from __future__ import annotations

import base64
import json
from datetime import date, time


def as_text(value: object) -> str:
    """Return ``value`` as text: ISO dates, exact numbers, JSON for lists, base64 for bytes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return str(value)
