"""Sources: connected, checked, tried, and taken out of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InputError, NotAllowedError, NotFoundError
from tests.office import MAP, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def test_a_trial_counts_what_the_map_reaches_and_shows_no_value(office: Office) -> None:
    result = office.administrator.sourcing.try_out("shop", kind="email", value="MARA@example.org")
    assert (
        dict(result.collections) == {"shop.people": 1, "shop.notes": 5}
        or sum(result.collections.values()) == 6
    )
    with office.workspace.read() as unit:
        lines = [line for _, line, _, _ in unit.log.stored()]
    assert b"source.tried" in lines[-1]
    assert b"mara" not in lines[-1].lower()


def test_a_trial_is_an_administrators(office: Office) -> None:
    with pytest.raises(NotAllowedError):
        office.officer.sourcing.try_out("shop", kind="email", value="mara@example.org")


def test_a_trial_needs_an_identity_that_can_be_one(office: Office) -> None:
    with pytest.raises(InputError):
        office.administrator.sourcing.try_out("shop", kind="email", value="not an address")


def test_a_source_out_of_use_is_in_no_scope_and_comes_back(office: Office) -> None:
    request = office.verified()
    office.administrator.sourcing.set_in_use("shop", is_active=False)
    assert office.officer.scoping.maps() == ()
    office.administrator.sourcing.set_in_use("shop", is_active=True)
    assert office.officer.scoping.suggest(request.id).collections
    assert office.actions().count("source.changed") == 2


def test_what_is_as_wanted_already_is_not_logged_again(office: Office) -> None:
    office.administrator.sourcing.set_in_use("shop", is_active=True)
    assert "source.changed" not in office.actions()


def test_the_view_has_the_plan_that_the_picture_draws(office: Office) -> None:
    view = office.administrator.sourcing.view()
    (source,) = view.sources
    assert source.record.key == "shop"
    assert [str(each.collection) for each in view.plan.steps] == ["shop.people", "shop.notes"]
    assert view.names[source.record.added_by] == "Inés"


def test_a_map_is_looked_at_before_it_is_kept(office: Office) -> None:
    good = office.administrator.sourcing.inspect(MAP, file="shop.yml")
    assert [each.key for each in good.maps] == ["shop"]
    bad = office.administrator.sourcing.inspect("dataset: [", file="shop.yml")
    assert bad.problems
    assert len(office.administrator.sourcing.all()) == 1


def test_an_unknown_kind_of_source_and_missing_settings_are_refused(office: Office) -> None:
    sourcing = office.administrator.sourcing
    with pytest.raises(NotFoundError, match=r"source\.unknown_type"):
        sourcing.add("oracle", {}, map_text=MAP, map_file="shop.yml")
    with pytest.raises(InputError, match=r"source\.settings_missing"):
        sourcing.add("sqlite", {}, map_text=MAP, map_file="shop.yml")
