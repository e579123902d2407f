"""What services need of workspaces on servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.domain.addresses import WorkspaceAddress
    from app.domain.audit import ChainState
    from app.domain.secrets import LoginSecret
    from app.ports.storage import UnitOfWork, Workspace


@dataclass(frozen=True)
class ServerFacts:
    """A server as a member's login sees it: ``version`` is its own text, ``now`` its time."""

    version: str
    login: str
    is_encrypted: bool
    now: datetime


@dataclass(frozen=True)
class TurnHolder:
    """Who keeps others from writing into a workspace at this moment: units of work take turns.

    ``pid`` is the server's process; ``who`` is a member's name, or the login of who is none.
    """

    pid: int
    login: str
    who: str
    seconds: int


class FlawKind(StrEnum):
    """What can be wrong with the guard of a workspace."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    OF_ANOTHER_VERSION = "of_another_version"
    NOT_COMPARED = "not_compared"
    NOT_RECORDED = "not_recorded"
    STRANGER = "stranger"
    NOT_IN_GROUP = "not_in_group"
    UNFIT_LOGIN = "unfit_login"
    GROUP_ENTERS = "group_enters"
    ACTS_BESIDE = "acts_beside"
    SETTING = "setting"
    OPEN_TO_ALL = "open_to_all"
    HEAD_DIFFERS = "head_differs"


@dataclass(frozen=True)
class Flaw:
    """Something that the guard should be and is not; ``what`` names an item, a login, a right."""

    kind: FlawKind
    what: str = ""


@dataclass(frozen=True)
class FirstLogin:
    """The login of the first administrator: one that ``exists``, or is made with its password.

    ``options`` are those of an address that are hers, her certificate say.
    """

    name: str
    password: LoginSecret | None
    exists: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


class SharedWorkspaces(Protocol):
    """Where workspaces on servers are made and opened.

    ``StorageError``: workspace.unreachable, workspace.login_refused, workspace.tls, …;
    workspace.not_a_workspace, workspace.older, workspace.newer.
    """

    def create(
        self, address: WorkspaceAddress, owner: LoginSecret | None, *, first: FirstLogin
    ) -> Workspace:
        """Make an empty workspace in the database at ``address``, guarded, and return it as the
        first administrator's login sees it. The owner's login is used now and kept nowhere.

        ``workspace.exists``, ``workspace.owner_needed``, ``workspace.server_too_old``,
        ``workspace.not_utf8``.
        """
        ...

    def move_in(
        self,
        unit: UnitOfWork,
        address: WorkspaceAddress,
        owner: LoginSecret | None,
        *,
        logins: Mapping[str, str],
    ) -> ChainState:
        """Make a workspace as ``create`` does, of all that ``unit`` finds in an embedded one, and
        return the log's state, which is the same in both. ``logins`` are the members'.

        ``unit`` is committed once before: from then on its file says that it is being moved, and
        opens nowhere, whatever becomes of this program. Where that was said already, it is looked
        up first whether all arrived. When ``unit`` commits again, the file says where its workspace
        went. ``workspace.log_not_moved``; ``workspace.moving``: nobody knows what became of it.
        """
        ...

    def take_back(
        self, unit: UnitOfWork, address: WorkspaceAddress, owner: LoginSecret | None
    ) -> None:
        """Let the file of ``unit`` open again whose move did not end, once it commits.

        ``ConflictError("workspace.has_moved")`` where it did.
        """
        ...

    def open(self, address: WorkspaceAddress, secret: LoginSecret | None) -> Workspace:
        """Open a workspace as the login in ``address``."""
        ...

    def upgrade(self, address: WorkspaceAddress, owner: LoginSecret | None) -> None:
        """Bring schema and guard to those of this program, with the owner's login."""
        ...

    def replace_login(
        self, address: WorkspaceAddress, owner: LoginSecret | None, *, email: str, login: str
    ) -> None:
        """Let a member whose login is lost enter with another, by the owner's login; the log says
        that, and whoever verifies is told. ``NotFoundError("member.not_found")``.
        """
        ...
