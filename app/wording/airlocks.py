"""What the window says of airlocks: the parts of their script, and what state one is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext
from app.wording.clock_problems import printable

if TYPE_CHECKING:
    from app.domain.airlock import AirlockRecord
    from app.domain.cautions import Caution

_NAMED_AT_MOST = 4


def part_titles() -> dict[str, str]:
    """Return what each part of a script is called."""
    return {
        "roles": _("Roles"),
        "logins": _("Logins"),
        "columns": _("Columns"),
        "ledger": _("Ledger"),
        "hmac": _("Two keys"),
        "gate": _("Gate"),
        "open": _("Open"),
        "open_in_steps": _("Open"),
        "begin_verb": _("Begin"),
        "end": _("End"),
        "views": _("Views"),
        "views_to_call": _("Views"),
        "calls": _("Who may call"),
        "installed": _("What is installed"),
        "other_way": _("The other way ends"),
        "direct_roles": _("Roles"),
        "direct_columns": _("Columns"),
        "direct_installed": _("What is installed"),
    }


def part_in_words(key: str) -> str:
    """Return what a part of a script does, for somebody who decides whether to run it."""
    return {
        "changes": _(
            "Lines with + are new, lines with - go. Everything else stays as it is, the ledger "
            "and the keys too."
        ),
        "roles": _(
            "Four roles. The owner and the readers cannot log in. The gatekeeper can open and "
            "close, the watchman can only close; neither can read a row."
        ),
        "logins": _(
            "Three accounts. The owner is locked: nobody can log in as it. The gatekeeper can open "
            "and close, the watchman can only close; neither can read a row."
        ),
        "columns": _(
            "The only rights on your tables that the airlock gets: these columns, nothing else. "
            "Nobody can log in as who gets them."
        ),
        "ledger": _(
            "Which grants there are, for how long, and in what state. A person's identities are "
            "taken out when her grant is closed."
        ),
        "hmac": _(
            "What was asked must be signed with the officers' key and what was allowed with the "
            "approvers' key. Nobody holds both. The keys are handed over afterwards."
        ),
        "gate": _(
            "Every view asks at every row whether the time is over, and raises an error if it is, "
            "so that a short answer cannot look complete."
        ),
        "open": _(
            "Makes a login for one grant, with the officer's own password, which this server "
            "never sees, and the rights to the granted columns of the views."
        ),
        "open_in_steps": _(
            "Makes a login for one grant, with the officer's own password, which this server "
            "never sees. It stays locked until everything else is in its place."
        ),
        "begin_verb": _(
            "The officer begins, not later than allowed. From then on the deadline stands, by "
            "this server's clock."
        ),
        "end": _(
            "Disables the login, ends its sessions, drops it. Each step can be repeated. A fuse "
            "on this server does it at the deadline though every client be dead."
        ),
        "views": _(
            "One view for each collection of the map: the columns that may ever be disclosed, of "
            "the rows of the one person whose grant is open."
        ),
        "views_to_call": _(
            "One view for each collection of the map, of the rows of the one person whose grant "
            "is open. Nobody may select from it: its rows are read by calling a verb, which takes "
            "no condition, so no question can be asked of other people's rows."
        ),
        "calls": _("Who may call which verb. Nobody else may call anything."),
        "installed": _("Remembers what was installed, so that a later check can compare."),
        **_direct_parts(),
    }[key]


def _direct_parts() -> dict[str, str]:
    return {
        "other_way": _(
            "This source was given another way in before. It is taken away here; while access is "
            "open or granted the script stops instead."
        ),
        "direct_roles": _(
            "Three roles and no function. The scope cannot log in. The broker, whose password "
            "approvers hold, makes logins and takes them away; on PostgreSQL 14 and 15 that needs "
            "CREATEROLE, which is nearly a superuser's right. The watch can do nothing."
        ),
        "direct_columns": _(
            "What every login of a grant can read while it lasts: these columns, of all people. "
            "Those marked as compared are needed to find a person's rows."
        ),
        "direct_installed": _(
            "A comment on a role remembers what was installed, so that a later check can compare."
        ),
    }


def entrances() -> tuple[tuple[str, str], ...]:
    """Return the ways in which a source can be given to grants, the strongest first."""
    return (
        ("airlock", _("Airlock")),
        ("direct", _("Weaker way, without functions")),
    )


def entrance_in_words(entrance: str) -> str:
    """Return what a way in keeps, and what not, for somebody who decides between the two."""
    return {
        "airlock": _(
            "With an airlock the database itself opens one person's rows and the granted fields, "
            "for the granted minutes. Its DBA reads the script and runs it once. The login is "
            "used now and kept nowhere; the script holds no secret."
        ),
        "direct": _(
            "The weaker way, for a DBA who installs no functions. A grant gets a login that reads "
            "the mapped columns of everybody's rows, not of one person; no login works after its "
            "last moment. What is lost: Sandglass, not the database, picks the person's rows and "
            "the granted fields among them, counts the minutes and ends open sessions; no key is "
            "checked, so whoever holds the approvers' password can open it alone; and no rows can "
            "be counted before the decision."
        ),
    }[entrance]


def airlock_in_words(record: AirlockRecord | None) -> str:
    """Return what is to be done about an airlock; nothing where it is as it should be."""
    state = record.state if record is not None else ""
    words = {
        "ready": "",
        "keyless": _(
            "It waits for keys that you do not hold. An officer and an approver hand them over "
            "when they next sign in."
        ),
        "older": _("The map has changed since. Install it again."),
        "changed": _("Somebody changed it by hand. Install it again, and ask who it was."),
        "foreign": _(
            "It was made for other keys, by another workspace perhaps. Take it away, and install "
            "it again."
        ),
        "standby": _(
            "This server is a read replica: nothing can be opened there. Give the address of the "
            "primary."
        ),
        "no_fuse": _(
            "The server's event scheduler is off, so nothing there would close an access whose "
            "clients are all dead. Its DBA sets event_scheduler = ON, in its configuration too."
        ),
        "open_door": _(
            "The server lets logins in without a password, so it ends nobody's access. Its DBA "
            "must set scram-sha-256 for these logins in pg_hba.conf."
        ),
    }.get(state, "")
    if record is None:
        return words
    renewal = _(
        "Somebody who knew its keys or passwords is gone. New ones take their place step by step "
        "when officers and approvers sign in."
    )
    more = [caution_in_words(each) for each in record.cautions or ()]
    parts = (words, renewal if record.renewal is not None else "", *more)
    return " ".join(each for each in parts if each)


def caution_in_words(caution: Caution) -> str:
    """Return what a DBA should know of a database beside its airlock."""
    names = ", ".join(printable(each) for each in caution.names[:_NAMED_AT_MOST])
    left = len(caution.names) - _NAMED_AT_MOST
    if left > 0:
        more = ngettext("{names} and {n} more", "{names} and {n} more", left)
        names = more.format(names=names, n=left)
    return {
        "public_reads": _(
            "Every login of this database, the airlock's too, may read {names}: take SELECT from "
            "PUBLIC."
        ),
        "public_creates": _("Every login may create things in {names}: take CREATE from PUBLIC."),
        "public_runs": _(
            "Every login may run {names} with its owner's rights: take EXECUTE from PUBLIC where "
            "it shows or changes data."
        ),
        "row_security": _(
            "Row security is on for {names}: its policies may hide rows from the airlock, so that "
            "an answer lacks them. Let a policy show them to the airlock's owner."
        ),
    }[caution.kind].format(names=names)
