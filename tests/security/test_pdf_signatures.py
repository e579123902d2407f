"""A signed report: what other programs say of it, and that nothing of it changes unnoticed."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pikepdf
import pytest
from pikepdf import pdfa

from app.bootstrap import build
from app.domain.errors import InputError, SecurityError
from app.reports import audit_report
from app.security.certificates import X509Certificates
from app.security.keys import HeldKeys
from app.security.signatures import PadesSignatures
from app.wording.proofs import proof_in_words
from tests.reports import samples
from tests.reports.reading import assert_sound, run
from tests.security.time_stamping import StampService

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.ports.security import Authority
    from app.services.proving import Proof

SIGNATURES = PadesSignatures()
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Signer:
    """A member with real keys, and the report that she signs."""

    keys: HeldKeys
    certificate: bytes
    authority: Authority
    plain: Path

    def sign(self, out: Path, *, stamps_from: str = "", at: datetime = NOW) -> Path:
        shutil.copyfile(self.plain, out)
        SIGNATURES.sign(
            out,
            keys=self.keys,
            certificate=self.certificate,
            authority=self.authority.certificate,
            at=at,
            stamps_from=stamps_from,
        )
        return out


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    certificates = X509Certificates()
    authority = certificates.make_authority("w-1", "Northwind", at=NOW)
    keys = HeldKeys.generate(samples.INES.id)
    certificate, _ = certificates.issue(
        authority,
        keys.public(),
        member=samples.INES.id,
        name=samples.INES.name,
        email="ines@example.org",
        roles=("administrator",),
        at=NOW,
    )
    seal = samples.Seal(
        certificates.fingerprint(certificate), certificates.fingerprint(authority.certificate)
    )
    plain = tmp_path_factory.mktemp("plain") / "audit-report.pdf"
    audit_report.REPORT.render(samples.audit(seal=seal), plain)
    return Signer(keys, certificate, authority, plain)


@pytest.fixture(scope="module")
def signed(signer: Signer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return signer.sign(tmp_path_factory.mktemp("signed") / "AR-2026-0057.pdf")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StampService]:
    with StampService(tmp_path_factory.mktemp("time")).running() as running:
        yield running


@pytest.fixture(scope="module")
def stamped(
    signer: Signer, service: StampService, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return signer.sign(
        tmp_path_factory.mktemp("stamped") / "AR-2026-0057.pdf", stamps_from=service.address
    )


def prove(path: Path, *, authority: str = "") -> Proof:
    """Check as ``sandglass verify`` does."""
    return build(path.parent / "home").proving.check(path, authority=authority)


def codes(data: bytes, beside: Path) -> set[str]:
    changed = beside / "changed.pdf"
    changed.write_bytes(data)
    return {each.code.removeprefix("proof.report_") for each in prove(changed).faults}


def test_it_says_who_signed_under_which_authority(signed: Path, signer: Signer) -> None:
    proof = prove(signed)
    (line,) = proof_in_words(proof)
    assert proof.is_sound
    assert "signed by Inés Duarte (B-B, " in line
    fingerprint = X509Certificates().fingerprint(signer.authority.certificate)
    assert fingerprint in line
    assert prove(signed, authority=fingerprint.lower()).is_sound
    assert [each.code for each in prove(signed, authority="AB12").faults] == [
        "proof.report_authority_not_yours"
    ]


def test_poppler_agrees(signed: Path, stamped: Path) -> None:
    found = run("pdfsig", "-nocert", signed)
    assert "Signature is Valid." in found
    assert "Total document signed" in found
    assert "Not total document signed" not in found
    assert "CN=Inés Duarte" in found
    assert "ETSI.CAdES.detached" in found
    assert "Signature is Valid." in run("pdfsig", "-nocert", stamped)


def test_who_trusts_the_workspace_s_authority_trusts_its_reports_in_poppler(
    signed: Path, signer: Signer, tmp_path: Path
) -> None:
    authority, store = tmp_path / "authority.der", f"sql:{tmp_path}"
    authority.write_bytes(signer.authority.certificate)
    run("certutil", "-N", "-d", store, "--empty-password")
    assert "Certificate issuer isn't Trusted." in run("pdfsig", "-nssdir", tmp_path, signed)
    run("certutil", "-A", "-d", store, "-n", "Northwind", "-t", ",C,", "-i", authority)
    found = run("pdfsig", "-nssdir", tmp_path, signed)
    assert "Signature is Valid." in found
    assert "Certificate is Trusted." in found


@pytest.mark.parametrize("which", ["signed", "stamped"])
def test_it_stays_archival(which: str, request: pytest.FixtureRequest, signer: Signer) -> None:
    path = request.getfixturevalue(which)
    assert_sound(path)
    data = path.read_bytes()
    # The archival file is in it byte for byte; what follows is what the checker does not judge.
    assert data.startswith(signer.plain.read_bytes())
    assert {each.kind for each in pdfa.validate_written(path, "3b").findings} == {"unsupported"}
    with pikepdf.open(path) as pdf:
        assert pdf.pdf_version < "2.0"
        assert str(pdf.Root.get("/Version", "/1.7")) == "/1.7"
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        for field in pdf.Root.AcroForm.Fields:
            print_flag, hidden, no_view = 4, 2, 32
            assert int(field.F) & print_flag
            assert not int(field.F) & (hidden | no_view)
            # ISO 19005-3, 6.3.3: a field without an area needs no appearance.
            assert [int(each) for each in field.Rect] == [0, 0, 0, 0]
        with pdf.open_metadata() as facts:
            assert facts["pdfaid:part"] == "3"
            assert facts["pdfaid:conformance"] == "B"


def test_stamps_make_it_long_lived(stamped: Path) -> None:
    proof = prove(stamped)
    assert proof.is_sound, proof.faults
    assert proof.facts["level"] == "B-LTA"
    assert proof.facts["stamped_by"] == "Stamps of the test"
    with pikepdf.open(stamped) as pdf:
        assert len(pdf.Root.DSS.Certs) == 4  # signer, authority, who stamps, its root
        assert len(pdf.Root.DSS.CRLs) == 1  # that of the stamps, which its certificate names
        kinds = [str(each.V.Type) for each in pdf.Root.AcroForm.Fields]
    assert kinds == ["/Sig", "/DocTimeStamp"]


def test_a_stamp_within_the_signature_alone_is_b_t(stamped: Path, tmp_path: Path) -> None:
    data = stamped.read_bytes()
    # The first revision that is signed: the report as it was before the rest was added.
    ends = [each.end() for each in re.finditer(rb"%%EOF\n", data)]
    (first,) = [end for end in ends if SIGNATURES.check(data[:end]).level == "B-T"]
    assert codes(data[:first], tmp_path) == set()


def test_what_a_certificate_signed_holds_after_its_end(signer: Signer, tmp_path: Path) -> None:
    early = signer.sign(tmp_path / "early.pdf", at=NOW - timedelta(days=1))
    assert SIGNATURES.check(early.read_bytes()).problems == ("signer_unknown",)


@pytest.mark.parametrize("which", ["signed", "stamped"])
def test_one_changed_byte_is_found_wherever_it_is(
    which: str, request: pytest.FixtureRequest
) -> None:
    data = request.getfixturevalue(which).read_bytes()
    chosen = random.Random(7)  # noqa: S311 - places to look at, not a secret
    marks = (b"%PDF", b"/Title", b"stream", b"trailer", b"%%EOF", b"/ByteRange [0 ", b"/DocMDP")
    places = [0, len(data) - 1, *(data.index(mark) + len(mark) for mark in marks)]
    places += [chosen.randrange(len(data)) for _ in range(6)]
    for at in places:
        at = min(at, len(data) - 1)  # noqa: PLW2901
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert SIGNATURES.check(changed).problems, at
    for inside in re.finditer(rb"/Contents <([0-9A-F]+?)(0{64,})>", data):
        spans = [inside.span(1)] * 14 + [inside.span(2)] * 2
        for start, end in spans:
            at = chosen.randrange(start, end)
            digit = b"1" if data[at : at + 1] == b"0" else b"0"
            assert SIGNATURES.check(data[:at] + digit + data[at + 1 :]).problems, at


@pytest.mark.parametrize("which", ["signed", "stamped"])
def test_what_was_appended_is_named(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = request.getfixturevalue(which)
    assert codes(path.read_bytes() + b"\n% nothing\n", tmp_path) & {"appended", "changed"}
    # A revision as other programs write them: the title is another, every signed byte is there.
    from pyhanko.pdf_utils import generic  # noqa: PLC0415
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415

    with path.open("rb") as file:
        writer = IncrementalPdfFileWriter(file)
        info = writer.trailer["/Info"]
        info["/Title"] = generic.pdf_string("Nobody read anything")
        writer.update_container(info)
        with (tmp_path / "appended.pdf").open("wb") as out:
            writer.write(out)
    assert "appended" in codes((tmp_path / "appended.pdf").read_bytes(), tmp_path)


def test_a_removed_attachment_is_named(signed: Path, tmp_path: Path) -> None:
    without = tmp_path / "without.pdf"
    with pikepdf.open(signed) as pdf:
        del pdf.attachments["entries.jsonl"]
        pdf.save(without)
    found = codes(without.read_bytes(), tmp_path)
    assert "attachment_missing" in found
    assert found & {"changed", "not_signed"}


def test_an_unsigned_report_and_another_signer_are_named(
    signer: Signer, signed: Path, tmp_path: Path
) -> None:
    assert codes(signer.plain.read_bytes(), tmp_path) == {"not_signed"}
    certificates = X509Certificates()
    other = certificates.make_authority("w-1", "Northwind", at=NOW)
    keys = HeldKeys.generate("m-mallory")
    certificate, _ = certificates.issue(
        other, keys.public(), member="m-mallory", name="Inés Duarte", email="", roles=(), at=NOW
    )
    mallory = replace(signer, keys=keys, certificate=certificate, authority=other)
    forged = mallory.sign(tmp_path / "forged.pdf")
    assert codes(forged.read_bytes(), tmp_path) == {"authority_differs", "signer_differs"}
    mixed = replace(signer, keys=keys, certificate=certificate).sign(tmp_path / "mixed.pdf")
    assert codes(mixed.read_bytes(), tmp_path) == {"signer_unknown"}
    assert prove(signed).is_sound


def test_a_service_that_gives_no_stamp_is_named(service: StampService) -> None:
    with pytest.raises(InputError, match=r"stamp\.bad_address"):
        SIGNATURES.stamper("file:///etc/passwd")
    with pytest.raises(SecurityError, match=r"stamp\.unreachable"):
        SIGNATURES.stamper("http://127.0.0.1:9/")
    refused = b"0\x05\x30\x03\x02\x01\x02"
    for answer, code in (
        ((500, b""), r"stamp\.refused"),
        ((200, refused), r"stamp\.refused"),
        ((200, b"<html>"), r"stamp\.unusable"),
        ((200, b""), r"stamp\.unusable"),
    ):
        service.answer = answer
        try:
            with pytest.raises(SecurityError, match=code):
                SIGNATURES.stamper(service.address)
        finally:
            service.answer = None
