"""Asking a time-stamping service (RFC 3161) over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, ClassVar, final, override
from urllib.parse import urlsplit

from asn1crypto import cms, core, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, extract_ts_certs
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.domain.errors import InputError, SecurityError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asn1crypto import x509

_SECONDS = 15
_LARGEST_ANSWER = 1 << 20


class _Answer(core.Sequence):  # type: ignore[misc]  # asn1crypto says no types
    """An answer as RFC 3161 has it: one that is a refusal comes without a stamp."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


@final
class Stamps(TimeStamper):
    """Time stamps of the service at one address; ``failure`` is why the last one was not given."""

    def __init__(self, address: str, *, seconds: float = _SECONDS) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if urlsplit(address).scheme not in {"http", "https"}:
            raise InputError("stamp.bad_address")
        self._address = address
        self._host = urlsplit(address).netloc.rpartition("@")[2]
        self._seconds = seconds
        self.failure: SecurityError | None = None

    def reach(self) -> str:
        """Ask for a stamp that nobody needs and return who gave it.

        ``SecurityError``: stamp.unreachable, stamp.refused, stamp.unusable.
        """
        try:
            token = asyncio.run(self.async_dummy_response("sha256"))
            return named(stamper_of(token))
        except TimestampRequestError:
            raise self.failure or self._fail("stamp.refused") from None
        except (AssertionError, KeyError, TypeError, ValueError, StopIteration):
            raise self._fail("stamp.unusable") from None

    def roots(self) -> list[x509.Certificate]:
        """Return where the chains that the service sent along end: whom one trusts in asking it."""
        return ends_of_chains(self.cert_registry)

    @override
    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        self.failure = None
        try:
            answer = await asyncio.to_thread(self._post, req.dump())
            if _Answer.load(answer, strict=True)["status"]["status"].native == "granted":
                found = tsp.TimeStampResp.load(answer, strict=True)
                info = found["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
                is_ours = info["message_imprint"].native == req["message_imprint"].native
                if not is_ours:
                    self._fail("stamp.unusable")
            else:
                self._fail("stamp.refused")
        except urllib.error.HTTPError:
            self._fail("stamp.refused")
        except (OSError, http.client.HTTPException):
            self._fail("stamp.unreachable")
        except (KeyError, TypeError, ValueError):
            self._fail("stamp.unusable")
        if self.failure is not None:
            raise TimestampRequestError(self.failure.code)
        return found

    def _post(self, body: bytes) -> bytes:
        kinds = {
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
        }
        asked = urllib.request.Request(self._address, body, kinds)  # noqa: S310 - http or https
        with urllib.request.urlopen(asked, timeout=self._seconds) as answer:  # noqa: S310
            found: bytes = answer.read(_LARGEST_ANSWER)
        return found

    def _fail(self, code: str) -> SecurityError:
        self.failure = SecurityError(code, host=self._host)
        return self.failure


def ends_of_chains(certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates that issued themselves, or whose issuer is not among them."""
    found = list(certificates)
    subjects = {each.subject.dump() for each in found}
    return [each for each in found if each.self_issued or each.issuer.dump() not in subjects]


def stamper_of(token: cms.ContentInfo) -> x509.Certificate:
    """Return the certificate of who gave a stamp."""
    return next(extract_ts_certs(token, SimpleCertificateStore()))


def named(certificate: x509.Certificate) -> str:
    """Return what a certificate calls its owner."""
    subject = certificate.subject.native
    return str(subject.get("common_name") or subject.get("organization_name") or "")
