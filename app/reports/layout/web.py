"""Web pages that stand alone: no script, nothing from elsewhere, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from app.paths import resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def text(value: str) -> str:
    """Return ``value`` as text of a page, its line breaks kept."""
    return escape(value).replace("\n", "<br>")


def page(title: str, *, language: str, body: Iterable[str]) -> Iterator[str]:
    """Yield a whole page; ``body`` is markup of ours around escaped text."""
    style, policy = _style()
    yield (
        f'<!doctype html>\n<html lang="{escape(language)}" dir="ltr">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )
    yield from body
    yield "</body>\n</html>\n"


def head(left: str, right: str) -> Iterator[str]:
    """Yield the line above everything: who writes, and how private it is."""
    yield f"<header><b>{text(left)}</b><span>{text(right)}</span></header>\n"


def table(
    caption: str, labels: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Sequence[bool]
) -> Iterator[str]:
    """Yield a table; cells are markup, labels and caption are text."""
    yield f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
    yield f'<caption class="unseen">{escape(caption)}</caption><thead><tr>'
    ends = [' class="end"' if each else "" for each in numeric]
    for label, end in zip(labels, ends, strict=True):
        yield f'<th scope="col"{end}>{text(label)}</th>'
    yield "</tr></thead><tbody>\n"
    for row in rows:
        cells = zip(row, ends, strict=True)
        yield "<tr>" + "".join(f"<td{end}>{cell}</td>" for cell, end in cells) + "</tr>\n"
    yield "</tbody></table></div>\n"


def card(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield labels and values; values are markup, labels are text."""
    yield "<dl>"
    for label, value in pairs:
        yield f"<div><dt>{text(label)}</dt><dd>{value}</dd></div>"
    yield "</dl>\n"


@cache
def _style() -> tuple[str, str]:
    """Return the style and the policy that allows it, by its hash, and nothing else."""
    style = resource("documents", "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return style, (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
