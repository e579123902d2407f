"""Sentences for what can go wrong with people, requests, access and review."""

from __future__ import annotations

from app.i18n import _


def access_sentences() -> dict[str, tuple[str, str]]:
    """Return, for each code, what happened and what to do next."""
    return {**_people(), **_requests(), **_access(), **_review(), **_identities()}


def _people() -> dict[str, tuple[str, str]]:
    return {
        "member.not_allowed": (
            _("Your role does not allow {verb}."),
            _("Ask a member whose role does, or an administrator for the role."),
        ),
        "member.not_found": (_("There is no such member."), _("Choose one from the list.")),
        "member.name_missing": (_("The name is missing."), _("Enter the member's name.")),
        "member.bad_email": (
            _("This is no e-mail address."),
            _("Enter one like name@example.org."),
        ),
        "member.no_role": (_("The member has no role."), _("Choose at least one.")),
        "member.already_here": (
            _("A member with this e-mail address works here already."),
            _("Change that member, or use another address."),
        ),
        "member.has_left": (
            _("This member has left the workspace."),
            _("Ask an administrator to let you in again."),
        ),
        "member.last_administrator": (
            _("This is the last administrator."),
            _("Make somebody else an administrator first."),
        ),
        "member.own_departure": (
            _("Nobody records her own departure."),
            _("Ask another administrator."),
        ),
        "member.own_keys": (
            _("Your own keys are here: you are signed in with them."),
            _("If they are lost one day, another administrator or the recovery kit helps."),
        ),
        "member.no_authority": (
            _("The workspace's authority is not sealed to you."),
            _("Ask another administrator, or use the recovery kit."),
        ),
        "note.exists": (_("Somebody added a note at the same moment."), _("Add yours again.")),
        "verification.exists": (
            _("Somebody recorded a look at the identity at the same moment."),
            _("Look at it, and add yours."),
        ),
        "member.exists": (_("The member is here already."), _("Choose her from the list.")),
        "request.exists": (_("There is a request of that reference already."), _("Look at it.")),
        "note.empty": (_("The note is empty."), _("Write something, or leave it.")),
        "text.not_storable": (
            _("The text holds characters that no database can store."),
            _("Remove them and try again."),
        ),
    }


def _requests() -> dict[str, tuple[str, str]]:
    return {
        "drawer.too_large": (
            _("The draft is larger than a megabyte and cannot be kept."),
            _("Shorten it, or attach the long text as a file."),
        ),
        "request.not_found": (_("There is no such request."), _("Check the reference.")),
        "request.wrong_stage": (
            _("{request} stands at {stage}; this is done at: {allowed}."),
            _("Move the request there first."),
        ),
        "request.illegal_move": (
            _("{request} ({right}) cannot go from {stage} to {to}."),
            _("Finish the stage it is at."),
        ),
        "request.unknown_regime": (_("There is no regime {regime}."), _("Choose one of the list.")),
        "request.no_right": (
            _("A request needs at least one right, each once."),
            _("Choose what the person asks for."),
        ),
        "request.right_not_in_regime": (
            _("This regime has no right of that kind ({right})."),
            _("Choose another right, or another regime."),
        ),
        "request.name_missing": (_("The person's name is missing."), _("Enter it.")),
        "request.received_without_zone": (
            _("The time of receipt has no time zone."),
            _("Give the time with its zone."),
        ),
        "request.received_in_future": (
            _("The time of receipt lies in the future."),
            _("Correct it, or the clock of this machine."),
        ),
        "request.is_closed": (_("{request} is closed."), _("Reopen it first.")),
        "request.is_open": (_("{request} is still open."), _("Close it first.")),
        "request.not_verified": (
            _("The person's identity is not verified yet."),
            _("Record how it was verified."),
        ),
        "request.stage_not_earned": (
            _("{request} cannot go to {to} yet."),
            _("Do the work of the stage it is at: ask, pull, or finish the review."),
        ),
        "request.window_open": (_("Access for {request} is still open."), _("End it first.")),
        "request.not_answered": (
            _("No package of {request} has gone out."),
            _("Release one, or close the request with another outcome."),
        ),
        "request.changed_meanwhile": (
            _("Somebody changed the request while you worked on it."),
            _("Look at the request as it is now, and change it again where you must."),
        ),
        "clock.extension_needs_reason": (_("An extension needs its reasons."), _("Give them.")),
        "clock.already_extended": (_("The time was extended already."), _("It can be once.")),
        "clock.extension_too_late": (
            _("Notice of an extension was due by {notice_by}."),
            _("Answer as soon as you can; the answer is due as it stands."),
        ),
        "clock.no_such_pause": (
            _("{regime} knows no pause for this ({kind})."),
            _("The clock goes on; ask without pausing it."),
        ),
        "clock.already_paused": (_("The clock is paused already."), _("Resume it first.")),
        "clock.not_paused": (_("The clock is not paused."), _("There is nothing to resume.")),
        "clock.pause_needs_reason": (_("A pause needs its reason."), _("Say what you asked for.")),
        "clock.pause_own_approval": (
            _("You cannot approve your own pause."),
            _("Ask an approver."),
        ),
        "clock.set_back": (
            _("This machine's clock is {seconds} s behind the last entry of the log."),
            _("Set the clock right; access is neither granted nor opened before that."),
        ),
        "clock.server_set_back": (
            _("The server's clock is {seconds} s behind the last entry of the log."),
            _("Ask who runs it to set it right; access is neither granted nor opened before that."),
        ),
    }


def _access() -> dict[str, tuple[str, str]]:
    return {
        "access.not_found": (
            _("There is no such access request."),
            _("Look at the request again."),
        ),
        "access.purpose_missing": (
            _("The purpose is missing or too short."),
            _("Say in at least {characters} characters why the data must be read."),
        ),
        "access.no_identities": (
            _("Nothing is known by which the person could be found."),
            _("Enter an e-mail address, a telephone number or a customer number."),
        ),
        "access.one_at_a_time": (
            _("{access_request} is still open for this request."),
            _("Use it, withdraw it, or wait until it lapses."),
        ),
        "access.refused_by_policy": (
            _("The policy does not allow this access request: {findings}."),
            _("Leave those fields out, or ask for fewer minutes."),
        ),
        "access.against_policy": (
            _("The workspace does not allow this: policy or maps are against it."),
            _("Look at the policy, leave fields out, or ask for less time."),
        ),
        "access.not_a_decider": (
            _("You do not decide about every source of this access request."),
            _(
                "Somebody has to who holds the approvers' key of each. A new approver gets it once "
                "a colleague who holds it signs in."
            ),
        ),
        "access.other_map": (
            _("This was asked with another map of a source than the one there is now."),
            _("Ask again."),
        ),
        "access.own_request": (
            _("Nobody decides on their own access request."),
            _("Another approver has to."),
        ),
        "access.requester_left": (
            _("Who asked for this access has left, or does not ask for access any more."),
            _("Deny it; a colleague asks again."),
        ),
        "access.denial_needs_note": (_("A denial needs a note."), _("Say why.")),
        "access.revocation_needs_reason": (
            _("Taking a grant back needs a reason."),
            _("Say why."),
        ),
        "access.minutes_beyond_asked": (
            _("At least 1 and at most {minutes} minutes can be granted."),
            _("Choose fewer."),
        ),
        "access.start_by_passed": (
            _("The time by which access must start has passed."),
            _("Choose a later one."),
        ),
        "access.scope_changed": (
            _("The scope of {access_request} is not the one that you saw."),
            _("Look at it again before you decide."),
        ),
        "access.map_changed": (
            _("The map of a source changed after {access_request} was asked."),
            _("Withdraw it and ask again with the new map."),
        ),
        "access.already_decided": (
            _("Somebody has decided this access request already."),
            _("Look at the decision."),
        ),
        "access.decided_by_you": (
            _("You have decided {access_request} already."),
            _("Everybody has one say; somebody else has to decide."),
        ),
        "access.more_must_agree": (
            _("{access_request} asks for fewer approvers than the policy wants for it."),
            _("Deny it; who asks again is told how many it takes."),
        ),
        "access.too_few_approvers": (
            _("The policy wants more people to approve this."),
            _("Ask again."),
        ),
        "access.already_begun": (
            _("This grant was already used; a window opens once."),
            _("Ask for access again if you need more."),
        ),
        "access.exists": (_("This access request exists already."), _("Look at it.")),
        "access.already_withdrawn": (_("This was withdrawn already."), _("Ask again.")),
        "access.already_revoked": (_("This was taken back already."), _("Look at it.")),
        "access.already_ended": (_("This access has ended."), _("Ask for access again.")),
        "access.wrong_state": (
            _("{access_request} is {state}, so this is not possible any more."),
            _("Look at how it stands, or ask again."),
        ),
        "access.not_yours": (
            _("{access_request} belongs to somebody else."),
            _("Only who asked can do this."),
        ),
        "access.not_granted": (_("{access_request} is not granted."), _("Wait for the decision.")),
        "access.not_open": (_("No window is open for {access_request}."), _("Nothing to end.")),
        "policy.too_small": (
            _("Windows lock after a minute or more, data are kept for a day or more."),
            _("Choose larger numbers."),
        ),
        "policy.nobodys_yes": (
            _("At least one person must approve access."),
            _("Enter 1 or more."),
        ),
        "policy.minutes_do_not_fit": (
            _("The usual minutes are at least 1 and not more than the most that may be asked."),
            _("Correct them."),
        ),
        "policy.version_not_next": (
            _("Somebody changed the policy meanwhile."),
            _("Look at it, and change it again as version {version}."),
        ),
        "scope.not_in_map": (_("No map knows {what}."), _("Choose from the sources' maps.")),
        "scope.unreadable": (_("The scope cannot be read."), _("Choose it anew.")),
        "scope.only_whole_fields": (
            _("{what} is a part of a field; a source gives whole fields only."),
            _("Ask for the whole field, and cover in the review what must not go out."),
        ),
        "plan.deadlock": (
            _("The map's order goes round in a ring: {ring}."),
            _("Take one “after” out of the map."),
        ),
        "plan.duplicate_dataset": (
            _("Two maps describe the dataset {dataset}."),
            _("Keep one of them."),
        ),
        "erasure.deadlock": (
            _("The order of erasure goes round in a ring: {ring}."),
            _("Take one “erase_after” out of the map."),
        ),
    }


def _review() -> dict[str, tuple[str, str]]:
    return {
        "review.unknown_reason": (_("There is no reason {reason}."), _("Choose one of the list.")),
        "review.bad_passage": (_("This is no passage of a text."), _("Mark it again.")),
        "review.mark_does_not_fit": (
            _("A value is covered, a record disclosed or withheld."),
            _("Choose a field to cover, or a record to decide on."),
        ),
        "review.no_such_collection": (
            _("This collection is not part of the request's pull."),
            _("Choose one of the list."),
        ),
        "review.no_such_record": (_("There is no record {row}."), _("Choose one of the list.")),
        "review.no_such_field": (_("There is no field {field}."), _("Choose one of the list.")),
        "review.no_such_mark": (_("There is no such decision to undo."), _("Look again.")),
        "review.no_such_notice": (_("There is no such notice."), _("Look again.")),
        "review.already_undone": (_("Somebody took this back already."), _("Look again.")),
        "review.nothing_to_find": (_("There is no text to look for."), _("Enter one.")),
        "review.settle_needs_words": (_("Say how you settled it."), _("A sentence is enough.")),
        "review.not_searched_yet": (
            _("The records were not yet searched for what must be looked at."),
            _("Let the search finish."),
        ),
        "review.notices_open": (
            _("The pull left {count} notices that nobody has settled."),
            _("Settle each of them."),
        ),
        "review.undecided": (
            _("{count} records are still to be decided."),
            _("Disclose, withhold or redact each of them."),
        ),
        "review.not_finished": (_("The review is not finished."), _("Finish it first.")),
        "notice.already_settled": (_("Somebody settled this already."), _("Look at how.")),
        "notice.not_found": (_("There is no such notice."), _("Look again.")),
        "pull.not_found": (_("There is no such pull."), _("Look again.")),
    }


def _identities() -> dict[str, tuple[str, str]]:
    return {
        "identity.level_not_reached": (
            _("This method reaches {level}; the regime asks for {wanted}."),
            _("Verify by another method, or more facts."),
        ),
        "identity.none": (
            _("No identity was given."),
            _("Give at least one, like email=a@example.org."),
        ),
        "identity.empty": (_("The identity {kind} is empty."), _("Enter its value.")),
        "identity.unprintable": (
            _("The identity {kind} holds invisible characters."),
            _("Type it again."),
        ),
        "identity.not_an_email": (
            _("This is no e-mail address."),
            _("Enter one like name@example.org."),
        ),
        "identity.not_a_phone": (
            _("This is no telephone number."),
            _("Enter it with its country code, like +49 40 1234567."),
        ),
        "identity.phone_needs_country": (
            _("The telephone number has no country code."),
            _("Begin it with + and the code, or give the region."),
        ),
        "identity.unknown_region": (
            _("There is no region {region}."),
            _("Give two letters, like DE."),
        ),
        "identity.malformed": (
            _("An identity has to read KIND=VALUE."),
            _("Write it like email=a@example.org."),
        ),
    }
