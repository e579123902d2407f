"""Page one: the answer to every question that a regulator asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.requests import Outcome
from app.i18n import _, ngettext
from app.reports.audit.facts import day_short, duration, grouped, moment, number
from app.reports.layout.evidence import Styled
from app.reports.layout.tokens import BAD, GOOD, OPEN
from app.wording import terms
from app.wording.clock_days import days_in_words
from app.wording.terms import in_words

if TYPE_CHECKING:
    from app.reports.audit.facts import Facts
    from app.reports.layout.evidence import Cell, Evidence


def set_verdict(page: Evidence, facts: Facts) -> None:
    """Set title, subtitle and the box."""
    report = facts.report
    title = _("Who read {name}'s data, when, why, and who allowed it").format(
        name=report.request.subject.name
    )
    below = _("Audit report for request {id}, {right}. Made {at} UTC by {who} for {controller}.")
    page.title(
        title,
        below.format(
            id=report.request.id,
            right=facts.article(),
            at=moment(report.made_at, seconds=False),
            who=report.made_by.name,
            controller=report.workspace.controller.name,
        ),
    )
    page.sheet.y -= 10
    page.facts(_facts(facts), boxed=True)


def _facts(facts: Facts) -> list[tuple[str, Cell]]:
    return [
        (_("Outcome"), _outcome(facts)),
        (_("Deadline"), _deadline(facts)),
        (_("Access to personal data"), _access(facts)),
        (_("Who read"), _who_read(facts)),
        (_("Who allowed it"), _who_allowed(facts)),
        (_("What was read"), _what(facts)),
        (_("Outside the grant"), _outside(facts)),
        (_("Integrity"), integrity(facts)),
        (_("Signed by"), _signed_by(facts)),
    ]


def _outcome(facts: Facts) -> Cell:
    request, limit = facts.report.request, facts.report.deadline.limit
    if request.closed_at is None or request.outcome is None:
        left = (limit - facts.local(facts.report.made_at)).days
        if left < 0:
            text = _("Not answered yet, {days} late").format(days=days_in_words(-left))
            return Styled(text, BAD, is_strong=True)
        return Styled(_("Not answered yet, {days} left").format(days=days_in_words(left)), OPEN)
    outcome = in_words(terms.OUTCOMES, request.outcome.value)
    day = facts.local(request.closed_at)
    text = _("{outcome} on {day}").format(outcome=outcome, day=day_short(day))
    early = (limit - day).days
    if request.outcome in {Outcome.WITHDRAWN, Outcome.NOT_A_REQUEST}:
        return text
    if early < 0:
        late = _("{text}, {days} after it was due").format(text=text, days=days_in_words(-early))
        return Styled(late, BAD, is_strong=True)
    if early == 0:
        return _("{text}, on the day it was due").format(text=text)
    return _("{text}, {days} before it was due").format(text=text, days=days_in_words(early))


def _deadline(facts: Facts) -> Cell:
    deadline, request = facts.report.deadline, facts.report.request
    parts = [
        _("due {day}").format(day=day_short(deadline.due))
        if deadline.due
        else _("the law gives no number of days; own target {day}").format(
            day=day_short(deadline.limit)
        ),
        _("safe by {day}").format(day=day_short(deadline.safe_by)),
    ]
    if request.extended_at:
        parts.append(_("extended on {day}").format(day=day_short(facts.local(request.extended_at))))
    if deadline.paused_days:
        parts.append(_("paused for {days}").format(days=days_in_words(deadline.paused_days)))
    if deadline.is_provisional:
        parts.append(_("provisional"))
    text = ", ".join(parts)
    ended = facts.local(request.closed_at or facts.report.made_at)
    if ended > deadline.limit:
        return Styled(_("Not in time: {text}").format(text=text), BAD, is_strong=True)
    if request.closed_at is None:
        return _("Running: {text}").format(text=text)
    return _("In time: {text}").format(text=text)


def _access(facts: Facts) -> Cell:
    used = facts.used
    if not used:
        return _("None: no window was opened")
    windows = [each.case.window for each in used if each.case.window]
    n = len(windows)
    text = ngettext("{n} session", "{n} sessions", n).format(n=n)
    seconds = sum(each.seconds_used or 0 for each in windows)
    allowed = sum(each.case.grant.minutes for each in used if each.case.grant)
    text = _("{sessions}, {used} of {allowed} min allowed").format(
        sessions=text, used=duration(seconds), allowed=allowed
    )
    reasons = {each.reason.value for each in windows if each.reason}
    ended = "; ".join(sorted(in_words(terms.END_REASONS, each) for each in reasons))
    if not ended:
        return _("{text}, still open").format(text=text)
    return _("{text}; closed: {why}").format(text=text, why=ended)


def _who_read(facts: Facts) -> Cell:
    return facts.people({each.case.window.officer for each in facts.used if each.case.window})


def _who_allowed(facts: Facts) -> Cell:
    granted = [each for each in facts.report.access if each.case.grant]
    if not granted:
        return _("nobody: nothing was granted")
    grants = [(each.case.grant, each.case.asked) for each in granted if each.case.grant]
    people = facts.people({who for grant, _asked in grants for who in grant.approvers})
    waits = [int((grant.at - asked.asked_at).total_seconds()) for grant, asked in grants]
    if any(each.signature_valid is False for each in granted):
        text = _("{people}; a signature does not hold").format(people=people)
        return Styled(text, BAD, is_strong=True)
    return _("{people}, {time} after it was asked for").format(
        people=people, time=duration(max(waits))
    )


def _what(facts: Facts) -> Cell:
    reads = [read for each in facts.report.access for read in each.reads]
    rows = sum(each.rows for each in reads)
    fields = len({(each.collection, field) for each in reads for field in each.fields})
    sources = len({each.collection.dataset for each in reads})
    parts = [
        ngettext("{n} row", "{n} rows", rows).format(n=number(rows)),
        ngettext("{n} field", "{n} fields", fields).format(n=fields),
        ngettext("{n} source", "{n} sources", sources).format(n=sources),
    ]
    text = ", ".join(parts)
    if any(not each.complete for each in reads):
        text = _("{text}; not everything was read to the end").format(text=text)
    review = facts.report.review
    if review is not None:
        covered = sum(review.covered.values())
        more = ngettext(
            "{n} passage covered before disclosure",
            "{n} passages covered before disclosure",
            covered,
        ).format(n=number(covered))
        text = f"{text}; {more}"
    return text


def _outside(facts: Facts) -> Cell:
    refused = sum(each.refused for each in facts.report.access)
    more = ngettext("{n} attempt refused", "{n} attempts refused", refused).format(n=refused)
    return _("0 reads, {refused}").format(refused=more)


def _signed_by(facts: Facts) -> Cell:
    report = facts.report
    return _("{name}; certificate {fingerprint} …").format(
        name=report.made_by.name,
        fingerprint=grouped(report.seal.certificate.replace(" ", ""), groups=4),
    )


def integrity(facts: Facts) -> Styled:
    """Return whether the log holds, in green or in red."""
    chain, n = facts.report.chain, facts.report.request_entries
    if not chain.is_sound:
        text = _("The log does not hold: entry {n} {fault}").format(
            n=number(chain.broken_at or 0), fault=in_words(terms.FAULTS, chain.fault)
        )
        return Styled(text, BAD, is_strong=True)
    text = ngettext(
        "The {n} entry of this request is present; log unbroken from entry 1 to {all}",
        "All {n} entries of this request are present and in order; "
        "log unbroken from entry 1 to {all}",
        n,
    ).format(n=number(n), all=number(chain.entries))
    return Styled(text, GOOD, is_strong=True)
