"""The two fields for a new passphrase, the same wherever one is chosen."""

from __future__ import annotations

from app.domain.secrets import PASSPHRASE_CHARACTERS_AT_LEAST
from app.i18n import _, ngettext
from app.ui.widgets.form import FormItem


def passphrase_items(*, is_required: bool) -> tuple[FormItem, FormItem]:
    """Return the passphrase and the passphrase again; where none is required, keys rest in the
    desktop's keyring without one.
    """
    hint = _("It protects the keys on this machine.") + " " + _least()
    if not is_required:
        hint += " " + _("Empty: they rest in this desktop's keyring.")
    return (
        FormItem(
            "passphrase",
            _("Passphrase"),
            "secret",
            hint=hint,
            is_required=is_required,
            is_half=True,
            check=_problem,
        ),
        FormItem("again", _("Passphrase again"), "secret", is_half=True, same_as="passphrase"),
    )


def _least() -> str:
    n = PASSPHRASE_CHARACTERS_AT_LEAST
    return ngettext("At least {n} character.", "At least {n} characters.", n).format(n=n)


def _problem(text: str) -> str:
    return _least() if 0 < len(text) < PASSPHRASE_CHARACTERS_AT_LEAST else ""
