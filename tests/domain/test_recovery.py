"""The recovery kit's lines: typed badly they say where, typed well they are the key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InputError
from app.domain.recovery import KEY_BYTES, LINES, kit_code, kit_lines, read_kit

KEY = bytes(range(KEY_BYTES))


@given(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES))
def test_what_is_printed_is_read_back(key: bytes) -> None:
    assert read_kit("\n".join(kit_lines(key))) == key
    assert read_kit(kit_code(key)) == key


def test_how_it_is_typed_does_not_matter() -> None:
    def sloppy(line: str) -> str:
        number, _, rest = line.partition(" ")
        return f"  {int(number)}.  {rest.lower().replace('0', 'o').replace('1', 'l')} "

    assert read_kit("\n\n".join(map(sloppy, reversed(kit_lines(KEY))))) == KEY
    code = kit_code(KEY)
    assert read_kit(f"{code[:100]}\n{code[100:]}\n") == KEY


@pytest.mark.parametrize("number", [1, 7, LINES])
def test_a_wrong_letter_is_found_in_its_line(number: int) -> None:
    lines = list(kit_lines(KEY))
    line = lines[number - 1]
    lines[number - 1] = line[:-1] + ("A" if line[-1] != "A" else "B")
    with pytest.raises(InputError, match=r"recovery\.line_wrong") as wrong:
        read_kit("\n".join(lines))
    assert wrong.value.values["line"] == number


def test_lines_in_each_other_s_place_are_found() -> None:
    lines = list(kit_lines(KEY))
    swapped = [f"01 {lines[1][3:]}", f"02 {lines[0][3:]}", *lines[2:]]
    with pytest.raises(InputError, match=r"recovery\.lines_wrong") as wrong:
        read_kit("\n".join(swapped))
    assert wrong.value.values["lines"] == "1, 2"


def test_missing_lines_are_named() -> None:
    lines = kit_lines(KEY)
    with pytest.raises(InputError, match=r"recovery\.incomplete") as missing:
        read_kit("\n".join(lines[:3] + lines[5:]))
    assert missing.value.values["missing"] == "4, 5"


@pytest.mark.parametrize("text", ["", "hello", "SANDGLASS-KIT-1:", "99 AAAA"])
def test_what_is_no_kit_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InputError, match=r"recovery\.unreadable"):
        read_kit(text)
