"""How to check the report without us, and what it does not prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _
from app.reports.audit.facts import grouped, number

if TYPE_CHECKING:
    from app.reports.audit.facts import Facts
    from app.reports.layout.evidence import Evidence


def set_closing(page: Evidence, facts: Facts) -> None:
    """Set both sections."""
    report = facts.report
    page.heading(_("How to check this report yourself"))
    page.sheet.y -= 4
    for text in (
        _("This file is signed by {who} with the certificate whose SHA-256 fingerprint is:").format(
            who=report.made_by.name
        ),
    ):
        page.paragraph(text)
    page.code(report.seal.certificate)
    page.paragraph(_("The certificate is by the authority of the workspace, whose fingerprint is:"))
    page.code(report.seal.authority)
    for text in (
        _(
            "Any PDF reader that shows signatures names the signer and says whether the file was "
            "changed. It does not know the authority until you tell it; the fingerprint above is "
            "the one to compare with what members of the workspace see under Settings."
        ),
        _stamp(facts),
        _(
            "The attachment entries.jsonl holds every entry above as it was written, with its hash "
            "and the hash before it; the attachment README.txt says how to compute them and holds "
            "a short Python program that does. Any PDF reader shows attachments."
        ),
        _(
            "The whole log had {n} entries when this report was made. The hash of the last one, "
            "the head, stands in part at the foot of every page and here in full:"
        ).format(n=number(report.chain.entries)),
    ):
        page.paragraph(text)
    page.code(grouped(report.chain.head))
    page.paragraph(
        _(
            "Compare the head with one that was noted elsewhere at that time, such as in a report "
            "that somebody else keeps. Or run:"
        )
    )
    page.code(f"sandglass verify {report.id}.pdf")
    page.heading(_("What this report does not prove"))
    page.sheet.y -= 4
    for text in _limits(facts):
        page.paragraph(text)


def _stamp(facts: Facts) -> str:
    seal = facts.report.seal
    if seal.stamped_by:
        return _("The time of signing is stamped by {name}.").format(name=seal.stamped_by)
    if seal.not_stamped:
        return _(
            "The time of signing is the workspace's: the time-stamping service that the workspace "
            "uses gave no stamp when this report was made."
        )
    return _(
        "The time of signing is the workspace's: it uses no time-stamping service, and nobody else "
        "vouches for it."
    )


def _limits(facts: Facts) -> tuple[str, ...]:
    report = facts.report
    where = (
        _(
            "The log lies in a shared database in which members cannot change or remove entries. "
            "Whoever administers that database server could still replace the whole log. Such a "
            "replacement does not match heads that members' machines and earlier reports remember, "
            "and the members' signatures on the log cannot be made for it."
        )
        if report.is_shared
        else _(
            "The log lies in a file on one machine. Whoever owns that file could rewrite the whole "
            "log and compute every hash anew, but not make the signatures of other members on it. "
            "What they did not sign yet, only a head that was noted elsewhere would show."
        )
    )
    enforced = {kept for story in report.access for kept in story.enforcement.values()}
    return (
        where,
        _(
            "The report covers what was read through Sandglass. Access to the sources by other "
            "ways is in the records of those sources, not here."
        ),
        *(
            (
                _(
                    "At least one source did not enforce the grant itself. There, rows, fields and "
                    "the end of the window were kept by Sandglass on the officer's machine."
                ),
            )
            if "sandglass" in enforced
            else ()
        ),
        *(
            (
                _(
                    "At least one source was entered the weaker way, without an airlock. Its "
                    "login could have read the mapped columns of everybody's rows until it was "
                    "taken away. That only this person's rows were read, and only in the window, "
                    "was kept by Sandglass on the officer's machine. The source checked no key: "
                    "the approver's password alone opened it."
                ),
            )
            if "fields" in enforced
            else ()
        ),
        _(
            "Names of people and what they wrote as purposes and reasons are as they were entered. "
            "Times are those of the workspace's clock."
        ),
    )
