"""The audit report of a request: which one, where to, and the document when it is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.i18n import _
from app.ui.dialogs.ask import Ask, ask
from app.ui.dialogs.document import open_document
from app.ui.widgets.form import FormItem
from app.wording.errors import error_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from app.services.auditing import MadeReport
    from app.ui.page import Room
    from app.ui.runner import Work


def make_report(
    parent: QWidget, room: Room, *, request: str = "", done: Callable[[], None] | None = None
) -> Ask:
    """Ask for a file, and for a request where none is given; make the audit report and open it."""
    proposed = Path.home() / f"audit-report-{request or 'request'}.pdf"

    def make(values: Mapping[str, str], _work: Work) -> tuple[MadeReport, bytes]:
        path = Path(values["path"]).expanduser()
        if path.suffix.lower() != ".pdf":
            path = path.with_name(path.name + ".pdf")
        report = room.desk.auditing.report(values.get("request", request).strip().upper(), path)
        return report, path.read_bytes()

    def show(made: object) -> None:
        if isinstance(made, tuple):
            report, content = made
            title = _("Audit report {id}").format(id=report.id)
            open_document(parent, room, title=title, content=content)
            if report.not_stamped is not None:
                what = error_in_words(report.not_stamped).text()
                room.tell(_("The report is signed, without a time stamp. {why}").format(why=what))
            if done is not None:
                done()

    which = () if request else (FormItem("request", _("Request"), is_required=True),)
    where = FormItem(
        "path", _("Save as"), "new_file", str(proposed), is_required=True, file_kinds="PDF (*.pdf)"
    )
    return ask(
        parent,
        room,
        title=_("Export an audit report"),
        text=_(
            "Who read what, when, why and who allowed it, with the log entries attached, so that "
            "anybody can check it. That it was made goes into the log."
        ),
        confirm=_("Make the report"),
        fields=(*which, where),
        work=make,
        done=show,
    )
