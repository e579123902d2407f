"""Reads documents back with other programs than those that wrote them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pypdfium2
import pytest

if TYPE_CHECKING:
    from pathlib import Path

_DOTS_PER_INCH = 150


def run(program: str, *arguments: object) -> str:
    """Return what ``program`` prints; the test is skipped where it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def scanned(path: Path) -> str:
    """Return what the code on a PDF's first page says, as a camera sees it on paper; the test is
    skipped where nothing reads codes.
    """
    zxingcpp = pytest.importorskip("zxingcpp")
    with pypdfium2.PdfDocument(path) as document:
        picture = document[0].render(scale=_DOTS_PER_INCH / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(picture)
    return str(code.text)


def text_of(path: Path, *, layout: bool = False) -> str:
    """Return a PDF's text as poppler reads it, blanks as one."""
    arguments = ["-layout"] if layout else []
    return run("pdftotext", *arguments, "-enc", "UTF-8", path, "-")


def flat(text: str) -> str:
    """Return ``text`` with every run of blanks as one and without places for line breaks."""
    return " ".join(text.replace("\u200b", "").split())


def structure_of(path: Path) -> str:
    return run("pdfinfo", "-struct-text", path)


def assert_sound(path: Path) -> None:
    """Check the file's syntax with qpdf and that every font is inside."""
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", path)
    fonts = run("pdffonts", path).splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), fonts
