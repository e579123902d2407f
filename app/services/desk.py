"""Everything that one signed-in member can do, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.airlocks import Airlocks
    from app.services.auditing import Auditing
    from app.services.casework import Casework
    from app.services.checkpoints import Checkpoints
    from app.services.clocks import Clocks
    from app.services.drawer import Drawer
    from app.services.granting import Granting
    from app.services.health import Health
    from app.services.intake import Intake
    from app.services.joining import Inviting
    from app.services.log_views import LogViews
    from app.services.member_changes import MemberChanges
    from app.services.membership import Membership
    from app.services.news import News
    from app.services.overview import Overview
    from app.services.packages import Packages
    from app.services.people_views import PeopleViews
    from app.services.pulling import Pulling
    from app.services.recovering import RecoveryKits
    from app.services.request_views import RequestViews
    from app.services.responding import Responding
    from app.services.retention import Retention
    from app.services.reviewing import Reviewing
    from app.services.scoping import Scoping
    from app.services.sessions import Sessions
    from app.services.settings import WorkspaceSettings
    from app.services.sharing import Sharing
    from app.services.signed_in import SignedIn
    from app.services.sourcing import Sourcing
    from app.services.verification import Verifying


@dataclass(frozen=True)
class Desk:
    """A member's use cases, wired to her workspace and keys."""

    here: SignedIn
    overview: Overview
    news: News
    views: RequestViews
    intake: Intake
    casework: Casework
    clocks: Clocks
    verifying: Verifying
    scoping: Scoping
    granting: Granting
    sessions: Sessions
    pulling: Pulling
    reviewing: Reviewing
    responding: Responding
    packages: Packages
    auditing: Auditing
    log: LogViews
    checkpoints: Checkpoints
    sourcing: Sourcing
    airlocks: Airlocks
    retention: Retention
    sharing: Sharing
    settings: WorkspaceSettings
    drawer: Drawer
    membership: Membership
    changes: MemberChanges
    recovery: RecoveryKits
    inviting: Inviting
    health: Health
    people: PeopleViews
