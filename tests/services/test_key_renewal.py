"""Who leaves knows no secret of an airlock that counts, and nobody ever gets both keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import make_desk
from app.domain.errors import SecurityError
from app.domain.people import Role
from app.ports.airlocks import GrantState
from app.services.membership import NewMember
from app.wording.airlocks import airlock_in_words
from tests.office import MAP, PASSPHRASE, Office, airlock_secrets, open_office
from tests.services.memory_airlock import NOW, SOURCE, MemoryAirlock

if TYPE_CHECKING:
    from pathlib import Path

    from app.bootstrap import Adapters
    from app.domain.airlock import AirlockRecord
    from app.services.desk import Desk

EVERY = ("officers", "approvers", "gatekeeper", "watchman")


@dataclass
class Place:
    """An office whose source has an airlock, ready; everybody has a second of her kind."""

    office: Office
    adapters: Adapters
    airlock: MemoryAirlock
    officers: list[Desk]
    approvers: list[Desk]

    def record(self) -> AirlockRecord:
        found = self.office.administrator.airlocks.find(SOURCE)
        assert found is not None
        return found

    def leave(self, desk: Desk) -> None:
        self.office.administrator.changes.leave(desk.here.member)

    def held_by(self, desk: Desk) -> dict[str, bytes]:
        secrets = airlock_secrets(desk, self.adapters)
        with desk.here.workspace.read() as unit:
            kinds = {kind for _, kind, member in unit.airlocks.holders()
                     if member == desk.here.member}  # fmt: skip
            return {kind: secrets.key(unit, SOURCE, kind) for kind in kinds}

    def everybody_signs_in(self, *, times: int = 3) -> None:
        for _ in range(times):
            for desk in (*self.officers[1:], *self.approvers[1:]):
                desk.airlocks.catch_up()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    office, airlock = open_office(tmp_path), MemoryAirlock()
    kind = airlock.type()
    assert kind.airlock is not None
    types = {**office.adapters.source_types, kind.key: kind}
    adapters = replace(office.adapters, source_types=types)
    desks = {}
    for name, role in (("Nora", Role.OFFICER), ("Ola", Role.APPROVER)):
        new = NewMember(name, f"{name}@example.org", frozenset({role}), PASSPHRASE)
        member = office.membership.add(office.administrator.here, new)
        signed = office.membership.sign_in(office.workspace, member.id, passphrase=PASSPHRASE)
        desks[role] = make_desk(signed, adapters)
    office.administrator = make_desk(office.administrator.here, adapters)
    text = MAP.replace("shop", SOURCE)
    office.administrator.sourcing.add("memory", {}, map_text=text, map_file="store.yml")
    secrets = airlock_secrets(office.administrator, adapters)
    with office.workspace.write() as unit:
        record = secrets.prepare(unit, SOURCE, kind.airlock, linked=())
        airlock.map_hash = unit.sources.get(SOURCE).map_hash
        unit.commit()
    airlock.install(record)
    airlock.keys = secrets.just_made(SOURCE)
    assert office.administrator.airlocks.check(SOURCE).state == "ready"
    officers = [make_desk(office.officer.here, adapters), desks[Role.OFFICER]]
    approvers = [make_desk(office.approver.here, adapters), desks[Role.APPROVER]]
    return Place(office, adapters, airlock, officers, approvers)


@pytest.mark.parametrize("who", ["officers", "approvers"])
def test_what_a_member_knew_who_left_opens_nothing_any_more(place: Place, who: str) -> None:
    leaver: Desk = getattr(place, who)[0]
    known, verifiers = place.held_by(leaver), dict(place.airlock.verifiers)
    place.leave(leaver)
    assert place.record().renewal is not None
    place.everybody_signs_in()
    record = place.record()
    assert (record.state, record.renewal) == ("ready", None)
    assert place.airlock.keys.keys() >= {"officers", "approvers"}
    assert not set(known.values()) & set(place.airlock.keys.values())
    assert all(place.airlock.verifiers[login] != old for login, old in verifiers.items())
    assert place.held_by(leaver) == {}


def test_a_role_that_was_only_written_beside_a_name_gets_nobody_a_key(place: Place) -> None:
    officer = place.officers[1].here.member
    with place.office.workspace.write() as unit:
        lied = replace(unit.members.get(officer), roles=frozenset({Role.APPROVER}))
        unit.members.replace(lied)
        unit.commit()
    with pytest.raises(SecurityError, match=r"certificate\.other_role"):
        place.approvers[1].airlocks.catch_up()
    assert "approvers" not in place.held_by(place.officers[1])


def test_nobody_gets_both_keys_on_the_way(place: Place) -> None:
    place.leave(place.officers[0])
    for _ in range(3):
        for desk in (place.officers[1], place.approvers[1], place.office.administrator):
            desk.airlocks.catch_up()
            plain = {kind.removeprefix("next:") for kind in place.held_by(desk)}
            assert not plain >= {"officers", "approvers"}
    assert place.record().renewal is None


def test_until_both_old_keys_vouch_the_source_keeps_them(place: Place) -> None:
    before = dict(place.airlock.keys)
    place.leave(place.approvers[0])
    place.approvers[1].airlocks.catch_up()
    place.approvers[1].airlocks.catch_up()
    assert place.airlock.keys == before
    assert place.record().state == "ready"
    place.officers[1].airlocks.catch_up()
    assert place.airlock.keys == before
    place.approvers[1].airlocks.catch_up()  # completes it, and hands over the approvers' key
    assert place.record().state == "keyless"
    assert "officers" not in place.airlock.keys
    place.officers[1].airlocks.catch_up()
    assert place.record().state == "ready"


def test_who_kept_watch_only_leaves_with_the_watchman_s_password_only(place: Place) -> None:
    place.airlock.verifiers["gatekeeper"], before = "kept", dict(place.airlock.keys)
    new = NewMember("Aud", "aud@example.org", frozenset({Role.AUDITOR}), PASSPHRASE)
    auditor = place.office.membership.add(place.office.administrator.here, new)
    place.officers[1].airlocks.catch_up()
    place.office.administrator.changes.leave(auditor.id)
    old = place.airlock.verifiers["watchman"]
    place.officers[1].airlocks.catch_up()
    assert place.record().renewal is None
    assert place.airlock.verifiers["watchman"] != old
    assert place.airlock.keys == before
    assert place.record().watchman_verifier == place.airlock.verifiers["watchman"]


def test_a_session_that_is_open_can_still_close_with_the_watchman_s_password(place: Place) -> None:
    place.airlock.grants = (GrantState("g", "r", "open", NOW),)
    old = place.airlock.verifiers["watchman"]
    place.leave(place.officers[0])
    place.everybody_signs_in()
    assert place.airlock.verifiers["watchman"] == old
    renewal = place.record().renewal
    assert renewal is not None
    assert renewal.kinds == ("watchman",)
    place.airlock.grants = (GrantState("g", "r", "closed", NOW),)
    place.everybody_signs_in(times=1)
    assert place.record().renewal is None


def test_a_source_out_of_reach_gets_its_new_keys_another_time(place: Place) -> None:
    place.leave(place.officers[0])
    place.airlock.is_away = True
    place.everybody_signs_in()
    assert place.record().renewal is not None
    place.airlock.is_away = False
    place.everybody_signs_in()
    assert (place.record().state, place.record().renewal) == ("ready", None)


def test_a_machine_that_died_after_the_source_took_a_secret_is_caught_up_with(
    place: Place,
) -> None:
    place.leave(place.officers[0])
    place.airlock.is_away = True
    place.everybody_signs_in()
    renewal = place.record().renewal
    assert renewal is not None
    assert renewal.is_vouched_for
    # As if an approver's machine had got so far: the source has it, the workspace does not know.
    for login in ("gatekeeper", "watchman"):
        place.airlock.verifiers[login] = renewal.made[login]
    place.airlock.wanted.update({kind: renewal.made[kind] for kind in ("officers", "approvers")})
    for kind in ("officers", "approvers"):
        del place.airlock.keys[kind]
    place.airlock.is_away = False
    place.everybody_signs_in()
    assert (place.record().state, place.record().renewal) == ("ready", None)


def test_who_leaves_while_keys_are_replaced_knows_none_in_the_end(place: Place) -> None:
    place.leave(place.officers[0])
    new = NewMember("Nina", "nina@example.org", frozenset({Role.OFFICER}), PASSPHRASE)
    place.office.membership.add(place.office.administrator.here, new)
    place.officers[1].airlocks.catch_up()  # makes the next officers' key
    known = place.held_by(place.officers[1])
    assert "next:officers" in known
    nina = next(each for each in place.office.membership.members(place.office.workspace)
                if each.name == "Nina")  # fmt: skip
    signed = place.office.membership.sign_in(place.office.workspace, nina.id, passphrase=PASSPHRASE)
    place.leave(place.officers[1])
    place.officers[1] = make_desk(signed, place.adapters)
    place.everybody_signs_in(times=6)
    assert (place.record().state, place.record().renewal) == ("ready", None)
    assert not set(known.values()) & set(place.airlock.keys.values())


def test_window_and_log_tell_of_it(place: Place) -> None:
    assert airlock_in_words(place.record()) == ""
    place.leave(place.approvers[0])
    assert "is gone" in airlock_in_words(place.record())
    place.everybody_signs_in()
    assert airlock_in_words(place.record()) == ""
    actions = place.office.actions()
    assert actions.count("airlock.outdated") == 1
    assert actions.count("airlock.renewed") == 3  # two passwords, and both keys
