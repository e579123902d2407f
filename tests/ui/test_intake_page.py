"""A new request: whatever is pasted, dropped or left half done."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest

from app.domain.requests import Right
from app.ports.storage import RequestFilter
from app.storage.migrations import NEWEST
from app.ui.page import Place
from app.ui.pages.requests import RequestsPage
from app.ui.stages.intake.new_request import DRAFT, NewRequestForm
from app.ui.widgets.long_text import TYPED_AT_MOST
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.services.overview import RequestRow
    from app.ui.shell.seat import Seat
    from tests.office import Office

    Sit = Callable[..., Seat]

HOSTILE = "=cmd|'/c calc'!A0 \u202egnp.exe \x00 <b onload=1> 🦊 عربي 漢字"


def _form(seat: Seat) -> NewRequestForm:
    form = seat.workbench.findChild(NewRequestForm)
    assert isinstance(form, NewRequestForm)
    return form


def _recorded(office: Office) -> tuple[RequestRow, ...]:
    return office.officer.overview.requests(RequestFilter()).rows


def _drop(form: NewRequestForm, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    form.text.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_a_message_fills_in_who_asks_for_what(office: Office, sit: Sit, tmp_path: Path) -> None:
    message = tmp_path / "message.eml"
    message.write_bytes(
        b"From: Jos\xc3\xa9 <jose@example.org>\r\nSubject: data\r\n\r\n"
        b"Please send me all data you hold about me, and delete my account.\r\n"
    )
    seat = sit(office.officer, "request")
    form = _form(seat)
    _drop(form, message)
    until(seat.room, lambda: form.form.text("email") == "jose@example.org")
    assert form.form.text("right") == Right.ACCESS.value
    assert "erasure" in form.second.text
    form.form.set_text("name", "José")
    form.record.click()
    until(seat.room, lambda: len(_recorded(office)) == 2)
    rights = {each.request.right for each in _recorded(office)}
    assert rights == {Right.ACCESS, Right.ERASURE}


def test_a_megabyte_that_is_pasted_is_kept_whole_as_the_original(office: Office, sit: Sit) -> None:
    seat = sit(office.officer, "request")
    form = _form(seat)
    pasted = "All my data please. " * 52_429
    QGuiApplication.clipboard().setText(pasted)
    form.text.setFocus()
    form.text.paste()
    finish_work(seat.room)
    assert len(form.text.toPlainText()) < TYPED_AT_MOST
    form.form.set_text("name", "Mara")
    form.record.click()
    until(seat.room, lambda: bool(_recorded(office)))
    (row,) = _recorded(office)
    kept = office.officer.intake.read_original(row.request.id, "message.txt")
    assert kept.decode() == pasted


@pytest.mark.parametrize("kind", ["folder", "picture", "too large", "gone"])
def test_a_file_that_is_no_message_ends_in_a_sentence_or_is_kept_as_it_is(
    kind: str, office: Office, sit: Sit, tmp_path: Path
) -> None:
    path = tmp_path / "thing"
    match kind:
        case "folder":
            path.mkdir()
        case "picture":
            path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
        case "too large":
            with path.open("wb") as file:
                file.truncate(30_000_000)
    seat = sit(office.officer, "request")
    form = _form(seat)
    form.form.set_text("name", "Mara Köhler")
    _drop(form, path)
    finish_work(seat.room)
    if kind == "picture":
        assert not form.notice.isVisible()
    else:
        assert form.notice.text
    assert form.form.text("name") == "Mara Köhler"


def test_what_was_begun_is_there_again_after_the_window_was_closed(
    office: Office, sit: Sit
) -> None:
    seat = sit(office.officer, "request")
    form = _form(seat)
    QTest.keyClicks(form.form.input("name"), "Mara")
    form.text.setPlainText("Please send my data.")
    seat.leave()
    finish_work(seat.room)
    again = sit(office.officer, "request")
    assert _form(again).form.text("name") == "Mara"
    assert _form(again).text.toPlainText() == "Please send my data."
    assert "draft" in _form(again).saved.text().lower()


def test_a_draft_is_gone_once_it_is_recorded(office: Office, sit: Sit) -> None:
    seat = sit(office.officer, "request")
    form = _form(seat)
    QTest.keyClicks(form.form.input("name"), "Mara")
    form.settle()
    finish_work(seat.room)
    assert office.officer.drawer.get(DRAFT) is not None
    form.record.click()
    until(seat.room, lambda: bool(_recorded(office)))
    assert office.officer.drawer.get(DRAFT) is None


def test_hostile_values_are_recorded_and_shown_as_they_are(office: Office, sit: Sit) -> None:
    seat = sit(office.officer, "request")
    form = _form(seat)
    form.text.setPlainText(HOSTILE * 50)
    form.form.set_text("name", HOSTILE)
    form.form.set_text("address", HOSTILE)
    form.record.click()
    finish_work(seat.room)
    rows = _recorded(office)
    if not rows:  # a NUL is refused in words, and nothing that was typed is lost
        assert form.notice.text
        assert form.form.text("name")
        form.form.set_text("name", HOSTILE.replace("\x00", ""))
        form.form.set_text("address", HOSTILE.replace("\x00", ""))
        form.record.click()
        until(seat.room, lambda: bool(_recorded(office)))
    seat.workbench.go(Place("requests"))
    until(seat.room, lambda: isinstance(seat.workbench.page, RequestsPage))
    finish_work(seat.room)
    assert not seat.workbench.grab().isNull()


def test_fields_that_are_wrong_say_so_beside_themselves(office: Office, sit: Sit) -> None:
    seat = sit(office.officer, "request")
    form = _form(seat)
    form.form.set_text("email", "not an address")
    form.record.click()
    finish_work(seat.room)
    assert form.form.rows["name"].has_error()
    assert form.form.rows["email"].has_error()
    assert _recorded(office) == ()


def test_what_was_typed_stays_when_a_newer_program_upgraded_the_workspace_meanwhile(
    office: Office, sit: Sit
) -> None:
    seat = sit(office.officer, "request")
    form = _form(seat)
    QTest.keyClicks(form.form.input("name"), "Mara")
    form.settle()
    finish_work(seat.room)
    with contextlib.closing(sqlite3.connect(office.workspace.place)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()
        form.text.setPlainText("Please send my data.")
        form.record.click()
        until(seat.room, lambda: "newer Sandglass" in form.notice.text)
        assert form.form.text("name") == "Mara"
        assert form.text.toPlainText() == "Please send my data."
        file.execute("UPDATE alembic_version SET version_num = ?", (NEWEST,))
        file.commit()
    assert _recorded(office) == ()
    again = sit(office.officer, "request")
    assert _form(again).form.text("name") == "Mara"
    form.record.click()
    until(seat.room, lambda: bool(_recorded(office)))
