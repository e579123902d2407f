"""What the window says of members: where their keys rest, what their roles mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.people import Role

_SHOWN_AT_MOST = 6


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


def certificate_state(state: str) -> str:
    """Return what a member's certificate is worth now."""
    return {
        "valid": _("valid"),
        "revoked": _("taken back"),
        "out_of_date": _("out of date"),
        "not_ours": _("not certified here"),
    }.get(state, state)


def secret_in_words(kind: str) -> str:
    """Return what a secret of a source is called, by its kind."""
    if kind.startswith("link:"):
        return _("linking key")
    return {
        "officers": _("officers' key"),
        "approvers": _("approvers' key"),
        "gatekeeper": _("gatekeeper's password"),
        "watchman": _("watchman's password"),
    }.get(kind, kind)


def short_fingerprint(fingerprint: str) -> str:
    """Return as much of a fingerprint as a column has room for, on one line."""
    return "\N{NO-BREAK SPACE}".join((*fingerprint.split()[:4], "…"))


def lost_in_words(requests: Sequence[str], sources: Sequence[str]) -> str:
    """Return what is lost with a member's keys, for nobody else holds it; empty for nothing."""
    said = []
    if requests:
        shown = ", ".join(requests[:_SHOWN_AT_MOST])
        if len(requests) > _SHOWN_AT_MOST:
            shown += " …"
        said.append(
            ngettext(
                "Nobody else can open what was pulled for {n} request: {which}.",
                "Nobody else can open what was pulled for {n} requests: {which}.",
                len(requests),
            ).format(n=len(requests), which=shown)
        )
    if sources:
        said.append(
            ngettext(
                "Nobody else holds a secret of this source, whose airlock has to be installed "
                "anew: {which}.",
                "Nobody else holds a secret of these sources, whose airlocks have to be installed "
                "anew: {which}.",
                len(sources),
            ).format(which=", ".join(sources))
        )
    return " ".join(said)


def kit_in_words(path: object) -> str:
    """Return what to do with a recovery kit that was just made."""
    return _(
        "The recovery kit is at {path}. Print it, put it into a safe, and delete the file."
    ).format(path=path)
