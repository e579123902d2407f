"""What is found in a record and why it is covered, in words."""

from __future__ import annotations

from app.i18n import _
from app.wording.terms import FLAGS, NOTICES, in_words


def flag_in_words(kind: str) -> str:
    """Return what a flag says: ``third party``."""
    prefix, _colon, what = kind.partition(":")
    if prefix == "forbidden":
        return _("must not leave: {what}").format(what=in_words({}, what))
    return in_words(FLAGS, kind)


def notice_in_short(code: str, *, count: int, collection: str) -> str:
    """Return what a pull found and somebody has to settle."""
    text = in_words(NOTICES, code)
    if collection:
        text = _("{what} in {collection}").format(what=text, collection=collection)
    return f"{text} ({count:,})" if count > 1 else text
