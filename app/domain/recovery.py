"""The authority's key on paper: lines that a person can type, each with its own check.

The 192 bytes of the key and the first eight of their SHA-256 make twenty lines of ten bytes. A
line is its number, sixteen letters and digits of them (Crockford's base 32: no I, L, O, U), and
four more that check number and line. A QR code holds the same lines, one after the other, without
spaces and numbers.
"""

from __future__ import annotations

import hashlib
import re

from app.domain.errors import InputError

KEY_BYTES = 192
_SUM_BYTES = 8
_LINE_BYTES = 10
LINES = (KEY_BYTES + _SUM_BYTES) // _LINE_BYTES
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKS_LIKE = str.maketrans("ILO", "110")
_GROUP = 4
_DATA, _CHECK = 16, 4
_BITS = 5
_START = "SANDGLASS-KIT-1:"


def kit_lines(short: bytes) -> tuple[str, ...]:
    """Return the lines to print for the ``KEY_BYTES`` of an authority's key."""
    if len(short) != KEY_BYTES:
        raise InputError("recovery.incomplete", missing="1")
    whole = short + _sum(short)
    return tuple(_line(number, whole) for number in range(1, LINES + 1))


def kit_code(short: bytes) -> str:
    """Return the same as one text for a QR code."""
    return _START + "".join(line[2:].replace(" ", "") for line in kit_lines(short))


def read_kit(text: str) -> bytes:
    """Undo ``kit_lines`` or ``kit_code``, however somebody typed it.

    ``InputError``: recovery.line_wrong with ``line``, recovery.lines_wrong with ``lines``,
    recovery.incomplete with ``missing`` ones, recovery.unreadable.
    """
    lines = _numbered(text)
    missing = [str(number) for number in range(1, LINES + 1) if number not in lines]
    if missing:
        if len(missing) == LINES:
            raise InputError("recovery.unreadable")
        raise InputError("recovery.incomplete", missing=", ".join(missing))
    wrong = [number for number in range(1, LINES + 1) if not _is_right(number, lines[number])]
    if len(wrong) == 1:
        raise InputError("recovery.line_wrong", line=wrong[0])
    if wrong:
        raise InputError("recovery.lines_wrong", lines=", ".join(map(str, wrong)))
    whole = b"".join(_decoded(lines[number][:_DATA]) for number in range(1, LINES + 1))
    short = whole[:KEY_BYTES]
    if whole[KEY_BYTES:] != _sum(short):
        raise InputError("recovery.unreadable")
    return short


def _numbered(text: str) -> dict[int, str]:
    """Return what stands on each line; a text without numbers is the one of a QR code."""
    upper = text.upper()
    if _START in upper:
        code = _plain(upper.partition(_START)[2])
        size = _DATA + _CHECK
        parts = [code[at : at + size] for at in range(0, len(code), size)]
        return dict(enumerate(parts, start=1))
    found: dict[int, str] = {}
    for line in upper.splitlines():
        typed = re.match(r"\s*(\d{1,2})[\s.:)]+(\S.*)$", line)
        if typed and 1 <= int(typed[1]) <= LINES:
            found[int(typed[1])] = _plain(typed[2])
    return found


def _is_right(number: int, line: str) -> bool:
    return len(line) == _DATA + _CHECK and line[_DATA:] == _check(number, line[:_DATA])


def _plain(text: str) -> str:
    kept = "".join(each for each in text if each.isalnum())
    return kept.translate(_LOOKS_LIKE)


def _line(number: int, whole: bytes) -> str:
    data = _encoded(whole[(number - 1) * _LINE_BYTES : number * _LINE_BYTES])
    code = data + _check(number, data)
    groups = (code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
    return f"{number:02} {' '.join(groups)}"


def _check(number: int, data: str) -> str:
    digest = hashlib.sha256(f"{number}:{data}".encode()).digest()
    return _encoded(digest[:_LINE_BYTES])[:_CHECK]


def _sum(short: bytes) -> bytes:
    return hashlib.sha256(short).digest()[:_SUM_BYTES]


def _encoded(data: bytes) -> str:
    """Return ten bytes as sixteen letters and digits."""
    number = int.from_bytes(data)
    shifts = range(_BITS * (_DATA - 1), -1, -_BITS)
    return "".join(_ALPHABET[number >> shift & 31] for shift in shifts)


def _decoded(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number << _BITS | _ALPHABET.index(letter)
    return number.to_bytes(_LINE_BYTES)
