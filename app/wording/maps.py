"""Sentences about maps: what is not followed or reached and why, and what a reading showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext
from app.wording.clock_problems import harmless, printable
from app.wording.map_problems import problem_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.datamap import Problem


def problem_in_words(problem: Problem) -> str:
    """Return what is wrong, and what to do where that is not plain, without file and line."""
    values = {name: printable(str(value)) for name, value in problem.values.items()}
    values["where"] = values.get("where") or _("the file")
    if "expected" in values:
        values["expected"] = _expected()[values["expected"]]
    if "kind" in values:
        values["kind"] = _kinds()[values["kind"]]
    if reason := values.get("reason"):
        values["reason"] = f": {reason}"
    return problem_sentences()[problem.code].format_map(values)


def level_in_words(problem: Problem) -> str:
    """Return ``error`` or ``warning``."""
    return {"error": _("error"), "warning": _("warning")}[problem.level]


def count_in_words(*, errors: int, warnings: int) -> str:
    """Return how many problems a file has."""
    said = [ngettext("{count} error", "{count} errors", errors).format(count=errors)]
    if warnings:
        text = ngettext("{count} warning", "{count} warnings", warnings)
        said.append(text.format(count=warnings))
    return ", ".join(said)


def not_followed_in_words(why: str) -> str:
    """Return why a reference is not followed."""
    return {
        "same_collection": _(
            "It leads to other rows of the same collection, which are other people's."
        ),
        "cycle": _("It leads back to a collection that the way here came through."),
        "other_person": _(
            "It leads to another person's rows. To follow it all the same, put “follow: true”"
            " under meta.sandglass of the field that declares it."
        ),
        "after": _("The map wants these collections to be read in the other order."),
        "skipped_by_map": _("The map leaves that collection out (skip_processing)."),
        "not_in_maps": _("No map describes what it refers to."),
        "not_in_source": _("The source does not have what it refers to."),
    }[why]


def unreachable_in_words(why: str, needs: Sequence[str] = ()) -> str:
    """Return why a collection is not read; ``needs`` are kinds of identity that would help."""
    kinds = ", ".join(printable(each) for each in needs)
    sentence = {
        "no_path": _("No reference leads to it, and it holds no identity."),
        "needs_identity": _("Only an identity of this kind leads to it: {needs}."),
        "only_through_not_followed": _("Only references that are not followed lead to it."),
        "not_in_scope": _("It is not in the scope."),
        "skipped_by_map": _("The map leaves it out (skip_processing)."),
        "not_in_source": _("The source does not have it."),
    }[why]
    if why == "only_through_not_followed" and needs:
        sentence += " " + _("An identity of this kind would reach it: {needs}.")
    return sentence.format(needs=kinds)


def notice_in_words(code: str, values: Mapping[str, str | int]) -> str:
    """Return what a person has to know about a reading."""
    sentence = {
        "pull.nobody_found": _("NOBODY FOUND: no row holds the identity {kind} ({number})."),
        "pull.identity_not_in_map": _(
            "NOT SEARCHED: no field of the map declares the identity {kind} ({number})."
        ),
        "pull.several_people": _(
            "SEVERAL PEOPLE? {count} rows of {collection} hold the same {kind} ({number})."
        ),
        "pull.shared_rows": _(
            "SHARED: other people's rows point to rows of {collection} as well: {count}."
        ),
        "pull.missing_collection": _("NOT THERE: the source has no {collection}."),
        "pull.missing_field": _("NOT THERE: the source has no {field} in {collection}."),
    }[code]
    return sentence.format_map({name: printable(str(value)) for name, value in values.items()})


def unreadable_file_in_words(error: OSError, file: str) -> str:
    """Return why a file cannot be read."""
    sentence = {
        FileNotFoundError: _("There is no file {file}."),
        IsADirectoryError: _("{file} is a folder. Name the map file in it."),
        PermissionError: _("You may not read {file}. Ask whoever owns it."),
    }.get(type(error), _("{file} cannot be read: {reason}."))
    return sentence.format(file=harmless(file), reason=error.strerror or type(error).__name__)


def _expected() -> dict[str, str]:
    return {
        "text": _("a text"),
        "texts": _("a mapping of texts"),
        "list": _("a list"),
        "mapping": _("a mapping"),
        "flag": _("true or false"),
        "number": _("a whole number above 0"),
    }


def _kinds() -> dict[str, str]:
    return {"dataset": _("dataset"), "collection": _("collection"), "field": _("field")}
