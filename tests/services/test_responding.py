"""The answer: letters, checklist, package and what holds it back."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InputError, NotAllowedError, SecurityError, StorageError
from app.domain.requests import Outcome, Stage
from app.domain.responses import Answered, LetterKind
from app.domain.review import Target, Verdict
from app.domain.secrets import Secret
from app.ports.progress import QuietTask
from tests.fakes import FakeSignatures
from tests.office import NOTES, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.packages import MadePackage


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def reviewed(office: Office, *, covering: tuple[str, ...] = ("Brandt", "Okafor")) -> str:
    request, _ = office.pulled()
    reviewing = office.officer.reviewing
    for text in covering:
        places = [Target(each.pulled, each.row, each.field, each.start, each.end)
                  for each in reviewing.find_text(request, text)]  # fmt: skip
        reviewing.mark(request, places, verdict=Verdict.REDACT, why="TP-ID")
    notes = next(each for each in reviewing.collections(request) if each.rows == len(NOTES))
    for row in reviewing.page(request, notes.id):
        if row.review.verdict is None:
            reviewing.mark(request, [Target(notes.id, row.number)], verdict=Verdict.DISCLOSE)
    reviewing.finish(request)
    return request


def with_letter(office: Office, request: str) -> str:
    kind = LetterKind.FULL_ANSWER
    text = office.officer.responding.draft_letter(request, kind).replace("[…]", "privacy@x.org")
    office.officer.responding.save_letter(request, kind, text)
    return request


def make(office: Office, request: str, folder: Path) -> MadePackage:
    return office.officer.packages.make(
        request,
        folder=folder / "package",
        archive=folder / "package.zip",
        passphrase=None,
        task=QuietTask(),
    )


def answer_rest(office: Office, request: str) -> None:
    office.officer.responding.answer(
        request, "automated_decisions", state=Answered.NOT_APPLICABLE, text="None was made."
    )


def test_what_is_covered_is_in_no_file_and_all_else_is(office: Office, tmp_path: Path) -> None:
    request = with_letter(office, reviewed(office))
    made = make(office, request, tmp_path / "out")
    assert made.package is not None
    rows = json.loads((tmp_path / "out/package/data/shop/notes.json").read_text())
    texts = json.dumps(rows, ensure_ascii=False)
    assert "Your neighbour Herr [covered: TP-ID] has it." in texts
    assert "Thank you." in texts
    start = (tmp_path / "out/package/start-here.html").read_text()
    for name in ("letter.pdf", "your-data.pdf", "your-data.html", "redactions.pdf", "data/"):
        assert f'href="{name}"' in start
    for path in (tmp_path / "out/package").rglob("*"):
        if path.is_file():
            assert b"Brandt" not in path.read_bytes()


def test_the_manifest_lists_every_file_with_its_hash(office: Office, tmp_path: Path) -> None:
    from app.bootstrap import build  # noqa: PLC0415 - only here

    request = with_letter(office, reviewed(office))
    make(office, request, tmp_path / "out")
    proving = build(tmp_path / "home", adapters=office.adapters).proving
    assert proving.check(tmp_path / "out/package").is_sound
    letter = tmp_path / "out/package/letter.pdf"
    letter.write_bytes(letter.read_bytes()[:-1] + b"!")
    proof = proving.check(tmp_path / "out/package")
    assert [(each.code, each.values["name"]) for each in proof.faults] == [
        ("proof.file_changed", "letter.pdf")
    ]


def test_the_zip_has_the_requests_name_as_its_root(office: Office, tmp_path: Path) -> None:
    request = with_letter(office, reviewed(office))
    make(office, request, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out/package.zip") as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {request}


def test_a_covered_name_left_elsewhere_fails_the_leak_test_and_nothing_is_kept(
    office: Office, tmp_path: Path
) -> None:
    office.source.tables["notes"].rows.append(("1", "Ask BRANDT about it."))
    request, _ = office.pulled()
    reviewing = office.officer.reviewing
    notes = next(each for each in reviewing.collections(request) if each.rows == 6)
    first, _second = reviewing.find_text(request, "Brandt")
    reviewing.mark(
        request,
        [Target(first.pulled, first.row, first.field, first.start, first.end)],
        verdict=Verdict.REDACT,
        why="TP-ID",
    )
    others = [Target(notes.id, row) for row in range(6) if row != first.row]
    reviewing.mark(request, others, verdict=Verdict.DISCLOSE)
    reviewing.finish(request)
    made = make(office, with_letter(office, request), tmp_path / "out")
    assert made.package is None
    leaking = {leak.file for leak in made.leaks}
    assert {"data/shop/notes.json", "data/shop/notes.csv", "your-data.pdf"} <= leaking
    assert list((tmp_path / "out").iterdir()) == []
    assert "leak.tested" in office.actions(request)


def test_a_withheld_record_leaves_no_value_and_is_counted(office: Office, tmp_path: Path) -> None:
    request, _ = office.pulled()
    reviewing = office.officer.reviewing
    notes = next(each for each in reviewing.collections(request) if each.rows == len(NOTES))
    reviewing.mark(request, [Target(notes.id)], verdict=Verdict.DISCLOSE)
    for row in (1, 3):
        reviewing.mark(request, [Target(notes.id, row)], verdict=Verdict.WITHHOLD, why="TP-OPN")
    reviewing.finish(request)
    made = make(office, with_letter(office, request), tmp_path / "out")
    assert made.package is not None
    assert made.package.withheld == 2
    manifest = json.loads((tmp_path / "out/package/manifest.json").read_text())
    assert manifest["withheld"] == {"TP-OPN": 2}


def test_a_package_waits_for_the_letter_and_the_end_of_the_review(
    office: Office, tmp_path: Path
) -> None:
    request, _ = office.pulled()
    with pytest.raises(NotAllowedError) as caught:
        make(office, request, tmp_path / "out")
    assert caught.value.code == "request.wrong_stage"
    second = open_office(tmp_path / "second")
    with pytest.raises(NotAllowedError) as caught:
        make(second, reviewed(second), tmp_path / "out")
    assert caught.value.code == "package.no_letter"


def test_a_letter_with_a_blank_left_is_not_kept(office: Office) -> None:
    request = reviewed(office)
    text = office.officer.responding.draft_letter(request, LetterKind.FULL_ANSWER)
    assert "[…]" in text  # the workspace of this test names no contact
    with pytest.raises(InputError) as caught:
        office.officer.responding.save_letter(request, LetterKind.FULL_ANSWER, text)
    assert caught.value.code == "letter.blanks_left"


def test_an_open_line_of_the_checklist_holds_the_package_back(
    office: Office, tmp_path: Path
) -> None:
    request = with_letter(office, reviewed(office))
    made = make(office, request, tmp_path / "out")
    assert made.package is not None
    with pytest.raises(NotAllowedError) as caught:
        office.officer.responding.release(request, made.package.id, channel="download")
    assert caught.value.values["lines"] == ("automated_decisions",)
    answer_rest(office, request)
    released = office.officer.responding.release(request, made.package.id, channel="download")
    assert released.released_at is not None
    closed = office.officer.casework.close(request, Outcome.ANSWERED)
    assert closed.stage is Stage.CLOSE


def test_a_request_is_not_closed_as_answered_before_a_package_went_out(office: Office) -> None:
    request = reviewed(office)
    with pytest.raises(NotAllowedError) as caught:
        office.officer.casework.close(request, Outcome.ANSWERED)
    assert caught.value.code == "request.not_answered"


def test_a_package_does_not_overwrite_anything(office: Office, tmp_path: Path) -> None:
    request = with_letter(office, reviewed(office))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/package.zip").write_text("mine")
    with pytest.raises(StorageError) as caught:
        make(office, request, tmp_path / "out")
    assert caught.value.code == "export.exists"
    assert (tmp_path / "out/package.zip").read_text() == "mine"


def test_an_encrypted_package_opens_with_its_passphrase_only(
    office: Office, tmp_path: Path
) -> None:
    request = with_letter(office, reviewed(office))
    passphrase = Secret("abc-def-ghj-kmn-pqr")
    office.officer.packages.make(
        request, folder=tmp_path / "p", archive=tmp_path / "p.zip", passphrase=passphrase,
        task=QuietTask(),
    )  # fmt: skip
    archives = office.adapters.archives
    assert f"{request}/letter.pdf" in archives.names(tmp_path / "p.zip", passphrase=passphrase)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_every_letter_has_a_template_in_four_languages(office: Office, language: str) -> None:
    request = office.record()
    for kind in LetterKind:
        text = office.officer.responding.draft_letter(request.id, kind, language=language)
        assert text.startswith("# "), kind
        assert "{" not in text, kind


def test_an_unknown_language_falls_back_to_english(office: Office) -> None:
    request = office.record()
    kind = LetterKind.ACKNOWLEDGEMENT
    drafts = [office.officer.responding.draft_letter(request.id, kind, language=each)
              for each in ("en", "xx", "../..", "en-GB")]  # fmt: skip
    assert len(set(drafts)) == 1


def test_destroying_the_data_of_a_closed_request_leaves_only_the_record(
    office: Office, tmp_path: Path
) -> None:
    request = with_letter(office, reviewed(office))
    made = make(office, request, tmp_path / "out")
    answer_rest(office, request)
    assert made.package is not None
    office.officer.responding.release(request, made.package.id, channel="download")
    office.officer.casework.close(request, Outcome.ANSWERED)
    assert office.officer.retention.due() == ()
    office.clock.move(days=91)
    assert [each.id for each in office.officer.retention.due()] == [request]
    office.officer.retention.destroy(request)
    assert office.officer.retention.due() == ()
    with office.workspace.read() as unit:
        assert unit.vault.key_holders(request) == ()
        pulled = unit.pulls.of_request(request)
        assert [list(unit.vault.chunks(each.id)) for each in pulled] == [[], []]
    assert "data.destroyed" in office.actions(request)
    assert office.administrator.log.check(QuietTask()).is_sound


HOSTILE = [
    "=HYPERLINK('http://x.example','click')",
    "<script>alert(1)</script> & <b>bold</b>",
    "#panic() $ x^2 $ \\ *bold* _it_ @ref",
    "left \u202egnp.exe right",
    "a\u2066b\u2069c\u200b\u200dd",
    "\U0001f469\u200d\U0001f52c مرحبا שלום 你好 नमस्ते",
    "-2+3",
    "line\nbreak\ttab\r\nend",
    "x" * 1_000_000,
]


def test_hostile_values_go_through_the_whole_job_inert_and_whole(
    office: Office, tmp_path: Path
) -> None:
    office.source.tables["notes"].rows[:] = [("1", text) for text in HOSTILE]
    request, _ = office.pulled()
    reviewing = office.officer.reviewing
    notes = next(each for each in reviewing.collections(request) if each.rows == len(HOSTILE))
    reviewing.mark(request, [Target(notes.id)], verdict=Verdict.DISCLOSE)
    reviewing.finish(request)
    made = make(office, with_letter(office, request), tmp_path / "out")
    assert made.package is not None
    rows = json.loads((tmp_path / "out/package/data/shop/notes.json").read_text())
    assert [row["text"] for row in rows["records"]] == HOSTILE
    html = (tmp_path / "out/package/your-data.html").read_text()
    assert "<script>" not in html
    assert "\u202e" not in html
    table = (tmp_path / "out/package/data/shop/notes.csv").read_text()
    assert "\n=HYPERLINK" not in table
    assert ",=HYPERLINK" not in table
    office.officer.auditing.report(request, tmp_path / "report.pdf")
    assert office.adapters.check_report(tmp_path / "report.pdf").problems == ()


def test_a_report_is_signed_also_where_nobody_stamps_the_time(
    office: Office, tmp_path: Path
) -> None:
    request, _ = office.pulled()
    settings, out = office.administrator.settings, tmp_path / "report.pdf"
    policy = settings.facts().policy
    with pytest.raises(InputError, match=r"stamp\.bad_address"):
        settings.set_policy(replace(policy, version=2, stamps_from="ftp://time.example"))
    settings.set_policy(replace(policy, version=2, stamps_from="https://time.example/tsa"))
    signatures = office.adapters.signatures
    assert isinstance(signatures, FakeSignatures)
    made = office.officer.auditing.report(request, out)
    assert (made.level, made.not_stamped) == ("B-LTA", None)
    assert out.read_bytes().endswith(b"stamped by 'https://time.example/tsa'\n")
    signatures.failure = SecurityError("stamp.unreachable", host="time.example")
    made = office.officer.auditing.report(request, out)
    assert made.level == "B-B"
    assert made.not_stamped is signatures.failure
    assert out.read_bytes().endswith(b"stamped by ''\n")
    assert signatures.check(out.read_bytes()).member == office.officer.here.member
