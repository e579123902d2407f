"""What went wrong with a deadline, as a sentence: what happened, and what to do next."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from app.i18n import _
from app.wording.clock_days import plain_day

if TYPE_CHECKING:
    from app.domain.errors import AppError

_MOST_SHOWN = 80


def clock_problem_in_words(error: AppError) -> str:
    """Return the sentence for an error that counting a deadline raises."""
    values = {
        name: plain_day(value) if isinstance(value, date) else printable(str(value))
        for name, value in error.values.items()
    }
    if error.code == "clock.field_malformed":
        values["wanted"] = _wanted()[values["wanted"]]
    return clock_sentences()[error.code].format_map(values)


def clock_sentences() -> dict[str, str]:
    """Return the sentence of every code of the clock, with the names of its values in braces."""
    return {**_case_sentences(), **_data_sentences(), **_form_sentences(), **_file_sentences()}


def printable(text: str) -> str:
    """Return what a person typed, cut and without the characters that steer a terminal."""
    return harmless(text[:_MOST_SHOWN]) + ("…" if len(text) > _MOST_SHOWN else "")


def harmless(text: str) -> str:
    """Return ``text`` with the characters that steer a terminal shown by their numbers."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def _case_sentences() -> dict[str, str]:
    return {
        "clock.unknown_zone": _(
            "There is no time zone “{zone}”. Give one by its region and city, like Europe/Berlin."
        ),
        "clock.zone_missing": _(
            "The time zone is missing, so the local day cannot be told. "
            "Add the controller's time zone, like Europe/Berlin."
        ),
        "clock.instant_without_offset": _(
            "A time was given without its distance to UTC. Add it, like 2026-03-05T10:00:00+01:00."
        ),
        "clock.not_an_instant": _(
            "That time lies outside what a calendar can hold. Correct the year."
        ),
        "clock.date_out_of_range": _(
            "A date lies outside {first} to {last}, the years that calendars cover. "
            "Correct the date."
        ),
        "clock.answered_before_asked": _(
            "A pause ends on {answered}, before it was asked for on {asked}. "
            "Correct one of the two."
        ),
        "clock.asked_before_received": _(
            "A pause starts on {asked}, before the request arrived on {received}. "
            "Correct one of the two."
        ),
        "clock.no_extension": _(
            "The rule {rule} allows no extension. Take the extension out, or choose another rule."
        ),
    }


def _data_sentences() -> dict[str, str]:
    return {
        "clock.unknown_rule": _(
            "There is no rule “{rule}”. Choose one from “sandglass deadline --list-rules”."
        ),
        "clock.unknown_calendar": _(
            "There is no calendar “{calendar}”. "
            "Choose one from “sandglass deadline --list-calendars”."
        ),
        "clock.calendar_without_year": _(
            "The calendar {calendar} knows no holidays for {year}, so the date would be a guess. "
            "Correct the date, or choose another calendar."
        ),
        "clock.change_without_reason": _(
            "The change of {day} in the calendar has no reason. Add one: it goes on record."
        ),
        "clock.no_such_holiday": _(
            "{day} is no holiday in the calendar {calendar}, so it cannot be removed. "
            "Check the day."
        ),
    }


def _form_sentences() -> dict[str, str]:
    return {
        "clock.case_malformed": _(
            "A case has to be an object with fields like rule, calendar and received. "
            "Correct its form."
        ),
        "clock.field_missing": _("The field {field} is missing. Add it."),
        "clock.field_unknown": _(
            "There is no field “{field}”. Check its spelling, or take it out."
        ),
        "clock.field_malformed": _("The field {field} has to be {wanted}. Correct it."),
        "clock.received_twice": _(
            "Both received and received_at are given. Keep one: the day, or the instant."
        ),
        "clock.unknown_pause_kind": _(
            "A pause is of a kind that is not known. Use one of: {known}."
        ),
    }


def _file_sentences() -> dict[str, str]:
    return {
        "clock.file_unreadable": _("The file {path} cannot be read. Check its name and rights."),
        "clock.file_not_text": _("The file is no UTF-8 text. Save it as UTF-8."),
        "clock.file_not_json": _(
            "The file is no JSON: line {line}, column {column} cannot be read. Correct it there."
        ),
        "clock.file_too_deep": _("The file is nested too deep. Give one case, or a list of cases."),
        "clock.file_without_cases": _(
            "The file holds neither a case nor a list of cases. "
            "Give an object, or a list of objects."
        ),
        "clock.pause_malformed": _(
            "A pause has to read KIND:ASKED or KIND:ASKED:ANSWERED, with “:unapproved” at the end "
            "where no approver accepted it, like clarification:2026-03-05:2026-03-16."
        ),
        "clock.options_missing": _(
            "Nothing to count. Give --from FILE, or --rule, --calendar and --received."
        ),
        "clock.options_conflict": _(
            "The cases come from the file, so options for one case have no place. "
            "Take --from or the others out."
        ),
    }


def _wanted() -> dict[str, str]:
    return {
        "text": _("a text"),
        "flag": _("true or false"),
        "day": _("a date like 2026-03-05"),
        "instant": _("a time like 2026-03-05T10:00:00Z, or a date like 2026-03-05"),
        "list": _("a list"),
    }
