"""What stands in the way of an erasure, as sentences."""

from __future__ import annotations

from app.i18n import _


def erasure_sentences() -> dict[str, str]:
    """Return the sentence of every problem that planning an erasure finds."""
    return {
        "erasure.no_decision": _("Nobody has decided what happens to {collection}."),
        "erasure.not_reached": _("The plan does not reach {collection}, so nothing is erased."),
        "erasure.no_reason": _("{collection} is kept without a reason."),
        "erasure.nothing_masked": _("{collection} is to be masked, but no field is named."),
        "erasure.unknown_field": _("{collection} has no field {field}."),
        "erasure.unknown_strategy": _("There is no masking strategy {strategy}."),
        "erasure.masks_primary_key": _("{field} is the primary key and cannot be masked."),
        "erasure.read_only": _("The map says that {field} is read only."),
        "erasure.null_required": _("{field} must have a value, so it cannot be emptied."),
        "erasure.strategy_does_not_fit": _("{strategy} does not fit a field of type {type}."),
        "erasure.type_unknown": _("The type of {field} is not known; {strategy} may not fit."),
        "erasure.too_long": _(
            "{strategy} needs {needs} characters; {field} has room for {length}."
        ),
        "erasure.masks_reference_target": _(
            "Rows that are kept point to {field}, so it cannot be masked."
        ),
        "erasure.kept_rows_point_here": _(
            "Rows that are kept point to rows that would be deleted; the source may forbid it."
        ),
    }
