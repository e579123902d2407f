"""How the workspace is: its place, its guard, its log, and a copy of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event
from app.domain.errors import NotAllowedError
from app.domain.people import Verb
from app.services.looking_over import look_over

if TYPE_CHECKING:
    from datetime import timedelta

    from app.domain.audit import Details
    from app.domain.workspace import WorkspaceFacts
    from app.ports.clocks import Clock
    from app.ports.security import Certificates
    from app.ports.storage import Condition, Workspaces
    from app.services.looking_over import Fault
    from app.services.signed_in import SignedIn


@dataclass(frozen=True)
class HealthView:
    """What the page shows. ``clock_ahead`` is by how much this machine's clock is before the
    server's; ``entries`` and ``head`` are the log's.
    """

    facts: WorkspaceFacts
    place: str
    is_shared: bool
    condition: Condition
    clock_ahead: timedelta | None
    entries: int
    head: str


class Health:
    """Looks at the workspace for any of its members; looking changes nothing."""

    def __init__(
        self,
        here: SignedIn,
        *,
        workspaces: Workspaces,
        certificates: Certificates,
        clock: Clock,
    ) -> None:
        self._here = here
        self._certificates = certificates
        self._workspaces = workspaces
        self._clock = clock

    def look(self) -> HealthView:
        """Return how everything is now."""
        workspace = self._here.workspace
        condition = workspace.condition()
        server = condition.server
        ahead = self._clock.now() - server.now if server is not None else None
        with workspace.read() as unit:
            entries, head, _at = unit.log.head()
            facts = unit.workspace.facts()
        return HealthView(
            facts, workspace.place, workspace.is_shared, condition, ahead, entries, head
        )

    def check(self) -> tuple[Fault, ...]:
        """Return what is wrong with the workspace; ``workspace.no_guard`` for a file."""
        if not self._here.workspace.is_shared:
            raise NotAllowedError("workspace.no_guard")
        return look_over(self._here.workspace, self._certificates).faults

    def end_turn(self) -> str | None:
        """Cut off whoever keeps others from writing, on record; return her login, if there is one.

        ``NotAllowedError("workspace.turn_not_ours")``, with the server's process for its DBA.
        """
        workspace = self._here.workspace
        with workspace.read() as unit:
            unit.members.get(self._here.member).must(Verb.MANAGE_MEMBERS)
        holder = workspace.condition().turn
        try:
            ended = workspace.end_turn()
        except NotAllowedError as error:
            if holder is None or error.code != "workspace.turn_not_ours":
                raise
            raise NotAllowedError(error.code, pid=holder.pid) from None
        if ended is None:
            return None
        login, seconds = ended
        with workspace.write() as unit:
            details: Details = {"login": login, "seconds": seconds}
            unit.record(Event(Action.TURN_ENDED, self._here.member, details=details))
            unit.commit()
        return login

    def copy_to(self, path: Path) -> None:
        """Copy an embedded workspace, as its last commit left it.

        ``NotAllowedError("workspace.not_a_file")`` for one on a server, which its DBA backs up.
        """
        if self._here.workspace.is_shared:
            raise NotAllowedError("workspace.not_a_file")
        self._workspaces.copy(Path(self._here.workspace.place), path)
