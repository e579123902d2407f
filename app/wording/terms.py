"""What codes are called: rights, stages, outcomes, reasons and the like, each as a few words."""

from __future__ import annotations

from app.i18n import _


def _later(text: str) -> str:
    """Mark ``text`` for translation; it is translated when it is asked for."""
    return text


RIGHTS = {
    "access": _later("access"),
    "portability": _later("portability"),
    "erasure": _later("erasure"),
    "rectification": _later("rectification"),
    "restriction": _later("restriction"),
    "objection": _later("objection"),
    "opt_out": _later("opt-out"),
}
STAGES = {
    "intake": _later("intake"),
    "identity": _later("identity"),
    "scope": _later("scope"),
    "approval": _later("approval"),
    "pull": _later("pull"),
    "review": _later("review"),
    "respond": _later("response"),
    "close": _later("closed"),
}
STAGE_TITLES = {
    "intake": _later("Intake"),
    "identity": _later("Identity"),
    "scope": _later("Scope"),
    "approval": _later("Approval"),
    "pull": _later("Pull"),
    "review": _later("Review"),
    "respond": _later("Respond"),
    "close": _later("Close"),
}
REQUEST_TITLES = {
    "access": _later("Access request"),
    "portability": _later("Portability request"),
    "erasure": _later("Erasure request"),
    "rectification": _later("Rectification request"),
    "restriction": _later("Restriction request"),
    "objection": _later("Objection"),
    "opt_out": _later("Opt-out"),
}
IDENTITIES = {
    "email": _later("E-mail"),
    "phone_number": _later("Telephone"),
    "customer_number": _later("Customer number"),
}
CHANNELS = {
    "email": _later("by e-mail"),
    "web_form": _later("by web form"),
    "letter": _later("by letter"),
    "phone": _later("by telephone"),
    "in_person": _later("in person"),
    "agent": _later("through an agent"),
    "other": _later("in another way"),
}
OUTCOMES = {
    "answered": _later("Answered in full"),
    "answered_in_part": _later("Answered in part"),
    "no_data": _later("Answered: no data held"),
    "refused": _later("Refused"),
    "not_identified": _later("Closed: the person could not be identified"),
    "withdrawn": _later("Withdrawn by the person"),
    "not_a_request": _later("Closed: not a request"),
    "done_elsewhere": _later("Done outside Sandglass"),
}
ROLES = {
    "officer": _later("privacy officer"),
    "approver": _later("approver"),
    "administrator": _later("administrator"),
    "auditor": _later("auditor"),
}
VERBS = {
    "handle_requests": _later("handling requests"),
    "ask_for_access": _later("asking for access"),
    "decide_access": _later("deciding on access"),
    "end_access": _later("ending access"),
    "manage_sources": _later("changing sources"),
    "manage_members": _later("changing members"),
    "read_log": _later("reading the log"),
    "make_reports": _later("making reports"),
}
METHODS = {
    "no_doubt": _later("no reasonable doubt"),
    "account_login": _later("signed in to the account"),
    "email_loop": _later("answered from a known e-mail address"),
    "phone_loop": _later("answered on a known telephone number"),
    "facts_matched": _later("facts compared"),
    "document_seen": _later("document seen"),
    "declaration_signed": _later("signed declaration"),
    "agent_authority": _later("authority of an agent"),
}
LEVELS = {
    "none": _later("none needed"),
    "reasonable": _later("reasonably sure"),
    "high": _later("highly sure"),
}
END_REASONS = {
    "finished": _later("all was read"),
    "expired": _later("the time was over"),
    "ended_early": _later("ended early by hand"),
    "revoked": _later("the grant was revoked"),
    "cancelled": _later("cancelled by the officer"),
    "failed": _later("a source failed"),
    "process_ended": _later("the program ended"),
}
AIRLOCK_STATES = {
    "": _later("not installed"),
    "missing": _later("not installed"),
    "ready": _later("ready"),
    "keyless": _later("waits for its keys"),
    "older": _later("older than the map"),
    "changed": _later("changed by hand"),
    "foreign": _later("made for other keys"),
    "open_door": _later("the server asks for no password"),
    "no_fuse": _later("its event scheduler is off"),
    "standby": _later("a read replica"),
}
ACCESS_STATES = {
    "waiting": _later("waiting for a decision"),
    "denied": _later("denied"),
    "withdrawn": _later("withdrawn"),
    "lapsed": _later("lapsed"),
    "granted": _later("granted, not yet used"),
    "revoked": _later("revoked"),
    "open": _later("open"),
    "ended": _later("granted and used"),
}
DECISIONS = {
    "disclose": _later("disclose"),
    "withhold": _later("withheld"),
    "redact": _later("redacted"),
}
REVEALS = {
    "review": _later("to decide what goes out"),
    "other_person": _later("to see whether it is about somebody else"),
    "identity": _later("to compare the identity"),
    "quality": _later("to check the quality of the answer"),
    "complaint": _later("to answer a complaint"),
}
FLAGS = {
    "other_email": _later("another e-mail address"),
    "other_phone": _later("another telephone number"),
    "other_name": _later("third party"),
    "shared_row": _later("shared with others"),
    "several_people": _later("several people"),
    "free_text": _later("free text: read it"),
}
VERDICTS = {
    "disclose": _later("to disclose"),
    "withhold": _later("to withhold"),
    "redact": _later("to cover"),
}
ANSWERED = {
    "open": _later("open"),
    "done": _later("done"),
    "not_applicable": _later("does not apply"),
}
LETTERS = {
    "acknowledgement": _later("Acknowledgement"),
    "identity_request": _later("Request for proof of identity"),
    "clarification": _later("Request for clarification"),
    "extension": _later("Extension"),
    "full_answer": _later("Full answer"),
    "partial_answer": _later("Partial answer"),
    "refusal": _later("Refusal"),
    "no_data": _later("No data held"),
    "cannot_identify": _later("Person cannot be identified"),
    "erasure_done": _later("Erasure done"),
    "erasure_partly": _later("Erasure partly done"),
    "rectified": _later("Rectified"),
    "recipient_notice": _later("Notice to a recipient"),
    "opt_out_done": _later("Opt-out done"),
    "appeal_outcome": _later("Outcome of an appeal"),
}
PAUSES = {
    "clarification": _later("clarification"),
    "identity": _later("proof of identity"),
}
NOTICES = {
    "nobody_found": _later("Nobody was found under the identities"),
    "several_people": _later("Several people were found under the identities"),
    "shared_rows": _later("Rows that belong to other people too"),
    "incomplete": _later("Something was not read to the end"),
}
NOT_REACHED = {
    "same_collection": _later("points into its own collection"),
    "cycle": _later("would lead in a circle"),
    "after": _later("the map's order forbids it"),
    "other_person": _later("leads to another person"),
    "not_in_maps": _later("leads out of the maps"),
    "no_path": _later("no reference leads there"),
    "needs_identity": _later("needs an identity that is not known"),
    "only_through_not_followed": _later("only a reference that is not followed leads there"),
    "not_in_scope": _later("not in the scope"),
    "skipped_by_map": _later("the map says to skip it"),
}
FAULTS = {
    "changed": _later("was changed"),
    "missing": _later("is missing"),
    "reordered": _later("is out of order"),
    "not_linked": _later("does not follow from the one before"),
    "cut": _later("was cut off"),
    "back_in_time": _later("is older than the one before"),
    "signature": _later("is not what its member signed"),
    "rewritten": _later("was rewritten"),
}


def in_words(table: dict[str, str], code: object) -> str:
    """Return what ``table`` calls ``code``; an unknown code as words, never as code."""
    text = table.get(str(code))
    return _(text) if text is not None else str(code).replace("_", " ").replace(".", " ")


def identity_in_words(kind: str) -> str:
    """Return what a kind of identity is called; maps may bring kinds that nobody knows here."""
    return in_words(IDENTITIES, kind) if kind in IDENTITIES else kind.replace("_", " ").capitalize()
