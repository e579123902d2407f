"""``sandglass airlock``: the airlock of a source, as an administrator's window has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.asking import secret_in
from app.cli.command import Command
from app.domain.airlock import Entrance
from app.domain.errors import NotFoundError
from app.i18n import _
from app.services.airlocks import DbaLogin
from app.wording.airlocks import airlock_in_words, entrance_in_words
from app.wording.terms import AIRLOCK_STATES, in_words

if TYPE_CHECKING:
    import argparse

    from app.cli.command import Console
    from app.domain.airlock import AirlockRecord
    from app.services.airlocks import Airlocks

_READY, _NOT_READY = 0, 1
_PASSPHRASE, _DBA_PASSWORD = "SANDGLASS_PASSPHRASE", "SANDGLASS_DBA_PASSWORD"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    for name, text in (
        ("script", _("print the script that a DBA reads and runs")),
        ("install", _("run it with a DBA's login, which is used now and kept nowhere")),
        ("check", _("compare what is installed with the map")),
        ("uninstall", _("take the airlock away; access that is open ends")),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("source", metavar="SOURCE", help=_("its key in the workspace"))
        action.add_argument("--workspace", metavar="FILE", required=True)
        action.add_argument(
            "--member", metavar="EMAIL", required=True, help=_("as whom to sign in")
        )
        if name != "check":
            action.add_argument(
                "--login", metavar="USER", required=True, help=_("the DBA's login to the source")
            )
        if name in {"script", "install"}:
            action.add_argument(
                "--direct",
                action="store_const",
                dest="entrance",
                const=Entrance.DIRECT.value,
                default=Entrance.AIRLOCK.value,
                help=_("the weaker way, for a DBA who installs no functions"),
            )
    parser.epilog = _(
        "The member's passphrase is read from {passphrase}, the DBA's password from {password}; "
        "what is not there is asked for."
    ).format(passphrase=_PASSPHRASE, password=_DBA_PASSWORD)


def _airlocks(arguments: argparse.Namespace, console: Console) -> Airlocks:
    membership = console.app.membership
    workspace = membership.open(Path(arguments.workspace))
    wanted = arguments.member.strip().casefold()
    members = [each for each in membership.members(workspace) if each.email.casefold() == wanted]
    if not members:
        raise NotFoundError("member.not_found", member=arguments.member)
    passphrase = secret_in(_PASSPHRASE, _("Passphrase of {who}: ").format(who=members[0].name))
    here = membership.sign_in(workspace, members[0].id, passphrase=passphrase)
    return console.app.desk(here).airlocks


def _run(arguments: argparse.Namespace, console: Console) -> int:
    airlocks, source = _airlocks(arguments, console), arguments.source
    if arguments.action == "check":
        return _tell(airlocks.check(source), console)
    question = _("Password of {who}: ").format(who=arguments.login)
    login = DbaLogin(arguments.login, secret_in(_DBA_PASSWORD, question))
    if arguments.action == "install":
        return _tell(airlocks.install(source, login, entrance=arguments.entrance), console)
    if arguments.action == "uninstall":
        airlocks.uninstall(source, login)
        console.out(_("Nothing of the airlock of {source} is left.").format(source=source))
        return _READY
    made = airlocks.script(source, login, entrance=arguments.entrance)
    if arguments.entrance == Entrance.DIRECT:
        console.err(entrance_in_words(arguments.entrance))
    console.out(f"BEGIN;\n{made.script.text()}COMMIT;")
    for line in made.difference:
        console.err(line)
    return _READY


def _tell(record: AirlockRecord, console: Console) -> int:
    state = in_words(AIRLOCK_STATES, record.state)
    text = (
        _("Weaker way into {source}: {state}.")
        if record.entrance == Entrance.DIRECT
        else _("Airlock of {source}: {state}.")
    ).format(source=record.source, state=state)
    if more := airlock_in_words(record):
        text = f"{text} {more}"
    (console.out if record.is_ready else console.err)(text)
    return _READY if record.is_ready else _NOT_READY


COMMAND = Command(
    name="airlock",
    help=_("Write, install, check or take away the airlock of a source"),
    add_arguments=_add_arguments,
    run=_run,
)
