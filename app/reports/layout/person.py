"""What the documents for the person have in common: language, dates, the lines of "In short"."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from app.domain.clock import local_day
from app.domain.responses import Answered
from app.reports.layout.scripts import Visible
from app.reports.layout.words import words_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.ports.reports import PersonDocument, ShortLine

_ARTICLE = re.compile(r"15\(\d\)(?:\([a-h]\))?")
_LONG_TOKEN = re.compile(r"\S{23,}")
_BREAK_AFTER = re.compile(r"([^\w\s]|.{16})(?=\S{2})")
_HEADER_AT_MOST = 70
_CATEGORY = re.compile(r"(?:user|system)(?:\.[a-z_]+)+")
_ZERO_WIDTH_SPACE = "\u200b"


class Setting:
    """One document for one person: its words, and its way to make any text fit to be set."""

    def __init__(self, content: PersonDocument) -> None:
        self.content = content
        self.envelope = content.envelope
        self.words = words_for(content.envelope.language)
        self.visible = Visible()

    @property
    def made_on(self) -> str:
        """The day of the document."""
        zone = self.envelope.workspace.timezone
        return self.words.day(local_day(self.envelope.made_at, zone))

    @property
    def received_on(self) -> str:
        """The day on which the request arrived."""
        request = self.envelope.request
        return self.words.day(local_day(request.received_at, request.timezone))

    @property
    def controller(self) -> str:
        """Who answers."""
        return self.visible(self.envelope.workspace.controller.name)

    def base(self, title: str) -> dict[str, object]:
        """Return what every template needs."""
        fixed = {key: self.words.find(key) for key in self.words.names() if "." not in key}
        return {
            "title": title,
            "controller": self.controller,
            "header": textwrap.shorten(self.controller, _HEADER_AT_MOST, placeholder=" …"),
            "reference": self.visible(self.envelope.request.id),
            "lang": self.words.language,
            "words": {key: text for key, text in fixed.items() if text is not None},
        }

    def short_row(self, line: ShortLine) -> list[str]:
        """Return what we hold, why, how long, who receives it."""
        held = f"{self.visible(line.label)} ({self.words.number(line.records)})"
        who = ", ".join(map(self.visible, line.recipients)) or self.words("nobody")
        return [held, self.visible(line.purpose), self.visible(line.retention), who]

    def purposes(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield each purpose with its facts, Article 15(1)(a) to (d), (g) and 15(2)."""
        groups: dict[str, list[ShortLine]] = {}
        for line in self.content.short:
            groups.setdefault(line.purpose.strip() or line.label, []).append(line)
        for purpose, lines in groups.items():
            yield self.visible(purpose), list(self._facts(lines))

    def _facts(self, lines: Sequence[ShortLine]) -> Iterator[tuple[str, str]]:
        words = self.words
        facts: tuple[tuple[str, Iterable[tuple[str, str]]], ...] = (
            (
                "categories",
                ((each.label, ", ".join(map(_category, each.categories))) for each in lines),
            ),
            ("legal_basis", ((each.label, each.basis) for each in lines)),
            ("who_receives", ((each.label, ", ".join(each.recipients)) for each in lines)),
            ("how_long", ((each.label, each.retention) for each in lines)),
            ("origin", ((each.label, each.origin) for each in lines)),
            ("transfers", ((each.label, each.transfers) for each in lines)),
        )
        held = (f"{self.visible(each.label)} ({words.number(each.records)})" for each in lines)
        yield words("what_we_hold"), ", ".join(held)
        for key, values in facts:
            if text := self._merged(list(values)):
                yield words(key), text
            elif key == "who_receives":
                yield words(key), words("nobody")

    def _merged(self, values: list[tuple[str, str]]) -> str:
        """Return one value where all lines say the same, else each with its label."""
        given = [(label, text.strip()) for label, text in values if text.strip()]
        texts = list(dict.fromkeys(text for _label, text in given))
        if len(texts) == 1 and len(given) == len(values):
            return self.visible(texts[0])
        return "\n".join(f"{self.visible(label)}: {self.visible(text)}" for label, text in given)

    def answers(self) -> Iterator[tuple[str, str]]:
        """Yield the lines of the checklist that have something to say, with their titles."""
        for line in self.content.checklist:
            is_open = line.state is Answered.OPEN
            parts = [self.visible(line.text)] if line.text.strip() and not is_open else []
            if line.state is Answered.NOT_APPLICABLE and not line.item.derived:
                parts.insert(0, self.words("not_applicable"))
            if parts:
                yield self._title(line.item.article, line.item.title), " ".join(parts)

    def _title(self, article: str, title: str) -> str:
        found = _ARTICLE.search(article)
        known = self.words.find(f"art.{found[0]}") if found else None
        return known or self.visible(title)


def _category(category: str) -> str:
    """Return a key of the taxonomy of data categories as words: ``contact email``."""
    if not _CATEGORY.fullmatch(category):
        return category
    return category.partition(".")[2].replace(".", " ").replace("_", " ")


def breakable(text: str) -> str:
    """Return ``text`` with places in its very long words where a line may end."""
    if len(text) < 23:  # noqa: PLR2004 - shorter than any long word
        return text
    return _LONG_TOKEN.sub(
        lambda found: _BREAK_AFTER.sub(rf"\1{_ZERO_WIDTH_SPACE}", found[0]), text
    )
