"""The General Data Protection Regulation of the European Union."""

from __future__ import annotations

from app.domain.verification import Level
from app.ports.regimes import Regime
from app.regimes._articles import ARTICLE_15, ARTICLES

_MEMBER_STATES = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO"
)

REGIME = Regime(
    key="gdpr",
    title="GDPR",
    citation="Regulation (EU) 2016/679",
    rules=dict.fromkeys(ARTICLES, "eu.dsr"),
    articles=ARTICLES,
    identity_level=dict.fromkeys(ARTICLES, Level.REASONABLE),
    checklist=ARTICLE_15,
    countries=tuple(_MEMBER_STATES.split()),
    calendar="DE",
    pause_kinds=("clarification", "identity"),
    pause_needs_approver=True,
)
