"""What services need of a law."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.requests import Right
    from app.domain.responses import ChecklistItem
    from app.domain.verification import Level


@dataclass(frozen=True)
class Regime:
    """One law: which rule counts which right, what identity it asks for, what an answer must hold.

    ``rules`` maps a right to the id of its deadline rule; ``acknowledge`` names the rule of the
    acknowledgement, if the law has one. ``forbidden`` are detector kinds that must never leave
    (11 CCR 7024(d)). ``countries`` are ISO 3166 codes (with subdivision) for which it is suggested.
    """

    key: str
    title: str
    citation: str
    rules: Mapping[Right, str]
    articles: Mapping[Right, str]
    identity_level: Mapping[Right, Level]
    checklist: tuple[ChecklistItem, ...]
    countries: tuple[str, ...] = ()
    calendar: str = "NONE"
    acknowledge: str = ""
    forbidden: tuple[str, ...] = ()
    pause_kinds: tuple[str, ...] = ()
    pause_needs_approver: bool = False
    laws: Mapping[str, str] = field(default_factory=dict)
    """Reason code to the law that this regime cites for it, where it differs from the default."""
    authority: str = ""
    """To whom the person may complain, when the workspace names nobody."""
    letter_rights: str = ""
