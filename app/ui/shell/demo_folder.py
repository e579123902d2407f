"""Where a demo is made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.paths import user_data

if TYPE_CHECKING:
    from pathlib import Path


def new_demo_folder() -> Path:
    """Return a folder that no other demo uses."""
    name = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S-%f")
    return user_data() / "demo" / name
