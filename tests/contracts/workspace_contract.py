"""What every workspace must give back as it was given: facts, members, requests, sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from app.domain.certificates import Issued, Revocation, Why
from app.domain.errors import (
    ConflictError,
    NotFoundError,
)
from app.domain.policy import Policy
from app.domain.requests import Outcome, Right, Stage, SubjectIdentity
from app.domain.workspace import Controller, DayOverride
from tests.builders import (
    NOON,
    a_letter,
    a_member,
    a_note,
    a_pause,
    a_request,
    a_source,
    a_subject,
    a_verification,
    workspace_facts,
)
from tests.contracts.hostile_text import NOT_STORABLE, filled, with_hostile_text, with_long_text_too
from tests.contracts.workspace_ground import (
    REQUEST,
    SettledContract,
    commit,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ports.storage import UnitOfWork, Workspace
    from tests.contracts.workspace_ground import WorkspaceGround


class StoresContract(SettledContract):
    """Each store, with ordinary and with hostile values."""

    def test_the_facts_come_back_as_they_were_given(self, unit: UnitOfWork) -> None:
        assert unit.workspace.facts() == workspace_facts()

    def test_a_workspace_has_one_set_of_facts(self, unit: UnitOfWork) -> None:
        with pytest.raises(ConflictError, match=r"workspace\.already_set_up"):
            unit.workspace.create(workspace_facts("workspace-2"))

    def test_a_workspace_without_facts_says_so(self, ground: WorkspaceGround) -> None:
        empty = ground.open()
        with empty.write() as unit, pytest.raises(NotFoundError, match=r"not_set_up"):
            unit.workspace.facts()
        with empty.write() as unit, pytest.raises(NotFoundError, match=r"not_set_up"):
            unit.workspace.set_policy(Policy())
        empty.close()

    @with_hostile_text
    def test_controller_policy_and_days_are_replaced(self, unit: UnitOfWork, text: str) -> None:
        controller = filled(Controller("x", ("y",)), text)
        policy = filled(Policy(minutes_at_most=7), text)
        days = (
            DayOverride("FR", date(2026, 7, 15), text, is_holiday=False, reason=text),
            DayOverride("DE", date(2026, 7, 14), text, is_holiday=True, reason=text),
        )
        unit.workspace.set_controller(controller)
        unit.workspace.set_policy(policy)
        unit.workspace.set_overrides(days)
        assert unit.workspace.facts() == workspace_facts(
            controller=controller, policy=policy, overrides=days
        )

    def test_counters_count_each_for_itself(self, unit: UnitOfWork) -> None:
        numbers = [unit.workspace.next_number(each) for each in ("DSR-2026", "DSR-2026", "other")]
        assert numbers == [1, 2, 1]

    def test_the_sealed_authority_is_kept_for_each_administrator(self, unit: UnitOfWork) -> None:
        assert unit.workspace.sealed_authority("adam") is None
        for sealed in (b"first", bytes(range(256)) * 20):
            unit.workspace.seal_authority("adam", sealed)
            assert unit.workspace.sealed_authority("adam") == sealed

    @with_hostile_text
    def test_members_come_back_as_they_were_given(self, unit: UnitOfWork, text: str) -> None:
        member = filled(a_member("maria", signing_certificate=bytes(range(256))), text, but=("id",))
        unit.members.add(member)
        assert unit.members.get("maria") == member
        gone = replace(member, left_at=NOON)
        unit.members.replace(gone)
        assert unit.members.get("maria") == gone

    def test_every_certificate_and_revocation_of_a_member_is_kept(self, unit: UnitOfWork) -> None:
        pairs = tuple(
            Issued("olga", number, bytes([number, 0]), bytes(range(256)), why, "adam", NOON)
            for number, why in ((1, Why.JOINED), (2, Why.KEYS))
        )
        for each in reversed(pairs):
            unit.members.add_certificates(each)
        assert unit.members.certificates("olga") == pairs
        assert unit.members.certificates("adam") == ()
        revocation = Revocation("olga", 1, Why.KEYS, "adam", NOON, b"\0signed")
        unit.members.revoke(revocation)
        assert unit.members.revocations("olga") == (revocation,)

    def test_a_certificate_is_added_and_taken_back_once(self, workspace: Workspace) -> None:
        pair = Issued("olga", 1, b"s", b"e", Why.JOINED, "adam", NOON)
        revocation = Revocation("olga", 1, Why.LEFT, "adam", NOON)

        def both(unit: UnitOfWork) -> None:
            unit.members.add_certificates(pair)
            unit.members.revoke(revocation)

        commit(workspace, both)
        again = refused(workspace, lambda unit: unit.members.add_certificates(pair))
        assert again.code == "certificate.exists"
        again = refused(workspace, lambda unit: unit.members.revoke(revocation))
        assert again.code == "certificate.already_revoked"

    def test_a_key_that_waits_to_be_sealed_anew_is_nobody_s(self, unit: UnitOfWork) -> None:
        unit.vault.put_key(REQUEST, "olga", b"sealed")
        unit.vault.put_key(REQUEST, "anna", b"sealed too")
        unit.vault.await_key(REQUEST, "olga")
        assert unit.vault.sealed_key(REQUEST, "olga") is None
        assert unit.vault.key_holders(REQUEST) == ("anna",)
        assert unit.vault.awaited_keys() == ((REQUEST, "olga"),)
        unit.vault.put_key(REQUEST, "olga", b"anew")
        assert unit.vault.awaited_keys() == ()

    def test_the_sealed_authority_is_taken_from_who_is_no_administrator(
        self, unit: UnitOfWork
    ) -> None:
        unit.workspace.seal_authority("adam", b"sealed")
        assert unit.workspace.authority_holders() == ("adam",)
        unit.workspace.drop_authority("adam")
        assert unit.workspace.authority_holders() == ()

    def test_members_are_listed_by_name_whatever_its_case(self, unit: UnitOfWork) -> None:
        unit.members.add(a_member("z", name="Éric"))
        unit.members.add(a_member("y", name="bob"))
        names = [each.name for each in unit.members.all()]
        assert names == ["Adam", "Anna", "bob", "Éric", "Olga"]

    def test_a_member_is_added_once(self, unit: UnitOfWork) -> None:
        with pytest.raises(ConflictError, match=r"member\.exists"):
            unit.members.add(a_member("olga"))

    def test_a_member_that_is_not_there_is_not_found(self, unit: UnitOfWork) -> None:
        for ask in (unit.members.get, lambda key: unit.members.replace(a_member(key))):
            with pytest.raises(NotFoundError, match=r"member\.not_found"):
                ask("nobody")

    @with_hostile_text
    def test_requests_come_back_as_they_were_given(self, unit: UnitOfWork, text: str) -> None:
        subject = filled(a_subject(), text)
        identities = (SubjectIdentity(text, text, verified=True), SubjectIdentity("email", text))
        request = filled(
            a_request(
                "DSR-2026-0002",
                subject=replace(subject, identities=identities),
                right=Right.ERASURE,
                stage=Stage.CLOSE,
                linked=("DSR-2026-0001",),
                identity_received=date(2026, 3, 2),
                fee_paid=date(2026, 3, 3),
                extended_at=NOON,
                pauses=(a_pause(1, reason=text), a_pause(2, answered=date(2026, 3, 9))),
                outcome=Outcome.ANSWERED_IN_PART,
                closed_at=NOON + timedelta(microseconds=1),
                keep_until=date(2030, 2, 28),
            ),
            text,
            but=("id", "pauses"),
        )
        unit.requests.add(request)
        assert unit.requests.get("DSR-2026-0002") == request

    def test_a_time_of_another_zone_comes_back_as_the_same_moment(self, unit: UnitOfWork) -> None:
        there = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
        unit.requests.add(a_request("DSR-2026-0002", received_at=there))
        found = unit.requests.get("DSR-2026-0002").received_at
        assert found == there
        assert found.tzinfo is UTC

    def test_a_time_without_a_zone_is_a_mistake(self, unit: UnitOfWork) -> None:
        with pytest.raises(TypeError):
            unit.requests.add(a_request("x", received_at=NOON.replace(tzinfo=None)))

    @pytest.mark.parametrize("text", NOT_STORABLE, ids=["NUL", "surrogate"])
    def test_text_that_an_engine_could_lose_is_refused_and_not_quoted(
        self, workspace: Workspace, text: str
    ) -> None:
        asks: list[Callable[[UnitOfWork], object]] = [
            lambda unit: unit.requests.add(a_request("x", subject=a_subject(name=text))),
            lambda unit: unit.requests.add(a_request("x", subject=a_subject(address=(text,)))),
            lambda unit: unit.requests.add_note(REQUEST, a_note(text=text)),
            lambda unit: unit.sources.put(a_source(settings={text: "x"})),
            lambda unit: unit.responses.put_letter(a_letter(text=text)),
        ]
        for ask in asks:
            error = refused(workspace, ask)
            assert str(error) == "text.not_storable()"
            assert error.__suppress_context__
        with workspace.read() as unit:
            assert unit.requests.notes(REQUEST) == ()

    def test_a_request_is_added_once(self, unit: UnitOfWork) -> None:
        with pytest.raises(ConflictError, match=r"request\.exists"):
            unit.requests.add(a_request())

    def test_a_changed_request_has_a_new_version(self, unit: UnitOfWork) -> None:
        unit.requests.put_pause(REQUEST, a_pause())
        read = unit.requests.get(REQUEST)
        changed = replace(read, stage=Stage.IDENTITY, subject=a_subject(identities=()))
        written = unit.requests.replace(changed)
        assert written == replace(changed, version=2)
        assert unit.requests.get(REQUEST) == written

    def test_a_request_that_somebody_else_changed_is_not_overwritten(
        self, unit: UnitOfWork
    ) -> None:
        mine = theirs = unit.requests.get(REQUEST)
        unit.requests.replace(replace(theirs, owner="anna"))
        with pytest.raises(ConflictError, match=r"request\.changed_meanwhile"):
            unit.requests.replace(replace(mine, owner="olga"))
        assert unit.requests.get(REQUEST).owner == "anna"

    def test_what_belongs_to_no_request_is_refused(self, workspace: Workspace) -> None:
        asks: list[Callable[[UnitOfWork], object]] = [
            lambda unit: unit.requests.get("none"),
            lambda unit: unit.requests.replace(a_request("none")),
            lambda unit: unit.requests.add_note("none", a_note()),
            lambda unit: unit.requests.put_pause("none", a_pause()),
            lambda unit: unit.requests.add_verification(a_verification(request="none")),
        ]
        for ask in asks:
            assert refused(workspace, ask).code == "request.not_found"

    @with_long_text_too
    def test_notes_and_verifications_come_back_in_order(self, unit: UnitOfWork, text: str) -> None:
        notes = tuple(filled(a_note(number), text) for number in (2, 10, 1))
        looks = tuple(
            filled(a_verification(number), text, but=("request",)) for number in (2, 10, 1)
        )
        for note, look in zip(notes, looks, strict=True):
            unit.requests.add_note(REQUEST, note)
            unit.requests.add_verification(look)
        in_order = (2, 0, 1)
        assert unit.requests.notes(REQUEST) == tuple(notes[each] for each in in_order)
        assert unit.requests.verifications(REQUEST) == tuple(looks[each] for each in in_order)

    def test_a_pause_gets_its_answer(self, unit: UnitOfWork) -> None:
        answered = a_pause(1, answered=date(2026, 3, 10), approved_by="anna")
        for pause in (a_pause(2), a_pause(1), answered):
            unit.requests.put_pause(REQUEST, pause)
        assert unit.requests.get(REQUEST).pauses == (answered, a_pause(2))

    @with_long_text_too
    def test_sources_come_back_as_they_were_given(self, unit: UnitOfWork, text: str) -> None:
        source = filled(a_source(settings={text: text}, checked_at=NOON), text, but=("key",))
        unit.sources.put(a_source("erp"))
        unit.sources.put(a_source())
        unit.sources.put(source)
        assert unit.sources.get("crm") == source
        assert unit.sources.all() == (source, a_source("erp"))
        with pytest.raises(NotFoundError, match=r"source\.not_in_workspace"):
            unit.sources.get("none")
