"""Sentences for what can go wrong with airlocks."""

from __future__ import annotations

from app.i18n import _


def airlock_sentences() -> dict[str, tuple[str, str]]:
    """Return, for each code, what happened and what to do next."""
    return {**_installing(), **_opening(), **_reading()}


def _installing() -> dict[str, tuple[str, str]]:
    return {
        "airlock.not_installed": (
            _("The source has no airlock, or not this one."),
            _("Ask an administrator to install it."),
        ),
        "airlock.half_installed": (
            _("The airlock's script did not run to its end, so nothing can be opened."),
            _("Ask an administrator to install it again: running it again is safe."),
        ),
        "airlock.in_use": (
            _("Access to this source is open or granted, so its airlock cannot be changed now."),
            _("Wait until it has ended, or end it, and try again."),
        ),
        "airlock.of_another_workspace": (
            _("Another workspace has an airlock of this name in this database."),
            _("Take it away there first, or give the source another key in its map."),
        ),
        "airlock.name_unusable": (
            _("A name in the map holds a character that no database can have."),
            _("Correct the map."),
        ),
        "airlock.nothing_to_disclose": (
            _("Nothing in the map of {source} may ever be disclosed and can be reached."),
            _("Check identities and references in the map."),
        ),
        "airlock.no_approver": (
            _("Nobody here decides without also asking, so nobody can hold the approvers' key."),
            _("Add a member who is an approver and not an officer, and try again."),
        ),
        "airlock.none_for_this_kind": (
            _("{source} is of a kind that cannot have an airlock."),
            "",
        ),
        "airlock.no_other_way": (
            _("{source} is of a kind that has no weaker way; only an airlock opens it."),
            "",
        ),
        "airlock.stuck": (
            _("The login of this access could not be removed yet; it can no longer log in."),
            _("It is tried again at the next sign-in. Its DBA can see what holds it."),
        ),
    }


def _opening() -> dict[str, tuple[str, str]]:
    return {
        "airlock.not_sealed_to_you": (
            _("The key for {source} is not sealed to you."),
            _("A colleague who holds it hands it over by signing in once."),
        ),
        "airlock.both_keys": (
            _("You may ask for access, so you hold the officers' key of {source}, not this one."),
            _("Somebody who only approves must decide."),
        ),
        "airlock.not_asked": (
            _("Nothing was asked of this source under {access_request}."),
            _("Withdraw the access request and ask again."),
        ),
        "airlock.asked_unreadable": (
            _("What was asked of the source is not written as Sandglass writes it."),
            _("Deny it, and ask the officer to ask again."),
        ),
        "airlock.asked_differs": (
            _("What was asked of the source is not what you were shown."),
            _("Deny it; if nobody changed the request, tell an administrator."),
        ),
        "airlock.not_your_step": (
            _("The workspace refuses this step in replacing the secrets of an airlock."),
            _("Each step is for those who hold the secret that it replaces."),
        ),
        "airlock.new_key_differs": (
            _(
                "The new key of “{source}” is not the one that was sealed to you. Nothing is "
                "signed for it."
            ),
            _(
                "Somebody wrote another one into the workspace. Tell an administrator, and check "
                "the log."
            ),
        ),
        "airlock.other_way": (
            _("A source is opened in another way now than when this was asked."),
            _("Deny it, and ask the officer to ask again: other things would become readable."),
        ),
        "airlock.not_opened": (
            _("Granted and recorded, but {source} could not be opened yet ({why})."),
            _("Try again from Approvals when the source can be reached."),
        ),
        "airlock.login_locked": (
            _(
                "The airlock of {source} lets its own login in no more: it is locked, or somebody "
                "changed its password."
            ),
            _("Its DBA unlocks it, or an administrator installs the airlock again."),
        ),
        "airlock.not_opened_yet": (
            _("The grant stands, but {source} is not open yet."),
            _("The approver opens it again from Approvals."),
        ),
        "airlock.older_than_map": (
            _("The airlock of {source} is older than its map."),
            _("An administrator installs it again; until then leave the source out."),
        ),
        "airlock.clock_differs": (
            _("The clock of {source} differs from this machine's by {seconds} s."),
            _("Set the clocks right; the deadline is counted by the source's."),
        ),
        "airlock.not_genuine": (
            _("The source does not take this for genuine: a key or a document is not right."),
            _("Ask an administrator to check the airlock; then ask for access again."),
        ),
        "airlock.events_off": (
            _(
                "The source's event scheduler is off, so nothing there would close this access "
                "though every client were dead."
            ),
            _("Its DBA sets event_scheduler = ON, in the server's configuration too."),
        ),
        "airlock.clock_frozen": (
            _("The source's clock stands still during a query, so no deadline can be kept."),
            _("Its DBA starts the server without sysdate-is-now."),
        ),
        "airlock.no_key": (
            _("The source has not been given its keys yet."),
            _("Ask an administrator to check the airlock, which hands them over."),
        ),
        "airlock.too_late": (
            _("The time to open or begin this access has passed, by the source's clock."),
            _("Ask for access again."),
        ),
        "airlock.too_many_grants": (
            _("Too many grants are live at this source."),
            _("Wait until some have ended, and try again."),
        ),
        "airlock.spent": (
            _("This grant was used or closed; it opens nothing any more."),
            _("Ask for access again."),
        ),
        "airlock.documents_differ": (
            _("What was asked and what was allowed do not fit together, or the airlock is older."),
            _("Ask an administrator to check the airlock; then ask for access again."),
        ),
        "airlock.ends_later": (
            _(
                "Recorded. You hold nothing that closes {source} itself: its access ends as soon "
                "as the officer's machine hears of it, and at the deadline in any case."
            ),
            _("An approver can end it there at once."),
        ),
        "airlock.not_yours": (_("This grant is not yours to close."), ""),
        "airlock.no_grant": (_("The source knows nothing of this grant."), ""),
    }


def _reading() -> dict[str, tuple[str, str]]:
    return {
        "airlock.not_open": (
            _("No access is open at the source."),
            _("Begin the pull again, or ask for access again."),
        ),
        "airlock.expired": (_("Access has expired."), _("Ask for access again.")),
        "airlock.too_many_keys": (
            _("Another source names more people's rows than were approved."),
            _("Check the map's references; leave one of the sources out."),
        ),
        "airlock.not_granted": (
            _("The grant does not cover this collection."),
            _("Ask for access again."),
        ),
        "airlock.would_lock": (
            _("Reading like this would lock the source against the people who work with it."),
            _("Begin the pull again."),
        ),
        "airlock.missing_view": (
            _("The airlock does not know {collection} as the map has it."),
            _("An administrator installs the airlock again."),
        ),
    }
