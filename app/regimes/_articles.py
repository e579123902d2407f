"""What Article 15 demands of an answer: shared by the GDPR and the UK GDPR."""

from __future__ import annotations

from app.domain.requests import Right
from app.domain.responses import ChecklistItem

ARTICLE_15: tuple[ChecklistItem, ...] = (
    ChecklistItem("confirmation", "Confirmation that data are processed", "15(1)", derived=True),
    ChecklistItem("purposes", "Purposes", "15(1)(a)"),
    ChecklistItem("categories", "Categories of data", "15(1)(b)"),
    ChecklistItem("recipients", "Recipients, by name", "15(1)(c)"),
    ChecklistItem("retention", "How long it is kept", "15(1)(d)"),
    ChecklistItem("rights", "Rights of the person", "15(1)(e)", derived=True),
    ChecklistItem("complaint", "Supervisory authority", "15(1)(f)"),
    ChecklistItem("origin", "Source of data not from the person", "15(1)(g)"),
    ChecklistItem("automated_decisions", "Automated decisions", "15(1)(h)"),
    ChecklistItem("transfers", "Transfers and safeguards", "15(2)"),
    ChecklistItem("copy", "Copy of the data", "15(3)", derived=True),
    ChecklistItem("rights_of_others", "Rights of others protected", "15(4)", derived=True),
)

ARTICLES: dict[Right, str] = {
    Right.ACCESS: "Art. 15",
    Right.RECTIFICATION: "Art. 16",
    Right.ERASURE: "Art. 17",
    Right.RESTRICTION: "Art. 18",
    Right.PORTABILITY: "Art. 20",
    Right.OBJECTION: "Art. 21",
}
