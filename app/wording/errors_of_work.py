"""Sentences for what can go wrong with letters, packages, reports and proofs."""

from __future__ import annotations

from app.i18n import _


def work_sentences() -> dict[str, tuple[str, str]]:
    """Return, for each code, what happened and what to do next."""
    return {**_answers(), **_exports(), **_proofs()}


def _answers() -> dict[str, tuple[str, str]]:
    return {
        "checklist.answer_missing": (
            _("The answer is empty."),
            _("Fill it, or say why it does not apply."),
        ),
        "log.not_a_continuation": (
            _("Somebody wrote to the log at the same moment."),
            _("Do it again."),
        ),
        "stamp.bad_address": (
            _("That is no address of a time-stamping service."),
            _("Begin it with http:// or https://, without a name or password in it."),
        ),
        "stamp.unreachable": (
            _("The time-stamping service at {host} cannot be reached."),
            _("Check its address under Settings and the network; make the report again for one."),
        ),
        "stamp.refused": (
            _("The time-stamping service at {host} gave no stamp."),
            _("Ask who runs it; make the report again for one."),
        ),
        "stamp.unusable": (
            _("What answers at {host} is no time-stamping service, or its stamp does not fit."),
            _("Check its address under Settings; make the report again for one."),
        ),
        "document.not_signed": (
            _("The report could not be signed ({why}); nothing was written."),
            _("Try again; if it fails again, tell us."),
        ),
        "log.no_such_entry": (_("The log has no entry {number}."), _("Look again.")),
        "checklist.no_such_line": (_("The checklist has no line {key}."), _("Choose another.")),
        "checklist.derived_line": (
            _("This line ({key}) follows from the work itself."),
            _("Finish the review, or make the package."),
        ),
        "letter.empty": (_("The letter is empty."), _("Write it, or start from the template.")),
        "letter.blanks_left": (
            _("The letter has {count} places marked […] that nobody has filled."),
            _("Write what belongs there, or take the sentence out."),
        ),
        "letter.how_missing": (_("Say how the letter was sent."), _("A word is enough.")),
        "letter.not_found": (_("There is no such letter."), _("Choose one of the list.")),
        "letter.no_template": (
            _("There is no template for this letter ({kind})."),
            _("Write it yourself."),
        ),
        "letter.unknown_field": (
            _("The template asks for {field}, which does not exist."),
            _("Correct the template."),
        ),
        "letter.missing_field": (
            _("The letter needs {field}, which is not known yet."),
            _("Enter it in the request or the workspace."),
        ),
        "package.no_letter": (
            _("{request} has no answer letter."),
            _("Write the full answer, the partial answer or “no data” first."),
        ),
        "package.not_made": (
            _("There is no package yet."),
            _("Make it; it is tested for leaks before it can go."),
        ),
        "package.not_found": (_("There is no such package."), _("Make it first.")),
        "package.channel_missing": (_("Say how the package goes out."), _("A word is enough.")),
        "package.checklist_open": (
            _("{count} lines of the checklist are open: {lines}."),
            _("Fill each, or say why it does not apply."),
        ),
        "package.out_of_date": (
            _("The review changed after this package was made."),
            _("Make the package again."),
        ),
        "leak.cannot_read": (
            _("A file of the package cannot be read back, so the leak test cannot vouch for it."),
            _("Make the package again; if it happens again, please report it."),
        ),
        "package.leaks": (
            _("In {count} places something covered is still in a file, so no package was kept."),
            _("Cover those places too, or take the redaction back."),
        ),
    }


def _exports() -> dict[str, tuple[str, str]]:
    return {
        "export.exists": (_("{path} exists already."), _("Choose another place, or remove it.")),
        "export.disk_full": (_("The disk is full."), _("Free some space and try again.")),
        "export.failed": (
            _("The file could not be written ({reason}{what})."),
            _("Choose another folder, or look at its permissions."),
        ),
        "export.passphrase_empty": (_("The passphrase is empty."), _("Enter one, or choose none.")),
        "export.not_conforming": (
            _("The document did not pass its own archive check."),
            _("Please report this; the workspace is unharmed."),
        ),
        "demo.folder_in_use": (
            _("{path} holds other things than a demo."),
            _("Choose an empty folder with --out."),
        ),
        "demo.no_servers": (
            _("Neither PostgreSQL's nor MariaDB's server programs are installed."),
            _("Install both, on Debian and Ubuntu: apt install postgresql mariadb-server."),
        ),
        "demo.no_postgresql": (
            _("PostgreSQL's server programs (initdb, postgres) are not installed."),
            _("Install PostgreSQL 14 or later, on Debian and Ubuntu: apt install postgresql."),
        ),
        "demo.no_mariadb": (
            _("MariaDB's server programs (mariadb-install-db, mariadbd) are not installed."),
            _("Install MariaDB 10.6 or later, on Debian and Ubuntu: apt install mariadb-server."),
        ),
        "demo.no_other_user": (
            _("Database servers refuse to be root's, and there is no user postgres or nobody."),
            _("Start the demo as somebody who is not root."),
        ),
        "demo.servers_not_here": (
            _("The demo with servers runs on Linux and macOS only."),
            _("Start it without --servers."),
        ),
        "demo.server_not_started": (
            _("{server} did not start ({why})."),
            _("Try again, or start the demo without --servers."),
        ),
        "demo.not_filled": (
            _("{server} did not take the made company's tables ({why})."),
            _("Try again, or start the demo without --servers."),
        ),
    }


def _proofs() -> dict[str, tuple[str, str]]:
    return {
        "file.too_large": (
            _("The file is larger than {most} MB."),
            _("Keep it elsewhere, and note here where it is."),
        ),
        "file.unreadable": (_("{path} cannot be read ({why})."), _("Check its name and rights.")),
        "proof.unknown_file": (
            _("{path} is neither a workspace, nor an audit report, nor a package."),
            _("Give one of these."),
        ),
        "proof.no_manifest": (
            _("{path} holds no manifest.json, so nothing says what it should hold."),
            _("Give the package folder or its ZIP."),
        ),
        "archive.damaged": (
            _("The ZIP is damaged: it was changed, or did not arrive whole."),
            _("Take it from its source again."),
        ),
        "archive.wrong_passphrase": (
            _("The passphrase does not open this ZIP."),
            _("Type it as it was given to you."),
        ),
        "archive.unreadable": (_("The ZIP cannot be read ({reason})."), _("Check its rights.")),
        "archive.too_large": (_("A file in the ZIP is larger than {limit} bytes."), ""),
        "archive.no_entry": (_("The ZIP holds no such file."), _("Choose another.")),
    }
