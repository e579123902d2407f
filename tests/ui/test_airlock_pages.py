"""The airlock in the window: installed by an administrator, counted and granted, pulled through."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.access import AccessState
from app.ui.dialogs.airlock import AirlockDialog
from app.ui.dialogs.source import SourceDialog
from app.ui.pages.approvals import ApprovalsPage
from app.ui.pages.sources import SourcesPage
from app.ui.stages.pull import PullStage
from tests.airlock.store import DATABASE, MAP, dba, open_store
from tests.ui.studio import open_dialogs
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.ui.shell.seat import Seat
    from tests.office import Office
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server


@pytest.fixture
def office(tmp_path: Path, postgresql_server: PostgresqlServer) -> Office:
    return open_store(tmp_path, postgresql_server)


def test_an_administrator_reads_the_script_and_runs_it(
    office: Office, postgresql_server: PostgresqlServer, sit: Callable[..., Seat], tmp_path: Path
) -> None:
    seat = sit(office.administrator, "sources", "store")
    page = seat.workbench.page
    assert isinstance(page, SourcesPage)
    assert page.side.install.isEnabled()
    assert not page.side.check.isEnabled()
    page.side.install.click()
    (dialog,) = (each for each in open_dialogs() if isinstance(each, AirlockDialog))
    assert not dialog.run.isEnabled()
    dialog.form.set_text("user", postgresql_server.user)
    dialog.form.set_text("password", postgresql_server.password)
    dialog.show_script.click()
    finish_work(seat.room)
    assert "CREATE ROLE" in dialog.code.toPlainText()
    QTest.keyClick(dialog.parts, Qt.Key.Key_End)
    assert "definition" in dialog.code.toPlainText()
    dialog.save_to(tmp_path / "airlock.sql")
    finish_work(seat.room)
    text = (tmp_path / "airlock.sql").read_text()
    assert text.startswith("BEGIN;")
    assert postgresql_server.password not in text
    dialog.run.click()
    finish_work(seat.room)
    known = office.administrator.airlocks.find("store")
    assert known is not None
    assert known.state == "ready"
    assert page.side.check.isEnabled()
    page.side.check.click()
    finish_work(seat.room)
    assert page.side._state.text == "ready"
    assert not page.side._airlock.isVisibleTo(page)
    with closing(postgresql_server.connect(DATABASE)) as owner:
        owner.execute("GRANT SELECT ON customers TO PUBLIC")
    page.side.check.click()
    finish_work(seat.room)
    assert page.side._state.text == "ready"
    assert page.side._airlock.isVisibleTo(page)
    assert "may read public.customers" in page.side._airlock.text()


def test_a_wrong_login_is_said_and_nothing_typed_is_lost(
    office: Office, sit: Callable[..., Seat]
) -> None:
    seat = sit(office.administrator, "sources", "store")
    page = seat.workbench.page
    assert isinstance(page, SourcesPage)
    page.side.install.click()
    (dialog,) = (each for each in open_dialogs() if isinstance(each, AirlockDialog))
    dialog.form.set_text("user", "owner")
    dialog.form.set_text("password", "wrong")
    dialog.show_script.click()
    finish_work(seat.room)
    assert "refused" in dialog.notice.text
    assert dialog.form.text("user") == "owner"
    assert dialog.show_script.isEnabled()
    dialog.reject()


def test_an_approver_sees_what_the_source_counts_and_opens_it_by_granting(
    office: Office, postgresql_server: PostgresqlServer, sit: Callable[..., Seat]
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.asked()
    seat = sit(office.approver, "approvals")
    page = seat.workbench.page
    assert isinstance(page, ApprovalsPage)
    assert "store / orders 5" in page._counts.text()
    page.approve.click()
    finish_work(seat.room)
    (state,) = office.administrator.airlocks.grants("store")
    assert state.state == "ready"
    granted = office.approver.granting.get(case.asked.id)
    assert granted.state(office.clock.now()) is AccessState.GRANTED


def test_the_fields_of_a_new_source_follow_its_kind(
    office: Office, sit: Callable[..., Seat], tmp_path: Path
) -> None:
    path = tmp_path / "other.yml"
    path.write_text(MAP.replace("store", "other"))
    seat = sit(office.administrator, "sources")
    page = seat.workbench.page
    assert isinstance(page, SourcesPage)
    dialog = SourceDialog(page, seat.room)
    dialog.open()
    dialog.form.set_text("map", str(path))
    dialog.form.set_text("type", "postgresql")
    assert dialog.form.text("map") == str(path)
    assert "password" not in dialog.form.values()
    dialog.form.set_text("host", "127.0.0.1")
    dialog.form.set_text("database", DATABASE)
    finish_work(seat.room)
    dialog.confirm.click()
    finish_work(seat.room)
    kinds = {
        each.record.key: each.record.type for each in office.administrator.sourcing.view().sources
    }
    assert kinds["other"] == "postgresql"


def test_the_pull_says_who_keeps_each_source(
    office: Office, postgresql_server: PostgresqlServer, sit: Callable[..., Seat]
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.granted()
    seat = sit(office.officer, "request", case.asked.request, "pull")
    stage = seat.workbench.findChild(PullStage)
    assert stage is not None
    assert "enforced by the source" in stage.kept.text()
