from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest

from app.domain.errors import StorageError
from app.domain.review import Cover, cut
from app.ports.reports import PortableColumn
from app.reports import letter, redactions, start_here, your_data, your_data_html
from app.reports._portable import PortableWriter
from app.reports._texts import FileTexts
from tests.reports import samples

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "Thomas Zwiebelfisch"


def found(path: Path, wanted: str = SECRET) -> bool:
    return any(wanted in " ".join(text.split()) for _where, text in FileTexts().texts(path))


def pdf_with(change: object, path: Path, source: Path) -> Path:
    with pikepdf.open(source) as pdf:
        change(pdf)  # type: ignore[operator]
        pdf.save(path)
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plain") / "letter.pdf"
    letter.REPORT.render(samples.person(), out)
    return out


def _attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["x.txt"] = pikepdf.AttachedFileSpec(pdf, SECRET.encode())


def _annotate(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Contents=SECRET, Rect=[0, 0, 1, 1]
    )
    pdf.pages[0].obj["/Annots"] = pikepdf.Array([pdf.make_indirect(note)])


def _bookmark(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(SECRET, 0))


def _describe(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Keywords"] = SECRET


def _xmp(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata() as meta:
        meta["dc:description"] = SECRET


@pytest.mark.parametrize("change", [_attach, _annotate, _bookmark, _describe, _xmp])
def test_hidden_parts_of_a_pdf_are_read(change: object, plain: Path, tmp_path: Path) -> None:
    assert not found(plain)
    assert found(pdf_with(change, tmp_path / "x.pdf", plain))


def test_pages_of_a_pdf_are_read(plain: Path) -> None:
    assert found(plain, "Dear Ms Köhler,")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<p>Thomas <b>Zwiebel</b>fisch</p>"),
        ("a.html", f"<p title='{SECRET}'>x</p>".encode()),
        ("a.html", f"<p>x<!-- {SECRET} --></p>".encode()),
        ("a.html", b"<p>Thomas Zwiebel&#102;isch</p>"),
        ("a.json", json.dumps({"a": {SECRET: 1}}).encode()),
        ("a.json", b'{"a": ["Thomas Zwiebel\\u0066isch"]}'),
        ("a.jsonl", b'{"a": 1}\n{"a": "Thomas Zwiebel\\u0066isch"}'),
        ("a.csv", f'a,b\r\n"x","{SECRET}"\r\n'.encode()),
        ("a.txt", SECRET.encode()),
        ("a.txt", SECRET.replace("fisch", "\u00adfisch").encode()),
        ("a.bin", b"\x00\x01" + SECRET.encode("utf-16-le")),
        ("a.bin", b"\x00" + SECRET.encode("utf-16-be")),
        ("a.doc", b"\xff\xfe\x00\x07" + SECRET.encode("latin-1")),
    ],
)
def test_other_files_are_read(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert found(tmp_path / name)


def test_archives_are_read_recursively(plain: Path, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.json", json.dumps([SECRET]))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
        archive.write(plain, "letter.pdf")
    assert found(tmp_path / "a.zip")
    assert found(tmp_path / "a.zip", "Dear Ms Köhler,")


def test_what_cannot_be_read_is_an_error_and_never_a_pass(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04nothing")
    deep = SECRET.encode()
    for _ in range(7):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("x.zip", deep)
        deep = packed.getvalue()
    (tmp_path / "deep.zip").write_bytes(deep)
    for name in ("a.pdf", "a.zip", "deep.zip"):
        with pytest.raises(StorageError, match=r"leak\.cannot_read"):
            list(FileTexts().texts(tmp_path / name))


def test_a_word_broken_by_the_setter_is_whole_again(tmp_path: Path) -> None:
    word = "maria.annabella.zwiebelfisch-unterderlinde@verylongdomainname.example"
    section = samples.section(
        "Contacts", samples.columns("A", "B", "C", "D", "E", "F"), [(word,) * 6] * 2
    )
    out = tmp_path / "your-data.pdf"
    your_data.REPORT.render(samples.person(sections=(section,)), out)
    assert found(out, word)


def test_covered_text_is_nowhere_in_any_output(tmp_path: Path) -> None:
    pieces = cut(f"Your neighbour {SECRET} signed.", [Cover(15, 15 + len(SECRET), "TP-ID")])
    section = samples.section("Messages", samples.columns("A", "B"), [("1", pieces), ("2", "x")])
    content = replace(samples.person(), sections=(section,))
    for module in (letter, your_data, redactions, start_here, your_data_html):
        module.REPORT.render(content, tmp_path / module.REPORT.file_name)
    PortableWriter().write(
        [PortableColumn("a", "A"), PortableColumn("b", "B")],
        section.rows,
        json_path=tmp_path / "x.json",
        csv_path=tmp_path / "x.csv",
    )
    for path in sorted(tmp_path.iterdir()):
        assert not found(path), path.name
        assert not found(path, "Zwiebelfisch"), path.name
        if path.name.startswith("your-data"):
            assert found(path, "Your neighbour"), path.name
