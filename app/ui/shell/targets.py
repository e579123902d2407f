"""Where Ctrl+K goes besides what is found: pages, and what can be done from anywhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.domain.people import Verb
from app.i18n import _
from app.ui.shell.search import Target
from app.ui.theme import Scheme
from app.wording.workspaces import recent_in_words

if TYPE_CHECKING:
    from app.ui.shell.main_window import MainWindow
    from app.ui.shell.seat import Seat


def targets_at(window: MainWindow, seat: Seat) -> list[Target]:
    """Return where the member who sits there can go, and what she can do."""
    room = seat.room
    targets = [
        Target(page.title(), _("page"), page.icon, partial(room.go, page.key))
        for page in seat.workbench.listed_pages
    ]
    action = _("action")
    if seat.me.may(Verb.HANDLE_REQUESTS):
        targets.append(Target(_("New request"), action, "plus", window.begin_request))
    for title, icon, scheme in (
        (_("Light colours"), "sun", Scheme.LIGHT),
        (_("Dark colours"), "moon", Scheme.DARK),
        (_("Colours as the desktop has them"), "monitor", Scheme.AUTO),
    ):
        targets.append(Target(title, action, icon, partial(window.use_scheme, scheme.value)))
    targets += [
        Target(_("Lock the window"), action, "lock", window.lock),
        Target(_("Keyboard shortcuts"), action, "keyboard", window.show_shortcuts),
        Target(_("Switch workspace"), action, "folder-open", partial(window.switch_to, None)),
        Target(_("Sign out"), action, "log-out", window.sign_out),
    ]
    for each in window.others():
        where = recent_in_words(each.title, each.path)
        text = _("Switch to {workspace}").format(workspace=where)
        targets.append(Target(text, action, "folder-open", partial(window.switch_to, each)))
    return targets
