"""Sentences for what can go wrong with workspaces, keys, sources and files."""

from __future__ import annotations

from app.i18n import _


def place_sentences() -> dict[str, tuple[str, str]]:
    """Return, for each code, what happened and what to do next."""
    return {**_workspaces(), **_keys(), **_recovery(), **_vault(), **_sources(), **_source_urls()}


def _workspaces() -> dict[str, tuple[str, str]]:
    return {
        "workspace.title_missing": (
            _("The workspace has no name, or its controller has none."),
            _("Enter both."),
        ),
        "workspace.exists": (_("{path} exists already."), _("Open it, or choose another name.")),
        "workspace.not_found": (_("There is no workspace at {path}."), _("Check the path.")),
        "workspace.not_a_workspace": (
            _("{path} is no Sandglass workspace."),
            _("Choose the workspace's own file."),
        ),
        "workspace.newer": (
            _("The workspace was made by a newer Sandglass ({found}; this one knows {known})."),
            _("Update Sandglass. The workspace was not touched."),
        ),
        "workspace.moved": (
            _("This workspace moved to {place}. What lies here is what it was before."),
            _("Open it there. “sandglass verify” still checks this file."),
        ),
        "workspace.moving": (
            _("This workspace is being moved to {place}; whether it arrived is not known here."),
            _(
                "Run “sandglass workspace move” again with the same address: it goes on. With "
                "--back the file opens again, if nothing arrived there."
            ),
        ),
        "workspace.has_moved": (
            _("This workspace is at {place} already."),
            _("Run “sandglass workspace move” again without --back: the file then says so."),
        ),
        "workspace.locked": (
            _("Another program holds the workspace and does not let go."),
            _("Close it, or wait and try again."),
        ),
        "workspace.damaged": (
            _("The workspace file is damaged."),
            _("Keep the file as it is, and go on with your last backup."),
        ),
        "workspace.disk_full": (
            _("The disk is full, so this could not be recorded."),
            _("Free some space and try again."),
        ),
        "workspace.not_writable": (
            _("The workspace cannot be written here."),
            _("Look at the permissions of the file and its folder."),
        ),
        "workspace.not_set_up": (
            _("The workspace was begun and never set up."),
            _("Remove the file and create the workspace again."),
        ),
        "workspace.failed": (
            _("The workspace database refused to work."),
            _("Look at the disk it is on, and try again."),
        ),
        "workspace.refused": (
            _("The workspace database refused this ({rule}): one of its own rules forbids it."),
            _("Look at how things stand now, and try again."),
        ),
        "workspace.insert_only": (
            _("What is on record is never changed or removed."),
            _("Record what is right as a new fact."),
        ),
        "workspace.already_set_up": (_("The workspace is set up already."), _("Open it.")),
        "workspace.already_there": (_("This is recorded already."), _("Look at it.")),
        "workspace.value_too_big": (
            _("A value is too large for the workspace database."),
            _("Shorten it."),
        ),
        "workspace.closed": (_("The workspace is closed."), _("Open it again.")),
        "workspace.replaced": (
            _("The workspace's file was exchanged or removed while it was open."),
            _("Close Sandglass, put the file back, and start again."),
        ),
    }


def _keys() -> dict[str, tuple[str, str]]:
    return {
        "keys.not_here": (
            _("Your keys are not on this machine."),
            _("Sign in where they are.") + " " + _ask_for_new_keys(),
        ),
        "keys.passphrase_needed": (_("Your keys ask for a passphrase."), _("Enter it.")),
        "keys.wrong_passphrase": (
            _("The passphrase is wrong."),
            _("Try again; mind the keyboard layout and Caps Lock."),
        ),
        "keys.passphrase_too_short": (
            _("The passphrase is too short."),
            _("Use at least {minimum} characters."),
        ),
        "keys.replaced": (
            _("These are old keys of yours: they were replaced, and count no more."),
            _("Sign in where your new keys are.") + " " + _ask_for_new_keys(),
        ),
        "keys.damaged": (
            _("The file with your keys is damaged."),
            _("Take it from a backup, or ask an administrator for new keys."),
        ),
        "keys.no_keyring": (
            _("This desktop has no keyring that works."),
            _("Choose a passphrase instead."),
        ),
        "keys.keyring_locked": (_("The desktop's keyring is locked."), _("Unlock it.")),
        "keys.keyring_empty": (
            _("The desktop's keyring has lost the key to your keys."),
            _ask_for_new_keys(),
        ),
        "keys.already_here": (
            _("There are keys for this member already."),
            _("Unlock those, or forget them first."),
        ),
        "keys.bad_name": (_("This is no member's id."), _("Ask for a new invitation.")),
        "keys.busy": (_("Another window is changing the keys."), _("Try again.")),
        "keys.unusable": (_("The keys sent are weak or broken."), _("Enrol again.")),
        "keys.disk_full": (
            _("The disk is full; the keys were not written."),
            _("Free some space and try again."),
        ),
        "keys.not_written": (
            _("The keys could not be written ({reason})."),
            _("Look at the folder's permissions."),
        ),
        "keys.unreadable": (
            _("The file with your keys cannot be read ({reason})."),
            _("Look at its permissions."),
        ),
        "keys.too_new": (
            _("Your keys were written by a newer Sandglass ({version})."),
            _("Update Sandglass."),
        ),
    }


def _ask_for_new_keys() -> str:
    return _(
        "Or ask an administrator for new keys: she makes them under People, and what she sends you "
        "for a workspace on a server goes into “Join my team”."
    )


def _recovery() -> dict[str, tuple[str, str]]:
    return {
        "recovery.unreadable": (
            _("This is not what a recovery kit says."),
            _("Type or scan the whole key, with the number before each line."),
        ),
        "recovery.incomplete": (
            _("Lines of the recovery kit are missing: {missing}."),
            _("Type them too."),
        ),
        "recovery.line_wrong": (
            _("Line {line} is not as it is printed."),
            _("Compare it letter by letter; there is no I, L, O or U in it."),
        ),
        "recovery.lines_wrong": (
            _("Lines {lines} are not as they are printed."),
            _("Compare them letter by letter; there is no I, L, O or U in them."),
        ),
        "recovery.other_workspace": (
            _("This recovery kit is of another workspace."),
            _("Compare the fingerprint printed on it with that of the workspace."),
        ),
        "recovery.not_administrator": (
            _("A recovery kit brings back administrators, and this member is none."),
            _("Ask an administrator for new keys."),
        ),
    }


def _vault() -> dict[str, tuple[str, str]]:
    return {
        "vault.not_sealed_to_you": (
            _("The data of {request} is not sealed to you."),
            _("Ask its owner to share it with you."),
        ),
        "vault.key_differs": (
            _("The key of {request} is not the one that was made for it."),
            _(
                "Somebody exchanged it in the database: pull nothing with it, tell your "
                "administrator, and record the request anew."
            ),
        ),
        "vault.owner_reads": (
            _("The owner of {request} goes on reading it, and so do you."),
            _("Hand the request to a colleague first; she can stop sharing it with others."),
        ),
        "vault.key_lost": (
            _("Everybody who could read this has left."),
            _("Ask for access again and pull it anew."),
        ),
        "vault.damaged": (
            _("A part of the vault is damaged or was exchanged."),
            _("Pull the collection again; the log shows what was there."),
        ),
        "vault.no_such_file": (_("The request has no such file."), _("Choose one of the list.")),
        "vault.chunk_too_large": (
            _("A part of the data is larger than {limit} bytes."),
            _("Pull that collection with fewer fields."),
        ),
        "seal.broken": (
            _("A sealed key does not open: it was changed, or sealed to somebody else."),
            _("Ask its owner to share it with you again."),
        ),
        "signature.wrong": (
            _("A signature does not fit what it should sign."),
            _("Do not rely on this decision; check the workspace with “sandglass verify”."),
        ),
        "certificate.not_ours": (
            _("A certificate was not issued by this workspace."),
            _("Check the workspace with “sandglass verify”."),
        ),
        "certificate.revoked": (
            _("The signature was made after the certificate was taken back."),
            _("Do not rely on it; ask an administrator how it came about."),
        ),
        "certificate.taken_back": (
            _("This member's certificate was taken back: nothing is sealed to her any more."),
            _("If the workspace shows her as a member, check it with “sandglass verify”."),
        ),
        "certificate.not_on_record": (
            _("The log does not say that this certificate is hers: nothing is sealed to it."),
            _("Check the workspace with “sandglass verify”."),
        ),
        "certificate.other_role": (
            _("Who signed was not certified to do that then."),
            _("Do not rely on it; ask an administrator how it came about."),
        ),
        "certificate.exists": (
            _("Somebody certified this member at the same moment."),
            _("Look at her as she is now."),
        ),
        "certificate.already_revoked": (
            _("The certificate was taken back already."),
            _("Look at the member as she is now."),
        ),
        "certificate.out_of_date": (
            _("A certificate was not valid at that time."),
            _("Ask an administrator for a new one."),
        ),
        "certificate.unreadable": (_("A certificate cannot be read."), _("Enrol again.")),
        "certificate.bad_email": (_("The e-mail address cannot be certified."), _("Correct it.")),
        "authority.unusable": (
            _("The workspace's authority cannot be used."),
            _("Use the recovery kit."),
        ),
    }


def _sources() -> dict[str, tuple[str, str]]:
    return {
        "source.not_in_workspace": (_("There is no source {source}."), _("Choose another.")),
        "source.map_differs": (
            _("What is said of the source's map is not what its hash is of."),
            _("Add the map again with Sandglass."),
        ),
        "source.unknown_type": (_("There is no kind of source {type}."), _("Choose another.")),
        "source.settings_missing": (_("These are missing: {fields}."), _("Fill them in.")),
        "source.setting_missing": (_("The setting {setting} is missing."), _("Fill it in.")),
        "source.no_airlock": (
            _("{source} has no airlock yet, so no grant can open it."),
            _("Use it for trying a map only, and leave it out of the scope."),
        ),
        "source.not_found": (_("There is no database at {path}."), _("Check the path.")),
        "source.not_a_file": (_("{path} is no file."), _("Choose the database's file.")),
        "source.not_permitted": (
            _("The source may not be read with these rights."),
            _("Ask its owner for the right to read it."),
        ),
        "source.unreadable": (_("The source cannot be read."), _("Look at the disk it is on.")),
        "source.corrupt": (
            _("The database is damaged, or is none."),
            _("Ask its owner to check it."),
        ),
        "source.locked": (
            _("Another program holds the database."),
            _("Wait until it is done, and try again."),
        ),
        "source.changed": (
            _("The source is not as its map says: {collection} {field}."),
            _("Bring the map up to date, and ask again."),
        ),
        "source.unsupported": (
            _("{collection} uses something that this database program cannot do."),
            _("Ask its owner about it."),
        ),
        "source.busy": (_("{collection} is still being read."), _("Wait until it is done.")),
        "source.failed": (_("The source failed while it was read."), _("Try again.")),
        "source.closed": (_("The way into the source is closed."), _("Ask for access again.")),
        "source.not_granted": (
            _("Not granted: {collection} {field}."),
            _("Ask for access with that field."),
        ),
        "source.window_closed": (
            _("Access ended ({reason}); the source gave nothing more."),
            _("Ask for access again if something is missing."),
        ),
        "source.stalled": (
            _("The source sent nothing for {seconds} s."),
            _("Look at the network, and try again."),
        ),
        "source.read_only": (
            _("The source's server cannot be written to: it is a read replica, or in recovery."),
            _("Give the address of the primary."),
        ),
        "source.gone": (_("The source went away while it was read."), _("Try again.")),
        "source.cancelled": (
            _("The source's server stopped the read."),
            _("Try again; ask its DBA if it happens again."),
        ),
        "source.disk_full": (
            _("The disk of the source is full."),
            _("Tell its administrator."),
        ),
        "source.unrecovered": (
            _("The database was left in the middle of a write."),
            _("Open it once with the program that writes it, and try again."),
        ),
        "source.unreachable": (
            _("The source cannot be reached at {host}:{port}."),
            _("Check host and port, and whether the server runs."),
        ),
        "source.no_host": (_("There is no host {host}."), _("Check its name.")),
        "source.no_database": (
            _("The server has no database of that name."),
            _("Check its name."),
        ),
        "source.login_refused": (
            _("The source refused user name or password."),
            _("Check both."),
        ),
        "source.refused": (
            _("The server at {host}:{port} refused the connection."),
            _("Ask its DBA."),
        ),
        "source.not_ready": (
            _("The server is starting up or shutting down."),
            _("Wait a moment and try again."),
        ),
        "source.too_many_connections": (
            _("The server takes no more connections."),
            _("Wait a moment and try again."),
        ),
        "source.tls_required": (
            _("The server takes nobody from here without encryption."),
            _("Let the source require encryption; if it does, its DBA looks into pg_hba.conf."),
        ),
        "source.certificate": (
            _(
                "The server's certificate is not by the authority that the source names, or for "
                "another server."
            ),
            _("Check the address and the authority's certificate; somebody may stand in between."),
        ),
        "source.pooled": (
            _("At {host}:{port} a connection pooler answers (PgBouncer, say), not the server."),
            _("Give the server's own address: a pooler mixes sessions, so none could be ended."),
        ),
        "source.tls": (
            _("The source's encryption failed, or the server offers none."),
            _("Check its certificate, and what the source is set to."),
        ),
    }


def _source_urls() -> dict[str, tuple[str, str]]:
    return {
        "source.no_scheme": (
            _("The address of the source does not say what kind it is."),
            _("Begin it with one of: {known}."),
        ),
        "source.unknown_scheme": (
            _("There is no kind of source {scheme}."),
            _("Use one of: {known}."),
        ),
        "source.no_url": (_("A source of this kind has no address ({type})."), ""),
        "source.url_unreadable": (
            _("The address of the source cannot be read ({scheme})."),
            _("Write it like {scheme}://user@host/database or sqlite:///path."),
        ),
        "source.url_unknown_parameter": (
            _("The address has a parameter that does not exist: {parameter}."),
            _("Leave it out."),
        ),
        "map.invalid": (
            _("The map {file} has {count} errors."),
            _("Correct them; “sandglass map check” lists each with its line."),
        ),
        "map.nothing_there": (
            _("The source holds none of the map's collections."),
            _("Check that map and source belong together."),
        ),
        "map.too_large": (
            _("{path} is too large to be a map: over 20 MB."),
            _("Choose the map file."),
        ),
        "map.not_stored": (_("The map of {dataset} is not stored."), _("Import it.")),
    }
