"""What belongs to a first entry: the recovery kit of a new workspace, what went with old keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from app.domain.errors import AppError
from app.i18n import _
from app.ui.dialogs.recovery_kit import ask_kit
from app.ui.errors import sentence_of
from app.wording.people import kit_in_words, lost_in_words

if TYPE_CHECKING:
    from app.bootstrap import App
    from app.domain.people import Member
    from app.domain.workspace import WorkspaceFacts
    from app.services.desk import Desk
    from app.ui.shell.seat import Seat
    from app.ui.shell.welcome.frame import Entered


class Arrived(NamedTuple):
    """Somebody who may sit down; ``no_kit`` is why the kit that she wanted was not made."""

    desk: Desk
    me: Member
    facts: WorkspaceFacts
    no_kit: AppError | None


def arrive(app: App, entered: Entered) -> Arrived:
    """Do what has to be done before somebody sits down; a kit that fails keeps nobody out."""
    no_kit = None
    try:
        desk = app.desk(entered.here)
        me, facts = who(desk)
        if entered.kit is not None:
            try:
                desk.recovery.print(entered.kit)
            except AppError as error:
                no_kit = error
    except BaseException:
        entered.here.workspace.close()
        raise
    return Arrived(desk, me, facts, no_kit)


def who(desk: Desk) -> tuple[Member, WorkspaceFacts]:
    """Return whose desk it is, and in which workspace."""
    here = desk.here
    with here.workspace.read() as unit:
        return unit.members.get(here.member), unit.workspace.facts()


def tell(seat: Seat, entered: Entered, arrived: Arrived) -> None:
    """Say to who just sat down what she has to know or to do."""
    print_new = partial(_ask_kit, seat)
    if arrived.no_kit is not None:
        text = _("The workspace is made, but its recovery kit is not:") + " "
        text += sentence_of(arrived.no_kit).text()
        seat.todo.say(text, tone="amber", action=_("Print a new recovery kit…"), do=print_new)
    elif entered.kit is not None:
        seat.todo.say(kit_in_words(entered.kit), tone="amber")
    elif entered.lost is not None:
        text = _("You have new keys on this machine; the old ones count no more.")
        lost = lost_in_words(entered.lost.requests, entered.lost.sources)
        seat.todo.say(f"{text} {lost}".strip(), tone="amber" if lost else "green")


def _ask_kit(seat: Seat) -> None:
    def made(path: object) -> None:
        seat.todo.say(kit_in_words(path), tone="amber")

    ask_kit(seat.workbench, seat.room, done=made)
