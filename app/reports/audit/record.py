"""Parties, clock, identity, scope: what the request was and where was searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext
from app.reports.audit.facts import day_short, moment, number
from app.reports.layout.evidence import Column, Styled
from app.reports.layout.tokens import BAD, OPEN
from app.wording import terms
from app.wording.clock import sources_in_words, working_in_words
from app.wording.terms import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.pulls import PulledCollection
    from app.domain.verification import Verification
    from app.reports.audit.facts import Facts
    from app.reports.layout.evidence import Cell, Evidence


def set_parties(page: Evidence, facts: Facts) -> None:
    """Set who asked, who answers, who works on it."""
    report, request = facts.report, facts.report.request
    controller = report.workspace.controller
    page.heading(_("Parties and request"))
    page.sheet.y -= 4
    given: list[tuple[str, Cell]] = [
        (_("Controller"), ", ".join((controller.name, *controller.address))),
        (_("Contact"), controller.contact),
        (_("Authority"), controller.authority or report.regime.authority),
        (_("Person"), request.subject.name),
        (_("Known by"), _identities(facts)),
        (_("Request"), f"{request.id}, {facts.article()} ({report.regime.citation})"),
        (
            _("Received"),
            _("{at} UTC, {how}; counted in {zone}").format(
                at=moment(request.received_at),
                how=in_words(terms.CHANNELS, request.channel.value),
                zone=request.timezone,
            ),
        ),
        (_("Handled by"), facts.name_and_role(request.owner)),
        (_("Stage"), in_words(terms.STAGES, request.stage.value)),
        (_("Belongs with"), ", ".join(request.linked)),
        (
            _("Pulled data kept until"),
            day_short(request.keep_until) if request.keep_until else _("not yet set"),
        ),
    ]
    page.facts([each for each in given if each[1]])


def _identities(facts: Facts) -> str:
    """Return kinds and counts; the values themselves are not for this report."""
    kinds: dict[str, list[bool]] = {}
    for each in facts.report.request.subject.identities:
        kinds.setdefault(each.kind, []).append(each.verified)
    return "; ".join(
        _("{n} {kind}, {v} verified").format(n=len(each), kind=kind.replace("_", " "), v=sum(each))
        for kind, each in kinds.items()
    )


def set_clock(page: Evidence, facts: Facts) -> None:
    """Set how the deadline was counted."""
    report = facts.report
    page.heading(_("Clock"))
    page.sheet.y -= 4
    for sentence in working_in_words(report.deadline):
        page.paragraph(sentence)
    page.paragraph(" ".join(sources_in_words(report.deadline)), quiet=True)
    pauses = [
        (
            str(each.number),
            in_words(terms.PAUSES, each.kind),
            day_short(each.asked),
            day_short(each.answered) if each.answered else _("open"),
            each.reason,
            facts.name(each.approved_by) if each.approved_by else "",
        )
        for each in report.request.pauses
    ]
    if pauses:
        columns = (
            Column(_("No."), 34),
            Column(_("Asked for"), 90),
            Column(_("Asked"), 74),
            Column(_("Answered"), 74),
            Column(_("Reason"), 131.3),
            Column(_("Accepted by"), 90),
        )
        page.table(columns, pauses)
    if report.request.extension_reason:
        page.sheet.y -= 8
        page.paragraph(
            _("Reason for the extension: {text}").format(text=report.request.extension_reason)
        )


def set_identity(page: Evidence, facts: Facts) -> None:
    """Set how sure we are who asked."""
    page.heading(_("Identity"))
    rows = [_verification(each, facts) for each in facts.report.verifications]
    if not rows:
        page.paragraph(_("Identity was not looked at."))
        return
    columns = (
        Column(_("When, UTC"), 96),
        Column(_("By"), 84),
        Column(_("Method"), 110),
        Column(_("Result"), 110),
        Column(_("Note"), 93.3),
    )
    page.table(columns, rows)


def _verification(each: Verification, facts: Facts) -> tuple[Cell, ...]:
    if each.verified:
        result: Cell = Styled(_("verified"), below=in_words(terms.LEVELS, each.level.name.lower()))
    else:
        result = Styled(_("not verified"), OPEN)
    facts_matched = ngettext("{n} fact matched", "{n} facts matched", each.facts_matched).format(
        n=each.facts_matched
    )
    method = in_words(terms.METHODS, each.method.value)
    evidence = _("evidence kept") if each.evidence_kept else _("evidence not kept")
    note = f"{each.note}\n{evidence}" if each.note else evidence
    below = facts_matched if each.facts_matched else ""
    return (
        moment(each.at, seconds=False),
        facts.name(each.by),
        Styled(method, below=below),
        result,
        note,
    )


def set_search(page: Evidence, facts: Facts) -> None:
    """Set where was searched, and what was not searched and why."""
    report = facts.report
    page.heading(_("Scope and search"))
    columns = (
        Column(_("Source and collection"), 180),
        Column(_("Read, UTC"), 108),
        Column(_("Session"), 58),
        Column(_("Rows"), 48, is_number=True),
        Column(_("State"), 99.3),
    )
    if not page.table(columns, (_pulled(each, facts) for each in report.pulled)):
        page.paragraph(_("No source was searched."))
    page.heading(_("Not searched, and why"), level=1)
    if report.not_reached:
        shown = (
            (each.what, each.to, in_words(terms.NOT_REACHED, each.why))
            for each in report.not_reached
        )
        named = (Column(_("What"), 170), Column(_("To"), 150), Column(_("Why"), 173.3))
        page.table(named, shown)
    else:
        page.sheet.y -= 4
        page.paragraph(_("Nothing that the maps and the scope lead to was left out."))
    _set_notices(page, facts)


def _pulled(each: PulledCollection, facts: Facts) -> tuple[Cell, ...]:
    if each.state.value == "complete":
        state: Cell = _("complete")
    else:
        why = each.incomplete_why.rpartition(".")[2]
        state = Styled(_("incomplete"), BAD, below=in_words(terms.END_REASONS, why) if why else "")
    when = moment(each.started_at)
    return facts.collection(each.collection), when, each.session, number(each.rows), state


def _set_notices(page: Evidence, facts: Facts) -> None:
    rows = list(_notices(facts))
    if not rows:
        return
    page.heading(_("What had to be settled"), level=1)
    columns = (
        Column(_("What"), 180),
        Column(_("Where"), 120),
        Column(_("Settled"), 193.3),
    )
    page.table(columns, rows)


def _notices(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for each in facts.report.notices:
        text = in_words(terms.NOTICES, each.code)
        what = f"{text} ({number(each.count)})" if each.count else text
        settled: Cell = Styled(_("still open"), OPEN)
        if not each.is_open:
            by = facts.name(each.settled_by)
            at = moment(each.settled_at, seconds=False) if each.settled_at else ""
            settled = Styled(each.settled_how, below=f"{by}, {at}".strip(", "))
        yield what, each.collection, settled
