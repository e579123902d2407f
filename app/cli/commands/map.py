"""Check a map file, or try it out on a source."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.command import Command
from app.cli.exact_json import RowsAsJson
from app.domain.datamap import Level
from app.i18n import _
from app.wording.clock_problems import harmless
from app.wording.maps import (
    count_in_words,
    level_in_words,
    not_followed_in_words,
    notice_in_words,
    problem_in_words,
    unreachable_in_words,
    unreadable_file_in_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.cli.command import Console
    from app.domain.datamap import CollectionAddress
    from app.services.mapping import Inspected, TryResult
    from app.services.trial import Record

_FINE, _PROBLEMS = 0, 1


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    check = actions.add_parser("check", help=_("say what is wrong with a map file"))
    check.add_argument("file", metavar="FILE")
    test = actions.add_parser("test", help=_("read one person's rows, and say what is not read"))
    test.add_argument("file", metavar="FILE")
    test.add_argument(
        "--source", metavar="URL", required=True, help=_("where the data are: sqlite:///shop.db")
    )
    test.add_argument(
        "--identity",
        dest="identities",
        metavar="KIND=VALUE",
        action="append",
        type=_identity,
        required=True,
        help=_("who is looked for, like email=ann@example.org; can be given several times"),
    )
    test.add_argument(
        "--region",
        metavar="CC",
        default="",
        help=_("the country of phone numbers without a country code, like DE"),
    )
    test.add_argument("--json", action="store_true", help=_("print the rows as JSON"))


def _identity(text: str) -> tuple[str, str]:
    kind, equals, value = text.partition("=")
    if not equals or not kind.strip() or not value.strip():
        raise argparse.ArgumentTypeError(_("write KIND=VALUE, like email=ann@example.org"))
    return kind.strip(), value


def _run(arguments: argparse.Namespace, console: Console) -> int:
    try:
        content = Path(arguments.file).read_bytes()
    except (OSError, ValueError) as error:
        problem = error if isinstance(error, OSError) else FileNotFoundError()
        console.err(unreadable_file_in_words(problem, arguments.file))
        return _PROBLEMS
    inspected = console.app.mapping.check(content, arguments.file)
    if arguments.action == "check":
        _print_problems(inspected, console.out)
        console.out(_summary(inspected, arguments.file))
        return _FINE if inspected.is_usable() else _PROBLEMS
    _print_problems(inspected, console.err)
    return _try_out(inspected, arguments, console) if inspected.is_usable() else _PROBLEMS


def _print_problems(inspected: Inspected, say: Callable[[str], None]) -> None:
    for each in inspected.problems:
        place = f"{harmless(each.file)}:{each.line}:{each.column}"
        say(f"{place}: {level_in_words(each)}: {problem_in_words(each)}")


def _summary(inspected: Inspected, file: str) -> str:
    errors = sum(each.level is Level.ERROR for each in inspected.problems)
    counted = count_in_words(errors=errors, warnings=len(inspected.problems) - errors)
    if errors:
        return _("{file} cannot be used: {counted}.").format(file=harmless(file), counted=counted)
    collections = [each for source_map in inspected.maps for each in source_map.collections]
    fields = sum(1 for each in collections for _found in each.all_fields())
    return _("{file} can be used: {counted}. Collections: {collections}, fields: {fields}.").format(
        file=harmless(file), counted=counted, collections=len(collections), fields=fields
    )


def _try_out(inspected: Inspected, arguments: argparse.Namespace, console: Console) -> int:
    identities: dict[str, list[str]] = {}
    for kind, value in arguments.identities:
        identities.setdefault(kind, []).append(value)
    rows = _RowsOut(console) if arguments.json else None
    result = console.app.mapping.try_out(
        inspected.maps,
        arguments.source,
        identities=identities,
        region=arguments.region,
        on_rows=rows.take if rows else _only_count,
    )
    if rows is None:
        _print_result(result, console)
        return _FINE
    for notice in result.notices:
        console.err(notice_in_words(notice.code, notice.values))
    rows.finish(result)
    return _FINE


def _only_count(_collection: CollectionAddress, _rows: Sequence[Record]) -> None:
    """Rows are shown as JSON alone; without it the numbers are what one looks at."""


class _RowsOut:
    """Rows as JSON on standard output, begun with the first of them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._json = RowsAsJson(console.stdout.write)

    def take(self, collection: CollectionAddress, rows: Sequence[Record]) -> None:
        """Write some rows."""
        self._json.add(str(collection), rows)

    def finish(self, result: TryResult) -> None:
        """Write what was not read, and why."""
        not_followed = [
            {"from": str(each.from_), "to": str(each.to), "why": not_followed_in_words(each.why)}
            for each in result.not_followed
        ]
        unreachable = [
            {
                "collection": str(each.collection),
                "why": unreachable_in_words(each.why, each.needs),
            }
            for each in result.unreachable
        ]
        self._json.finish({"not_followed": not_followed, "unreachable": unreachable})


def _print_result(result: TryResult, console: Console) -> None:
    for notice in result.notices:
        console.out(f"! {notice_in_words(notice.code, notice.values)}")
    if result.notices:
        console.out()
    counts = [(str(at), str(count)) for at, count in result.collections.items()]
    table = [(_("Collection"), _("Rows")), *counts]
    widths = [max(len(row[column]) for row in table) for column in (0, 1)]
    for name, count in table:
        console.out(f"{name:<{widths[0]}}  {count:>{widths[1]}}")
    if result.not_followed:
        console.out("\n" + _("Not followed"))
    for each in result.not_followed:
        console.out(f"  {each.from_} → {each.to}\n    {not_followed_in_words(each.why)}")
    if result.unreachable:
        console.out("\n" + _("Not read"))
    for left in result.unreachable:
        console.out(f"  {left.collection}\n    {unreachable_in_words(left.why, left.needs)}")


COMMAND = Command(
    name="map",
    help=_("Check a map file, or try it out on a source"),
    add_arguments=_add_arguments,
    run=_run,
)
