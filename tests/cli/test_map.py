"""``sandglass map`` checks files like a compiler, and tries maps out without telling secrets."""

from __future__ import annotations

import argparse
import io
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from app.cli.command import Console
from app.cli.commands.map import COMMAND
from app.cli.exact_json import as_json, exact
from app.domain.errors import InputError
from app.services.mapping import Mapping, write_maps
from app.wording.maps import not_followed_in_words, unreachable_in_words
from tests.domain.map_words import a_map
from tests.fakes import no_window
from tests.services.memory_source import MemorySource

if TYPE_CHECKING:
    from pathlib import Path

SHOP = a_map(
    staff="id* badge@badge manager>staff.id",
    customers="id* email@email rep>staff.id",
    orders="id* customer_id<customers.id",
)
TABLES: dict[str, list[dict[str, object]]] = {
    "staff": [],
    "customers": [{"id": 2**70, "email": "ann@example.org", "rep": None}],
    "orders": [{"id": n, "customer_id": 2**70} for n in range(5)],
}
WHO = ("--identity", "email=Ann@example.org")


def run(*arguments: str, tables: Any = TABLES) -> tuple[int, str, str]:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    out, err = io.StringIO(), io.StringIO()
    app: Any = SimpleNamespace(mapping=Mapping({"memory": MemorySource(tables).type()}))
    console = Console(lambda: app, stdout=out, stderr=err, open_window=no_window)
    code = COMMAND.run(parser.parse_args(arguments), console)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def shop(tmp_path: Path) -> str:
    file = tmp_path / "shop.yml"
    file.write_text(write_maps([SHOP]), encoding="utf-8")
    return str(file)


def test_a_good_map_is_called_usable(shop: str) -> None:
    said = f"{shop} can be used: 0 errors. Collections: 3, fields: 8.\n"
    assert run("check", shop) == (0, said, "")


def test_problems_are_printed_with_file_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    file.write_text("dataset:\n- fides_key: a b\n  collections: []\n", encoding="utf-8")
    code, out, err = run("check", str(file))
    assert (code, err) == (1, "")
    first, second, summary = out.splitlines()
    assert (
        first == f"{file}:2:14: error: “a b” cannot be a fides_key. Use letters, digits and the"
        " characters . _ < > -"
    )
    assert second.startswith(f"{file}:2:14: warning: ")
    assert summary == f"{file} cannot be used: 1 error, 1 warning."


def test_a_bad_map_is_not_tried_out(tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    file.write_text("dataset: []", encoding="utf-8")
    code, out, err = run("test", str(file), "--source", "memory://", *WHO)
    assert (code, out) == (1, "")
    assert ":1:10: error: " in err


@pytest.mark.parametrize("action", [["check"], ["test", "--source", "memory://", *WHO]])
def test_a_file_that_cannot_be_read_is_a_sentence(action: list[str], tmp_path: Path) -> None:
    code, out, err = run(*action, str(tmp_path / "none.yml"))
    assert (code, out, err) == (1, "", f"There is no file {tmp_path / 'none.yml'}.\n")
    code, _out, err = run(*action, str(tmp_path))
    assert (code, err) == (1, f"{tmp_path} is a folder. Name the map file in it.\n")
    code, _out, err = run(*action, "a\x00\x1b[2J")
    assert code == 1
    assert err == "There is no file a\\x00\\x1b[2J.\n"


def test_a_trial_shows_counts_and_what_was_not_read(shop: str) -> None:
    code, out, err = run("test", shop, "--source", "memory://u:hunter2@here", *WHO)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Collection      Rows",
        "shop.customers     1",
        "shop.orders        5",
        "",
        "Not followed",
        "  shop.customers.rep → shop.staff.id",
        f"    {not_followed_in_words('other_person')}",
        "",
        "Not read",
        "  shop.staff",
        f"    {unreachable_in_words('only_through_not_followed', ['badge'])}",
    ]


def test_notices_come_first(shop: str) -> None:
    _code, out, _err = run(
        "test", shop, "--source", "memory://", "--identity", "email=eve@example.org"
    )
    assert out.startswith("! NOBODY FOUND: no row holds the identity email (1).\n\n")


def test_json_holds_the_rows_and_nothing_but_json(shop: str) -> None:
    code, out, err = run("test", shop, "--source", "memory://", *WHO, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert list(answer) == ["collections", "not_followed", "unreachable"]
    assert answer["collections"]["shop.customers"] == TABLES["customers"]
    assert len(answer["collections"]["shop.orders"]) == 5
    (reference,) = answer["not_followed"]
    assert (reference["from"], reference["to"]) == ("shop.customers.rep", "shop.staff.id")
    assert reference["why"].startswith("It leads to another person's rows.")
    assert [each["collection"] for each in answer["unreachable"]] == ["shop.staff"]


def test_json_has_an_entry_for_what_was_read_and_found_empty(shop: str) -> None:
    who = ("--identity", "email=eve@example.org")
    code, out, err = run("test", shop, "--source", "memory://", *who, "--json")
    assert code == 0
    assert err.startswith("NOBODY FOUND")
    assert json.loads(out)["collections"] == {"shop.customers": [], "shop.orders": []}


def test_nothing_is_printed_before_a_source_answers(shop: str) -> None:
    with pytest.raises(InputError, match=r"map\.nothing_there"):
        run("test", shop, "--source", "memory://", *WHO, "--json", tables={})


@pytest.mark.parametrize(
    "wrong",
    [
        ["test", "m.yml"],
        ["test", "m.yml", "--source", "memory://"],
        ["test", "m.yml", "--source", "memory://", "--identity", "ann@example.org"],
        ["test", "m.yml", "--source", "memory://", "--identity", "email= "],
        ["chekc", "m.yml"],
        [],
    ],
)
def test_bad_usage_ends_with_two(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*wrong)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2**100, str(2**100)),
        (Decimal("1.10"), '"1.10"'),
        (1.5, "1.5"),
        (float("nan"), '"NaN"'),
        (float("-inf"), '"-Infinity"'),
        (True, "true"),
        (None, "null"),
        (b"\x00\xff", '"AP8="'),
        (date(2026, 2, 3), '"2026-02-03"'),
        (time(4, 5, 6, 7), '"04:05:06.000007"'),
        (datetime(2026, 2, 3, 4, 5, tzinfo=UTC), '"2026-02-03T04:05:00+00:00"'),
        ([{"a": (1, float("inf"))}], '[{"a": [1, "Infinity"]}]'),
        ("ü\x00\u2028", '"ü\\u0000\u2028"'),
        ("\udcff", '"\\udcff"'),
    ],
)
def test_values_become_json_exactly(value: object, shown: str) -> None:
    assert as_json(exact(value)) == shown
