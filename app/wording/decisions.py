"""Who has decided an access request, and how many people it still waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.access import AccessCase


def quorum_in_words(case: AccessCase, names: Mapping[str, str]) -> str:
    """Return how far the people have come who must agree; nothing where one person decides."""
    needed, yes, missing = case.asked.approvers_needed, len(case.grants), case.yes_missing
    if needed == 1:
        return ""
    if not yes:
        return _("{of} people must grant it; nobody has yet").format(of=needed)
    who = ", ".join(names.get(each.approver, "") for each in case.grants)
    text = _("{n} of {of} have granted: {names}").format(n=yes, of=needed, names=who)
    if not missing or case.denial is not None:
        return text
    more = ngettext("waits for {n} more", "waits for {n} more", missing).format(n=missing)
    return f"{text}; {more}"


def decided_by(case: AccessCase, names: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what was decided ("Granted by") and the names; None before it is settled."""
    if (denial := case.denial) is not None:
        return _("Denied by"), names.get(denial.approver, "")
    if (grant := case.grant) is not None:
        return _("Granted by"), ", ".join(names.get(each, "") for each in grant.approvers)
    return None
