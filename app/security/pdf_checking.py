"""Whether a PDF is as its signer left it, from the file alone."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from asn1crypto import cms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation import (
    DocumentTimestampStatus,
    EmbeddedPdfSignature,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError

from app.domain.errors import SecurityError
from app.ports.security import SignatureFacts
from app.security.certificates import X509Certificates, load_certificate
from app.security.time_stamps import ends_of_chains, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from asn1crypto import x509

# How a reader stumbles over a file that may hold anything.
_BROKEN = (
    PdfError,
    UnsupportedAlgorithm,
    CMSExtractionError,
    CMSStructuralError,
    SignatureValidationError,
    SecurityError,
    PathError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,  # asn1crypto, at odd numbers of an algorithm
    NotImplementedError,
    OSError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
_LEVELS = {
    (False, False): "B-B",
    (True, False): "B-T",
    (True, True): "B-LTA",
    (False, True): "B-B",
}
type _Judged = PdfSignatureStatus | DocumentTimestampStatus
_SIGNED, _STAMPED = "/Sig", "/DocTimeStamp"


def check_pdf(data: bytes) -> SignatureFacts:
    """Judge the signature of a PDF; nothing in the file raises."""
    # It tells with tracebacks what is wrong with a file.
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        found = PdfFileReader(io.BytesIO(data)).embedded_signatures
        kinds = [str(each.sig_object_type) for each in found]
    except _BROKEN:
        # A file that was never signed says nothing of signatures, however damaged it is.
        return SignatureFacts(("changed",) if b"/ByteRange" in data else ("not_signed",))
    if _SIGNED not in kinds:
        return SignatureFacts(("not_signed",))
    if kinds not in ([_SIGNED], [_SIGNED, _STAMPED]):
        return SignatureFacts(("appended",))
    try:
        return asyncio.run(_judge(data, found))
    except _BROKEN:
        return SignatureFacts(("changed",))


async def _judge(data: bytes, found: list[EmbeddedPdfSignature]) -> SignatureFacts:
    signature, *stamps = found
    at, authority = signature.self_reported_timestamp, _authority(signature)
    if at is None or authority is None:
        return SignatureFacts(("signer_unknown",))
    roots = _roots_of_stamps(found)
    status = await async_validate_pdf_signature(
        signature,
        # A certificate ends, what it signed before does not.
        _trusting([authority], at=at),
        _trusting(roots),
    )
    stamped = [await async_validate_pdf_timestamp(each, _trusting(roots)) for each in stamps]
    time = status.timestamp_validity
    judged: list[_Judged] = [status, *stamped]
    problems = [
        *(["changed"] if not all(map(_is_written_by_us, [data] * len(found), found)) else []),
        *(["changed"] if not all(each.intact and each.valid for each in judged) else []),
        *(["appended"] if not _covers_all(judged) else []),
        *(
            ["signer_unknown"]
            if not status.trusted or not _certificates_hold(signature.signed_data)
            else []
        ),
        *(
            ["stamp_wrong"]
            if not all(each.trusted and each.valid and each.intact for each in stamped)
            or not all(_certificates_hold(each) for one in found for each in _stamps_in(one))
            or (time is not None and not (time.valid and time.intact and time.trusted))
            else []
        ),
    ]
    signer = X509Certificates().read(signature.signer_cert.dump())
    issuer = X509Certificates().read(authority.dump())
    facts = SignatureFacts(
        tuple(dict.fromkeys(problems)),
        member=signer.member,
        name=signer.name,
        fingerprint=signer.fingerprint,
        workspace=issuer.member,
        authority=issuer.fingerprint,
        signed_at=at,
        level=_LEVELS[time is not None, bool(stamps)],
    )
    if time is None:
        return facts
    return replace(facts, stamped_by=named(time.signing_cert), stamped_at=time.timestamp)


def _authority(signature: EmbeddedPdfSignature) -> x509.Certificate | None:
    """Return the certificate that came along and may have issued the signer's."""
    for each in signature.other_embedded_certs:
        if each.subject == signature.signer_cert.issuer and each.self_issued:
            return each
    return None


def _roots_of_stamps(found: Iterable[EmbeddedPdfSignature]) -> list[x509.Certificate]:
    """Return where the chains of the stamps end: who reads judges whether she trusts these."""
    known: list[x509.Certificate] = []
    for each in found:
        for signed in _stamps_in(each):
            known += [certificate.chosen for certificate in signed["certificates"]]
    return ends_of_chains(known)


def _stamps_in(signature: EmbeddedPdfSignature) -> Iterator[cms.SignedData]:
    if signature.sig_object_type == _STAMPED:
        yield signature.signed_data
        return
    attributes = signature.signer_info["unsigned_attrs"]
    for each in attributes if isinstance(attributes, cms.CMSAttributes) else ():
        if each["type"].native == "signature_time_stamp_token":
            for token in each["values"]:
                yield token["content"]


def _certificates_hold(signed: cms.SignedData) -> bool:
    """Say whether each certificate that came along is as its issuer signed it, if that came, too.

    A chain is judged without its end, so that a byte of that could change unnoticed.
    """
    certificates = [load_certificate(each.chosen.dump()) for each in signed["certificates"]]
    try:
        for each in certificates:
            for issuer in certificates:
                if each.issuer == issuer.subject:
                    each.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    # One that is of no chain here has another name than it had.
    issuers = [each.issuer for each in certificates]
    subjects = [each.subject for each in certificates]
    return all(each.issuer in subjects or each.subject in issuers for each in certificates)


def _trusting(roots: list[x509.Certificate], *, at: datetime | None = None) -> ValidationContext:
    return ValidationContext(
        trust_roots=roots, moment=at, allow_fetching=False, revocation_mode="soft-fail"
    )


def _covers_all(judged: Sequence[_Judged]) -> bool:
    """Say whether the last signature covers every byte, and the first what it was made for."""
    whole = SignatureCoverageLevel.ENTIRE_FILE
    if judged[-1].coverage != whole:
        return False
    return all(each.coverage == whole or each.docmdp_ok for each in judged)


def _is_written_by_us(data: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Say whether what a signature cannot cover, itself, is written as it was: DER, then zeros."""
    start, length, after, _rest = signature.byte_range
    gap = data[start + length : after]
    written = cms.ContentInfo.load(signature.pkcs7_content).dump().hex().upper().encode()
    room = len(gap) - 2 - len(written)
    expected: bytes = b"<" + written + b"0" * room + b">"
    return gap == expected
