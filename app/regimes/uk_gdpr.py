"""The UK GDPR with the Data Protection Act 2018, as changed by the DUAA 2025."""

from __future__ import annotations

from app.domain.verification import Level
from app.ports.regimes import Regime
from app.regimes._articles import ARTICLE_15, ARTICLES

REGIME = Regime(
    key="uk_gdpr",
    title="UK GDPR",
    citation="UK GDPR; Data Protection Act 2018",
    rules=dict.fromkeys(ARTICLES, "uk.dsr"),
    articles=ARTICLES,
    identity_level=dict.fromkeys(ARTICLES, Level.REASONABLE),
    checklist=ARTICLE_15,
    countries=("GB", "GB-ENG", "GB-WLS", "GB-SCT", "GB-NIR"),
    calendar="GB-ENG",
    pause_kinds=("clarification",),
    laws={
        "LPP": "DPA 2018 Sch. 2 para. 19",
        "TP-ID": "DPA 2018 Sch. 2 paras. 16-17",
        "TP-CTX": "DPA 2018 Sch. 2 paras. 16-17",
        "TP-OPN": "DPA 2018 Sch. 2 paras. 16-17",
        "MGMT": "DPA 2018 Sch. 2 para. 22",
        "NEG": "DPA 2018 Sch. 2 para. 23",
        "REF": "DPA 2018 Sch. 2 para. 24",
        "EXAM": "DPA 2018 Sch. 2 para. 25",
    },
    authority="Information Commissioner's Office",
)
