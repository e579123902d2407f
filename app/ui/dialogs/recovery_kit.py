"""A recovery kit is printed: asked for on the page People, and where a new workspace has none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.widgets.form import FormItem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from app.ui.page import Room
    from app.ui.runner import Work

KIT_KINDS = "PDF (*.pdf)"


def ask_kit(parent: QWidget, room: Room, *, done: Callable[[object], None]) -> None:
    """Print a recovery kit."""
    kits = room.desk.recovery

    def make(values: Mapping[str, str], _work: Work) -> Path:
        path = kit_path(values["path"])
        kits.print(path)
        return path

    ask(
        parent,
        room,
        title=_("Print a new recovery kit"),
        text=_(
            "A page with the authority's private key, for the day on which an administrator loses "
            "her keys. Whoever has it and can enter the workspace can certify anybody: print it, "
            "put it into a safe, and delete the file. Earlier kits stay as good as this one. That "
            "it was made goes into the log."
        ),
        confirm=_("Make the kit"),
        fields=(
            FormItem(
                "path",
                _("Save as"),
                "new_file",
                str(Path.home() / "recovery-kit.pdf"),
                is_required=True,
                file_kinds=KIT_KINDS,
            ),
        ),
        work=make,
        done=done,
    )


def kit_path(text: str) -> Path:
    """Return where a kit is saved that somebody wants to have at ``text``."""
    path = Path(text).expanduser()
    return path if path.suffix.lower() == ".pdf" else path.with_name(path.name + ".pdf")
