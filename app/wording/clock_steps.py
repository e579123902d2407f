"""One sentence for each step of the count of a deadline."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from app.domain.clock import Period, Roll, Rule, Step, StepCode, Unit
from app.i18n import _, ngettext
from app.wording.clock_days import (
    a_weekday,
    day_of_year,
    days_in_words,
    long_day,
    period_in_words,
    plain_day,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.calendars import DayOff


def step_in_words(step: Step, rule: Rule) -> str:
    """Return one step of the working as a sentence with its article."""
    return _SENTENCES[step.code](_Values(step), rule)


class _Values:
    """The values of a step with their types."""

    def __init__(self, step: Step) -> None:
        self._values = step.values

    def day(self, name: str) -> date:
        value = self._values[name]
        if not isinstance(value, date):
            raise TypeError(name)
        return value

    def day_if_any(self, name: str) -> date | None:
        return None if self._values.get(name) is None else self.day(name)

    def number(self, name: str) -> int:
        value = self._values.get(name, 0)
        if not isinstance(value, int):
            raise TypeError(name)
        return value

    def text(self, name: str) -> str:
        value = self._values.get(name)
        return "" if value is None else str(value)

    def is_set(self, name: str) -> bool:
        return bool(self._values.get(name))

    def days_off(self, name: str) -> tuple[DayOff, ...]:
        value = self._values.get(name, ())
        return value if isinstance(value, tuple) else ()


def _received(values: _Values, _rule: Rule) -> str:
    day = long_day(values.day("day"))
    if values.is_set("zone"):
        return _("Received on {day}, counted in {zone}.").format(day=day, zone=values.text("zone"))
    return _("Received on {day}.").format(day=day)


def _not_in_force(values: _Values, rule: Rule) -> str:
    return _("Take care: this rule is in force only from {day} ({article}).").format(
        day=plain_day(values.day("day")), article=rule.cite("in_force")
    )


def _start_moved(values: _Values, rule: Rule) -> str:
    texts = {
        "identity": _("The clock starts on {day}, when the proof of identity arrived ({article})."),
        "fee": _("The clock starts on {day}, when the fee was paid ({article})."),
        "costs": _(
            "The clock starts on {day}, when the time to think over the costs ended ({article})."
        ),
    }
    return texts[values.text("event")].format(
        day=long_day(values.day("day")), article=rule.cite("start")
    )


def _start_not_moved(values: _Values, rule: Rule) -> str:
    texts = {
        "identity": _("The proof of identity of {day} does not move the start ({article})."),
        "fee": _("The fee paid on {day} does not move the start ({article})."),
        "costs": _(
            "The time to think over the costs, until {day}, does not move the start ({article})."
        ),
    }
    return texts[values.text("event")].format(
        day=long_day(values.day("day")), article=rule.cite("start")
    )


def _period(values: _Values, rule: Rule) -> str:
    n, start, end = values.number("n"), values.day("start"), values.day("end")
    period = period_in_words(Period(n, Unit(values.text("unit"))))
    if values.is_set("extended"):
        text = _("Extended: {period} in all, counted from {start}, the original start, {ends}")
    else:
        text = _("{Period} from {start} {ends}")
    ends = ngettext("ends on {end}", "end on {end}", n)
    if values.is_set("is_shortened"):
        ends = _("{ends}, the last day of a month that has no day {n}").format(
            ends=ends, n=start.day
        )
    article = rule.cite("extension") if values.is_set("extended") else rule.cite("period")
    return _("{text} ({article}).").format(
        text=text.format(
            Period=period[:1].upper() + period[1:],
            period=period,
            start=plain_day(start),
            ends=ends.format(end=long_day(end)),
        ),
        article=article,
    )


def _business_days(values: _Values, rule: Rule) -> str:
    n = values.number("n")
    text = ngettext(
        "{period} after {start} ends on {end} ({article})",
        "{period} after {start} end on {end} ({article})",
        n,
    ).format(
        period=period_in_words(Period(n, Unit.BUSINESS_DAY)),
        start=plain_day(values.day("start")),
        end=long_day(values.day("end")),
        article=rule.cite("period"),
    )
    named = _named(values.days_off("skipped"))
    if not named:
        return _("{text}.").format(text=text)
    return _("{text}; not counted: {days}.").format(text=text, days=named)


def _no_number(values: _Values, rule: Rule) -> str:
    return _("The law gives no number of days ({article}). Internal target: {days}, {day}.").format(
        article=rule.cite("period"),
        days=days_in_words(values.number("days")),
        day=long_day(values.day("target")),
    )


def _paused(values: _Values, rule: Rule) -> str:
    n, answered = values.number("days"), values.day_if_any("answered")
    if answered is None:
        text = _("The clock has stood since {asked}, {kind} asked: {days} so far ({article}).")
    else:
        text = _(
            "The clock stood from {asked}, {kind} asked, to {answered}, answered: "
            "{days} ({article})."
        )
    return text.format(
        asked=long_day(values.day("asked")),
        answered=long_day(answered) if answered else "",
        kind=_kind(values.text("kind")),
        days=days_in_words(n),
        article=rule.cite("pause"),
    )


def _pauses_added(values: _Values, rule: Rule) -> str:
    return _("With {days} paused, the period ends on {end} ({article}).").format(
        days=days_in_words(values.number("days")),
        end=long_day(values.day("end")),
        article=rule.cite("pause"),
    )


def _pause_ignored(values: _Values, rule: Rule) -> str:
    texts = {
        "not_in_law": _("Asking for {kind} on {asked} does not stop this clock ({article})."),
        "other_kind": _("Asking for {kind} on {asked} does not stop this clock ({article})."),
        "not_approved": _(
            "Asking for {kind} on {asked} is not counted as a pause: that rests on guidance only "
            "and needs a reason and an approver ({article})."
        ),
        "too_late": _(
            "{Kind} was asked for on {asked}, after the last day; "
            "that cannot bring the period back ({article})."
        ),
    }
    kind = _kind(values.text("kind"))
    return texts[values.text("why")].format(
        kind=kind,
        Kind=kind[:1].upper() + kind[1:],
        asked=long_day(values.day("asked")),
        article=rule.cite("pause"),
    )


def _rolled(values: _Values, rule: Rule) -> str:
    skipped = values.days_off("skipped")
    if rule.roll is Roll.SUN_HOLIDAY:
        text = _(
            "That is {off}, so the period ends on the next day that is neither a Sunday nor "
            "a holiday, {due} ({article})"
        )
    else:
        text = _("That is {off}, so the period ends on the next working day, {due} ({article})")
    text = text.format(
        off=_off(skipped[0]), due=long_day(values.day("due")), article=rule.cite("roll")
    )
    named = _named(skipped[1:])
    return _("{text}; {days}.").format(text=text, days=named) if named else f"{text}."


def _not_rolled(values: _Values, rule: Rule) -> str:
    off = _off(values.days_off("skipped")[0])
    if_rolled = values.day_if_any("if_rolled")
    if if_rolled is None:
        return _("That is {off}, which does not move the last day ({article}).").format(
            off=off, article=rule.cite("roll")
        )
    return _(
        "That is {off}; moving the last day is not relied on ({article}). "
        "If a statute does carry it forward, it is {day}: do not plan on that."
    ).format(off=off, article=rule.cite("roll"), day=long_day(if_rolled))


def _extension_notice(values: _Values, rule: Rule) -> str:
    day = long_day(values.day("day"))
    article = rule.cite("extension")
    if values.is_set("extended"):
        return _("The notice of the extension, with reasons, is due by {day} ({article}).").format(
            day=day, article=article
        )
    extension = rule.extension
    return _("To extend to {period} (ground: {ground}), give notice by {day} ({article}).").format(
        period=period_in_words(extension.total) if extension else "",
        ground=extension.ground if extension else "",
        day=day,
        article=article,
    )


def _safe_by(values: _Values, rule: Rule) -> str:
    reasons = list(_safe_by_reasons(values, rule)) or [_("the strictest reading is the same day")]
    return _("Safe by {day}: {reasons}.").format(
        day=long_day(values.day("day")), reasons="; ".join(reasons)
    )


def _safe_by_reasons(values: _Values, rule: Rule) -> list[str]:
    reasons = []
    if values.is_set("business_days"):
        reasons.append(_("the strictest count leaves out weekends only, no holidays"))
    if values.is_set("counts_receipt"):
        reasons.append(
            _("the day of receipt counted as the first ({article})").format(
                article=rule.cite("receipt_day")
            )
        )
    paused, strictly = values.number("paused"), values.number("paused_strictly")
    if paused and not strictly:
        reasons.append(_("no pause relied on ({article})").format(article=rule.cite("pause")))
    elif paused != strictly:
        reasons.append(
            _("{strictly} paused instead of {paused} ({article})").format(
                strictly=days_in_words(strictly), paused=paused, article=rule.cite("pause")
            )
        )
    passed = values.days_off("passed")
    if passed:
        text = _("moved back to a working day from {day}").format(day=day_of_year(passed[0].day))
        named = _named(passed)
        reasons.append(_("{text} ({days})").format(text=text, days=named) if named else text)
    return reasons


def _provisional(values: _Values, _rule: Rule) -> str:
    as_of = values.day_if_any("as_of")
    if as_of is None:
        return _(
            "These dates are provisional: a question is still open. They are counted as if it was "
            "answered on the day it was asked, and move with the answer."
        )
    return _(
        "These dates are provisional: a question is still open. They are counted as if it was "
        "answered on {day}, and move until it is."
    ).format(day=long_day(as_of))


def _off(off: DayOff) -> str:
    return off.name or a_weekday(off.day)


def _named(days: tuple[DayOff, ...]) -> str:
    """Return the holidays among ``days`` that are news: ``Monday 6 April is Easter Monday``."""
    texts = [
        _("{day} is {name}").format(day=day_of_year(each.day), name=each.name)
        for each in days
        if each.name
    ]
    return ", ".join(texts)


def _kind(kind: str) -> str:
    return {"clarification": _("clarification"), "identity": _("proof of identity")}[kind]


_SENTENCES: Mapping[StepCode, Callable[[_Values, Rule], str]] = {
    StepCode.RECEIVED: _received,
    StepCode.NOT_IN_FORCE: _not_in_force,
    StepCode.START_MOVED: _start_moved,
    StepCode.START_NOT_MOVED: _start_not_moved,
    StepCode.PERIOD: _period,
    StepCode.BUSINESS_DAYS: _business_days,
    StepCode.NO_NUMBER: _no_number,
    StepCode.PAUSED: _paused,
    StepCode.PAUSE_IGNORED: _pause_ignored,
    StepCode.PAUSES_ADDED: _pauses_added,
    StepCode.ROLLED: _rolled,
    StepCode.NOT_ROLLED: _not_rolled,
    StepCode.EXTENSION_NOTICE: _extension_notice,
    StepCode.SAFE_BY: _safe_by,
    StepCode.PROVISIONAL: _provisional,
}
