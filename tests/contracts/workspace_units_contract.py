"""What units of work of every workspace must do: all or nothing, each in its turn and thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from app.domain.audit import Action, ChainState, verify
from app.domain.errors import ConflictError
from app.ports.storage import EntryFilter, RequestFilter
from tests.builders import (
    a_decision,
    a_request,
    a_verdict,
    an_access_request,
    an_event,
)
from tests.contracts.workspace_ground import (
    SettledContract,
    soon,
    told,
)

if TYPE_CHECKING:
    from app.ports.storage import Workspace
    from tests.contracts.workspace_ground import WorkspaceGround

THREADS = 8
TRANSACTIONS = 15


class UnitsContract(SettledContract):
    """Transactions, alone and among others."""

    def test_without_commit_neither_change_nor_entry_stays(self, workspace: Workspace) -> None:
        with workspace.write() as unit:
            unit.requests.add(a_request("DSR-2026-0002"))
            unit.workspace.next_number("counter")
            unit.record(an_event())
        with workspace.read() as unit:
            assert unit.requests.find(RequestFilter()).total == 1
            assert unit.log.head()[0] == 0
        with workspace.write() as unit:
            assert unit.workspace.next_number("counter") == 1

    def test_an_error_undoes_what_came_before_it(self, workspace: Workspace) -> None:
        def fail_on_the_way() -> None:
            with workspace.write() as unit:
                unit.record(an_event())
                unit.requests.add(a_request())
                unit.commit()

        with pytest.raises(ConflictError):
            fail_on_the_way()
        with workspace.read() as unit:
            assert unit.log.head()[0] == 0

    def test_a_unit_that_reads_sees_one_state(self, workspace: Workspace) -> None:
        with workspace.read() as reader:
            with workspace.write() as unit:
                unit.record(an_event())
                unit.commit()
            assert reader.log.head()[0] == 0
            assert reader.requests.find(RequestFilter()).total == 1
        with workspace.read() as reader:
            assert reader.log.head()[0] == 1

    def test_a_unit_that_reads_cannot_change_anything(self, workspace: Workspace) -> None:
        with workspace.read() as unit, pytest.raises(TypeError, match="reads"):
            unit.record(an_event())

    def test_a_unit_is_used_in_the_thread_that_opened_it(self, workspace: Workspace) -> None:
        with ThreadPoolExecutor(1) as other, workspace.write() as unit:
            wrong = other.submit(unit.log.head)
            with pytest.raises(RuntimeError, match="thread"):
                wrong.result()
            assert unit.log.head()[0] == 0

    def test_a_unit_is_used_between_its_beginning_and_its_end(self, workspace: Workspace) -> None:
        unit = workspace.write()
        with pytest.raises(RuntimeError, match="between"):
            unit.log.head()
        with unit:
            pass
        with pytest.raises(RuntimeError, match="between"):
            unit.log.head()

    def test_everybody_notices_that_somebody_changed_something(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        second = ground.open()
        before = workspace.changes(), second.changes()
        assert (workspace.changes(), second.changes()) == before
        with workspace.write() as unit:
            unit.record(an_event())
            unit.commit()
        assert workspace.changes() != before[0]
        soon(lambda: second.changes() != before[1])
        second.close()

    def test_eight_threads_lose_nothing(self, workspace: Workspace) -> None:
        def work(actor: str) -> list[int]:
            numbers = []
            for _ in range(TRANSACTIONS):
                with workspace.write() as unit:
                    numbers.append(unit.workspace.next_number("counter"))
                    unit.record(an_event(actor=actor))
                    unit.commit()
            return numbers

        with ThreadPoolExecutor(THREADS) as threads:
            found = list(threads.map(work, [f"member {each}" for each in range(THREADS)]))
        every = sorted(number for numbers in found for number in numbers)
        assert every == list(range(1, THREADS * TRANSACTIONS + 1))
        assert all(numbers == sorted(numbers) for numbers in found)
        with workspace.read() as unit:
            state = verify(unit.log.stored())
            assert state == ChainState(len(every), unit.log.head()[1])
            assert unit.log.checkpoint() == state
            for each in range(THREADS):
                which = EntryFilter(actors=(f"member {each}",))
                assert unit.log.find(which).total == TRANSACTIONS

    def test_two_processes_lose_nothing(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        with ExitStack() as stack:
            others = [
                stack.enter_context(ground.elsewhere("append", actor, "40"))
                for actor in ("first", "second")
            ]
            for other in others:
                assert told(other) == "ready"
            for other in others:
                assert other.stdin is not None
                other.stdin.write("go\n")
                other.stdin.flush()
            for _ in range(40):
                with workspace.write() as unit:
                    unit.record(an_event(actor="third"))
                    unit.commit()
            assert [other.wait() for other in others] == [0, 0]
        with workspace.read() as unit:
            assert verify(unit.log.stored()).entries == 120
            for actor in ("first", "second", "third"):
                page = unit.log.find(EntryFilter(actors=(actor,), newest_first=False))
                ours = [each.facts()["details"].get("number", 0) for each in page.rows]
                assert len(ours) == 40
                assert ours == sorted(ours)

    def test_of_two_approvers_at_once_one_decides(self, workspace: Workspace) -> None:
        with workspace.write() as unit:
            unit.access.add(an_access_request(), a_verdict())
            unit.commit()

        def decide(approver: str) -> str:
            with workspace.write() as unit:
                try:
                    unit.access.add_decision(a_decision(f"by-{approver}", approver=approver))
                    unit.record(an_event(action=Action.ACCESS_GRANTED, actor=approver))
                    unit.commit()
                except ConflictError as error:
                    return error.code
            return approver

        with ThreadPoolExecutor(2) as threads:
            outcomes = list(threads.map(decide, ["anna", "adam"]))
        assert "access.already_decided" in outcomes
        (winner,) = set(outcomes) & {"anna", "adam"}
        with workspace.read() as unit:
            (decision,) = unit.access.get("ar-1").decisions
            assert decision.approver == winner
            assert unit.log.head()[0] == 1

    def test_a_lease_is_held_by_one_and_free_once_released(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        second = ground.open()
        lease = workspace.lease("session-1 / ../é")
        assert lease is not None
        assert workspace.lease("session-1 / ../é") is None
        assert second.lease("session-1 / ../é") is None
        assert second.lease("session-2") is not None
        lease.release()
        assert second.lease("session-1 / ../é") is not None
        second.close()

    def test_a_process_killed_in_the_middle_leaves_the_last_state_and_no_lease(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        with ground.elsewhere("hang", "session-1") as other:
            assert told(other) == "in the middle"
            assert workspace.lease("session-1") is None
            with workspace.read() as unit:
                assert unit.requests.find(RequestFilter()).total == 1
            other.kill()
            other.wait()
            with workspace.write() as unit:
                assert unit.requests.find(RequestFilter()).total == 1
                assert unit.log.head()[0] == 0
                unit.record(an_event())
                unit.commit()
            assert workspace.lease("session-1") is not None
