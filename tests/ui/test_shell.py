"""Coming in, being away, going, and getting about."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QWidget,
)

from app.bootstrap import build
from app.domain.access import AccessState, EndReason
from app.domain.requests import Stage
from app.ui.page import Toast
from app.ui.shell.clipboard import ForgetfulClipboard
from app.ui.shell.idle import IdleWatch
from app.ui.shell.leaving import SwitchButton
from app.ui.shell.main_window import MainWindow
from app.ui.shell.navigation import Navigation
from app.ui.shell.preferences import PreferenceFile, Preferences, Recent
from app.ui.shell.search import SearchDialog
from app.ui.widgets.button import Button
from tests.reports.reading import text_of
from tests.ui.hands import Keyboard, Mouse
from tests.ui.studio import named, open_dialogs
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ui.studio import Studio

_INK = 60
PHRASE = "river candle orbit maple"


@pytest.fixture
def window(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """A window in which nobody is signed in."""
    del qapp
    monkeypatch.setenv("SANDGLASS_HOME", str(tmp_path / "home"))
    window = MainWindow(preferences=PreferenceFile(tmp_path / "window.json"))
    window.use(build())
    window.show()
    yield window
    window.leave()
    finish_work(window)
    window.close()
    window.deleteLater()


def _create(window: MainWindow, path: Path, *, kit: Path | None = None) -> Mouse:
    hands = Mouse(window)
    hands.press("Create…")
    hands.write("Workspace file", str(path))
    hands.write("Name of the workspace", "Privacy")
    hands.write("Controller", "Northwind GmbH")
    hands.write("Your name", "Nadia Roth")
    hands.write("Your e-mail address", "nadia@example.org")
    hands.write("Passphrase", PHRASE)
    hands.write("Passphrase again", PHRASE)
    if kit is not None:
        hands.write("Save the recovery kit as", str(kit))
    hands.press("Create")
    hands.wait(lambda: window.seat is not None)
    return hands


def test_a_workspace_is_created_left_and_opened_again(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "work.sqlite"
    hands = _create(window, path)
    assert window.seat is not None
    assert window.seat.me.name == "Nadia Roth"
    window.leave()
    finish_work(window)
    assert window.seat is None
    hands.press("Privacy")  # offered as a recent one
    hands.write("Passphrase", "something else entirely")
    hands.press("Sign in")
    assert window.seat is None
    hands.write("Passphrase", PHRASE)
    hands.press("Sign in")
    hands.wait(lambda: window.seat is not None)


def test_a_new_workspace_comes_with_a_kit_and_its_administrator_back_with_it(
    window: MainWindow, tmp_path: Path
) -> None:
    path, kit = tmp_path / "work.sqlite", tmp_path / "work-recovery-kit.pdf"
    _create(window, path)
    assert window.seat is not None
    assert str(kit) in window.seat.todo.text.replace("\u200b", "")
    assert "delete the file" in window.seat.todo.text
    window.leave()
    finish_work(window)
    shutil.rmtree(tmp_path / "home" / "keys")
    hands = Keyboard(window)
    hands.press("Privacy")
    hands.write("Passphrase", PHRASE)
    hands.press("Sign in")
    page = window.welcome.file.pages[0]
    hands.wait(lambda: "not on this machine" in page._notice.text)
    assert "Join my team" in page._notice.text
    hands.press("I have the recovery kit…")
    hands.wait(lambda: hands.sees("Make new keys"))
    form = window.welcome.file.kit.form
    assert form is not None
    typed = tmp_path / "typed.txt"
    right = text_of(kit, layout=True)
    wrong = re.sub(r"(?m)^(\s*(?:03|17) )", r"\1ZZ", right)
    typed.write_text(wrong, encoding="utf-8")
    window.welcome.file.kit.read_file(typed)
    hands.wait(lambda: bool(form.text("kit")))
    assert "Lines 3, 17 are not as they are printed." in form.rows["kit"]._note.text()
    hands.write("Passphrase", PHRASE)
    hands.write("Passphrase again", PHRASE)
    hands.press("Make new keys")
    assert window.seat is None
    form.set_text("kit", right)
    hands.press("Make new keys")
    hands.wait(lambda: window.seat is not None)
    assert "You have new keys on this machine" in window.seat.todo.text


def test_a_kit_that_cannot_be_saved_keeps_nobody_out(window: MainWindow, tmp_path: Path) -> None:
    hands = _create(window, tmp_path / "work.sqlite", kit=tmp_path / "nowhere" / "kit.pdf")
    assert window.seat is not None
    assert "its recovery kit is not" in window.seat.todo.text
    hands.press("Print a new recovery kit…")
    hands.write("Save as", str(tmp_path / "kit.pdf"))
    hands.press("Make the kit")
    hands.wait((tmp_path / "kit.pdf").exists)
    hands.wait(lambda: window.seat is not None and "Print it" in window.seat.todo.text)


def test_what_a_new_workspace_lacks_is_said_beside_it(window: MainWindow, tmp_path: Path) -> None:
    hands = Mouse(window)
    hands.press("Create…")
    hands.write("Workspace file", str(tmp_path / "work.sqlite"))
    hands.write("Passphrase", PHRASE)
    hands.write("Passphrase again", "another one")
    hands.press("Create")
    assert window.seat is None
    assert not (tmp_path / "work.sqlite").exists()
    assert hands.sees("Create")


def test_a_file_that_is_no_workspace_is_refused_with_a_sentence(
    window: MainWindow, tmp_path: Path
) -> None:
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(b"\xff\xd8\xff not a workspace")
    window.welcome.open_file(wrong)
    finish_work(window)
    assert window.seat is None
    assert window.welcome.notice.isVisible()
    assert "is no Sandglass workspace" in window.welcome.notice.text


def test_locking_hides_everything_and_the_passphrase_brings_it_back(
    window: MainWindow, tmp_path: Path
) -> None:
    hands = _create(window, tmp_path / "work.sqlite")
    window.search()
    finish_work(window)
    assert len(open_dialogs()) == 1
    window.lock()
    assert open_dialogs() == []
    assert window.seat is None
    assert window.stack.currentWidget() is window.lock_screen
    hands.write("Passphrase", "not this one, surely")
    hands.press("Unlock")
    assert window.seat is None
    assert window.lock_screen.notice.isVisible()
    hands.write("Passphrase", PHRASE)
    hands.press("Unlock")
    hands.wait(lambda: window.seat is not None)
    assert [type(each) for each in open_dialogs()] == [SearchDialog]


def test_what_was_revealed_leaves_the_clipboard(qapp: QApplication) -> None:
    del qapp
    clipboard = ForgetfulClipboard()
    clipboard.put("river candle", is_revealed=True)
    assert QGuiApplication.clipboard().text() == "river candle"
    clipboard.forget()
    assert QGuiApplication.clipboard().text() == ""


def test_what_somebody_else_put_on_the_clipboard_stays(qapp: QApplication) -> None:
    del qapp
    clipboard = ForgetfulClipboard()
    clipboard.put("river candle", is_revealed=True)
    QGuiApplication.clipboard().setText("a recipe")
    clipboard.forget()
    assert QGuiApplication.clipboard().text() == "a recipe"


def test_nobody_at_the_desk_is_noticed_and_a_key_is_a_sign_of_life(qapp: QApplication) -> None:
    owner = QLineEdit()
    owner.show()
    owner.activateWindow()
    asked: list[int] = []

    def seconds() -> int:
        asked.append(1)
        return 0

    watch = IdleWatch(qapp, owner, seconds=seconds)
    idle = QSignalSpy(watch.idle)
    assert idle.wait(2000)
    before = len(asked)
    QTest.keyClick(owner.windowHandle(), Qt.Key.Key_A)
    assert len(asked) == before + 1
    assert owner.text() == "a"
    owner.close()


def test_leaving_the_desktop_ends_open_access(studio: Studio) -> None:
    request = studio.requests[Stage.PULL]
    view = studio.officer.desk.views.get(request)
    assert view.case is not None
    desk = studio.officer.desk
    with desk.here.workspace.write() as unit:
        opened = desk.sessions.begin(unit, view.case.asked.id, enforcement={})
        unit.commit()
    studio.window._on_desktop_left()
    opened.lease.release()
    window = desk.granting.get(view.case.asked.id).window
    assert window is not None
    assert window.reason is EndReason.ENDED_EARLY


def test_leaving_while_access_is_open_asks_first_and_ends_it(studio: Studio) -> None:
    request = studio.requests[Stage.PULL]
    view = studio.officer.desk.views.get(request)
    assert view.case is not None
    desk = studio.officer.desk
    with desk.here.workspace.write() as unit:
        opened = desk.sessions.begin(unit, view.case.asked.id, enforcement={})
        unit.commit()
    studio.officer.feed.look()
    until(studio.window, lambda: studio.officer.has_open_access)
    studio.window.switch_to(None)
    (dialog,) = open_dialogs()
    assert "End access and leave?" in dialog.windowTitle()
    dialog.reject()
    assert studio.window.seat is studio.officer
    window = desk.granting.get(view.case.asked.id).window
    assert window is not None
    studio.window.sign_out()
    named(open_dialogs()[-1], "End access and leave").click()
    until(studio.window, lambda: studio.window.stack.currentWidget() is studio.window.welcome)
    opened.lease.release()
    with closing(sqlite3.connect(studio.workspace.place)) as file:
        ended = file.execute("SELECT reason FROM window_ends WHERE session = ?", [window.session])
        assert ended.fetchall() == [(EndReason.ENDED_EARLY.value,)]


def test_looks_and_recent_workspaces_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    kept = PreferenceFile(path)
    kept.change(Preferences(scheme="dark").with_recent(Recent("/w.sqlite", "Privacy", "m1")))
    assert PreferenceFile(path).current == kept.current


@pytest.mark.parametrize("content", ["", "{", "[]", '{"scheme": "pink"}', '{"recent": [1]}'])
def test_preferences_that_cannot_be_read_cost_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "window.json"
    path.write_text(content, encoding="utf-8")
    assert PreferenceFile(path).current == Preferences()


def test_preferences_hold_no_personal_data(window: MainWindow, tmp_path: Path) -> None:
    _create(window, tmp_path / "work.sqlite")
    window.close()
    kept = json.loads((tmp_path / "window.json").read_text(encoding="utf-8"))
    assert "nadia@example.org" not in json.dumps(kept)
    assert "Nadia" not in json.dumps(kept)


def test_a_request_is_found_from_anywhere_by_its_number(full: Studio) -> None:
    full.go(full.officer, "today")
    QTest.keyClick(full.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    full.settle()
    (dialog,) = open_dialogs()
    assert isinstance(dialog, SearchDialog)
    QTest.keyClicks(dialog.edit, "0004")
    until(full.window, lambda: dialog.list.count() > 0 and not _is_page(dialog))
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    full.settle()
    page = full.officer.workbench.page
    assert page is not None
    assert page.accessibleName() == "Request"


def _is_page(dialog: SearchDialog) -> bool:
    return dialog._shown[0].note == "page"


def test_a_page_that_a_member_may_not_see_does_not_open(full: Studio) -> None:
    full.go(full.officer, "today")
    before = full.officer.workbench.page
    full.officer.room.go("approvals")
    assert full.officer.workbench.page is before


def test_closing_while_something_is_read_asks_first(studio: Studio) -> None:
    request = studio.requests[Stage.PULL]
    view = studio.officer.desk.views.get(request)
    assert view.case is not None
    studio.officer.pulls.start(view.case.asked.id)
    studio.window.close()
    assert studio.window.isVisible()
    (dialog,) = [each for each in open_dialogs() if isinstance(each, QDialog)]
    assert "Stop reading" in dialog.windowTitle()
    dialog.reject()
    studio.settle()
    state = studio.officer.desk.views.get(request).state
    assert state is AccessState.ENDED


def test_the_numbers_of_the_list_open_its_pages(full: Studio) -> None:
    full.go(full.officer, "today")
    pages = full.officer.workbench.listed_pages
    for number, page in enumerate(pages, 1):
        key = Qt.Key(Qt.Key.Key_0 + number)
        QTest.keyClick(full.window, key, Qt.KeyboardModifier.ControlModifier)
        full.settle()
        shown = full.officer.workbench.page
        assert shown is not None
        assert shown.accessibleName() == page.title()


def test_what_is_pressed_before_the_services_are_loaded_is_done_as_soon_as_they_are(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del qapp
    monkeypatch.setenv("SANDGLASS_HOME", str(tmp_path / "home"))
    window = MainWindow(preferences=PreferenceFile(tmp_path / "window.json"))
    window.show()
    hands = Mouse(window)
    hands.press("Create…")
    assert window.welcome.currentIndex() == 0
    window.prepare(build)
    until(window, lambda: window.welcome.currentIndex() != 0)
    assert hands.sees("Create")
    window.close()
    window.deleteLater()


@pytest.mark.parametrize("width", [1024, 1360])
def test_a_message_covers_nothing_that_one_acts_on(full: Studio, width: int) -> None:
    full.window.resize(width, 860)
    places = [("today", "", ""), ("requests", "", "")]
    stages = (Stage.PULL, Stage.REVIEW, Stage.RESPOND)
    places += [("request", full.requests[each], each.value) for each in stages]
    scenes = [(full.officer, place) for place in places]
    for seat, (page, item, stage) in (*scenes, (full.approver, ("approvals", "", ""))):
        full.go(seat, page, item, stage=stage)
        toasts = seat.toasts
        toasts.say(Toast("Nadia Roth asks for access to DSR-2026-0003; 2 sources, 30 minutes."))
        full.settle()
        assert toasts.isVisible()
        for each in seat.workbench.stack.findChildren(QWidget):
            if isinstance(each, QAbstractButton | QLineEdit | QComboBox) and each.isVisible():
                place = QRect(each.mapTo(seat.workbench, QPoint()), each.size())
                assert not place.intersects(toasts.geometry()), (page, stage, each)


def test_what_stands_at_the_foot_of_the_navigation_begins_at_one_edge(qapp: QApplication) -> None:
    del qapp
    navigation = Navigation(())
    navigation.show_member("Sandra Sol", "Steward", "Somewhere")
    switch = SwitchButton(lambda: (), lambda _recent: None)
    for link in (switch, Button("Sign out", kind="link")):
        navigation.foot.addWidget(link)
    navigation.resize(navigation.width(), 400)
    picture = navigation.grab().toImage()
    lefts = []
    for each in (navigation._name, navigation._roles, switch, link):
        place = QRect(each.mapTo(navigation, QPoint()), each.size()).adjusted(0, 3, 0, -3)
        ground = picture.pixelColor(2, place.center().y()).lightness()
        columns = range(place.left(), place.right())
        rows = range(place.top(), place.bottom())
        lefts.append(
            next(
                x
                for x in columns
                if any(abs(picture.pixelColor(x, y).lightness() - ground) > _INK for y in rows)
            )
        )
    assert len(set(lefts)) == 1
    navigation.deleteLater()
