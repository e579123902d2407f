"""What the demo did, in about ten lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator


def played_in_words(played: Any) -> Iterator[str]:  # noqa: ANN401 - services.demo.Played; wording lies below services
    """Yield the lines."""
    request, window = played.request, played.pull.case.window
    yield _("1. Made Northwind Stores: {sources} sources, {people} people.").format(
        sources=len(played.company.sources), people=played.company.people
    )
    yield _("2. Recorded {id}: access under the GDPR, due {due}, safe by {safe}.").format(
        id=request.id, due=played.deadline.due, safe=played.deadline.safe_by
    )
    yield _("3. Acknowledged it and verified the person's identity by e-mail.")
    yield _(
        "4. {officer} asked for {fields} fields of {collections} collections for {minutes} minutes."
    ).format(
        officer=played.officer.name,
        fields=played.fields,
        collections=played.collections,
        minutes=played.minutes_asked,
    )
    yield _("5. {approver} granted {minutes} minutes, signed, as {grant}.").format(
        approver=played.approver.name, minutes=played.minutes_granted, grant=window.grant
    )
    yield _(
        "6. Session {session} read {rows} rows into the vault and closed by itself after {s} s; "
        "the dead key was tried and refused."
    ).format(session=window.session, rows=played.pull.rows, s=window.seconds_used)
    yield _(
        "7. Reviewed {records} records: {covered} passages of other people covered, "
        "{withheld} records withheld."
    ).format(
        records=played.counts.records,
        covered=sum(played.counts.covered.values()),
        withheld=played.counts.withheld,
    )
    yield _(
        "8. Released {files} files as {path} (passphrase, by another way: {passphrase})."
    ).format(
        files=played.package_files,
        path=played.folder / "package.zip",
        passphrase=played.package_passphrase.reveal(),
    )
    yield _("9. Closed {id} as {outcome}, before it was due.").format(
        id=request.id, outcome=request.outcome.value.replace("_", " ")
    )
    yield _(
        "10. Wrote audit report {report} to {path}; log of {entries} entries unbroken, head {head}."
    ).format(
        report=played.report_id,
        path=played.folder / "audit-report.pdf",
        entries=played.chain.entries,
        head=played.chain.head[:16],
    )
    yield _("The whole job took {seconds:.1f} s.").format(seconds=played.seconds)
