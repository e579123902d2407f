"""Who was allowed to read what, and what each read touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext
from app.reports.audit.facts import clock_time, day_short, duration, moment, number
from app.reports.layout.evidence import Column, Styled
from app.reports.layout.tokens import BAD, GOOD
from app.wording import terms
from app.wording.findings import finding_in_words
from app.wording.terms import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.access import Decision, Window
    from app.domain.airlock import Proof
    from app.ports.reports import AccessStory
    from app.reports.audit.facts import Facts
    from app.reports.layout.evidence import Cell, Evidence


def set_granted(page: Evidence, facts: Facts) -> None:
    """Set the table of grants and what was read under them."""
    page.heading(_("Access granted"))
    columns = (
        Column(_("Grant"), 48),
        Column(_("Asked by, at"), 103),
        Column(_("Decided by, at"), 103),
        Column(_("Purpose"), 106.3),
        Column(_("Allowed"), 74),
        Column(_("Used"), 59),
    )
    rows = [_grant(each, facts) for each in facts.report.access if _is_granted(each)]
    if rows:
        page.table(columns, rows)
    else:
        page.sheet.y -= 2
        page.paragraph(_("No access was granted."))
    _set_reads(page, facts)


def _is_granted(story: AccessStory) -> bool:
    return story.case.grant is not None


def _grant(story: AccessStory, facts: Facts) -> tuple[Cell, ...]:
    case = story.case
    grant, window = case.grant, case.window
    if grant is None:
        return ("",) * 6
    asked = case.asked
    until = (
        _("until {at}").format(at=clock_time(window.deadline))
        if window
        else in_words(terms.ACCESS_STATES, story.state)
    )
    return (
        grant.id,
        Styled(facts.name(asked.requester), below=moment(asked.asked_at)),
        Styled(", ".join(map(facts.name, grant.approvers)), below=moment(grant.at)),
        asked.purpose,
        Styled(_("{n} min").format(n=grant.minutes), below=until),
        duration(window.seconds_used) if window and window.seconds_used is not None else "",
    )


def _set_reads(page: Evidence, facts: Facts) -> None:
    page.heading(_("What each read touched"))
    columns = (
        Column(_("Time, UTC"), 92),
        Column(_("Source and collection"), 146.3),
        Column(_("Fields"), 205),
        Column(_("Rows"), 50, is_number=True),
    )
    if page.table(columns, _reads(facts)):
        page.sheet.y -= 6
    else:
        page.paragraph(_("Nothing was read."))
    page.paragraph(_("Values are never part of this report or of the log."), quiet=True)


def _reads(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    day = ""
    for story in facts.report.access:
        for read in story.reads:
            today = day_short(read.at)
            when = clock_time(read.at, milliseconds=True)
            first, day = today != day, today
            rows: Cell = number(read.rows)
            if not read.complete:
                rows = Styled(number(read.rows), BAD, below=_("incomplete"))
            yield (
                Styled(when, below=today) if first else when,
                facts.collection(read.collection),
                ", ".join(read.fields),
                rows,
            )


def set_requests(page: Evidence, facts: Facts) -> None:
    """Set every access request with its verdict, its decision, its window and who enforced it."""
    page.heading(_("Every access request"), keep=170)
    if not facts.report.access:
        page.paragraph(_("Nobody asked for access."))
    for story in facts.report.access:
        page.heading(story.case.asked.id, level=1, keep=120)
        page.sheet.y -= 4
        page.facts([each for each in _story(story, facts) if each[1]])


def _story(story: AccessStory, facts: Facts) -> Iterator[tuple[str, Cell]]:
    case, asked = story.case, story.case.asked
    yield _("State"), in_words(terms.ACCESS_STATES, story.state)
    yield (
        _("Asked"),
        _("{who}, {at} UTC, for {n} min").format(
            who=facts.name_and_role(asked.requester), at=moment(asked.asked_at), n=asked.minutes
        ),
    )
    yield _("Purpose"), asked.purpose
    yield _("Scope"), _scope(story)
    yield _("Policy"), _policy(story)
    yield _("Decision"), _decisions(story, facts)
    yield _("Note"), "\n".join(each.note for each in case.decisions if each.note)
    yield _("Signature"), _signature(story)
    for label, ending in ((_("Withdrawn"), case.withdrawal), (_("Revoked"), case.revocation)):
        if ending is not None:
            text = _("{who}, {at} UTC").format(who=facts.name(ending.by), at=moment(ending.at))
            yield label, f"{text}: {ending.reason}" if ending.reason else text
    if case.window is not None:
        yield _("Window"), _window(case.window, facts)
        refused = ngettext("{n} attempt", "{n} attempts", story.refused).format(n=story.refused)
        yield _("Refused"), refused
        yield _("Enforced by"), _enforcement(story, facts)
    for proof in story.proofs:
        yield _("Proof of death"), _proof(proof, facts)


def _scope(story: AccessStory) -> str:
    scope = story.case.asked.scope
    n, fields = len(scope.collections), scope.fields_count()
    return _("{collections}, {fields}; hash {hash}").format(
        collections=ngettext("{n} collection", "{n} collections", n).format(n=n),
        fields=ngettext("{n} field", "{n} fields", fields).format(n=fields),
        hash=story.case.asked.scope_hash[:16],
    )


def _policy(story: AccessStory) -> str:
    verdict = story.verdict
    text = _("{policy}, version {v}: {allowed}").format(
        policy=verdict.policy,
        v=verdict.version,
        allowed=_("allowed") if verdict.is_allowed else _("refused"),
    )
    return "; ".join([text, *map(finding_in_words, verdict.findings)])


def _decisions(story: AccessStory, facts: Facts) -> str:
    case = story.case
    lines = [_decision(each, facts) for each in case.decisions] or [_("none")]
    if case.asked.approvers_needed > 1:
        text = _("{n} of {of} people who had to agree said yes")
        lines.append(text.format(n=len(case.grants), of=case.asked.approvers_needed))
    return "\n".join(lines)


def _decision(decision: Decision, facts: Facts) -> str:
    who, at = facts.name_and_role(decision.approver), moment(decision.decided_at)
    if not decision.granted:
        return _("Denied by {who}, {at} UTC ({id})").format(who=who, at=at, id=decision.id)
    return _("Granted by {who}, {at} UTC, for {n} min ({id})").format(
        who=who, at=at, n=decision.minutes, id=decision.id
    )


def _signature(story: AccessStory) -> Cell:
    if story.signature_valid is None:
        return ""
    if story.signature_valid:
        return Styled(
            _("Checked for this report: it is the approver's, on this scope and these minutes"),
            GOOD,
        )
    return Styled(_("Does not hold: nobody should rely on this decision"), BAD, is_strong=True)


def _window(window: Window, facts: Facts) -> str:
    text = _("{session}: opened {a} UTC by {who}, limit {b} UTC").format(
        session=window.session,
        a=moment(window.opened_at),
        who=facts.name(window.officer),
        b=moment(window.deadline),
    )
    if window.ended_at is None:
        return _("{text}; its end is not on record").format(text=text)
    text = _("{text}; closed {c} UTC after {used}").format(
        text=text, c=moment(window.ended_at), used=duration(window.seconds_used or 0)
    )
    if window.reason:
        text = f"{text}: {in_words(terms.END_REASONS, window.reason.value)}"
    if window.ended_by and window.ended_by != window.officer:
        text = _("{text}, by {who}").format(text=text, who=facts.name(window.ended_by))
    if window.overshoot_ms is not None:
        text = _("{text}. Last answer of a source {ms} ms after the end").format(
            text=text, ms=number(window.overshoot_ms)
        )
    return text


def _proof(proof: Proof, facts: Facts) -> Cell:
    source = facts.source(proof.source)
    if proof.failure:
        text = _("{source}: could not be asked what is left of this access ({why})").format(
            source=source, why=proof.failure
        )
        return Styled(text, BAD, is_strong=True)
    lines = [
        _("dead login refused") if proof.refused else _("dead login not refused"),
        _("its role is gone") if proof.role_absent else _("its role is still there"),
        ngettext("{n} session left", "{n} sessions left", proof.sessions).format(n=proof.sessions),
    ]
    if proof.overshoot_ms is not None:
        lines.append(
            _("last session gone {ms} ms after the deadline").format(ms=number(proof.overshoot_ms))
            if proof.overshoot_ms
            else _("closed before the deadline")
        )
    text = f"{source}: {', '.join(lines)}"
    return text if proof.is_dead else Styled(text, BAD, is_strong=True)


def _enforcement(story: AccessStory, facts: Facts) -> str:
    kinds = {
        "source": _("{source}: the source itself kept rows, fields and the end"),
        "fields": _(
            "{source}: the weaker way. The source kept to the mapped columns, of everybody; "
            "Sandglass kept to this person's rows, the granted fields among them and the end"
        ),
        "sandglass": _(
            "{source}: Sandglass kept rows, fields and the end; the source would have allowed more"
        ),
    }
    lines = [
        kinds.get(kind, "{source}: " + kind).format(source=facts.source(key))
        for key, kind in sorted(story.enforcement.items())
    ]
    return "\n".join(lines) or _("not on record")
