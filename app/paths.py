"""Where resources and a person's files are."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_ROOT = Path(__file__).resolve().parent.parent


def resource(*parts: str) -> Path:
    """Return the path of a file that ships with the product."""
    return _ROOT.joinpath("resources", *parts)


def user_data() -> Path:
    """Return the folder for workspaces and keys; ``SANDGLASS_HOME`` moves it."""
    moved = os.environ.get("SANDGLASS_HOME")
    return Path(moved) if moved else Path(platformdirs.user_data_dir("sandglass", appauthor=False))
