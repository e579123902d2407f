"""The workspace's own settings, and what they change for requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InputError, NotAllowedError
from app.domain.workspace import Controller
from tests.office import Office, open_office

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def test_a_holiday_that_the_package_lacks_moves_the_due_date_and_is_named(office: Office) -> None:
    request = office.record()
    assert office.officer.clocks.deadline(request.id).due == date(2026, 12, 1)
    office.administrator.settings.change_day(
        "DE", date(2026, 12, 1), name="Works day", is_holiday=True, reason="works agreement"
    )
    moved = office.officer.clocks.deadline(request.id)
    assert moved.due == date(2026, 12, 2)
    assert "Works day" in moved.case.calendar.source
    office.administrator.settings.change_day(
        "DE", date(2026, 12, 1), name="Works day", is_holiday=False, reason="it was cancelled"
    )
    assert office.officer.clocks.deadline(request.id).due == date(2026, 12, 1)
    assert office.actions().count("calendar.changed") == 2


def test_a_change_of_a_day_needs_a_reason_and_an_administrator(office: Office) -> None:
    change = office.administrator.settings.change_day
    with pytest.raises(InputError):
        change("DE", date(2026, 12, 1), name="x", is_holiday=True, reason=" ")
    with pytest.raises(NotAllowedError):
        office.officer.settings.change_day(
            "DE", date(2026, 12, 1), name="x", is_holiday=True, reason="because"
        )


def test_a_stricter_policy_holds_for_the_next_access_request(office: Office) -> None:
    settings = office.administrator.settings
    policy = settings.facts().policy
    settings.set_policy(replace(policy, version=2, minutes_at_most=15, minutes_by_default=10))
    request = office.verified()
    scope = office.officer.scoping.suggest(request.id)
    with pytest.raises(NotAllowedError):
        office.officer.scoping.ask(request.id, scope, purpose="Answer it", minutes=16)
    with pytest.raises(InputError):
        settings.set_policy(replace(policy, version=2))
    with pytest.raises(InputError):
        settings.set_policy(replace(policy, version=3, minutes_at_most=0))


def test_the_controller_of_documents_is_changed_on_record(office: Office) -> None:
    office.administrator.settings.set_controller(Controller("Northwind SE", country="DE"))
    assert office.officer.settings.facts().controller.name == "Northwind SE"
    assert office.actions()[-1] == "workspace.changed"
    with pytest.raises(InputError):
        office.administrator.settings.set_controller(Controller("  "))
