"""Where the workspace is and how it is reached, of which version it is, and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import __version__
from app.domain.addresses import WorkspaceAddress
from app.i18n import _, ngettext
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.facts import Facts
from app.ui.widgets.status import Status
from app.ui.widgets.text import Text
from app.wording.log import short_hash
from app.wording.workspaces import clock_in_words, size_in_words

if TYPE_CHECKING:
    from app.services.health import HealthView
    from app.ui.page import Room

_LABEL = 112


class PlaceCard(Card):
    """A server or a file, and whether it can be reached."""

    def __init__(self) -> None:
        super().__init__(_("Where it is"))
        self.status = Status()
        self.facts = Facts(label_width=_LABEL)
        self.body.addWidget(self.status)
        self.body.addWidget(self.facts)

    def show_health(self, health: HealthView, *, fingerprint: str) -> None:
        """Show how the workspace is reached; ``fingerprint`` is that of its authority."""
        self.status.show_status(_("reached; what others do shows at once"), "green")
        facts = _of_server(health) if health.is_shared else _of_file(health)
        self.facts.show_facts(*facts, (_("Authority"), fingerprint))

    def show_lost(self) -> None:
        """Say that nobody answers; what is below was so before."""
        self.status.show_status(_("not reached; what is below may be old"), "red")


def _of_server(health: HealthView) -> list[tuple[str, str]]:
    server, address = health.condition.server, WorkspaceAddress.read(health.place)
    if server is None or health.clock_ahead is None:
        return []
    return [
        (_("Server"), f"{address.host}:{address.port}"),
        (_("Database"), address.database),
        (_("PostgreSQL"), server.version),
        (_("Connection"), _connection(address, is_encrypted=server.is_encrypted)),
        (_("Your login"), server.login),
        (_("This clock"), clock_in_words(health.clock_ahead)),
    ]


def _connection(address: WorkspaceAddress, *, is_encrypted: bool) -> str:
    if not is_encrypted:
        return _("not encrypted: the server is on this machine")
    if address.is_here:
        return _("encrypted (TLS), to a server on this machine")
    return _("encrypted (TLS), with the server's certificate checked")


def _of_file(health: HealthView) -> list[tuple[str, str]]:
    return [
        (_("File"), health.place),
        (_("Size"), size_in_words(health.condition.size)),
        (_("Clock"), _("this machine's")),
    ]


class VersionCard(Card):
    """Which tables the workspace has, and which program this is."""

    def __init__(self) -> None:
        super().__init__(_("Versions"))
        self._facts = Facts(label_width=_LABEL)
        self._text = Text("", "muted")
        self.body.addWidget(self._facts)
        self.body.addWidget(self._text)

    def show_health(self, health: HealthView) -> None:
        """Show both versions."""
        self._facts.show_facts(
            (_("Workspace"), health.condition.revision),
            (_("This Sandglass"), __version__),
        )
        self._text.setText(
            _(
                "A newer workspace is never opened by an older Sandglass. An administrator "
                "upgrades it with “sandglass workspace upgrade” and the owner's login."
            )
            if health.is_shared
            else _(
                "A newer workspace is never opened by an older Sandglass. A newer Sandglass "
                "upgrades the file when it opens it, and leaves a copy beside it."
            )
        )


class LogCard(Card):
    """How long the log is; its page verifies it."""

    def __init__(self, room: Room) -> None:
        super().__init__(_("Log"))
        self._room = room
        self._facts = Facts(label_width=_LABEL)
        self.body.addWidget(self._facts)
        self.body.addWidget(Text(_("Whether it is whole its page verifies."), "muted"))
        audit = Button(_("Open Audit"), self._on_audit, icon="scroll-text")
        self.body.addLayout(row(audit, 1))

    def show_health(self, health: HealthView) -> None:
        """Show where the log ends."""
        n = health.entries
        self._facts.show_facts(
            (_("Length"), ngettext("{n} entry", "{n} entries", n).format(n=f"{n:,}")),
            (_("Head"), short_hash(health.head)),
        )

    def _on_audit(self) -> None:
        self._room.go("audit")
