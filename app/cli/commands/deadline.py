"""Count deadlines: many from a file as JSON, or one from options in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.command import Command
from app.domain.errors import InputError
from app.i18n import _
from app.services.deadlines import answer
from app.wording.clock import (
    due_in_words,
    ignored_pauses_in_words,
    period_in_words,
    safe_by_in_words,
    sources_in_words,
    working_in_words,
)
from app.wording.clock_problems import clock_problem_in_words, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from app.cli.command import Console
    from app.domain.clock import Deadline

_DONE = 0
_BAD_INPUT = 2
_CASE_OPTIONS = (
    "rule",
    "calendar",
    "received",
    "tz",
    "identity_received",
    "fee_paid",
    "costs_notified",
    "as_of",
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--from", dest="file", metavar="FILE", help=_("cases as JSON, - for standard input"))
    add("--rule", help=_("the rule, like eu.dsr"))
    add("--calendar", help=_("the public holidays, like DE-BY"))
    add("--received", metavar="DATE", help=_("the day of receipt, or an instant with --tz"))
    add("--tz", metavar="ZONE", help=_("the controller's time zone, like Europe/Berlin"))
    add("--identity-received", metavar="DATE", help=_("when the proof of identity arrived"))
    add("--fee-paid", metavar="DATE", help=_("when the fee was paid"))
    add("--costs-notified", metavar="DATE", help=_("when the person was told of costs"))
    add(
        "--pause",
        dest="pauses",
        action="append",
        default=[],
        metavar="KIND:ASKED:ANSWERED",
        help=_("a question to the person, like clarification:2026-03-05:2026-03-16"),
    )
    add("--extended", action="store_true", help=_("the period was extended"))
    add("--as-of", metavar="DATE", help=_("the day up to which an open question counts"))
    add("--list-rules", action="store_true", help=_("show the rules"))
    add("--list-calendars", action="store_true", help=_("show the calendars"))


def _run(arguments: argparse.Namespace, console: Console) -> int:
    try:
        if arguments.list_rules:
            return _list_rules(console)
        if arguments.list_calendars:
            return _list_calendars(console)
        if arguments.file is not None:
            return _answer_file(arguments, console)
        return _answer_options(arguments, console)
    except InputError as problem:
        console.err(clock_problem_in_words(problem))
        return _BAD_INPUT


def _list_rules(console: Console) -> int:
    for rule in console.app.deadlines.rules():
        console.out(f"{rule.id}\t{rule.regime}\t{rule.right}\t{period_in_words(rule.period)}")
    return _DONE


def _list_calendars(console: Console) -> int:
    for calendar_id in console.app.deadlines.calendar_ids():
        console.out(f"{calendar_id}\t{console.app.deadlines.calendar(calendar_id).title}")
    return _DONE


def _answer_file(arguments: argparse.Namespace, console: Console) -> int:
    """Answer one object with one object and a list with a list, in the same order."""
    if _given(arguments) or arguments.pauses or arguments.extended:
        raise InputError("clock.options_conflict")
    content = _read(arguments.file, console)
    if isinstance(content, dict):
        deadline = console.app.deadlines.count_case(content)
        _tell_of_ignored_pauses(deadline, _name(content, place=1), console)
        console.json(_named(content, answer(deadline)))
        return _DONE
    if isinstance(content, list):
        return _answer_list(content, console)
    raise InputError("clock.file_without_cases")


def _answer_list(cases: list[object], console: Console) -> int:
    """Answer every case that can be counted; one that cannot says why in its place."""
    answers: list[dict[str, object]] = []
    code = _DONE
    for case, result in zip(cases, console.app.deadlines.count_cases(cases), strict=True):
        name = _name(case, place=len(answers) + 1)
        if isinstance(result, InputError):
            code = _BAD_INPUT
            sentence = clock_problem_in_words(result)
            console.err(f"{name}: {sentence}")
            answers.append(_named(case, {"error": sentence}))
        else:
            _tell_of_ignored_pauses(result, name, console)
            answers.append(_named(case, answer(result)))
    console.json(answers)
    return code


def _answer_options(arguments: argparse.Namespace, console: Console) -> int:
    if not (arguments.rule and arguments.calendar and arguments.received):
        raise InputError("clock.options_missing")
    case: dict[str, object] = dict(_given(arguments))
    case["pauses"] = [_pause(text) for text in arguments.pauses]
    case["extended"] = arguments.extended
    deadline = console.app.deadlines.count_case(case)
    for sentence in working_in_words(deadline):
        console.out(sentence)
    console.out()
    as_of = deadline.case.as_of
    console.out(due_in_words(deadline, as_of))
    console.out(safe_by_in_words(deadline, as_of))
    console.out()
    for sentence in sources_in_words(deadline):
        console.out(sentence)
    return _DONE


def _given(arguments: argparse.Namespace) -> Mapping[str, str]:
    options = vars(arguments)
    return {name: options[name] for name in _CASE_OPTIONS if options[name] is not None}


def _pause(text: str) -> Mapping[str, object]:
    """Read ``KIND:ASKED[:ANSWERED][:unapproved]``."""
    parts = text.split(":")
    is_approved = parts[-1] != "unapproved"
    if not is_approved:
        parts.pop()
    kind, asked, answered, *rest = [*parts, "", "", ""][: max(len(parts), 3)]
    if not kind or not asked or rest:
        raise InputError("clock.pause_malformed")
    pause = {"kind": kind, "asked": asked, "approved": is_approved}
    return {**pause, "answered": answered} if answered else pause


def _read(name: str, console: Console) -> object:
    try:
        text = console.stdin() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
        content: object = json.loads(text.removeprefix("\ufeff"))
    except OSError:
        raise InputError("clock.file_unreadable", path=name) from None
    except UnicodeDecodeError:
        raise InputError("clock.file_not_text") from None
    except json.JSONDecodeError as problem:
        raise InputError("clock.file_not_json", line=problem.lineno, column=problem.colno) from None
    except RecursionError:
        raise InputError("clock.file_too_deep") from None
    except ValueError:  # a number of thousands of digits
        raise InputError("clock.file_without_cases") from None
    return content


def _named(case: object, dates: Mapping[str, object]) -> dict[str, object]:
    name = _id(case)
    return dict(dates) if name is None else {"id": name, **dates}


def _name(case: object, *, place: int) -> str:
    name = _id(case)
    return _("Case {n}").format(n=place) if name is None else str(name)


def _id(case: object) -> str | int | None:
    name = case.get("id") if isinstance(case, dict) else None
    if isinstance(name, str):
        return printable(name)
    return name if isinstance(name, int) else None


def _tell_of_ignored_pauses(deadline: Deadline, name: str, console: Console) -> None:
    """Say on the side what the dates cannot say: that a pause in the file did not count."""
    for sentence in ignored_pauses_in_words(deadline):
        console.err(f"{name}: {sentence}")


COMMAND = Command(
    name="deadline",
    help=_("Count deadlines with their working"),
    add_arguments=_add_arguments,
    run=_run,
)
