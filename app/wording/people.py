"""What the window says of members: where their keys rest, what their roles mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _

if TYPE_CHECKING:
    from app.domain.people import Role


def keys_in_words(kept_in: str) -> str:
    """Return where keys rest, ``kept_in`` as the key store says it."""
    return {
        "keyring": _("in this desktop's keyring"),
        "file": _("in a file on this machine, under a passphrase"),
    }.get(kept_in, _("not on this machine"))


def role_hint(role: Role) -> str:
    """Return what a role may do."""
    return {
        "officer": _("Handles requests, asks for access, pulls, reviews, answers."),
        "approver": _("Grants or denies access that others ask for; never her own."),
        "administrator": _("Connects sources, sets the policy, lets people in and out."),
        "auditor": _("Reads the log and makes reports; sees no pulled data."),
    }[role.value]
