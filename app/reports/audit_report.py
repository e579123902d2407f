"""The audit report of one request as audit-report.pdf: PDF/A-3b with every entry attached."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.i18n import _
from app.ports.reports import AuditReport, ReportType
from app.reports.audit import (
    access,
    answer,
    attachments,
    closing,
    entries,
    facts,
    record,
    sealing,
    timeline,
    verdict,
)
from app.reports.layout.evidence import Evidence
from app.reports.layout.sheet import Furniture, Sheet
from app.reports.layout.writing import whole

_HEAD_GROUPS = 5
_ENTRIES_A_PAGE = 29


def render(content: AuditReport, out: Path) -> None:
    """Write the report; memory does not grow with entries but for what the PDF itself needs."""
    with (
        whole(out) as (path,),
        tempfile.TemporaryDirectory(prefix=".draft-", dir=out.parent) as work,
    ):
        draft = Path(work, "draft.pdf")
        guess = 6 + content.request_entries // _ENTRIES_A_PAGE
        pages = _draw(content, draft, pages_guess=guess)
        if len(str(pages)) != len(str(guess)):
            _draw(content, draft, pages_guess=pages)
        listed = Path(work, attachments.ENTRIES)
        count = attachments.write_entries(content, listed)
        given: dict[str, bytes | Path] = {
            attachments.ENTRIES: listed,
            attachments.README: attachments.readme(),
        }
        given[attachments.REPORT] = attachments.summary(content, entries=count, files=given)
        sealing.seal(
            draft,
            path,
            attachments={
                name: (data, *attachments.DESCRIPTIONS[name]) for name, data in given.items()
            },
            made_at=content.made_at,
        )


def _draw(content: AuditReport, path: Path, *, pages_guess: int) -> int:
    """Draw all pages and return how many there are."""
    sheet = Sheet(path, _furniture(content), pages_guess=pages_guess)
    page, about = Evidence(sheet), facts.Facts(content)
    verdict.set_verdict(page, about)
    timeline.set_timeline(page, about)
    access.set_granted(page, about)
    record.set_parties(page, about)
    record.set_clock(page, about)
    record.set_identity(page, about)
    record.set_search(page, about)
    access.set_requests(page, about)
    answer.set_review(page, about)
    answer.set_checklist(page, about)
    answer.set_letters(page, about)
    entries.set_entries(page, about)
    closing.set_closing(page, about)
    if page.ink.visible.has_substitutes:
        page.paragraph(
            _("Characters that cannot be printed are shown by their number, like ⟨U+0007⟩."),
            quiet=True,
        )
    sheet.save()
    return sheet.pages


def _furniture(content: AuditReport) -> Furniture:
    head = facts.grouped(content.chain.head, groups=_HEAD_GROUPS)
    footer = _("Sandglass audit report {id}. Head of log {head} …")
    return Furniture(
        title=_("Audit report {id}, request {request}").format(
            id=content.id, request=content.request.id
        ),
        author=content.made_by.name,
        subject=content.request.id,
        language="en",
        header=content.workspace.controller.name,
        header_right=_("Confidential"),
        footer=footer.format(id=content.id, head=head),
        page_of=_("{n} of {m}"),
    )


REPORT = ReportType("audit-report", "audit-report.pdf", render)
