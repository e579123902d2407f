"""The California Consumer Privacy Act as amended by the CPRA, with its regulations (11 CCR)."""

from __future__ import annotations

from app.domain.requests import Right
from app.domain.responses import ChecklistItem
from app.domain.verification import Level
from app.ports.regimes import Regime

_RESPOND = "ccpa.respond"

REGIME = Regime(
    key="ccpa",
    title="CCPA/CPRA",
    citation="Cal. Civ. Code 1798.100 ff; 11 CCR 7000 ff",
    rules={
        Right.ACCESS: _RESPOND,
        Right.PORTABILITY: _RESPOND,
        Right.ERASURE: _RESPOND,
        Right.RECTIFICATION: _RESPOND,
        Right.OPT_OUT: "ccpa.optout",
        Right.RESTRICTION: "ccpa.optout",
    },
    articles={
        Right.ACCESS: "Civ. Code 1798.110",
        Right.PORTABILITY: "Civ. Code 1798.130(a)(3)",
        Right.ERASURE: "Civ. Code 1798.105",
        Right.RECTIFICATION: "Civ. Code 1798.106",
        Right.OPT_OUT: "Civ. Code 1798.120",
        Right.RESTRICTION: "Civ. Code 1798.121",
    },
    identity_level={
        Right.ACCESS: Level.HIGH,
        Right.PORTABILITY: Level.HIGH,
        Right.ERASURE: Level.REASONABLE,
        Right.RECTIFICATION: Level.REASONABLE,
        Right.OPT_OUT: Level.NONE,
        Right.RESTRICTION: Level.NONE,
    },
    checklist=(
        ChecklistItem("categories", "Categories collected", "1798.110(c)(1)"),
        ChecklistItem("origin", "Categories of sources", "1798.110(c)(2)"),
        ChecklistItem("purposes", "Purposes of collecting, selling or sharing", "1798.110(c)(3)"),
        ChecklistItem("recipients", "Categories of third parties", "1798.110(c)(4)"),
        ChecklistItem("retention", "How long it is kept", "1798.100(a)(3)"),
        ChecklistItem("copy", "Specific pieces of information", "1798.110(c)(5)", derived=True),
        ChecklistItem("rights_of_others", "Rights of others", "1798.145(k)", derived=True),
    ),
    countries=("US-CA",),
    calendar="US-CA",
    acknowledge="ccpa.ack",
    forbidden=(
        "social_security_number",
        "government_id",
        "payment_card",
        "bank_account",
        "health_insurance_id",
        "password",
        "biometric",
    ),
    laws={
        "TP-ID": "Civ. Code 1798.145(k)",
        "TP-CTX": "Civ. Code 1798.145(k)",
        "TP-OPN": "Civ. Code 1798.145(k)",
        "TP-SPC": "Civ. Code 1798.145(k)",
        "TP-CONF": "Civ. Code 1798.145(k)",
        "LPP": "Civ. Code 1798.145(b)",
        "TRADE": "Civ. Code 1798.100(f)",
        "STATE-ID": "11 CCR 7024(d)",
        "SELF-PW": "11 CCR 7024(d)",
        "OOS": "Civ. Code 1798.110",
    },
    authority="California Privacy Protection Agency",
)
