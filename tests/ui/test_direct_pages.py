"""The weaker way in the window: offered with what is lost, and named wherever it is used."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel

from app.domain.airlock import Entrance
from app.ports.progress import QuietTask
from app.ui.dialogs.airlock import AirlockDialog
from app.ui.pages.approvals import ApprovalsPage
from app.ui.pages.sources import SourcesPage
from app.ui.stages.pull import PullStage
from app.ui.stages.scope import ScopeStage
from tests.airlock.store import dba, open_store
from tests.ui.studio import open_dialogs
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.ui.shell.seat import Seat
    from tests.office import Office
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server


@pytest.fixture
def store(tmp_path: Path, postgresql_server: PostgresqlServer) -> Iterator[Office]:
    """An office with a store; what is installed goes afterwards, roles are the whole server's."""
    office = open_store(tmp_path, postgresql_server)
    yield office
    office.administrator.airlocks.uninstall("store", dba(postgresql_server))


@pytest.fixture
def office(store: Office, postgresql_server: PostgresqlServer) -> Office:
    """An office whose store is entered the weaker way."""
    store.administrator.airlocks.install("store", dba(postgresql_server), entrance=Entrance.DIRECT)
    return store


def told(widget: QWidget) -> str:
    """Return everything that a widget shows."""
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if not each.isHidden())


def dialog_of(page: SourcesPage, server: PostgresqlServer) -> AirlockDialog:
    page.side.install.click()
    (dialog,) = (each for each in open_dialogs() if isinstance(each, AirlockDialog))
    dialog.form.set_text("user", server.user)
    dialog.form.set_text("password", server.password)
    return dialog


def test_an_administrator_is_told_what_is_lost_before_she_installs_it(
    store: Office, postgresql_server: PostgresqlServer, sit: Callable[..., Seat]
) -> None:
    seat = sit(store.administrator, "sources", "store")
    page = seat.workbench.page
    assert isinstance(page, SourcesPage)
    dialog = dialog_of(page, postgresql_server)
    assert dialog.warning.isHidden()
    dialog.show_script.click()
    finish_work(seat.room)
    assert dialog.run.isEnabled()

    dialog.form.set_text("entrance", "direct")
    assert not dialog.warning.isHidden()
    assert "What is lost: Sandglass, not the database, picks the person's rows" in told(dialog)
    assert "whoever holds the approvers' password can open it alone" in told(dialog)
    assert not dialog.run.isEnabled()  # the other way's script is not this one's
    assert dialog.code.toPlainText() == ""

    dialog.show_script.click()
    finish_work(seat.room)
    assert "CREATEROLE, WHICH IS NEARLY A SUPERUSER'S RIGHT" in dialog.code.toPlainText()
    assert "nearly a superuser's right" in told(dialog)
    dialog.run.click()
    finish_work(seat.room)
    known = store.administrator.airlocks.find("store")
    assert known is not None
    assert (known.state, known.entrance) == ("ready", "direct")
    assert page.side._state.text == "ready, the weaker way"
    assert "of everybody's rows" in told(page.side)
    assert "The approver's password alone opens it." in told(page.side)
    page.side.check.click()
    finish_work(seat.room)
    assert page.side._state.text == "ready, the weaker way"


def test_installing_again_begins_with_the_way_that_is_there(
    office: Office, postgresql_server: PostgresqlServer, sit: Callable[..., Seat]
) -> None:
    seat = sit(office.administrator, "sources", "store")
    page = seat.workbench.page
    assert isinstance(page, SourcesPage)
    dialog = dialog_of(page, postgresql_server)
    assert dialog.form.text("entrance") == "direct"
    dialog.form.set_text("entrance", "airlock")
    dialog.show_script.click()
    finish_work(seat.room)
    assert "another way in before" in dialog.code.toPlainText()
    dialog.reject()


def test_an_officer_is_told_what_could_be_read_before_she_asks(
    office: Office, sit: Callable[..., Seat]
) -> None:
    request = office.verified()
    seat = sit(office.officer, "request", request.id, "scope")
    stage = seat.workbench.findChild(ScopeStage)
    assert stage is not None
    assert not stage.weaker.isHidden()
    assert "could read the mapped columns of everybody" in stage.weaker.text()
    assert "Everything else stays closed" not in told(stage)


def test_an_approver_is_told_that_her_yes_alone_opens_it(
    office: Office, sit: Callable[..., Seat]
) -> None:
    office.asked()
    seat = sit(office.approver, "approvals")
    page = seat.workbench.page
    assert isinstance(page, ApprovalsPage)
    assert "Shop is entered the weaker way" in told(page)
    assert "could read the mapped columns of everybody" in told(page)
    assert "Your yes alone opens it" in told(page)


def test_the_pull_says_who_keeps_what(office: Office, sit: Callable[..., Seat]) -> None:
    case = office.granted()
    seat = sit(office.officer, "request", case.asked.request, "pull")
    stage = seat.workbench.findChild(PullStage)
    assert stage is not None
    assert "weaker way, only columns enforced by the source" in stage.kept.text()
    assert not stage.weaker.isHidden()
    assert "could read the mapped columns of everybody" in stage.weaker.text()


def test_an_approver_s_window_takes_away_what_an_officer_s_pull_left(
    office: Office, postgresql_server: PostgresqlServer, sit: Callable[..., Seat]
) -> None:
    seat = sit(office.approver)
    seat._tidying.setInterval(0)
    case = office.granted()
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete
    seat.feed.look()
    finish_work(seat.room)
    finish_work(seat.room)
    with closing(postgresql_server.connect()) as owner:
        left = owner.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^sandglass_store_[0-9a-f]{16}$'"
        ).fetchall()
    assert left == []


def test_nothing_of_it_is_said_where_there_is_an_airlock(
    store: Office, postgresql_server: PostgresqlServer, sit: Callable[..., Seat]
) -> None:
    store.administrator.airlocks.install("store", dba(postgresql_server))
    store.asked()
    seat = sit(store.approver, "approvals")
    assert "weaker" not in told(seat.workbench)
