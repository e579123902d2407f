"""Where something was covered or left out, and why, as redactions.pdf; never what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ports.reports import PersonDocument, ReportType
from app.reports.layout.person import Setting, breakable
from app.reports.layout.sections import reason_text
from app.reports.layout.typesetting import typeset

if TYPE_CHECKING:
    from pathlib import Path

_REASON_WIDTHS = (220.0, 143.0, 65.0, 65.0)
_PLACE_WIDTHS = (150.0, 55.0, 118.0, 170.0)
_PLACES_AT_MOST = 10_000


def render(content: PersonDocument, out: Path) -> None:
    """Write counts by reason and every place."""
    setting = Setting(content)
    words = setting.words
    reference = setting.visible(content.envelope.request.id)
    places = [_place(content, at, setting=setting) for at in range(len(content.places))]
    data = {
        **setting.base(words("redactions_title")),
        "intro": words("redactions_intro", day=setting.made_on, id=reference),
        "reasons": _reasons(content, setting=setting),
        "reason_widths": _REASON_WIDTHS,
        "places": places[:_PLACES_AT_MOST],
        "place_widths": _PLACE_WIDTHS,
        "more": words.number(len(places)) if len(places) > _PLACES_AT_MOST else "",
        "has_substitutes": setting.visible.has_substitutes,
    }
    typeset("redactions", data, out=out, made_at=content.envelope.made_at)


def _reasons(content: PersonDocument, *, setting: Setting) -> list[list[str]]:
    number = setting.words.number
    rows = []
    for code in sorted({*content.covered, *content.withheld}):
        covered, withheld = content.covered.get(code, 0), content.withheld.get(code, 0)
        if covered or withheld:
            label, law = _reason(code, setting=setting)
            rows.append([label, law, number(covered), number(withheld)])
    return rows


def _place(content: PersonDocument, at: int, *, setting: Setting) -> list[str]:
    place = content.places[at]
    label, law = _reason(place.reason, setting=setting)
    field = setting.words("whole_record") if place.withheld else setting.visible(place.field)
    return [
        breakable(setting.visible(place.section)),
        setting.words.number(place.record),
        breakable(field),
        f"{label} ({law})",
    ]


def _reason(code: str, *, setting: Setting) -> tuple[str, str]:
    label, law = reason_text(code, words=setting.words, regime=setting.envelope.regime)
    return label, setting.visible(law)


REPORT = ReportType("redactions", "redactions.pdf", render)
