"""How a server knows a login: the fields that ask for it, and what was said in them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QCheckBox

from app.domain.secrets import KeyedSecret, Secret
from app.i18n import _
from app.ui.widgets.form import FormItem

if TYPE_CHECKING:
    from app.domain.addresses import WorkspaceAddress
    from app.domain.secrets import LoginSecret
    from app.ui.widgets.form import Form

_PEM = "PEM (*.pem *.crt *.cer *.key);;* (*)"
AUTHORITY = "authority"


class Way(StrEnum):
    """What a server knows somebody by."""

    PASSWORD = "password"  # noqa: S105 - a way, not a password
    ITSELF = "itself"
    CERTIFICATE = "certificate"


_WANTED = {
    "workspace.tls": ("", AUTHORITY),
    "workspace.authority_file": ("", AUTHORITY),
    "workspace.password_needed": (Way.PASSWORD.value, "password"),
    **dict.fromkeys(
        (
            "workspace.certificate_expired",
            "workspace.certificate_file",
            "workspace.certificate_needed",
            "workspace.certificate_of_other",
            "workspace.certificate_refused",
        ),
        (Way.CERTIFICATE.value, "certificate"),
    ),
    **dict.fromkeys(
        ("workspace.key_file", "workspace.key_file_open", "workspace.key_of_other"),
        (Way.CERTIFICATE.value, "key"),
    ),
    "workspace.key_locked": (Way.CERTIFICATE.value, "unlock"),
}


class Login(NamedTuple):
    """As whom a server is asked, and with what; ``is_kept`` says that the keyring keeps it."""

    address: WorkspaceAddress
    secret: LoginSecret | None
    is_kept: bool


def login_items(
    label: str,
    *,
    address: WorkspaceAddress | None,
    has_keyring: bool,
    is_passwordless: bool = False,
) -> tuple[FormItem, ...]:
    """Return what proves a login; ``label`` is that of its password.

    The files of a certificate are those that ``address`` names.
    """
    options = address.options if address is not None else {}
    way = Way.ITSELF if is_passwordless else Way.PASSWORD
    if options.get("sslcert"):
        way = Way.CERTIFICATE
    none = _("This desktop has no keyring that works: the password is asked at each sign-in.")
    with_certificate = ("way", Way.CERTIFICATE.value)
    return (
        FormItem("way", _("The server knows me by"), "choice", way.value, (
            (Way.PASSWORD.value, _("a password")),
            (Way.ITSELF.value, _("a Kerberos ticket, or rules of its own: no password")),
            (Way.CERTIFICATE.value, _("a client certificate")),
        )),
        FormItem("password", label, "secret", is_required=True,
                 only_with=("way", Way.PASSWORD.value)),
        FormItem("certificate", _("File of my certificate"), "file", options.get("sslcert", ""),
                 is_required=True, only_with=with_certificate, file_kinds=_PEM,
                 check=_file_problem),
        FormItem("key", _("File of its key"), "file", options.get("sslkey", ""),
                 hint=_("Empty where it is in the same file."),
                 only_with=with_certificate, file_kinds=_PEM, check=_file_problem),
        FormItem("unlock", _("Passphrase of the key file"), "secret", is_half=True,
                 hint=_("Empty where it has none."), only_with=with_certificate),
        FormItem("also", _("Password as well"), "secret", is_half=True,
                 hint=_("Empty where the server asks for none besides."),
                 only_with=with_certificate),
        FormItem("keep", _("Keep the password in this desktop's keyring"), "check",
                 has_keyring, barred="" if has_keyring else none,
                 only_with=("way", Way.PASSWORD.value, Way.CERTIFICATE.value)),
        FormItem(AUTHORITY, _("Certificate of the server's authority"), "file",
                 options.get("sslrootcert", ""), is_extra=True, file_kinds=_PEM,
                 hint=_("Needed where your organisation vouches for its servers itself."),
                 check=_file_problem),
    )  # fmt: skip


def login_of(address: WorkspaceAddress, form: Form) -> Login:
    """Return who asks at ``address``, and how, as the form says."""
    values = form.values()
    box = form.input("keep")
    is_kept = isinstance(box, QCheckBox) and box.isChecked()
    if values[AUTHORITY]:
        address = address.with_options(sslrootcert=_path(values[AUTHORITY]))
    if values["way"] != Way.CERTIFICATE.value:
        return Login(address, secret_of(values["password"]), is_kept)
    certificate = _path(values["certificate"])
    address = address.with_options(sslcert=certificate, sslkey=_path(values["key"]) or certificate)
    password, key = secret_of(values["also"]), secret_of(values["unlock"])
    return Login(address, KeyedSecret(key, password) if key else password, is_kept)


def ask_for_what_is_wrong(form: Form, code: str) -> str:
    """Ask in the form for what a server wanted that refused with ``code``; return its field, or
    the empty text.
    """
    if code == "workspace.password_needed" and form.text("way") == Way.CERTIFICATE.value:
        return "also"
    way, field = _WANTED.get(code, ("", ""))
    if field == AUTHORITY:
        form.reveal(AUTHORITY)
    elif way:
        form.set_text("way", way)
    return field


def secret_of(text: str) -> Secret | None:
    """Return what was typed as a secret; nothing typed is none."""
    return Secret(text) if text else None


def _path(text: str) -> str:
    return str(Path(text.strip()).expanduser()) if text.strip() else ""


def _file_problem(text: str) -> str:
    path = _path(text)
    return "" if not path or Path(path).is_file() else _("There is no such file.")
