"""Keeps with each request when it is due, so that lists can be filtered and sorted by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.clock import local_day
from app.domain.errors import AppError
from app.domain.requests import RequestDates
from app.services.clocks import deadline_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.requests import Request
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork
    from app.services.deadlines import Deadlines


class Dates:
    """Counts dates in the transaction that moves a clock."""

    def __init__(self, *, regimes: Mapping[str, Regime], deadlines: Deadlines) -> None:
        self._regimes = regimes
        self._deadlines = deadlines

    def keep(self, unit: UnitOfWork, request: Request) -> None:
        """Count anew when ``request`` is due and keep it."""
        unit.requests.put_dates(request.id, self._count(unit, request))

    def catch_up(self, unit: UnitOfWork) -> int:
        """Count what was never counted: after an upgrade; return how many requests that were."""
        undated = unit.requests.undated()
        for request in undated:
            self.keep(unit, request)
        return len(undated)

    def _count(self, unit: UnitOfWork, request: Request) -> RequestDates:
        is_paused = any(each.answered is None for each in request.pauses)
        try:
            deadline = deadline_of(
                request,
                facts=unit.workspace.facts(),
                regime=self._regimes[request.regime],
                deadlines=self._deadlines,
                today=local_day(unit.now(), request.timezone),
            )
        except AppError:  # a rule that is not in force then: the request page says which
            return RequestDates(is_paused=is_paused)
        return RequestDates(deadline.limit, deadline.safe_by, is_paused)
