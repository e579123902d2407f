"""What checking a file showed, a line each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.i18n import _, ngettext
from app.wording.clock_problems import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def proof_in_words(proof: Any) -> Iterator[str]:  # noqa: ANN401 - services.proving.Proof; wording lies below services
    """Yield one line for something sound, or one for each thing that is wrong."""
    if proof.is_sound:
        yield _("sound.") + " " + _sound()[proof.kind].format_map(_shown(proof.facts))
        if given := int(proof.facts.get("logins_replaced", 0)):
            yield ngettext(
                "{n} member was given another login by who owns the database: look at it in the "
                "log, and ask her.",
                "{n} times a member was given another login by who owns the database: look at it "
                "in the log, and ask them.",
                given,
            ).format(n=given)
        return
    for fault in proof.faults:
        yield _("NOT sound.") + " " + fault_in_words(fault)


def fault_in_words(fault: Any) -> str:  # noqa: ANN401 - services.looking_over.Fault, as above
    """Return what is wrong, as one sentence."""
    unknown = _("something is wrong ({code}).").format(code=fault.code)
    return faults().get(fault.code, unknown).format_map(_shown(fault.values))


def _shown(values: Mapping[str, object]) -> dict[str, object]:
    """Return values of a file that may come from anywhere, as a terminal can show them."""
    return {
        name: harmless(value) if isinstance(value, str) else _timed(value)
        for name, value in values.items()
    }


def _timed(value: object) -> object:
    """Return a moment as people read it; anything else as it is."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return value


def _sound() -> dict[str, str]:
    return {
        "workspace": _(
            "Workspace {title}: log of {entries} entries unbroken, head {head}; decisions with "
            "valid signatures: {decisions}. Authority {authority}."
        ),
        "shared workspace": _(
            "Workspace {title}: guard as this version of Sandglass makes it, log of {entries} "
            "entries unbroken, head {head}; decisions with valid signatures: {decisions}. "
            "Authority {authority}."
        ),
        "report": _(
            "Audit report {report}: signed by {name} ({level}, {signed_at} by the workspace's "
            "clock), no byte changed since, {entries} entries attached and unbroken, head of log "
            "{head}. Certificate {fingerprint}; authority {authority}: compare it with the "
            "one that your workspace shows under Settings."
        ),
        "stamped report": _(
            "Audit report {report}: signed by {name} ({level}, time stamped {stamped_at} by "
            "{stamped_by}), no byte changed since, {entries} entries attached and unbroken, head "
            "of log {head}. Certificate {fingerprint}; authority {authority}: compare it with the "
            "one that your workspace shows under Settings. Whether {stamped_by} can be trusted "
            "is for you to judge."
        ),
        "package": _("Package of {request}: {files} files, each as listed."),
        "sealed package": _(
            "Package: no byte changed since it was made, {files} files; its contents were not "
            "opened for want of the passphrase."
        ),
    }


def faults() -> dict[str, str]:
    """Return the sentence of every fault."""
    return {
        "proof.log_changed": _("Entry {entry} of the log was changed."),
        "proof.log_missing": _("Entry {entry} of the log is missing."),
        "proof.log_reordered": _("The log is out of order at entry {entry}."),
        "proof.log_not_linked": _("Entry {entry} does not continue the entry before it."),
        "proof.log_back_in_time": _("Entry {entry} of the log is older than the one before it."),
        "proof.log_signature": _(
            "Entry {entry} should hold a member's signature on the log up to there, but she signed "
            "another one: it was rewritten, or somebody else wrote this entry."
        ),
        "proof.log_not_signed": _(
            "The approver's signature on the log is missing after decision {decision} in entry "
            "{entry}: the log was rewritten."
        ),
        "proof.log_unsigned": _(
            "No member has signed the log since before entry {entry} of {since}, for longer than "
            "work goes on unsigned: signatures on it were cut out, or never made."
        ),
        "proof.log_cut": _(
            "The log ends before entry {entry}, which this machine has seen: its end was cut off."
        ),
        "proof.log_rewritten": _(
            "Entry {entry} is not the one that this machine has seen: the log was rewritten."
        ),
        "proof.authority_not_yours": _(
            "The workspace's authority is {found}, not the one that was named: all that is signed "
            "there is by somebody else's members."
        ),
        "proof.window_not_granted": _(
            "Session {session} was opened, and not everybody had granted it who must."
        ),
        "proof.decision_signature": _("Decision {decision} is not signed by its approver."),
        "proof.decision_not_logged": _("The log says nothing of decision {decision}."),
        "proof.decision_other_log": _(
            "Decision {decision} was signed with another log than this one, up to entry {entry}: "
            "the log was cut or rewritten."
        ),
        "proof.decision_gone": _("Decision {decision}, in entry {entry} of the log, is gone."),
        "proof.certificate_not_ours": _(
            "A certificate of member {member} is not by the workspace's authority, or not hers."
        ),
        "proof.certificate_not_logged": _(
            "The log says nothing of a certificate of member {member}."
        ),
        "proof.certificate_gone": _("A certificate of member {member} is gone."),
        "proof.revocation_forged": _(
            "A revocation of member {member} is not signed by the workspace's authority."
        ),
        "proof.revocation_not_logged": _(
            "The log says nothing of a revocation of member {member}."
        ),
        "proof.revocation_gone": _("A revocation of member {member} is gone."),
        "proof.member_not_certified": _("Member {member} is not what was certified of her last."),
        "proof.member_other_roles": _("Member {member} has other roles than her certificate says."),
        "proof.vault_key_not_logged": _(
            "The key of request {request} is sealed to member {member}, or is to be, and the log "
            "says nothing of that."
        ),
        "proof.member_gone": _("Member {member}, of whom the log speaks, is gone."),
        **_of_the_guard(),
        "proof.report_not_signed": _(
            "The report carries no signature: it was taken off, or nobody ever signed this file."
        ),
        "proof.report_changed": _("The report was changed after it was signed."),
        "proof.report_appended": _("Something was added to the report after it was signed."),
        "proof.report_signer_unknown": _(
            "The certificate that signed the report is of no authority that came along with it, or "
            "was not valid at that time."
        ),
        "proof.report_signer_differs": _("The report was signed by another member than it says."),
        "proof.report_authority_differs": _(
            "The signer's certificate is of another authority than the report names."
        ),
        "proof.report_authority_not_yours": _(
            "The report was signed under another authority than the one that you gave, or that "
            "this machine knows of its workspace."
        ),
        "proof.report_stamp_wrong": _("A time stamp of the report does not hold."),
        "proof.report_attachment_changed": _(
            "An attachment is not the one that the report was made with."
        ),
        "proof.report_unreadable": _("The report cannot be read as a PDF."),
        "proof.report_attachment_missing": _("The entries that belong into the report are gone."),
        "proof.report_entries_broken": _("Entry {entry} in the report's attachment was changed."),
        "proof.report_entries_count": _("The attachment holds other entries than the report says."),
        "proof.report_head_differs": _("A page shows another head of the log than the report."),
        "proof.archive_changed": _("The ZIP was changed after it was made."),
        "proof.manifest_damaged": _("manifest.json cannot be read."),
        "proof.file_missing": _("{name} is missing."),
        "proof.file_not_listed": _("{name} is not listed in the manifest."),
        "proof.file_changed": _("{name} was changed."),
    }


def _of_the_guard() -> dict[str, str]:
    return {
        "guard.changed": _(
            "Part of the guard is not as this version of Sandglass makes it: {what}."
        ),
        "guard.missing": _("Part of the guard is missing: {what}."),
        "guard.added": _("Something was added that the guard does not know: {what}."),
        "guard.of_another_version": _(
            "Part of the guard is as the log says it was installed, and not as this version of "
            "Sandglass makes it: {what}. Another version installed it, or whoever changed it wrote "
            "that entry; an upgrade makes it anew."
        ),
        "guard.not_compared": _(
            "Part of the guard could not be compared: {what}, which this version of Sandglass does "
            "not know, prints it in another way, or it was changed."
        ),
        "guard.not_recorded": _("The log does not say what the guard was when it was installed."),
        "guard.stranger": _("A login is where no member's roles put it: {what}."),
        "guard.not_in_group": _("A member's login is not where her roles put it: {what}."),
        "guard.unfit_login": _("A member's login can change the server's own rules: {what}."),
        "guard.group_enters": _(
            "A role of the workspace, which nobody is to log in as, may enter or rule: {what}."
        ),
        "guard.acts_beside": _("Something beside the guard acts in its database: {what}."),
        "guard.setting": _(
            "The server sets for members by what rules are passed by, or what they do is noted "
            "down elsewhere: {what}."
        ),
        "guard.open_to_all": _("Every login of the server may do this in the database: {what}."),
        "guard.head_differs": _("The log's last entry is not the one noted as its head."),
    }
