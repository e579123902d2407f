"""Who can read a request's data is said beside it, and changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.people import Role
from app.services.membership import NewMember
from app.ui.pages.request.readers import Readers
from tests.office import PASSPHRASE
from tests.ui.studio import named, open_dialogs
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.shell.seat import Seat
    from tests.office import Office


def test_a_colleague_is_let_in_and_out_again(office: Office, sit: Callable[..., Seat]) -> None:
    new = NewMember("Nora", "nora@example.org", frozenset({Role.OFFICER}), PASSPHRASE)
    nora = office.membership.add(office.administrator.here, new).id
    request = office.record().id
    seat = sit(office.officer, "request", request)
    card = seat.workbench.findChild(Readers)
    assert isinstance(card, Readers)
    assert card.names.text() == "Nadia"
    assert card.unshare.isHidden()
    card.share.click()
    named(open_dialogs()[-1], "Share").click()
    finish_work(seat.room)
    assert card.names.text() == "Nadia, Nora"
    assert office.actions(request)[-1] == "vault.shared"
    assert card.share.isHidden()
    card.unshare.click()
    dialog = open_dialogs()[-1]
    assert dialog.form.values()["member"] == nora  # type: ignore[attr-defined]  # an Ask
    named(dialog, "Stop sharing").click()
    finish_work(seat.room)
    assert card.names.text() == "Nadia"


def test_who_handles_no_requests_is_not_told(office: Office, sit: Callable[..., Seat]) -> None:
    request = office.asked().asked.request
    seat = sit(office.approver, "request", request)
    card = seat.workbench.findChild(Readers)
    assert isinstance(card, Readers)
    assert card.isHidden()
