"""What a leak test found, in words; never the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _
from app.wording.terms import in_words

if TYPE_CHECKING:
    from app.domain.responses import Leak


def leak_in_words(leak: Leak) -> str:
    """Return where something is left that must not leave."""
    prefix, _colon, what = leak.kind.partition(":")
    where = f"{leak.file}, {leak.where}" if leak.where else leak.file
    if prefix == "forbidden":
        text = _("{where}: an identifier that must not leave ({what}).")
        return text.format(where=where, what=in_words({}, what))
    return _("{where}: something that was covered can still be read.").format(where=where)
