"""``sandglass verify``: whether a workspace, a report or a package is what it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.asking import LOGIN, login_secret
from app.cli.command import Command
from app.domain.addresses import WorkspaceAddress
from app.domain.errors import AppError
from app.domain.secrets import Secret
from app.i18n import _
from app.wording.clock_problems import harmless
from app.wording.errors import error_in_words
from app.wording.proofs import proof_in_words

if TYPE_CHECKING:
    import argparse

    from app.cli.command import Console
    from app.services.proving import Proof

_SOUND = 0
_NOT_SOUND = 1
_VARIABLE = "SANDGLASS_PASSPHRASE"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=_(
            "a workspace database or the address of one on a server, an audit report, a package "
            "folder or its ZIP"
        ),
    )
    parser.add_argument(
        "--authority",
        metavar="FINGERPRINT",
        default="",
        help=_("the authority that all of it must be signed under, as the workspace shows it"),
    )
    parser.epilog = _(
        "A package that asks for a passphrase is opened with the one in {variable}; without it "
        "only its outside is checked. A server is asked with the password in {login}."
    ).format(variable=_VARIABLE, login=LOGIN)


def _run(arguments: argparse.Namespace, console: Console) -> int:
    code = _SOUND
    for name in arguments.files:
        # What was typed as an address may hold a password, which nobody should see again.
        shown = _("the address") if _is_address(name) else harmless(name)
        try:
            proof = _check(name, arguments.authority, console)
        except AppError as error:
            console.err(f"{shown}: {error_in_words(error).text()}")
            code = _NOT_SOUND
            continue
        for line in proof_in_words(proof):
            (console.out if proof.is_sound else console.err)(f"{harmless(proof.file)}: {line}")
        if not proof.is_sound:
            code = _NOT_SOUND
    return code


def _check(name: str, authority: str, console: Console) -> Proof:
    proving = console.app.proving
    if _is_address(name):
        address = WorkspaceAddress.read(name)
        return proving.check_shared(address, login_secret(LOGIN, address), authority=authority)
    given = os.environ.get(_VARIABLE)
    passphrase = Secret(given) if given else None
    return proving.check(Path(name), passphrase=passphrase, authority=authority)


def _is_address(name: str) -> bool:
    return name.startswith(("postgresql:", "postgres:"))


COMMAND = Command(
    name="verify",
    help=_("Check that workspaces, reports and packages are whole and unchanged"),
    add_arguments=_add_arguments,
    run=_run,
)
