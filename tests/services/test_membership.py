"""Members: who comes in, who goes, and what protects their keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.access import EndReason
from app.domain.errors import InputError, NotAllowedError, SecurityError
from app.domain.people import Role
from app.domain.secrets import Secret
from app.services.membership import NewMember
from tests.office import PASSPHRASE, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

NEW = Secret("orbit maple river candle")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def test_a_new_passphrase_unlocks_and_the_old_one_does_not(office: Office) -> None:
    here = office.officer.here
    office.membership.relock(here, passphrase=PASSPHRASE, new=NEW)
    with pytest.raises(SecurityError, match=r"keys\.wrong_passphrase"):
        office.membership.sign_in(here.workspace, here.member, passphrase=PASSPHRASE)
    assert office.membership.sign_in(here.workspace, here.member, passphrase=NEW)
    assert office.actions().count("keys.relocked") == 1


def test_with_a_wrong_passphrase_everything_stays_as_it_was(office: Office) -> None:
    here = office.officer.here
    with pytest.raises(SecurityError, match=r"keys\.wrong_passphrase"):
        office.membership.relock(here, passphrase=NEW, new=NEW)
    assert office.membership.sign_in(here.workspace, here.member, passphrase=PASSPHRASE)
    assert "keys.relocked" not in office.actions()


def test_a_member_sees_where_her_keys_rest_and_what_her_certificate_says(office: Office) -> None:
    facts = office.membership.my_keys(office.officer.here)
    assert facts.kept_in == "file"
    assert facts.certificate.fingerprint
    assert office.membership.authority_fingerprint(office.officer.here)


def test_a_departure_closes_what_is_open_and_destroys_the_keys_here(office: Office) -> None:
    case = office.granted()
    with office.workspace.write() as unit:
        opened = office.officer.sessions.begin(unit, case.asked.id, enforcement={})
        unit.commit()
    opened.lease.release()
    officer = office.officer.here
    office.administrator.changes.leave(officer.member)
    window = office.approver.granting.get(case.asked.id).window
    assert window is not None
    assert window.reason is EndReason.REVOKED
    assert office.membership.keys_rest_in(officer.workspace_id, officer.member) == ""
    with pytest.raises(NotAllowedError, match=r"member\.has_left"):
        office.membership.sign_in(officer.workspace, officer.member, passphrase=PASSPHRASE)


def test_the_last_administrator_cannot_leave(office: Office) -> None:
    here = office.administrator.here
    with pytest.raises(NotAllowedError, match=r"member\.last_administrator"):
        office.administrator.changes.leave(here.member)


@pytest.mark.parametrize("who", ["officer", "approver"])
def test_only_an_administrator_lets_people_in_and_records_departures(
    who: str, office: Office
) -> None:
    here = getattr(office, who).here
    new = NewMember("Ada", "ada@example.org", frozenset({Role.OFFICER}), PASSPHRASE)
    with pytest.raises(NotAllowedError):
        office.membership.add(here, new)
    with pytest.raises(NotAllowedError):
        getattr(office, who).changes.leave(office.administrator.here.member)


def test_one_address_is_one_member(office: Office) -> None:
    new = NewMember("Nadia again", "NADIA@example.org", frozenset({Role.OFFICER}), PASSPHRASE)
    with pytest.raises(InputError, match=r"member\.already_here"):
        office.membership.add(office.administrator.here, new)


def test_a_policy_that_locks_never_or_keeps_nothing_is_refused(office: Office) -> None:
    policy = office.administrator.settings.facts().policy
    for change in ({"lock_after_minutes": 0}, {"retention_days": 0}):
        with pytest.raises(InputError, match=r"policy\.too_small"):
            office.administrator.settings.set_policy(
                replace(policy, version=policy.version + 1, **change)
            )


def test_the_minutes_until_the_window_locks_are_part_of_the_policy(office: Office) -> None:
    policy = office.administrator.settings.facts().policy
    office.administrator.settings.set_policy(
        replace(policy, version=policy.version + 1, lock_after_minutes=3)
    )
    assert office.officer.settings.facts().policy.lock_after_minutes == 3
