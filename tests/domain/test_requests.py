"""Requests: the legal moves between stages."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.domain.requests import Right, Stage, legal_moves

IN_ORDER = list(Stage)


def test_an_access_request_can_go_through_all_eight_stages() -> None:
    for before, after in pairwise(IN_ORDER):
        assert after in legal_moves(before, Right.ACCESS)


@pytest.mark.parametrize("right", [each for each in Right if not each.ends_in_package])
def test_rights_that_are_only_recorded_never_reach_a_pull(right: Right) -> None:
    reachable, waiting = set(), [Stage.INTAKE]
    while waiting:
        stage = waiting.pop()
        if stage not in reachable:
            reachable.add(stage)
            waiting += legal_moves(stage, right)
    assert reachable == {Stage.INTAKE, Stage.IDENTITY, Stage.CLOSE}


@pytest.mark.parametrize("stage", IN_ORDER[:-1])
def test_every_open_stage_can_be_closed(stage: Stage) -> None:
    assert Stage.CLOSE in legal_moves(stage, Right.ACCESS)


def test_no_stage_is_skipped_on_the_way_to_data() -> None:
    assert Stage.PULL not in legal_moves(Stage.SCOPE, Right.ACCESS)
    assert Stage.SCOPE not in legal_moves(Stage.INTAKE, Right.ACCESS)
    assert Stage.RESPOND not in legal_moves(Stage.PULL, Right.ACCESS)
