"""Everything that can be read out of a file that leaves: pages, metadata, attachments, the rest."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, override

from app.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pikepdf

_DEEP_AT_MOST = 4
_UNPACKED_AT_MOST = 2 << 30
_PIECE, _OVERLAP = 8 << 20, 1 << 16
_STRINGS_AT_ONCE = 5_000
_CELL_AT_MOST = 1 << 27
# Set where a line may end inside a long word; it belongs to no text.
_BREAK = re.compile("[\u200b\u00ad\u2060\ufeff]+(?:\r?\n)?")

type Found = Iterator[tuple[str, str]]


class FileTexts:
    """Reads texts for the leak test. What cannot be read raises: a test that did not look must not
    pass. ``StorageError("leak.cannot_read")``.
    """

    def texts(self, path: Path) -> Found:
        """Yield (where, text) of everything in a file."""
        try:
            with path.open("rb") as file:
                start = file.read(1024)
            if _kind(path.name, start) == "raw" or path.stat().st_size > _UNPACKED_AT_MOST:
                yield from _raw_file(path)
            else:
                yield from _Reader(path.name).read(path.name, path.read_bytes(), deep=0)
        except OSError:
            raise StorageError("leak.cannot_read", file=path.name) from None


def _kind(name: str, start: bytes) -> str:
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    if b"%PDF-" in start:
        return "pdf"
    suffix = name.rpartition(".")[2].lower()
    known = {"html": "html", "htm": "html", "xhtml": "html", "svg": "html", "xml": "html"}
    known |= {"json": "json", "jsonl": "json", "csv": "csv", "zip": "zip", "pdf": "pdf"}
    return known.get(suffix, "raw")


def _raw_file(path: Path) -> Found:
    with path.open("rb") as file:
        before = b""
        while piece := file.read(_PIECE):
            yield from _raw("content", before + piece)
            before = piece[-_OVERLAP:]


def _raw(where: str, data: bytes) -> Found:
    """Yield bytes as the encodings that text in unknown files has."""
    yield where, _plain(data.decode("utf-8", "ignore"))
    if not data.isascii():
        yield f"{where} (latin-1)", data.decode("latin-1")
    if b"\x00" in data:
        for encoding in ("utf-16-le", "utf-16-be"):
            yield f"{where} ({encoding})", data.decode(encoding, "ignore")
            yield f"{where} ({encoding}, shifted)", data[1:].decode(encoding, "ignore")


def _plain(text: str) -> str:
    return _BREAK.sub("", text)


class _Reader:
    """Reads one file and what is inside it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unpacked = 0

    def read(self, name: str, data: bytes, *, deep: int) -> Found:
        kind = _kind(name, data[:1024])
        if kind == "zip":
            yield from self._zip(data, deep=deep)
        elif kind == "pdf":
            yield from self._pdf(data, deep=deep)
        elif kind == "html":
            yield from _html(data)
            yield from _raw("source", data)
        elif kind == "json":
            yield from _json(data)
            yield from _raw("source", data)
        elif kind == "csv":
            yield from _csv(data)
            yield from _raw("source", data)
        else:
            yield from _raw("content", data)

    def _inside(self, name: str, data: bytes, *, deep: int) -> Found:
        self._unpacked += len(data)
        if deep >= _DEEP_AT_MOST or self._unpacked > _UNPACKED_AT_MOST:
            raise self._cannot()
        yield "name of an inner file", name
        for where, text in self.read(name, data, deep=deep + 1):
            yield f"{name}: {where}", text

    def _zip(self, data: bytes, *, deep: int) -> Found:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield "comment", archive.comment.decode("utf-8", "replace")
                for member in archive.infolist():
                    if member.file_size > _UNPACKED_AT_MOST:
                        raise self._cannot()
                    yield "comment", member.comment.decode("utf-8", "replace")
                    yield from self._inside(member.filename, archive.read(member), deep=deep)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError):
            raise self._cannot() from None

    def _pdf(self, data: bytes, *, deep: int) -> Found:
        import pikepdf  # noqa: PLC0415 - costs start-up time
        import pypdfium2  # noqa: PLC0415

        try:
            with pypdfium2.PdfDocument(data) as pages:
                for number, page in enumerate(pages, start=1):
                    text = page.get_textpage().get_text_range()
                    yield f"page {number}", _plain(text.replace("\ufffe", ""))
            with pikepdf.open(io.BytesIO(data)) as pdf:
                yield from self._objects(pdf, deep=deep)
                for key, value in (pdf.trailer.get("/Info") or {}).items():
                    yield f"metadata {key}", str(value)
        except (pypdfium2.PdfiumError, pikepdf.PdfError, ValueError):
            raise self._cannot() from None

    def _objects(self, pdf: pikepdf.Pdf, *, deep: int) -> Found:
        """Yield every string there is: notes, bookmarks, form fields, alternative texts."""
        import pikepdf  # noqa: PLC0415 - costs start-up time

        found: list[str] = []
        for number, each in enumerate(pdf.objects, start=1):
            found += _strings(each)
            if len(found) > _STRINGS_AT_ONCE:
                yield f"strings up to object {number}", _plain("\n".join(found))
                found.clear()
            if not isinstance(each, pikepdf.Stream):
                continue
            kind = str(each.get("/Type", ""))
            if kind == "/EmbeddedFile":
                yield from self._inside(f"attachment {number}", each.read_bytes(), deep=deep)
            elif kind == "/Metadata" or "/JS" in each:
                yield from _raw(f"metadata {number}", each.read_bytes())
        yield "strings", _plain("\n".join(found))

    def _cannot(self) -> StorageError:
        return StorageError("leak.cannot_read", file=self._name)


def _strings(each: Any) -> Iterator[str]:  # noqa: ANN401 - of pikepdf
    import pikepdf  # noqa: PLC0415 - costs start-up time

    waiting = [each]
    while waiting:
        current = waiting.pop()
        if isinstance(current, pikepdf.String):
            yield str(current)
        elif isinstance(current, pikepdf.Dictionary | pikepdf.Stream):
            # What is shared comes as an object of its own.
            values = (value for _key, value in current.items())
            waiting += [value for value in values if not getattr(value, "is_indirect", False)]
        elif isinstance(current, pikepdf.Array):
            waiting += [value for value in current if not getattr(value, "is_indirect", False)]


class _Page(HTMLParser):
    """Collects texts, attributes and comments of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.hidden: list[str] = []

    @override
    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += [value for _name, value in attrs if value]

    @override
    def handle_comment(self, data: str) -> None:
        self.hidden.append(data)

    @override
    def handle_decl(self, decl: str) -> None:
        self.hidden.append(decl)

    @override
    def unknown_decl(self, data: str) -> None:
        self.hidden.append(data)

    @override
    def handle_pi(self, data: str) -> None:
        self.hidden.append(data)


def _html(data: bytes) -> Found:
    page = _Page()
    page.feed(data.decode("utf-8", "replace"))
    page.close()
    # Once as words apart, once as written: markup may stand inside a word.
    yield "text", _plain("\n".join(page.text))
    yield "text, joined", _plain("".join(page.text))
    yield "attributes and comments", _plain("\n".join(page.hidden))


def _json(data: bytes) -> Found:
    try:
        parsed: list[object] = [json.loads(data)]
    except ValueError:
        parsed = []
        for line in data.splitlines():
            try:
                parsed.append(json.loads(line))
            except ValueError:
                continue
    yield "keys and values", _plain("\n".join(_leaves(parsed)))


def _leaves(given: Iterable[object]) -> Iterator[str]:
    waiting = list(given)
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            yield from map(str, current)
            waiting += current.values()
        elif isinstance(current, list):
            waiting += current
        else:
            yield str(current)


def _csv(data: bytes) -> Found:
    csv.field_size_limit(_CELL_AT_MOST)
    rows = csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline=""))
    try:
        yield "cells", _plain("\n".join(cell for row in rows for cell in row))
    except csv.Error:
        return
