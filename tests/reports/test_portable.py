from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import StorageError
from app.domain.review import Piece
from app.ports.reports import PortableColumn
from app.reports._portable import PortableWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write(folder: Path, *rows: Sequence[object]) -> tuple[list[dict[str, object]], list[list[str]]]:
    columns = [PortableColumn(f"c{at}", f"Column {at}") for at in range(len(rows[0]))]
    paths = folder / "x.json", folder / "x.csv"
    count = PortableWriter().write(columns, iter(rows), json_path=paths[0], csv_path=paths[1])
    assert count == len(rows)
    parsed = json.loads(paths[0].read_text("utf-8"))
    assert parsed["columns"][0] == {"key": "c0", "label": "Column 0"}
    with paths[1].open(encoding="utf-8", newline="") as file:
        return parsed["records"], list(csv.reader(file))[1:]


@pytest.mark.parametrize(
    ("value", "in_json", "in_csv"),
    [
        (None, None, ""),
        (True, True, "true"),
        (-5, -5, "-5"),
        (2**70, 2**70, str(2**70)),
        (0.1, 0.1, "0.1"),
        (float("nan"), "nan", "nan"),
        (Decimal("12345678901234567890.10"), "12345678901234567890.10", "12345678901234567890.10"),
        (Decimal("-1.50"), "-1.50", "-1.50"),
        (Decimal("1E+2"), "100", "100"),
        (date(2026, 3, 1), "2026-03-01", "2026-03-01"),
        (time(8, 5), "08:05:00", "08:05:00"),
        (
            datetime(2026, 3, 1, 8, 5, 0, 123, tzinfo=UTC),
            "2026-03-01T08:05:00.000123+00:00",
            "2026-03-01T08:05:00.000123+00:00",
        ),
        (b"\x00\xff", "AP8=", "AP8="),
        (["a", {"b": Decimal("1.0")}], ["a", {"b": "1.0"}], '["a", {"b": "1.0"}]'),
        (
            (Piece("Hi "), Piece("", "TP-ID"), Piece(".")),
            "Hi [covered: TP-ID].",
            "Hi [covered: TP-ID].",
        ),
        ('a,"b"\r\nc', 'a,"b"\r\nc', 'a,"b"\r\nc'),
        ("nul\x00", "nul\x00", "nul⟨U+0000⟩"),
        ("lone\udc80", "lone⟨U+DC80⟩", "lone⟨U+DC80⟩"),
        ("bell\x07", "bell\x07", "bell⟨U+0007⟩"),
        ("🙂 שלום", "🙂 שלום", "🙂 שלום"),
    ],
)
def test_a_value_is_exact(value: object, in_json: object, in_csv: str, tmp_path: Path) -> None:
    records, rows = write(tmp_path, (value, "x"))
    assert records[0]["c0"] == in_json
    assert rows[0][0] == in_csv


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+49 40",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\r=1",
        "\n=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "  =1",
        "\u200b=1",
        "\ufeff=1",
    ],
)
def test_text_that_could_be_a_formula_is_inert_in_csv_only(text: str, tmp_path: Path) -> None:
    records, rows = write(tmp_path, (text, Decimal(-1)))
    assert records[0]["c0"] == text
    assert rows[0] == [f"'{text}", "-1"]


def test_a_covered_passage_does_not_hide_a_formula(tmp_path: Path) -> None:
    _records, rows = write(tmp_path, ((Piece("=1"), Piece("", "LPP")), "x"))
    assert rows[0][0] == "'=1[covered: LPP]"


def test_files_are_utf8_without_a_mark_and_lines_end_as_rfc_4180_says(tmp_path: Path) -> None:
    write(tmp_path, ("ü", 1))
    assert (tmp_path / "x.csv").read_bytes() == "c0,c1\r\nü,1\r\n".encode()


def test_no_rows_are_a_valid_file(tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    count = PortableWriter().write(
        [PortableColumn("a", "A")], [], json_path=out, csv_path=tmp_path / "x.csv"
    )
    assert count == 0
    assert json.loads(out.read_text("utf-8"))["records"] == []


def test_nothing_stays_when_rows_end_in_an_error(tmp_path: Path) -> None:
    def rows() -> object:
        yield ("a",)
        raise StorageError("vault.damaged")

    with pytest.raises(StorageError):
        PortableWriter().write(
            [PortableColumn("a", "A")],
            rows(),  # type: ignore[arg-type]
            json_path=tmp_path / "x.json",
            csv_path=tmp_path / "x.csv",
        )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"export\.failed"):
        PortableWriter().write(
            [], [], json_path=tmp_path / "no" / "x.json", csv_path=tmp_path / "no" / "x.csv"
        )
