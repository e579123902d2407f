"""Audit, Sources, People and Settings, used as their people use them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit

from app.domain.people import Role
from app.domain.secrets import Secret
from app.ui.pages.audit import AuditPage
from app.ui.pages.people import PeoplePage
from app.ui.pages.settings import SettingsPage
from app.ui.pages.sources import SourcesPage
from app.ui.pages.workspace import WorkspacePage
from tests.office import MAP, NOTES, PASSPHRASE, Office
from tests.ui.studio import named, open_dialogs
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.shell.seat import Seat

    Sit = Callable[..., Seat]


def _say(seat: Seat, button: str, **values: str) -> None:
    """Fill in the dialog that is open and press ``button``."""
    dialog = open_dialogs()[-1]
    for key, text in values.items():
        dialog.form.set_text(key, text)  # type: ignore[attr-defined]  # an Ask
    named(dialog, button).click()
    finish_work(seat.room)


# Audit


@pytest.fixture
def audit(office: Office, sit: Sit) -> tuple[Seat, AuditPage]:
    office.pulled()
    seat = sit(office.administrator, "audit")
    page = seat.workbench.page
    assert isinstance(page, AuditPage)
    return seat, page


def test_the_log_is_checked_as_soon_as_it_is_opened(audit: tuple[Seat, AuditPage]) -> None:
    seat, page = audit
    until(seat.room, lambda: "Unbroken: verified to entry" in page.status.text)


def test_one_request_alone_and_everything_again(
    office: Office, audit: tuple[Seat, AuditPage]
) -> None:
    seat, page = audit
    everything = page.model.total
    page._on_only("DSR-2026-0001")
    finish_work(seat.room)
    assert 0 < page.model.total < everything
    page.filters.search.setFocus()
    QTest.keyClicks(page.filters.search, "nothing like this")
    until(seat.room, lambda: page.model.total == 0)
    page._on_everything()
    until(seat.room, lambda: page.model.total == everything)
    assert everything == len(office.actions())


def test_a_key_moves_to_the_next_entry_and_shows_its_proof(
    audit: tuple[Seat, AuditPage],
) -> None:
    seat, page = audit
    page.table.setFocus()
    before = page.entry.shown
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    finish_work(seat.room)
    assert page.entry.shown is not None
    assert before is not None
    assert page.entry.shown.entry.number == before.entry.number - 1


def test_a_report_is_made_and_that_is_on_record(
    office: Office, audit: tuple[Seat, AuditPage], tmp_path: Path
) -> None:
    seat, page = audit
    page._on_report()
    path = tmp_path / "report"
    dialog = open_dialogs()[-1]
    if "request" in dialog.form.rows:  # type: ignore[attr-defined]  # an Ask
        dialog.form.set_text("request", "DSR-2026-0001")  # type: ignore[attr-defined]
    _say(seat, "Make the report", path=str(path))
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "report.made" in office.actions("DSR-2026-0001")
    open_dialogs()[-1].reject()


def test_a_report_for_a_request_that_is_not_there_is_refused_and_nothing_is_lost(
    audit: tuple[Seat, AuditPage], tmp_path: Path
) -> None:
    seat, page = audit
    page._on_only("")
    finish_work(seat.room)
    page.entry.show_view(None)
    page._on_report()
    _say(seat, "Make the report", request="DSR-1999-0001", path=str(tmp_path / "report.pdf"))
    dialog = open_dialogs()[-1]
    assert dialog.notice.text  # type: ignore[attr-defined]  # an Ask
    assert dialog.form.text("request") == "DSR-1999-0001"  # type: ignore[attr-defined]
    dialog.reject()


# Sources


@pytest.fixture
def sources(office: Office, sit: Sit) -> tuple[Seat, SourcesPage]:
    seat = sit(office.administrator, "sources")
    page = seat.workbench.page
    assert isinstance(page, SourcesPage)
    return seat, page


def test_a_trial_shows_how_many_rows_and_none_of_them(
    sources: tuple[Seat, SourcesPage], office: Office
) -> None:
    seat, page = sources
    page.side._on_try()
    _say(seat, "Count", kind="email", value="mara@example.org")
    shown = open_dialogs()[-1]
    texts = " ".join(each.toPlainText() for each in shown.findChildren(QPlainTextEdit))
    assert "5" in texts
    assert not any(note in texts for note in NOTES)
    assert "source.tried" in office.actions()
    shown.reject()


def test_a_map_with_an_error_is_shown_with_its_line_and_not_kept(
    sources: tuple[Seat, SourcesPage], office: Office, tmp_path: Path
) -> None:
    seat, page = sources
    bad = tmp_path / "bad.yml"
    bad.write_text(MAP.replace("fides_key: shop", "fides_key: [shop"), encoding="utf-8")
    page._on_add()
    dialog = open_dialogs()[-1]
    dialog.form.set_text("map", str(bad))  # type: ignore[attr-defined]  # a SourceDialog
    until(seat.room, dialog.problems.isVisible)  # type: ignore[attr-defined]
    assert not dialog.confirm.isEnabled()  # type: ignore[attr-defined]
    assert ":" in dialog.problems.toPlainText()  # type: ignore[attr-defined]
    dialog.reject()
    assert len(office.administrator.sourcing.all()) == 1


@pytest.mark.parametrize("kind", ["missing", "picture", "folder"])
def test_a_file_that_is_no_map_ends_in_a_sentence(
    kind: str, sources: tuple[Seat, SourcesPage], tmp_path: Path
) -> None:
    seat, page = sources
    path = tmp_path / "thing.yml"
    if kind == "picture":
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    elif kind == "folder":
        path.mkdir()
    page._on_add()
    dialog = open_dialogs()[-1]
    dialog.form.set_text("map", str(path))  # type: ignore[attr-defined]  # a SourceDialog
    until(
        seat.room,
        lambda: dialog.form.rows["map"].has_error() or dialog.problems.isVisible(),  # type: ignore[attr-defined]
    )
    dialog.reject()


def test_the_picture_of_the_map_is_walked_by_keys(sources: tuple[Seat, SourcesPage]) -> None:
    seat, page = sources
    page.map.setFocus()
    finish_work(seat.room)
    seen = []
    for _ in range(3):
        seen.append(page.map.accessibleDescription())
        QTest.keyClick(page.map, Qt.Key.Key_Right)
        finish_work(seat.room)
    assert len(set(seen)) > 1
    assert all(seen)


# People


def test_a_member_is_let_in_and_can_sign_in(office: Office, sit: Sit) -> None:
    seat = sit(office.administrator, "people")
    page = seat.workbench.page
    assert isinstance(page, PeoplePage)
    page._on_add()
    phrase = PASSPHRASE.reveal()
    _say(
        seat, "Add member", name="Ada Berg", email="ada@example.org",
        passphrase=phrase, again=phrase,
    )  # fmt: skip
    people = office.membership.members(office.workspace)
    (ada,) = [each for each in people if each.name == "Ada Berg"]
    assert office.membership.sign_in(office.workspace, ada.id, passphrase=PASSPHRASE)
    assert page.table.key == ada.id


def test_a_departure_is_recorded_after_a_question(office: Office, sit: Sit) -> None:
    seat = sit(office.administrator, "people")
    page = seat.workbench.page
    assert isinstance(page, PeoplePage)
    page.open_item(office.approver.here.member)
    finish_work(seat.room)
    named(page, "Record departure…").click()
    finish_work(seat.room)
    _say(seat, "Record departure")
    assert "member.left" in office.actions()


def test_roles_are_changed_and_own_ones_are_not_with_the_reason_said(
    office: Office, sit: Sit
) -> None:
    seat = sit(office.administrator, "people")
    page = seat.workbench.page
    assert isinstance(page, PeoplePage)
    roles = named(page, "Change roles…")
    assert not roles.isEnabled()
    assert "Nobody changes her own roles" in roles.toolTip()
    page.open_item(office.officer.here.member)
    finish_work(seat.room)
    assert roles.isEnabled()
    roles.click()
    _say(seat, "Change roles", officer="", auditor="yes")
    people = {each.id: each for each in office.membership.members(office.workspace)}
    assert people[office.officer.here.member].roles == {Role.AUDITOR}


def test_new_keys_are_made_after_saying_what_is_lost(office: Office, sit: Sit) -> None:
    request, _ = office.pulled()
    seat = sit(office.administrator, "people")
    page = seat.workbench.page
    assert isinstance(page, PeoplePage)
    page.open_item(office.officer.here.member)
    finish_work(seat.room)
    named(page, "New keys…").click()
    finish_work(seat.room)
    asked = " ".join(each.text() for each in open_dialogs()[-1].findChildren(QLabel))
    assert request in asked
    phrase = "orbit maple river candle"
    _say(seat, "Make new keys", passphrase=phrase, again=phrase)
    assert request in page.notice.text
    member = office.officer.here.member
    assert office.membership.sign_in(office.workspace, member, passphrase=Secret(phrase))


def test_a_recovery_kit_is_written_where_she_says_and_nowhere_else(
    office: Office, sit: Sit, tmp_path: Path
) -> None:
    seat = sit(office.administrator, "people")
    page = seat.workbench.page
    folder = tmp_path / "out"
    folder.mkdir()
    named(page, "Print a new recovery kit…").click()
    _say(seat, "Make the kit", path=str(folder / "kit"))
    assert [each.name for each in folder.iterdir()] == ["kit.pdf"]
    assert (folder / "kit.pdf").stat().st_mode & 0o077 == 0
    assert office.actions()[-1] == "recovery.printed"


def test_who_may_not_manage_members_is_shown_no_button_for_it(office: Office, sit: Sit) -> None:
    seat = sit(office.officer, "people")
    page = seat.workbench.page
    assert isinstance(page, PeoplePage)
    with pytest.raises(AssertionError):
        named(page, "Add a member…")


# Settings


def test_a_policy_is_changed_and_holds_from_then_on(office: Office, sit: Sit) -> None:
    seat = sit(office.administrator, "settings")
    page = seat.workbench.page
    assert isinstance(page, SettingsPage)
    named(page, "Change the policy…").click()
    _say(seat, "Save the policy", minutes_by_default="10", minutes_at_most="15")
    policy = office.officer.settings.facts().policy
    assert (policy.minutes_by_default, policy.minutes_at_most) == (10, 15)


def test_a_policy_that_does_not_fit_is_refused_in_the_dialog(office: Office, sit: Sit) -> None:
    seat = sit(office.administrator, "settings")
    page = seat.workbench.page
    assert page is not None
    named(page, "Change the policy…").click()
    _say(seat, "Save the policy", minutes_by_default="30", minutes_at_most="5")
    dialog = open_dialogs()[-1]
    assert dialog.notice.text  # type: ignore[attr-defined]  # an Ask
    assert dialog.form.text("minutes_by_default") == "30"  # type: ignore[attr-defined]
    dialog.reject()
    assert office.officer.settings.facts().policy.version == 1


def test_the_passphrase_is_changed_by_who_knows_it(office: Office, sit: Sit) -> None:
    seat = sit(office.officer, "settings")
    page = seat.workbench.page
    assert page is not None
    named(page, "Change the passphrase…").click()
    new = "orbit maple river candle"
    _say(seat, "Change", old="wrong one entirely", passphrase=new, again=new)
    dialog = open_dialogs()[-1]
    assert dialog.notice.text  # type: ignore[attr-defined]  # an Ask
    dialog.reject()
    assert "keys.relocked" not in office.actions()


# Workspace


def test_a_file_says_what_it_cannot_keep_and_is_copied_while_it_is_open(
    office: Office, sit: Sit, tmp_path: Path
) -> None:
    seat = sit(office.officer, "workspace")
    page = seat.workbench.page
    assert isinstance(page, WorkspacePage)
    assert page.promises.isVisible()
    assert not page.guard.isVisible()
    page.backup.copy_to(tmp_path / "copy.sqlite")
    finish_work(seat.room)
    copied = office.adapters.workspaces.open(tmp_path / "copy.sqlite")
    with copied.read() as unit, office.workspace.read() as original:
        assert unit.log.head() == original.log.head()
        assert unit.workspace.facts() == original.workspace.facts()
    copied.close()
    page.backup.copy_to(Path(office.workspace.place))
    finish_work(seat.room)
    assert "exists already" in page.backup.notice.text
