"""PAdES signatures: what other programs read as "signed", made and judged by pyHanko."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from app.ports.security import SignatureFacts, UnlockedKeys


@final
class PadesSignatures:
    """Implements ``DocumentSignatures``. The library costs 0.2 s, so it is loaded when needed."""

    def stamper(self, address: str) -> str:
        """Return the name of the time-stamping service at an address, which gave a stamp."""
        from app.security.time_stamps import Stamps  # noqa: PLC0415 - costs start-up time

        return Stamps(address).reach()

    def sign(
        self,
        path: Path,
        *,
        keys: UnlockedKeys,
        certificate: bytes,
        authority: bytes,
        at: datetime,
        stamps_from: str = "",
    ) -> None:
        """Sign the file in place."""
        from app.security.pdf_signing import sign_pdf  # noqa: PLC0415 - costs start-up time

        sign_pdf(
            path,
            keys=keys,
            certificate=certificate,
            authority=authority,
            at=at,
            stamps_from=stamps_from,
        )

    def check(self, data: bytes) -> SignatureFacts:
        """Judge a signed PDF from its bytes alone."""
        from app.security.pdf_checking import check_pdf  # noqa: PLC0415 - costs start-up time

        return check_pdf(data)
