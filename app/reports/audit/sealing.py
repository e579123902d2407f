"""From ReportLab's PDF to PDF/A-3b with attachments, ready to be signed."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    import pikepdf

_FLAVOUR = "3b"
_PAGES_CHECKED_AT_MOST = 120
"""Checking costs 8 ms a page; more pages are more of the same operators, which tests check."""


def seal(
    draft: Path,
    out: Path,
    *,
    attachments: Mapping[str, tuple[bytes | Path, str, str]],
    made_at: datetime,
) -> None:
    """Write ``draft`` to ``out``; attachments are name to (content, media type, description)."""
    import pikepdf  # noqa: PLC0415 - costs start-up time
    from pikepdf import pdfa  # noqa: PLC0415

    with pikepdf.open(draft) as pdf:
        for page in pdf.pages:
            # ReportLab writes a page transition that nobody asked for.
            if "/Trans" in page.obj:
                del page.obj["/Trans"]
        _attach(pdf, attachments, made_at=made_at)
        stamp = _stamp(made_at)
        pdf.docinfo["/CreationDate"] = pikepdf.String(stamp)
        pdf.docinfo["/ModDate"] = pikepdf.String(stamp)
        settings = {
            # Objects that a signature appends must not shadow those inside another's stream.
            "object_stream_mode": pikepdf.ObjectStreamMode.disable,
            "deterministic_id": True,
        }
        pdfa.prepare(pdf, _FLAVOUR)
        # It notes the time of this very moment.
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            meta["xmp:MetadataDate"] = made_at.astimezone(UTC).isoformat(timespec="seconds")
        if len(pdf.pages) <= _PAGES_CHECKED_AT_MOST:
            pdfa.save(pdf, out, _FLAVOUR, repair=False, **settings)
        else:
            pdf.save(out, **pdfa.resolve_save_kwargs(_FLAVOUR, **settings))


def _attach(
    pdf: pikepdf.Pdf,
    attachments: Mapping[str, tuple[bytes | Path, str, str]],
    *,
    made_at: datetime,
) -> None:
    import pikepdf  # noqa: PLC0415 - costs start-up time

    stamp = _stamp(made_at)
    for name, (content, media_type, description) in attachments.items():
        spec = pikepdf.AttachedFileSpec(
            pdf,
            content if isinstance(content, bytes) else b"",
            filename=name,
            mime_type=media_type,
            description=description,
            creation_date=stamp,
            mod_date=stamp,
        )
        spec.obj["/AFRelationship"] = pikepdf.Name.Data
        if not isinstance(content, bytes):
            _fill(spec.get_file().obj, content)
        pdf.attachments[name] = spec


def _fill(stream: pikepdf.Object, path: Path) -> None:
    """Give an attachment the content of a file, which is never whole in memory."""
    import pikepdf  # noqa: PLC0415 - costs start-up time

    packer, digest, size = zlib.compressobj(6), hashlib.md5(usedforsecurity=False), 0
    packed = bytearray()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            packed += packer.compress(piece)
            digest.update(piece)
            size += len(piece)
    packed += packer.flush()
    stream.write(bytes(packed), filter=pikepdf.Name.FlateDecode)
    # ISO 32000-1, table 46: the size before compression, and an MD5 that readers may compare.
    stream.Params.Size = size
    stream.Params.CheckSum = pikepdf.String(digest.digest())


def _stamp(moment: datetime) -> str:
    return f"D:{moment.astimezone(UTC):%Y%m%d%H%M%S}+00'00'"
