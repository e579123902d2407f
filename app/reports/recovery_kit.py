"""The recovery kit of a workspace as recovery-kit.pdf: a page to print, to type or to scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _
from app.ports.reports import RecoveryKit, ReportType
from app.reports.audit.facts import moment
from app.reports.layout.evidence import Evidence, Styled
from app.reports.layout.fonts import MONO
from app.reports.layout.sheet import Furniture, Line, Sheet, fill
from app.reports.layout.tokens import INK, MARGIN, TEXT_WIDTH
from app.reports.layout.writing import whole

if TYPE_CHECKING:
    from pathlib import Path

_LINE_SIZE, _LINE_PITCH = 10.2, 11.9
_CODE_SIDE = 232.0


def render(content: RecoveryKit, out: Path) -> None:
    """Write the kit; only its owner may read the file."""
    with whole(out) as (path,):
        path.touch(mode=0o600)
        sheet = Sheet(path, _furniture(content), pages_guess=1)
        page = Evidence(sheet)
        page.title(_("Recovery kit"), _told(content))
        sheet.y -= 6
        page.facts(_facts(content), boxed=True)
        for heading, text in _uses(content):
            page.heading(heading, level=1)
            page.paragraph(text)
        page.heading(_("The key"), keep=_CODE_SIDE, level=1)
        _set_key(sheet, content)
        sheet.save()


def _told(content: RecoveryKit) -> str:
    return _("The private key of the authority of “{title}”, {controller}.").format(
        title=content.workspace.title, controller=content.workspace.controller.name
    )


def _facts(content: RecoveryKit) -> list[tuple[str, str | Styled]]:
    return [
        (_("Where it is") if content.is_shared else _("File"), content.place),
        (_("Workspace"), content.workspace.id),
        (_("Fingerprint"), Styled(content.fingerprint, is_code=True)),
        (
            _("Printed"),
            _("{at} UTC by {who}").format(
                at=moment(content.made_at, seconds=False), who=content.made_by.name
            ),
        ),
    ]


def _uses(content: RecoveryKit) -> tuple[tuple[str, str], ...]:
    enter = (
        _("with her own login on the server")
        if content.is_shared
        else _("on a machine that opens the file")
    )
    return (
        (
            _("What it is for"),
            _(
                "An administrator whose keys are lost comes back with it: she opens the workspace "
                "{enter}, chooses “Use the recovery kit” or runs “sandglass workspace recover”, "
                "and types or scans what is below. Sandglass makes new keys for her and takes her "
                "old ones out of use. A workspace whose administrators have all lost their keys "
                "has no other way back."
            ).format(enter=enter),
        ),
        (
            _("In the wrong hands"),
            _(
                "Whoever has this page and can enter the workspace can certify anybody as "
                "administrator, officer or approver. It opens no source and no pulled data by "
                "itself, and what is done with it stands in the log. If it is lost, look at the "
                "log and at the people of the workspace."
            ),
        ),
        (
            _("Where to keep it"),
            _(
                "In a sealed envelope in a safe, a second one elsewhere. Do not photograph it, "
                "mail it or leave it in a printer's queue. Delete this file once it is printed."
            ),
        ),
    )


def _set_key(sheet: Sheet, content: RecoveryKit) -> None:
    """Set the lines to type at the left, and the same as a QR code at the right."""
    top = sheet.y - 8
    for at, text in enumerate(content.lines):
        y = top - _LINE_SIZE - at * _LINE_PITCH
        sheet.text(MARGIN, y, Line(text, MONO, _LINE_SIZE))
    left = MARGIN + TEXT_WIDTH - _CODE_SIDE
    dark = code_modules(content.code)
    side = _CODE_SIDE / len(dark)
    parts = [fill(INK)]
    for row, modules in enumerate(dark):
        y = top - (row + 1) * side
        parts += [
            f"{left + at * side:.3f} {y:.3f} {side:.3f} {side:.3f} re"
            for at, is_dark in enumerate(modules)
            if is_dark
        ]
    sheet.write(" ".join((*parts, "f")))
    sheet.y = top - max(_CODE_SIDE, len(content.lines) * _LINE_PITCH)


def code_modules(text: str) -> list[list[bool]]:
    """Return the rows of the QR code of ``text``, a fifth of which may be unreadable."""
    from reportlab.graphics.barcode.qrencoder import (  # noqa: PLC0415 - costs start-up time
        QRCode,
        QRErrorCorrectLevel,
    )

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    size = range(code.moduleCount)
    return [[bool(code.isDark(row, at)) for at in size] for row in size]


def _furniture(content: RecoveryKit) -> Furniture:
    return Furniture(
        title=_("Recovery kit"),
        author=content.made_by.name,
        subject=content.workspace.id,
        language="en",
        header=content.workspace.controller.name,
        header_right=_("Secret"),
        footer=_("Sandglass recovery kit. Keep it in a safe."),
        page_of=_("{n} of {m}"),
    )


REPORT = ReportType("recovery-kit", "recovery-kit.pdf", render)
