from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import SecurityError
from app.security.chunks import PackedChunks
from app.security.sealing import HpkeSealing, encrypt

if TYPE_CHECKING:
    from app.ports.security import ChunkCipher
    from app.ports.sources import Batch, Cell

CHUNKS: ChunkCipher = PackedChunks()
KEY = bytes(range(32))

any_text = st.text(st.characters(exclude_categories=()))  # with lone surrogates
cells = st.one_of(st.none(), any_text, st.integers(), st.floats(), st.binary())


def round_trip(rows: Batch) -> Batch:
    return CHUNKS.open_rows(KEY, CHUNKS.seal_rows(KEY, rows, context="c"), context="c")


def exactly(rows: Batch) -> list[list[tuple[type, str]]]:
    """Rows with the type of every cell, and its bits where it is a number."""
    return [[(type(cell), repr(cell)) for cell in row] for row in rows]


@settings(deadline=None)
@given(st.lists(st.lists(cells, max_size=6).map(tuple), max_size=20))
def test_any_rows_come_back_exactly_as_they_were(rows: Batch) -> None:
    opened = round_trip(rows)

    assert exactly(opened) == exactly(rows)
    assert all(isinstance(row, tuple) for row in opened)


@pytest.mark.parametrize(
    "cell",
    [
        2**63 - 1,
        2**64 - 1,
        2**64,
        -(2**63),
        -(2**63) - 1,
        10**400,
        -(10**400),
        math.inf,
        -math.inf,
        -0.0,
        5e-324,
        "",
        "\x00",
        "\ud800",
        "\ud83d\ude00",  # two halves, not the letter they would make
        "\U0001f600",
        "NULL",
        b"",
        b"\xff\x00",
    ],
    ids=ascii,
)
def test_a_value_at_the_edge_comes_back_with_its_type(cell: Cell) -> None:
    assert exactly(round_trip([(cell,)])) == exactly([(cell,)])


def test_not_a_number_stays_not_a_number() -> None:
    [(cell,)] = round_trip([(math.nan,)])

    assert isinstance(cell, float)
    assert math.isnan(cell)


def test_a_batch_without_rows_and_a_row_without_columns_are_kept() -> None:
    assert round_trip([]) == []
    assert round_trip([(), ()]) == [(), ()]


def test_a_cell_of_ten_megabytes_comes_back() -> None:
    cell = "ß" * 5_000_000

    assert round_trip([(cell,)]) == [(cell,)]


def test_every_changed_byte_of_a_chunk_is_found() -> None:
    sealed = CHUNKS.seal_rows(KEY, [("Ana", 7)], context="c")

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 0x10
        with pytest.raises(SecurityError, match=r"vault\.damaged"):
            CHUNKS.open_rows(KEY, bytes(changed), context="c")


def test_two_chunks_that_changed_places_are_found() -> None:
    first = CHUNKS.seal_rows(KEY, [("a",)], context="request 1, users, chunk 1")
    second = CHUNKS.seal_rows(KEY, [("b",)], context="request 1, users, chunk 2")

    for sealed, place in ((second, "chunk 1"), (first, "chunk 2")):
        with pytest.raises(SecurityError, match=r"vault\.damaged"):
            CHUNKS.open_rows(KEY, sealed, context=f"request 1, users, {place}")


def test_encrypted_data_of_another_kind_is_not_taken_for_rows() -> None:
    rows = zstandard.compress(msgpack.packb([["a"]]))
    sealed = HpkeSealing().encrypt(KEY, rows, context="c")

    with pytest.raises(SecurityError, match=r"vault\.damaged"):
        CHUNKS.open_rows(KEY, sealed, context="c")


def _sealed(compressed: bytes) -> bytes:
    return encrypt(KEY, compressed, kind=b"rows", context="c")


def test_a_chunk_that_unpacks_to_more_than_allowed_is_refused_before_it_does() -> None:
    bomb = CHUNKS.seal_rows(KEY, [("x" * 50_000_000,)], context="c")
    small = PackedChunks(largest_bytes=1_000_000)

    assert len(bomb) < 10_000
    with pytest.raises(SecurityError, match=r"vault\.damaged"):
        small.open_rows(KEY, bomb, context="c")


def test_a_chunk_that_does_not_say_how_large_it_is_is_refused() -> None:
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1000))

    with pytest.raises(SecurityError, match=r"vault\.damaged"):
        CHUNKS.open_rows(KEY, _sealed(silent), context="c")


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xc1",
        msgpack.packb(7),
        msgpack.packb([1, 2]),
        msgpack.packb([[1]]) + b"\x00",
        msgpack.packb([[msgpack.ExtType(9, b"")]]),
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 100_000,
        b"\x91\x91\xa1\xff",
    ],
    ids=range(9),
)
def test_content_that_is_not_rows_is_refused(packed: bytes) -> None:
    with pytest.raises(SecurityError, match=r"vault\.damaged"):
        CHUNKS.open_rows(KEY, _sealed(zstandard.compress(packed)), context="c")


def test_nothing_is_sealed_that_could_not_be_opened_again() -> None:
    small = PackedChunks(largest_bytes=1000)

    with pytest.raises(SecurityError) as caught:
        small.seal_rows(KEY, [("x" * 1000,)], context="c")

    assert caught.value.code == "vault.chunk_too_large"
    assert caught.value.values == {"limit": 1000}


def test_an_unknown_type_is_a_programming_error_that_does_not_show_the_value() -> None:
    class Card:
        def __repr__(self) -> str:
            return "4111 1111"

    with pytest.raises(TypeError) as caught:
        CHUNKS.seal_rows(KEY, [("\ud800", Card())], context="c")

    assert str(caught.value) == "a cell cannot be a Card"
    assert caught.value.__context__ is None


def test_many_threads_may_seal_and_open_with_one_cipher() -> None:
    def work(number: int) -> bool:
        rows = [(number, f"user {number}.{row}", None) for row in range(500)]
        sealed = CHUNKS.seal_rows(KEY, rows, context=str(number))
        return CHUNKS.open_rows(KEY, sealed, context=str(number)) == rows

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(200)))
