"""The picture of a map: everything on it, nothing over anything, no needless crossing."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from app.domain.planning import make_plan
from app.domain.scope import everything
from app.paths import resource
from app.services.mapping import read_maps
from app.ui.models.map_layout import IDENTITY, Box, Link, MapPicture, lay_out

_DEMO = ("shop", "helpdesk", "newsletter")
_SAMPLES = os.environ.get("SANDGLASS_SAMPLES", "")


def _picture(*files: Path) -> MapPicture:
    maps = [one for file in files for one in read_maps(file.read_bytes(), file=file.name)]
    kinds = {
        kind for each in maps for collection in each.collections for kind in collection.identities()
    }
    return lay_out(maps, make_plan(maps, identities=kinds, scope=everything(maps)))


@pytest.fixture
def demo() -> MapPicture:
    return _picture(*(resource("demo", f"{name}.yml") for name in _DEMO))


def _overlap(one: Box, other: Box) -> bool:
    return (
        abs(one.x - other.x) < (one.width + other.width) / 2
        and abs(one.y - other.y) < (one.height + other.height) / 2
    )


def _crosses(one: Link, other: Link) -> bool:
    ends = {one.source, one.target} & {other.source, other.target}
    pieces = itertools.product(itertools.pairwise(one.points), itertools.pairwise(other.points))
    return not ends and any(_cut(*first, *second) for first, second in pieces)


def _cut(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def test_every_collection_has_its_box_and_the_person_is_among_them(demo: MapPicture) -> None:
    keys = [each.key for each in demo.boxes]
    assert len(keys) == len(set(keys)) == 10
    assert IDENTITY in keys


def test_no_box_lies_over_another_and_all_are_within(demo: MapPicture) -> None:
    assert not any(_overlap(*pair) for pair in itertools.combinations(demo.boxes, 2))
    for each in demo.boxes:
        assert each.x - each.width / 2 >= 0
        assert each.x + each.width / 2 <= demo.width
        assert each.y + each.height / 2 <= demo.height


def test_references_do_not_cross_where_they_need_not(demo: MapPicture) -> None:
    assert not any(_crosses(*pair) for pair in itertools.combinations(demo.links, 2))


def test_what_is_never_disclosed_says_so_in_its_box(demo: MapPicture) -> None:
    (customers,) = [each for each in demo.boxes if each.key == "shop.customers"]
    assert ("Password: never", "red") in customers.lines
    assert "never" in customers.spoken


def test_the_same_maps_make_the_same_picture(demo: MapPicture) -> None:
    assert _picture(*(resource("demo", f"{name}.yml") for name in _DEMO)) == demo


def test_no_map_is_an_empty_picture() -> None:
    picture = lay_out([], make_plan([], identities=frozenset(), scope=everything([])))
    assert picture == MapPicture((), (), 0, 0)


@pytest.mark.skipif(not _SAMPLES, reason="SANDGLASS_SAMPLES is not set")
def test_a_real_map_is_laid_out_without_overlaps() -> None:
    picture = _picture(*sorted(Path(_SAMPLES).glob("chinook/*.yml")))
    assert len(picture.boxes) > 5
    assert not any(_overlap(*pair) for pair in itertools.combinations(picture.boxes, 2))
