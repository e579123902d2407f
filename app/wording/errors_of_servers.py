"""Sentences for what can go wrong with a workspace on a server."""

from __future__ import annotations

from app.i18n import _


def server_sentences() -> dict[str, tuple[str, str]]:
    """Return, for each code, what happened and what to do next."""
    return {
        **_addresses(),
        **_connections(),
        **login_sentences(),
        **_servers(),
        **_guard(),
        **_joining(),
    }


def _addresses() -> dict[str, tuple[str, str]]:
    return {
        "workspace.address_unreadable": (
            _("This is no address of a workspace on a server."),
            _("Write it as postgresql://login@host:port/database."),
        ),
        "workspace.address_has_password": (
            _("The address holds a password."),
            _("Take it out: passwords are asked for, and kept in the keyring only."),
        ),
        "workspace.address_unknown_option": (
            _("The address says “{option}”, which Sandglass does not use."),
            _("Take it out."),
        ),
        "workspace.address_not_encrypted": (
            _("The address asks for a connection that is not encrypted, or not checked in full."),
            _("Take “sslmode” out: off this machine the server's certificate must be right."),
        ),
    }


def _connections() -> dict[str, tuple[str, str]]:
    return {
        "workspace.no_rule": (
            _(
                "The server's rules let the login “{login}” into the database “{database}” from "
                "this machine in no way that is encrypted by TLS."
            ),
            _("Check both names, and ask who runs it for a line “hostssl” in its pg_hba.conf."),
        ),
        "workspace.not_a_member": (
            _("The server knows the login “{login}”, but it opens this workspace for nobody."),
            _("Ask an administrator: who is new is confirmed first, who has left is shut out."),
        ),
        "workspace.no_database": (
            _("The server has no database “{database}”."),
            _("Check its name."),
        ),
        "workspace.no_host": (_("There is no host {host}."), _("Check its name.")),
        "workspace.unreachable": (
            _("The server cannot be reached at {host}:{port}."),
            _("Check host and port, and whether the server runs."),
        ),
        "workspace.connection_refused": (
            _("The server at {host}:{port} did not let this connection in."),
            _("Ask who runs it; its log says why."),
        ),
        "workspace.tls": (
            _(
                "The server's encryption failed, or its certificate is not right: it has expired, "
                "or nobody here vouches for it."
            ),
            _(
                "Ask who runs it for the certificate of its authority, and name that file "
                "(“sslrootcert” in an address)."
            ),
        ),
        "workspace.authority_file": (
            _("There is no certificate of an authority in the file {authority}."),
            _("Choose the file that who runs the server gave you."),
        ),
        "workspace.other_authority": (
            _(
                "This workspace has another authority ({found}) than the one that this machine "
                "knows ({known}). Somebody may have put another server in its place."
            ),
            _(
                "Do not enter. Ask an administrator; if the workspace was really made anew, she "
                "invites you to it."
            ),
        ),
        "workspace.authority_not_confirmed": (
            _("This machine has not met the workspace's authority yet."),
            _("Compare its fingerprint with an administrator's, and say that it is the same."),
        ),
        "workspace.no_tls": (
            _("The server at {host} does not encrypt, and it is not on this machine."),
            _("Ask who runs it to switch TLS on."),
        ),
        "workspace.other_host": (
            _("The certificate of the server at {host} is for another host."),
            _("Check the name. If it is right, do not go on: ask who runs the server."),
        ),
        "workspace.too_many_connections": (
            _("The server takes no more connections."),
            _("Wait a moment and try again."),
        ),
        "workspace.gone": (
            _("The connection to the workspace broke."),
            _(
                "It is made again as soon as the server can be reached. What you entered is kept: "
                "see whether it was saved, and try again."
            ),
        ),
        "workspace.not_ready": (
            _("The server is starting or stopping."),
            _("Wait a moment and try again."),
        ),
    }


def login_sentences() -> dict[str, tuple[str, str]]:
    """Say what was wrong with what proves a login: nobody has entered yet."""
    return {
        "workspace.login_refused": (
            _("The server refused the login “{login}” or its password."),
            _("Check both, and whether the password has expired."),
        ),
        "workspace.password_needed": (
            _("The server asks for the password of the login “{login}”."),
            _("Enter it."),
        ),
        "workspace.ticket_needed": (
            _("The server asks for a Kerberos ticket, and there is none on this machine."),
            _("Get one (sign in to your organisation's network, or run kinit), and try again."),
        ),
        "workspace.ticket_expired": (
            _("Your Kerberos ticket has expired."),
            _("Get a new one (sign in anew, or run kinit), and try again."),
        ),
        "workspace.ticket_of_other": (
            _("The server does not let the login “{login}” in with the Kerberos ticket here."),
            _("See whose it is (klist), and whether the login in the address is yours."),
        ),
        "workspace.kerberos": (
            _("Kerberos gave no ticket for the server at {host}."),
            _(
                "Check its name, the network to your organisation and this machine's clock; ask "
                "who runs it whether it has a Kerberos name."
            ),
        ),
        "workspace.certificate_needed": (
            _("The server asks for a client certificate of the login “{login}”."),
            _("Choose the files of your certificate and its key, and check that they are there."),
        ),
        "workspace.certificate_expired": (
            _("Your client certificate has expired."),
            _("Ask who issued it for a new one."),
        ),
        "workspace.certificate_refused": (
            _("The server does not know who issued your client certificate, or took it back."),
            _("Ask who runs it which authority it accepts certificates of."),
        ),
        "workspace.certificate_of_other": (
            _("The client certificate is for another login than “{login}”."),
            _("Choose yours, and check the login in the address."),
        ),
        "workspace.certificate_file": (
            _("There is no certificate in the file {certificate}."),
            _("Choose the file of your client certificate (PEM)."),
        ),
        "workspace.key_file": (
            _("There is no key in the file {key}."),
            _("Choose the file of your certificate's key (PEM)."),
        ),
        "workspace.key_of_other": (
            _("The key in {key} is another certificate's."),
            _("Choose the key that belongs to your certificate."),
        ),
        "workspace.key_file_open": (
            _("The key of your certificate, {key}, may be read by others on this machine."),
            _("Let nobody but you read it (chmod 600), and try again."),
        ),
        "workspace.key_locked": (
            _("The key of your certificate, {key}, opens with another passphrase."),
            _("Enter the passphrase of that file; mind the keyboard layout and Caps Lock."),
        ),
    }


def _servers() -> dict[str, tuple[str, str]]:
    return {
        "workspace.older": (
            _("The workspace is older ({found}) than this Sandglass ({known})."),
            _("Ask an administrator to upgrade it; “sandglass workspace upgrade” does."),
        ),
        "workspace.read_only": (
            _("The server only answers questions now: it is a standby, or set to read only."),
            _("Connect to the server that takes changes."),
        ),
        "workspace.too_slow": (
            _("The server gave up on this because it took too long."),
            _("Try again; ask who runs the server if it stays so."),
        ),
        "workspace.guard_differs": (
            _("Parts of the workspace are not what Sandglass made: {what}. It was not upgraded."),
            _("Look with the DBA at who changed them, undo that, and upgrade again."),
        ),
        "workspace.login_needs_password": (
            _("A new login “{login}” needs a password."),
            _("Enter one, or name a login that exists."),
        ),
        "workspace.login_exists": (
            _("The server has a login “{login}” already."),
            _("Say that it exists, or choose another name."),
        ),
        "workspace.server_too_old": (
            _("The server is PostgreSQL {version}; a workspace needs 14 or later."),
            _("Ask who runs it for a newer one."),
        ),
        "workspace.not_utf8": (
            _("The database keeps text as {encoding}, which cannot hold every name."),
            _("Make it with the encoding UTF8."),
        ),
        "workspace.owner_needed": (
            _("The login “{login}” may not set up a workspace here."),
            _("Use one that owns the database and may create roles."),
        ),
        "workspace.server_full": (
            _("The server has no room left for this, so it was not recorded."),
            _("Ask who runs it to make room, and try again."),
        ),
        "workspace.server_damaged": (
            _("The server cannot read or write what it keeps."),
            _("Tell who runs it at once; its log says more."),
        ),
        "workspace.busy": (
            _("Others are changing the workspace, and your turn did not come."),
            _("Nothing was changed. Wait a moment and try again."),
        ),
        "workspace.unreadable": (
            _("Nobody could read this any more, so the workspace does not take it."),
            _("This is a fault in the program that sent it."),
        ),
        "workspace.turn_held": (
            _("{who} has been changing the workspace for {seconds} s, so your turn did not come."),
            _(
                "Nothing was changed. Try again; if it lasts, an administrator ends it on the page "
                "Workspace."
            ),
        ),
        "workspace.turn_not_ours": (
            _("The workspace's owner may not end the connections of others on this server."),
            _("Ask the DBA to run SELECT pg_terminate_backend({pid})"),
        ),
    }


def _guard() -> dict[str, tuple[str, str]]:
    return {
        "workspace.not_permitted": (
            _("The workspace does not permit your login to do this."),
            _("Ask an administrator if your roles should allow it."),
        ),
        "workspace.log_not_moved": (
            _("The log of the workspace is broken at entry {number}; nothing was moved."),
            _("Check it with “sandglass verify”, and find out who changed it."),
        ),
        "workspace.move_window_open": (
            _("A window of {request} is open; a workspace moves while nobody reads."),
            _("End the session, or wait for its deadline and sign in once; then move."),
        ),
        "workspace.move_unknown_member": (
            _("Nobody who works here has the address {email}."),
            _("Give each login to the e-mail address of a member."),
        ),
        "workspace.move_needs_administrator": (
            _("No administrator has a login among these; nobody could let the others in."),
            _("Name the login of an administrator at least."),
        ),
        "workspace.not_you": (
            _("The workspace takes nothing in somebody else's name."),
            _("Do it as yourself."),
        ),
        "workspace.not_now": (
            _("The workspace takes no time but the server's own."),
            _("Try again; if it stays so, the server's clock was changed."),
        ),
        "workspace.not_recorded": (
            _("The workspace takes no change without its entry in the log."),
            _("Do it with Sandglass, which writes both."),
        ),
        "log.never_happened": (
            _("The workspace takes no entry about what did not happen."),
            _("Do it with Sandglass, which does both."),
        ),
        "access.not_waiting": (
            _("This access request does not wait for a decision any more."),
            _("Look at it: it was taken back, or it has lapsed."),
        ),
        "access.still_open": (
            _("This access is not over: nobody writes that its source is closed."),
            _("End it; then it is."),
        ),
        "request.access_asked": (
            _("Access was asked for or granted to this person's data, so it stays who that is."),
            _("Withdraw the access request first, correct the request, and ask again."),
        ),
        "member.own_roles": (
            _("Nobody changes her own roles."),
            _("Ask another administrator."),
        ),
        "member.not_certified": (
            _("The workspace has no certificate that says this of the member."),
            _("Change members with Sandglass, which certifies them."),
        ),
        "member.login_unfit": (
            _("This login may not enter for a member: it could change the server's own rules."),
            _("Choose an ordinary login without special rights."),
        ),
        "member.login_taken": (
            _("This login enters for another member already."),
            _("Choose a login of her own."),
        ),
        "member.has_login": (_("This member has a login already."), _("Use that one.")),
    }


def _joining() -> dict[str, tuple[str, str]]:
    return {
        "invitation.unreadable": (
            _("This is no whole invitation, and no whole answer to one."),
            _("Copy all of it, from the first letter to the last."),
        ),
        "invitation.unknown": (
            _("You wait for no answer to this invitation: it was used, or somebody else sent it."),
            _("Invite again."),
        ),
        "invitation.expired": (_("The invitation has expired."), _("Invite again.")),
        "invitation.forged": (
            _("Whoever answered did not have the invitation."),
            _("Do not let anybody in for it; invite again, another way."),
        ),
        "invitation.other_workspace": (
            _("This is not the workspace that invited you: its authority is another."),
            _("Do not enter it; ask who invited you."),
        ),
        "workspace.no_guard": (
            _("A workspace in a file has no guard that could be checked."),
            _("Check its log; a workspace on a server has both."),
        ),
        "workspace.not_a_file": (
            _("A workspace on a server cannot be copied from here."),
            _("Ask who runs the server for a backup."),
        ),
        "machine.not_written": (
            _("What this machine has to remember could not be written to {path}."),
            _("Free some space, or look at the folder's permissions."),
        ),
        "invitation.login_missing": (
            _("The login is missing."),
            _("Enter the one with which the server will know her."),
        ),
        "invitation.not_shared": (
            _("A workspace in a file has no room for others."),
            _("Make a workspace on a server."),
        ),
    }
