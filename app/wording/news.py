"""What a member is told of what colleagues did: kind and reference, and nobody's name or value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _

if TYPE_CHECKING:
    from app.services.news import Item


def news_in_words(item: Item) -> str:
    """Return the sentence."""
    text = {
        "asked": _("{access_request} for {request} waits for your decision."),
        "half_granted": _("{access_request} for {request} was granted by one; others must agree."),
        "granted": _("Access for {request} is granted. The pull can begin."),
        "denied": _("Access for {request} was denied. The note says why."),
        "revoked": _("Access for {request} was taken back."),
    }[item.happened.value]
    return text.format(request=item.request, access_request=item.access_request)
