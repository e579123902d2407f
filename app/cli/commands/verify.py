"""``sandglass verify``: whether a workspace, a report or a package is what it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.command import Command
from app.domain.errors import AppError
from app.domain.secrets import Secret
from app.i18n import _
from app.wording.clock_problems import harmless
from app.wording.errors import error_in_words
from app.wording.proofs import proof_in_words

if TYPE_CHECKING:
    import argparse

    from app.cli.command import Console

_SOUND = 0
_NOT_SOUND = 1
_VARIABLE = "SANDGLASS_PASSPHRASE"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=_("a workspace database, an audit report, a package folder or its ZIP"),
    )
    parser.add_argument(
        "--authority",
        metavar="FINGERPRINT",
        default="",
        help=_("the authority that reports must be signed under, as the workspace shows it"),
    )
    parser.epilog = _(
        "A package that asks for a passphrase is opened with the one in {variable}; without it "
        "only its outside is checked."
    ).format(variable=_VARIABLE)


def _run(arguments: argparse.Namespace, console: Console) -> int:
    code = _SOUND
    given = os.environ.get(_VARIABLE)
    for name in arguments.files:
        try:
            proof = console.app.proving.check(
                Path(name),
                passphrase=Secret(given) if given else None,
                authority=arguments.authority,
            )
        except AppError as error:
            console.err(f"{harmless(name)}: {error_in_words(error).text()}")
            code = _NOT_SOUND
            continue
        for line in proof_in_words(proof):
            (console.out if proof.is_sound else console.err)(f"{harmless(name)}: {line}")
        if not proof.is_sound:
            code = _NOT_SOUND
    return code


COMMAND = Command(
    name="verify",
    help=_("Check that workspaces, reports and packages are whole and unchanged"),
    add_arguments=_add_arguments,
    run=_run,
)
