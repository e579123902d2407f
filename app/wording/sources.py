"""What the window says of sources: who keeps them closed, and where they are not as mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext
from app.wording.clock_problems import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.ports.sources import Difference, Enforcement


def enforcement_in_words(enforcement: Enforcement) -> str:
    """Return who keeps rows, fields and deadline, without making it better than it is."""
    return {
        "source": _("The source itself keeps rows, fields and deadline."),
        "fields": _(
            "The weaker way: the source keeps a grant's login to the mapped columns, but of "
            "everybody's rows. The person's rows, the granted fields among them and the end are "
            "kept by Sandglass. The approver's password alone opens it."
        ),
        "sandglass": _(
            "Sandglass keeps rows, fields and deadline inside the connection. Whoever may read "
            "the file without Sandglass may read all of it: its permissions are the true border."
        ),
        "nobody": _("Nobody yet: no grant can open it before its airlock is installed."),
    }[enforcement.value]


def enforcement_in_short(enforcement: Enforcement) -> str:
    """Return the same in a word or two."""
    return {
        "source": _("enforced by the source"),
        "fields": _("weaker way, only columns enforced by the source"),
        "sandglass": _("enforced by Sandglass"),
        "nobody": _("not enforced"),
    }[enforcement.value]


def weaker_in_words(sources: Sequence[str]) -> str:
    """Return what becomes readable in sources that are entered the weaker way; their titles."""
    return ngettext(
        "{sources} is entered the weaker way: while access lasts, its login could read the mapped "
        "columns of everybody. Sandglass, not the source, keeps to this person and to the time.",
        "{sources} are entered the weaker way: while access lasts, their logins could read the "
        "mapped columns of everybody. Sandglass, not the sources, keeps to this person and to the "
        "time.",
        len(sources),
    ).format(sources=", ".join(sources))


def difference_in_words(difference: Difference) -> str:
    """Return where a source is not as its map says."""
    where = printable(difference.collection)
    if difference.field:
        where = f"{where} / {printable(difference.field)}"
    match difference.kind:
        case "missing_collection":
            return _("{where} is not in the source.").format(where=where)
        case "missing_field":
            return _("{where} is not in the source.").format(where=where)
        case "other_type":
            return _("{where} is {found} in the source, {expected} in the map.").format(
                where=where,
                found=printable(difference.found),
                expected=printable(difference.expected),
            )
        case _:
            return _("{where} is in no map.").format(where=where)
