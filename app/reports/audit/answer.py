"""Review, checklist, letters, packages: what went out and what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import InputError
from app.domain.responses import Answered
from app.domain.review import reason
from app.i18n import _, ngettext
from app.reports.audit.facts import grouped, moment, number
from app.reports.layout.evidence import Column, Styled
from app.reports.layout.fonts import MONO
from app.reports.layout.tokens import OPEN
from app.wording import terms
from app.wording.terms import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.responses import Package
    from app.reports.audit.facts import Facts
    from app.reports.layout.evidence import Cell, Evidence


def set_review(page: Evidence, facts: Facts) -> None:
    """Set how many records were decided, and what was covered or withheld, by reason."""
    report, counts = facts.report, facts.report.review
    page.heading(_("Review"))
    page.sheet.y -= 4
    if counts is None:
        page.paragraph(_("The review is not finished."))
        return
    text = _(
        "{records} reviewed, {withheld} withheld, {redacted} with something covered. "
        "Finished by {who}."
    )
    page.paragraph(
        text.format(
            records=ngettext("{n} record", "{n} records", counts.records).format(
                n=number(counts.records)
            ),
            withheld=number(counts.withheld),
            redacted=number(counts.redacted),
            who=facts.name_and_role(report.reviewed_by),
        )
    )
    codes = sorted({*counts.covered, *counts.withheld_by_reason})
    if not codes:
        page.paragraph(_("Nothing was covered or withheld."))
        return
    columns = (
        Column(_("Code"), 66),
        Column(_("Reason"), 170),
        Column(_("Law"), 117.3),
        Column(_("Places covered"), 70, is_number=True),
        Column(_("Records withheld"), 70, is_number=True),
    )
    page.table(
        columns,
        (
            (
                code,
                *_reason(code, facts),
                number(counts.covered.get(code, 0)),
                number(counts.withheld_by_reason.get(code, 0)),
            )
            for code in codes
        ),
    )


def _reason(code: str, facts: Facts) -> tuple[str, str]:
    laws = facts.report.regime.laws
    try:
        known = reason(code)
    except InputError:
        return "", laws.get(code, "")
    return _(known.label), laws.get(code) or known.law


def set_checklist(page: Evidence, facts: Facts) -> None:
    """Set what the law demands of the answer, line by line."""
    if not facts.report.checklist:
        return
    page.heading(_("Checklist"))
    columns = (
        Column(_("Demanded by"), 76),
        Column(_("What"), 120),
        Column(_("State"), 76),
        Column(_("By"), 68),
        Column(_("Said in the answer"), 153.3),
    )
    page.table(columns, _lines(facts))


def _lines(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for line in facts.report.checklist:
        state: Cell = in_words(terms.ANSWERED, line.state.value)
        if line.state is Answered.OPEN:
            state = Styled(in_words(terms.ANSWERED, line.state.value), OPEN)
        by = facts.name(line.by) if line.by else _("Sandglass") if line.item.derived else ""
        yield line.item.article, _(line.item.title), state, by, line.text


def set_letters(page: Evidence, facts: Facts) -> None:
    """Set letters and packages with their hashes and how they went out."""
    report = facts.report
    page.heading(_("Letters and delivery"))
    columns = (
        Column(_("Letter"), 110),
        Column(_("Written, UTC"), 100),
        Column(_("Sent, UTC"), 118),
        Column(_("SHA-256 of the text"), 165.3, MONO, 7.0),
    )
    rows = (
        (
            Styled(in_words(terms.LETTERS, each.kind.value), below=each.language),
            Styled(moment(each.at, seconds=False), below=facts.name(each.by)),
            Styled(moment(each.sent_at, seconds=False), below=each.sent_how)
            if each.sent_at
            else _("not sent"),
            grouped(each.sha256),
        )
        for each in report.letters
    )
    if not page.table(columns, rows):
        page.sheet.y -= 4
        page.paragraph(_("No letter was written."))
    page.heading(_("Packages"), keep=150)
    if not report.packages:
        page.sheet.y -= 4
        page.paragraph(_("No package was made."))
    for each in report.packages:
        page.heading(each.id, level=1, keep=110)
        page.sheet.y -= 4
        page.facts(list(_package(each, facts)))


def _package(each: Package, facts: Facts) -> Iterator[tuple[str, Cell]]:
    yield _("Made"), f"{facts.name(each.made_by)}, {moment(each.made_at)} UTC"
    holds = _(
        "{files} files, {bytes} bytes, {records} records; {covered} covered, {withheld} withheld"
    )
    yield (
        _("Holds"),
        holds.format(
            files=number(each.files),
            bytes=number(each.bytes),
            records=number(each.records),
            covered=number(each.covered),
            withheld=number(each.withheld),
        ),
    )
    yield _("Encrypted"), _("yes, AES-256") if each.encrypted else _("no")
    if each.released_at:
        released = _("{who}, {at} UTC").format(
            who=facts.name(each.released_by), at=moment(each.released_at)
        )
        yield _("Released"), f"{released}, {each.channel}" if each.channel else released
    else:
        yield _("Released"), Styled(_("not released"), OPEN)
    yield _("SHA-256, manifest"), Styled(each.manifest_sha256, is_code=True)
    yield _("SHA-256, archive"), Styled(each.zip_sha256, is_code=True)
