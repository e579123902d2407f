"""Trying a map with one identity: what would be found, counted, never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext
from app.ui.dialogs.ask import ask
from app.ui.dialogs.reading import open_reading
from app.ui.widgets.form import FormItem
from app.wording.maps import not_followed_in_words, notice_in_words, unreachable_in_words
from app.wording.terms import identity_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from PySide6.QtWidgets import QWidget

    from app.services.mapping import TryResult
    from app.services.sourcing import SourceView
    from app.ui.page import Room
    from app.ui.runner import Work


def try_source(parent: QWidget, room: Room, source: SourceView) -> None:
    """Ask for an identity, count what the map reaches from it, and show that."""
    kinds = sorted({kind for each in source.map.collections for kind in each.identities()})
    options = tuple((each, identity_in_words(each)) for each in kinds or ("email",))
    key, region = source.record.key, room.facts.controller.country

    def work(values: Mapping[str, str], _work: Work) -> TryResult:
        return room.desk.sourcing.try_out(
            key, kind=values["kind"], value=values["value"], region=region
        )

    def show(result: object) -> None:
        title = _("What the map of {source} reaches").format(source=source.map.title())
        open_reading(parent, title=title, paragraphs=list(_told(result)))  # type: ignore[arg-type]

    ask(
        parent,
        room,
        title=_("Try the map with an identity"),
        text=_(
            "Rows are counted, no value is read out. That it was tried, and how many rows there "
            "were, goes into the log; the identity does not."
        ),
        confirm=_("Count"),
        fields=(
            FormItem("kind", _("Kind of identity"), "choice", options[0][0], options, is_half=True),
            FormItem("value", _("Identity"), is_required=True, is_half=True),
        ),
        work=work,
        done=show,
    )


def _told(result: TryResult) -> Iterator[str]:
    for each in result.notices:
        yield notice_in_words(each.code, each.values)
    if result.notices:
        yield ""
    for at, count in sorted(result.collections.items()):
        rows = ngettext("{n} row", "{n} rows", count).format(n=f"{count:,}")
        yield f"{at}: {rows}"
    if result.not_followed:
        yield ""
        yield _("Not followed:")
    for other in result.not_followed:
        yield f"{other.from_} → {other.to}: {not_followed_in_words(other.why)}"
    if result.unreachable:
        yield ""
        yield _("Not reached:")
    for missing in result.unreachable:
        yield f"{missing.collection}: {unreachable_in_words(missing.why, missing.needs)}"
