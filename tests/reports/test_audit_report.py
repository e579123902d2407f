from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pikepdf
import pytest
from pikepdf import pdfa

from app.domain.audit import ChainState
from app.domain.responses import Answered
from app.reports import audit_report
from app.reports._report_check import check_report, entries_of
from tests.reports import samples
from tests.reports.reading import assert_sound, flat, run, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from app.ports.reports import AuditReport


def render(folder: Path, content: AuditReport | None = None) -> Path:
    out = folder / "audit-report.pdf"
    audit_report.REPORT.render(content or samples.audit(), out)
    return out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("report"))


def test_it_is_archival_and_complete_for_other_readers(made: Path) -> None:
    assert_sound(made)
    assert pdfa.validate_written(made, "3b").findings == []
    info = run("pdfinfo", made)
    assert "Audit report AR-2026-0057, request DSR-2026-0142" in info
    with pikepdf.open(made) as pdf:
        assert str(pdf.Root.Lang) == "en"
        with pdf.open_outline() as outline:
            titles = [each.title for each in outline.root]
    assert titles[0] == "Who read Mara Köhler's data, when, why, and who allowed it"
    assert titles[-2:] == ["How to check this report yourself", "What this report does not prove"]


def test_page_one_answers_every_question(made: Path) -> None:
    text = flat(run("pdftotext", "-layout", "-l", 1, made, "-"))
    for told in (
        "Audit report for request DSR-2026-0142, access under GDPR Art. 15. Made 20 Nov 2026",
        "14:02 UTC by Inés Duarte for Northwind Stores GmbH.",
        "Outcome Answered in full on 20 Nov 2026, 3 days before it was due",
        "Deadline In time: due 23 Nov 2026, safe by 20 Nov 2026",
        "1 session, 14 min 9 s of 30 min allowed",
        "Who read Nadia Roth, privacy officer",
        "Omar Haddad, approver, 3 min 18 s after it was asked for",
        "141 rows, 11 fields, 1 source; 12 passages covered before disclosure",
        "0 reads, 2 attempts refused",
        "log unbroken from entry 1",
        "Signed by Inés Duarte; certificate 9F3A 61C2 07BE 9F3A …",
        "Web shop / order_items sku, qty 84",
    ):
        assert told in text, told


def test_the_rest_tells_the_whole_story(made: Path) -> None:
    text = flat(text_of(made, layout=True))
    for told in (
        "One month from 23 October 2026 ends on Monday 23 November 2026",
        "signed in to the account",
        "leads to another person",
        "no reference leads there",
        "Both rows are of the same household",
        "support.messages.body holds health and medical",
        "Checked for this report: it is the approver's",
        "Web shop: the source itself kept rows, fields and the end",
        "Help desk: Sandglass kept rows, fields and the end; the source would have allowed more",
        "Last answer of a source 4 ms after the end",
        "Names or contact details of another",
        "does not apply",
        "download link",
        "Refused: shop-eu / customers.password_hash",
        "This file is signed by Inés Duarte with the certificate",
        "it uses no time-stamping service",
        "Whoever owns that file could rewrite the whole log",
    ):
        assert told in text, told


def test_every_page_carries_number_head_and_count(made: Path) -> None:
    head = samples.audit().chain.head
    pages = text_of(made).split("\f")[:-1]
    for at, page in enumerate(pages, start=1):
        shown = flat(page)
        assert "Sandglass audit report AR-2026-0057. Head of log " in shown
        assert " ".join(head[each : each + 4] for each in range(0, 20, 4)) in shown
        assert f"{at} of" in shown
        assert shown.endswith(str(len(pages)))


def test_every_entry_is_printed_with_its_hash(made: Path) -> None:
    text = text_of(made, layout=True)
    for entry in samples.entries():
        assert f" {entry.hash[:8]}" in text


def test_the_attachments_hold_what_was_written_and_check_themselves(
    made: Path, tmp_path: Path
) -> None:
    run("pdfdetach", "-saveall", "-o", tmp_path, made)
    lines = (tmp_path / "entries.jsonl").read_text("utf-8").splitlines()
    for line, entry in zip(lines, samples.entries(), strict=True):
        assert json.loads(line) == {
            "entry": entry.facts(),
            "hash": entry.hash,
            "number": entry.number,
            "previous": entry.previous,
        }
    readme = (tmp_path / "README.txt").read_text("utf-8")
    (tmp_path / "check.py").write_text(readme[readme.index("import hashlib") :], "utf-8")
    command = [sys.executable, tmp_path / "check.py", tmp_path / "entries.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{len(lines)} entries hold")
    lines[3] = lines[3].replace("policy standard", "nobody")
    (tmp_path / "entries.jsonl").write_text("\n".join(lines), "utf-8")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "was changed" in done.stderr


def test_the_same_content_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    render(tmp_path, replace(samples.audit(), titles={"x": "مرحبا 🙂"}))
    assert render(tmp_path).read_bytes() == made.read_bytes()


def test_a_sound_report_has_no_problems(made: Path) -> None:
    facts = check_report(made)
    assert facts.is_sound
    assert (facts.id, facts.request) == ("AR-2026-0057", "DSR-2026-0142")
    assert facts.head == samples.audit().chain.head
    assert facts.entries == len(samples.entries())
    assert facts.state.is_sound
    assert [each[0] for each in entries_of(made)] == [each.number for each in samples.entries()]


@pytest.mark.parametrize("data", [b"", b"no pdf", b"%PDF-1.7\n"])
def test_what_is_no_report_is_unreadable(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "other.pdf").write_bytes(data)
    assert check_report(tmp_path / "other.pdf").problems == ("unreadable",)


def test_an_attachment_that_was_exchanged_is_found(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    with pikepdf.open(made) as pdf:
        pdf.attachments["README.txt"] = pikepdf.AttachedFileSpec(pdf, b"All is well.")
        pdf.save(other)
    assert check_report(other).problems == ("attachment_changed",)


def test_a_report_made_anew_around_other_entries_is_found(tmp_path: Path) -> None:
    listed = samples.entries()
    stored = [each.stored() for each in listed]
    stored[4] = (stored[4][0], stored[4][1].replace(b"DSR-2026", b"DSR-2027"), *stored[4][2:])
    facts = check_report(render(tmp_path, samples.audit(stored=lambda: iter(stored))))
    assert facts.problems == ("entries_broken",)
    assert facts.state.broken_at == stored[4][0]


def test_it_says_who_stamps_the_time_or_that_nobody_did(tmp_path: Path) -> None:
    seal = replace(samples.audit().seal, stamped_by="Stamps & Co")
    text = flat(text_of(render(tmp_path, samples.audit(seal=seal))))
    assert "The time of signing is stamped by Stamps & Co." in text
    seal = replace(seal, stamped_by="", not_stamped="stamp.unreachable")
    text = flat(text_of(render(tmp_path, samples.audit(seal=seal))))
    assert "gave no stamp when this report was made" in text


def test_a_broken_log_is_said_in_the_verdict(tmp_path: Path) -> None:
    content = samples.audit(chain=ChainState(11, "ab" * 32, 12, "changed"))
    text = flat(run("pdftotext", "-l", 1, render(tmp_path, content), "-"))
    assert "The log does not hold: entry 12 was changed" in text


def test_a_late_answer_is_said_in_the_verdict(tmp_path: Path) -> None:
    late = samples.request(
        outcome=samples.Outcome.ANSWERED, closed_at=datetime(2026, 11, 30, tzinfo=UTC)
    )
    text = flat(run("pdftotext", "-l", 1, render(tmp_path, samples.audit(request=late)), "-"))
    assert "7 days after it was due" in text
    assert "Not in time: due 23 Nov 2026" in text


def test_a_request_that_has_just_come_in_has_a_report(tmp_path: Path) -> None:
    content = samples.audit(
        request=samples.request(),
        verifications=(),
        access=(),
        pulled=(),
        not_reached=(),
        notices=(),
        review=None,
        reviewed_by="",
        letters=(),
        packages=(),
        checklist=(replace(samples.person().checklist[0], state=Answered.OPEN),),
        request_entries=0,
        entries=lambda: iter(()),
        stored=lambda: iter(()),
        is_shared=True,
    )
    out = render(tmp_path, content)
    text = flat(text_of(out))
    assert "Not answered yet, 3 days left" in text
    assert "None: no window was opened" in text
    assert "The log has no entry for this request." in text
    assert "Whoever administers that database server" in text
    assert check_report(out).is_sound


def test_a_denied_request_and_a_wrong_signature_are_named(tmp_path: Path) -> None:
    story = samples.access_story()
    (decision,) = story.case.decisions
    case = replace(
        story.case,
        decisions=(replace(decision, granted=False, note="The purpose does not name a request."),),
        window=None,
    )
    denied = replace(story, case=case, state="denied", reads=(), enforcement={}, refused=0)
    wrong = replace(story, signature_valid=False)
    text = flat(text_of(render(tmp_path, samples.audit(access=(denied, wrong)))))
    assert "Denied by Omar Haddad, approver" in text
    assert "The purpose does not name a request." in text
    assert "Does not hold: nobody should rely on this decision" in text


def test_everybody_who_had_to_agree_is_named(tmp_path: Path) -> None:
    story = samples.access_story()
    (first,) = story.case.decisions
    second = replace(
        first, id="G-0312", approver=samples.INES.id, minutes=15, number=2, approvers_needed=2
    )
    case = replace(
        story.case,
        asked=replace(story.case.asked, approvers_needed=2),
        decisions=(replace(first, approvers_needed=2), second),
    )
    out = render(tmp_path, samples.audit(access=(replace(story, case=case),)))
    text = flat(text_of(out))
    assert "Granted by Omar Haddad, approver" in text
    assert f"Granted by {samples.INES.name}" in text
    assert "2 of 2 people who had to agree said yes" in text
    assert f"Omar Haddad, {samples.INES.name}" in text
    assert "of 15 min allowed" in text
    assert check_report(out).is_sound


def test_the_page_count_is_right_beyond_ten_pages(tmp_path: Path) -> None:
    out = render(tmp_path, samples.audit(400))
    pages = text_of(out).split("\f")[:-1]
    assert len(pages) > 10
    assert flat(pages[3]).endswith(f"{len(pages)}")
    assert check_report(out).is_sound


def test_memory_does_not_follow_the_number_of_entries(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.reports import samples\n"
        "from app.reports import audit_report\n"
        "base = samples.audit()\n"
        "listed = samples.entries()\n"
        "import itertools, dataclasses\n"
        "n = 30_000\n"
        "def entries(): return itertools.islice(itertools.cycle(listed), n)\n"
        "def stored():\n"
        " return (e.stored() for e in entries())\n"
        "content = dataclasses.replace(base, entries=entries, stored=stored, request_entries=n)\n"
        "audit_report.REPORT.render(content, Path(sys.argv[1]))\n"
        "from tests.benchmarks.figures import peak_megabytes\n"
        "print(peak_megabytes())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "big.pdf"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 200
