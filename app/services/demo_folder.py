"""The folder of a demo: its marker, and what of an earlier one goes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from app.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARKER = "sandglass-demo.json"
_OUTPUTS = ("sources", "keys", "package")
_BEGINNINGS = ("workspace.sqlite", ".workspace.sqlite", ".sandglass-")
"""The workspace with its journals and locks, and what a demo that was killed was making."""


def write_marker(folder: Path, content: Mapping[str, object]) -> None:
    """Say whose folder this is, for its owner alone."""
    marker = folder / _MARKER
    marker.touch(mode=0o600)
    marker.write_text(json.dumps(content, indent=2), encoding="utf-8")


def clear(folder: Path) -> None:
    """Remove an earlier demo; refuse a folder that holds anything else of these names."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StorageError("demo.folder_in_use", path=str(folder))
    if not (folder / _MARKER).exists():
        if any(folder.iterdir()):
            raise StorageError("demo.folder_in_use", path=str(folder))
        return
    for each in folder.iterdir():
        is_ours = each.name in {_MARKER, "audit-report.pdf", "package.zip", *_OUTPUTS}
        if is_ours or each.name.startswith(_BEGINNINGS):
            shutil.rmtree(each) if each.is_dir() else each.unlink()
