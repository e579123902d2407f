"""PAdES: a member signs a PDF with her own key, with time stamps where a service is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, final, override

from asn1crypto import algos, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSigningSession,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.domain.errors import SecurityError
from app.security.time_stamps import Stamps

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pyhanko.pdf_utils.writer import BasePdfFileWriter

    from app.ports.security import UnlockedKeys

_DIGEST = "sha256"
# What ``UnlockedKeys.sign`` makes: RSA-PSS, SHA-256, MGF1 of it, 32 bytes of salt.
_MECHANISM = algos.SignedDigestAlgorithm(
    {
        "algorithm": "rsassa_pss",
        "parameters": algos.RSASSAPSSParams(
            {
                "hash_algorithm": {"algorithm": _DIGEST},
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": _DIGEST}},
                "salt_length": 32,
            }
        ),
    }
)
_PLAIN = signers.PdfSignatureMetadata(
    field_name="Signature",
    md_algorithm=_DIGEST,
    subfilter=fields.SigSeedSubFilter.PADES,
    # It certifies and allows nothing more, so that other readers name what was added, too.
    certify=True,
    docmdp_permissions=fields.MDPPerm.NO_CHANGES,
)


def sign_pdf(
    path: Path,
    *,
    keys: UnlockedKeys,
    certificate: bytes,
    authority: bytes,
    at: datetime,
    stamps_from: str = "",
) -> None:
    """Sign the file in place: B-B, or B-LTA with stamps from an address. No copy lies anywhere."""
    own, issuer = x509.Certificate.load(certificate), x509.Certificate.load(authority)
    stamps = Stamps(stamps_from) if stamps_from else None
    if stamps is not None:
        stamps.reach()
    try:
        asyncio.run(_sign(path, key=_Key(keys, own, issuer), at=at, stamps=stamps))
    except (PdfError, SigningError, PathError, TimestampRequestError, ValueError) as error:
        failure = stamps.failure if stamps is not None else None
        raise failure or SecurityError("document.not_signed", why=type(error).__name__) from None


async def _sign(path: Path, *, key: _Key, at: datetime, stamps: Stamps | None) -> None:
    metadata, context = _PLAIN, None
    if stamps is not None:
        context = ValidationContext(
            trust_roots=[*key.authorities(), *stamps.roots()],
            # Lists of what was revoked are put into the file where certificates say where they are.
            # Those of a workspace do not: its authority's key is not at hand, its log has it.
            allow_fetching=True,
            revocation_mode="soft-fail",
        )
        metadata = replace(
            _PLAIN,
            embed_validation_info=True,
            use_pades_lta=True,
            timestamp_field_name="DocumentTimestamp",
            validation_context=context,
            # The stamp of the whole comes last, so that no byte is without one.
            dss_settings=DSSContentSettings(
                include_vri=False,
                next_ts_settings=TimestampDSSContentSettings(
                    include_vri=False, update_before_ts=True
                ),
            ),
        )
    try:
        with path.open("r+b") as file:
            signer = _Signer(metadata, signer=key, timestamper=stamps, at=at)
            await signer.async_sign_pdf(_Writer(file), in_place=True)
    finally:
        if context is not None:
            await context.aclose()


@final
class _Writer(IncrementalPdfFileWriter):
    """Appends to the file and says nothing of itself: archival facts stay as they were."""

    # Version 2.0, which it would write, is none that PDF/A-3 may have.
    output_version = (1, 7)

    @override
    def _update_meta(self) -> None:
        """Leave time and program of the last change to what made the document."""


@final
class _Signer(signers.PdfSigner):
    """Signs at a time of the workspace's clock."""

    def __init__(self, *arguments: Any, at: datetime, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **named)
        self._at = at

    @override
    def init_signing_session(
        self,
        pdf_out: BasePdfFileWriter,
        existing_fields_only: bool = False,
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session


@final
class _Key(signers.Signer):
    """A member's key, which stays where it is; her authority's certificate goes along."""

    def __init__(
        self, keys: UnlockedKeys, certificate: x509.Certificate, authority: x509.Certificate
    ) -> None:
        known = SimpleCertificateStore()
        known.register(authority)
        super().__init__(
            signing_cert=certificate, cert_registry=known, signature_mechanism=_MECHANISM
        )
        self._keys = keys

    def authorities(self) -> list[x509.Certificate]:
        """Return who says whose key it is."""
        return list(self.cert_registry)

    @override
    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,
    ) -> bytes:
        return self._keys.sign(data)
