"""Passwords and passphrases of a command: from the environment it was given, or asked for."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from app.domain.secrets import KeyedSecret, Secret
from app.i18n import _

if TYPE_CHECKING:
    from app.domain.addresses import WorkspaceAddress
    from app.domain.secrets import LoginSecret

LOGIN = "SANDGLASS_LOGIN_PASSWORD"
KEY_FILE = "SANDGLASS_KEY_PASSPHRASE"


def secret_in(variable: str, question: str) -> Secret | None:
    """Return what the environment says, or who is asked; nothing said is none."""
    given = os.environ.get(variable)
    if given is None:
        given = getpass.getpass(question)
    return Secret(given) if given else None


def login_secret(variable: str, address: WorkspaceAddress) -> LoginSecret | None:
    """Return what proves the login of ``address``: its password, and what its key's file needs."""
    password = secret_in(variable, _("Password of {who}: ").format(who=address.login))
    key_file = address.options.get("sslkey")
    if not key_file:
        return password
    key = secret_in(KEY_FILE, _("Passphrase of {file}: ").format(file=key_file))
    return KeyedSecret(key, password) if key is not None else password
