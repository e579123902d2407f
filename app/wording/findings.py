"""What a policy says of an access request, one sentence for each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext
from app.wording.terms import in_words

if TYPE_CHECKING:
    from app.domain.policy import Finding


def finding_in_words(finding: Finding) -> str:  # noqa: C901, PLR0911 - one line a code
    """Return what a finding says."""
    where, value = finding.where, finding.value
    match finding.code:
        case "policy.may_not_ask":
            return _("Only a privacy officer may ask for access")
        case "policy.nobody_can_approve":
            return _("Nobody else can approve it")
        case "policy.too_few_approvers":
            return _("{needed} people must approve it, and only {n} can").format(
                needed=value, n=where
            )
        case "policy.too_many_minutes":
            return _("More than the {n} minutes that the policy allows").format(n=value)
        case "policy.longer_than_usual":
            return _("Longer than usual: {n} minutes").format(n=value)
        case "policy.empty_scope":
            return _("The scope is empty")
        case "policy.not_in_map":
            return _("{where} is not in the map").format(where=where)
        case "policy.never_disclosed":
            return _("{where} must never be disclosed").format(where=where)
        case "policy.special_category":
            return _("{where} holds {category}").format(
                where=where, category=in_words({}, value.removeprefix("user."))
            )
        case "policy.approvers_needed":
            n = int(value) if value.isdigit() else 1
            return ngettext("{n} approver needed", "{n} approvers needed", n).format(n=n)
        case code:
            return " ".join(each for each in (in_words({}, code), where, value) if each)
