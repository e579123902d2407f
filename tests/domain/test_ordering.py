"""Nodes come in order; soft edges give way, hard ones never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ordering import RingError, put_in_order

edges = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12)


def rank(node: int) -> int:
    return node


@given(edges, edges)
def test_every_edge_that_is_kept_points_forward(
    soft: set[tuple[int, int]], hard: set[tuple[int, int]]
) -> None:
    try:
        order = put_in_order(range(7), soft=soft, hard=hard, rank=rank)
    except RingError as error:
        closed = list(zip(error.ring, (*error.ring[1:], error.ring[0]), strict=True))
        assert set(closed) <= soft | hard
        assert set(closed) & hard
        return
    assert sorted(order.nodes) == list(range(7))
    assert order.dropped <= soft
    place = {node: number for number, node in enumerate(order.nodes)}
    kept = {(a, b) for a, b in soft if a != b} - order.dropped
    assert all(place[a] < place[b] for a, b in kept | hard)


def test_without_edges_the_rank_decides() -> None:
    assert put_in_order([3, 1, 2], soft=(), rank=rank).nodes == (1, 2, 3)


def test_what_comes_before_itself_is_a_ring() -> None:
    with pytest.raises(RingError) as caught:
        put_in_order([1], soft=(), hard=[(1, 1)], rank=rank)
    assert caught.value.ring == (1,)


def test_a_long_chain_and_a_large_ring_are_no_problem() -> None:
    chain = [(number, number + 1) for number in range(20_000)]
    assert put_in_order(range(20_001), soft=chain, rank=rank).nodes == tuple(range(20_001))
    ring = put_in_order(range(20_001), soft=[*chain, (20_000, 0)], rank=rank)
    assert ring.dropped == {(20_000, 0)}
