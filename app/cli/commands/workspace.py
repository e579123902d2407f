"""``sandglass workspace``: a workspace on a server is made, moved to, looked over, upgraded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.asking import KEY_FILE, LOGIN, login_secret, secret_in
from app.cli.command import Command
from app.domain.addresses import WorkspaceAddress
from app.domain.errors import NotFoundError
from app.domain.people import Role
from app.domain.workspace import Controller
from app.i18n import _, ngettext
from app.ports.servers import FirstLogin
from app.services.membership import NewMember, NewPlace, NewWorkspace
from app.wording.people import lost_in_words
from app.wording.proofs import proof_in_words

if TYPE_CHECKING:
    import argparse

    from app.cli.command import Console
    from app.ports.storage import Workspace

_SOUND, _NOT_SOUND = 0, 1
_OWNER, _PASSPHRASE = "SANDGLASS_OWNER_PASSWORD", "SANDGLASS_PASSPHRASE"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    create = actions.add_parser(
        "create", help=_("make a workspace in an empty PostgreSQL database, guarded")
    )
    create.add_argument("--title", required=True)
    create.add_argument("--controller", required=True, help=_("the organisation that answers"))
    create.add_argument("--timezone", default="Europe/Berlin")
    create.add_argument("--calendar", default="DE", help=_("whose holidays count"))
    create.add_argument("--name", required=True, help=_("of the first administrator"))
    create.add_argument("--email", required=True, help=_("hers"))
    create.add_argument("--login", required=True, help=_("with which she enters the server"))
    create.add_argument(
        "--login-exists", action="store_true", help=_("the server has this login already")
    )
    create.add_argument(
        "--certificate", metavar="FILE", help=_("by which the server knows this login")
    )
    create.add_argument(
        "--key", metavar="FILE", help=_("of that certificate, where it is in another file")
    )
    create.add_argument(
        "--kit", type=Path, metavar="FILE", help=_("write a recovery kit there, to be printed")
    )
    check = actions.add_parser(
        "check", help=_("check guard, log and decisions, with a member's login")
    )
    upgrade = actions.add_parser(
        "upgrade", help=_("bring an older workspace to this version of Sandglass")
    )
    move = actions.add_parser(
        "move", help=_("move a workspace's file into an empty PostgreSQL database, guarded")
    )
    move.add_argument("file", type=Path, help=_("of the workspace; it then says where it went"))
    move.add_argument(
        "--login",
        action="append",
        default=[],
        metavar="E-MAIL=LOGIN",
        help=_("of a member and the login that the server has for her; once for each"),
    )
    move.add_argument(
        "--back",
        action="store_true",
        help=_("let the file open again whose move was cut short before all arrived"),
    )
    recover = actions.add_parser(
        "recover", help=_("come back with a recovery kit as an administrator who lost her keys")
    )
    recover.add_argument(
        "--kit",
        default="-",
        metavar="FILE",
        help=_("what the kit says, typed or scanned; without it standard input is read"),
    )
    recover.add_argument("--email", default="", help=_("hers; for a workspace in a file"))
    recover.add_argument(
        "address",
        metavar="ADDRESS",
        help=_("postgresql://login@host:port/database with her own login, or a workspace's file"),
    )
    login = actions.add_parser(
        "login", help=_("let a member whose login is lost enter with another, as the owner")
    )
    login.add_argument("--email", required=True, help=_("hers"))
    login.add_argument("--login", required=True, help=_("the other one, which the server has"))
    for each in (create, check, upgrade, move, login):
        each.add_argument(
            "address",
            metavar="ADDRESS",
            help=_("postgresql://login@host:port/database; the owner's login, or for check yours"),
        )
    parser.epilog = _(
        "Passwords are used now and kept nowhere. The owner's is read from {owner}, a member's "
        "from {login}, that of a client certificate's key from {key}, the passphrase for new keys "
        "from {passphrase}; what is not there is asked for. "
        "Without a passphrase keys rest in the desktop's keyring."
    ).format(owner=_OWNER, login=LOGIN, key=KEY_FILE, passphrase=_PASSPHRASE)


def _run(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.action == "recover":
        return _recover(arguments, console)
    address = WorkspaceAddress.read(arguments.address)
    if arguments.action == "create":
        return _create(address, arguments, console)
    if arguments.action == "check":
        return _check(address, console)
    if arguments.action == "move":
        return _move(address, arguments, console)
    if arguments.action == "login":
        console.app.membership.replace_login(
            address,
            login_secret(_OWNER, address),
            email=arguments.email,
            login=arguments.login,
        )
        console.out(
            _("She enters with {login} now; the log says so.").format(login=arguments.login)
        )
        return _SOUND
    console.app.membership.upgrade_shared(address, login_secret(_OWNER, address))
    console.out(_("The workspace at {place} is of this version.").format(place=address.text))
    return _SOUND


def _create(address: WorkspaceAddress, arguments: argparse.Namespace, console: Console) -> int:
    membership = console.app.membership
    new = NewWorkspace(
        arguments.title,
        Controller(arguments.controller),
        arguments.timezone,
        arguments.calendar,
    )
    owner = login_secret(_OWNER, address)
    certificate = arguments.certificate or ""
    files = {"sslcert": certificate, "sslkey": arguments.key or certificate}
    mine = address.for_login(arguments.login).with_options(**files)
    login = FirstLogin(
        arguments.login,
        login_secret(LOGIN, mine),
        exists=arguments.login_exists,
        options=mine.options,
    )
    passphrase = secret_in(_PASSPHRASE, _("New passphrase of {who}: ").format(who=arguments.name))
    first = NewMember(arguments.name, arguments.email, frozenset({Role.ADMINISTRATOR}), passphrase)
    here = membership.create_shared(NewPlace(address, owner, login), new, first=first)
    try:
        console.out(_("The workspace is at {place}.").format(place=here.workspace.place))
        console.out(
            _("Fingerprint of its authority: {fingerprint}").format(
                fingerprint=membership.authority_fingerprint(here)
            )
        )
        if arguments.kit is not None:
            console.app.desk(here).recovery.print(arguments.kit)
            console.out(
                _("The recovery kit is at {path}: print it, and delete the file.").format(
                    path=arguments.kit
                )
            )
    finally:
        here.workspace.close()
    return _SOUND


def _move(address: WorkspaceAddress, arguments: argparse.Namespace, console: Console) -> int:
    if arguments.back:
        owner = login_secret(_OWNER, address)
        console.app.moving.take_back(arguments.file, address, owner)
        console.out(
            _("Nothing arrived at {place}; the file opens again.").format(
                place=address.for_login("").text
            )
        )
        return _SOUND
    pairs = [each.partition("=") for each in arguments.login]
    moved = console.app.moving.move(
        arguments.file,
        address,
        login_secret(_OWNER, address),
        logins={email: login for email, _is, login in pairs},
    )
    console.out(_("The workspace is at {place}.").format(place=moved.place))
    n = moved.chain.entries
    console.out(
        ngettext(
            "Its log is unbroken, before and after: {n} entry, head {head}",
            "Its log is unbroken, before and after: {n} entries, head {head}",
            n,
        ).format(n=n, head=moved.chain.head)
    )
    return _SOUND


def _recover(arguments: argparse.Namespace, console: Console) -> int:
    workspace, member = _entered(arguments, console)
    try:
        kit = _kit(arguments.kit, console)
        passphrase = secret_in(_PASSPHRASE, _("New passphrase: "))
        recovered = console.app.recovering.recover(
            workspace, kit, member=member, passphrase=passphrase
        )
    finally:
        workspace.close()
    console.out(_("You have new keys on this machine; the old ones count no more."))
    if lost := lost_in_words(recovered.lost.requests, recovered.lost.sources):
        console.out(lost)
    return _SOUND


def _entered(arguments: argparse.Namespace, console: Console) -> tuple[Workspace, str]:
    """Open the workspace and return it with who enters: by her login, or her address."""
    if "://" in arguments.address:
        address = WorkspaceAddress.read(arguments.address)
        door = console.app.entering.knock(address, login_secret(LOGIN, address))
        return door.workspace, door.me.id
    workspace = console.app.membership.open(Path(arguments.address))
    wanted = arguments.email.strip().casefold()
    for each in console.app.membership.members(workspace):
        if each.left_at is None and each.email.casefold() == wanted:
            return workspace, each.id
    workspace.close()
    raise NotFoundError("member.not_found")


def _kit(name: str, console: Console) -> str:
    return console.stdin() if name == "-" else console.app.recovering.read(Path(name))


def _check(address: WorkspaceAddress, console: Console) -> int:
    proof = console.app.proving.check_shared(address, login_secret(LOGIN, address))
    for line in proof_in_words(proof):
        (console.out if proof.is_sound else console.err)(f"{address.text}: {line}")
    return _SOUND if proof.is_sound else _NOT_SOUND


COMMAND = Command(
    name="workspace",
    help=_("Make, check or upgrade a workspace on a server, or move one there"),
    add_arguments=_add_arguments,
    run=_run,
)
