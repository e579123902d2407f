from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread

from app.domain.errors import InputError
from app.ports.progress import Cancelled, Progress
from app.ui.errors import sentence_of
from app.ui.runner import Runner

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.ui.runner import Work


@pytest.fixture
def runner(qapp: object) -> Runner:
    assert qapp
    return Runner()


def test_a_result_comes_back_on_the_gui_thread(qtbot: QtBot, runner: Runner) -> None:
    seen: list[tuple[bool, bool]] = []
    main = QThread.currentThread()

    runner.run(
        runner,
        lambda _work: QThread.currentThread() is main,
        done=lambda in_main: seen.append((in_main, QThread.currentThread() is main)),
        failed=lambda error: pytest.fail(str(error)),
    )
    qtbot.waitUntil(lambda: bool(seen))

    assert seen == [(False, True)]


def test_a_failure_comes_back_instead(qtbot: QtBot, runner: Runner) -> None:
    failures: list[Exception] = []

    def fail(_work: Work) -> None:
        raise InputError("note.empty")

    runner.run(runner, fail, done=pytest.fail, failed=failures.append)
    qtbot.waitUntil(lambda: bool(failures))

    assert [type(each) for each in failures] == [InputError]


def test_nothing_comes_back_to_an_owner_that_is_gone(qtbot: QtBot, runner: Runner) -> None:
    owner, go, seen = QObject(), threading.Event(), []

    runner.run(owner, lambda _work: go.wait(10), done=seen.append, failed=seen.append)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    go.set()
    last: list[int] = []
    runner.drain()
    runner.run(runner, lambda _work: 1, done=last.append, failed=pytest.fail)
    qtbot.waitUntil(lambda: bool(last))

    assert seen == []


def test_work_that_was_cancelled_ends_at_its_next_report(qtbot: QtBot, runner: Runner) -> None:
    begun, failures = threading.Event(), []

    def read(work: Work) -> None:
        while True:
            work.report(Progress("rows", 1))
            begun.set()

    work = runner.run(runner, read, done=pytest.fail, failed=failures.append)
    assert begun.wait(10)
    work.cancel()
    qtbot.waitUntil(lambda: bool(failures))

    assert isinstance(failures[0], Cancelled)


def test_progress_comes_in_order_and_before_the_result(qtbot: QtBot, runner: Runner) -> None:
    told: list[object] = []

    def count(work: Work) -> str:
        for number in range(5):
            work.report(Progress("rows", number))
        return "done"

    runner.run(
        runner, count, done=told.append, failed=pytest.fail, progress=lambda p: told.append(p.done)
    )
    qtbot.waitUntil(lambda: "done" in told)

    assert told == [0, 1, 2, 3, 4, "done"]


def test_two_thousand_pieces_of_work_all_come_back(qtbot: QtBot, runner: Runner) -> None:
    seen: list[int] = []

    for number in range(2000):
        runner.run(
            runner, lambda _work, number=number: number, done=seen.append, failed=pytest.fail
        )
    qtbot.waitUntil(lambda: len(seen) == 2000, timeout=20_000)

    assert sorted(seen) == list(range(2000))


def test_an_unexpected_error_tells_its_kind_and_place_and_never_its_text() -> None:
    try:
        int("mara@example.org")
    except ValueError as error:
        told = sentence_of(error)

    assert told.code.startswith("ValueError test_runner.py:")
    assert "mara" not in told.code + told.text()


def test_a_known_error_is_told_in_its_own_words() -> None:
    assert sentence_of(InputError("note.empty")).code == "note.empty"
