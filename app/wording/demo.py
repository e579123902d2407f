"""What the demo did: a line for each step, and one for each source that was proved closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.airlock import Proof


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
    if played.counted:
        yield _(
            "   {approver} looked before deciding: {rows} rows of {collections} collections would "
            "become readable, as the sources themselves counted."
        ).format(
            approver=played.approver.name,
            rows=sum(played.counted.values()),
            collections=sum(1 for rows in played.counted.values() if rows),
        )
    yield _("5. {approver} granted {minutes} minutes, signed, as {grant}.").format(
        approver=played.approver.name, minutes=played.minutes_granted, grant=window.grant
    )
    yield _(
        "6. Session {session} read {rows} rows into the vault and closed by itself after {s} s; "
        "the dead key was tried and refused."
    ).format(session=window.session, rows=played.pull.rows, s=window.seconds_used)
    yield from _kept(played)
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


def _kept(played: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    """Yield who kept rows, fields and deadline of each source, and how its end was proved."""
    proofs = {each.source: each for each in played.pull.proofs}
    if not proofs:
        return
    for each in played.sources:
        if each.record.key in proofs:
            yield _("   {source} ({kind}) itself kept rows, fields and deadline; {proof}.").format(
                source=each.record.title, kind=each.kind, proof=_proof(proofs[each.record.key])
            )
    ours = [each for each in played.sources if each.record.key not in proofs]
    if ours:
        yield _(
            "   {sources} ({kind}): Sandglass's reader kept them; whoever may read the file may "
            "read all of it."
        ).format(
            sources=", ".join(each.record.title for each in ours),
            kind=", ".join(sorted({each.kind for each in ours})),
        )


def _proof(proof: Proof) -> str:
    if not proof.is_dead:
        return _("its end could not be proved")
    text = _("proof of death: dead login refused, its role gone, no session left")
    if proof.overshoot_ms:
        return _("{text}, {ms} ms after the deadline").format(text=text, ms=proof.overshoot_ms)
    return text
