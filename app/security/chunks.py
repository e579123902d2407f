"""Rows of the vault: packed exactly, compressed, sealed, bound to their place."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast, final

import msgpack
import zstandard

from app.domain.errors import SecurityError
from app.security.sealing import decrypt, encrypt

if TYPE_CHECKING:
    from app.ports.sources import Batch

_LEVEL = 3
_BIG_INTEGER = 1
_LARGEST_BYTES = 2**30  # as much as the largest cell of PostgreSQL


@final
class PackedChunks:
    """Chunks as MessagePack, zstd and AES-256-GCM; safe to use from several threads at once.

    ``largest_bytes`` bounds the packed rows, both ways: nothing is sealed that could not be opened
    again, and a chunk that claims to be larger is refused before it is unpacked.
    """

    def __init__(self, *, largest_bytes: int = _LARGEST_BYTES) -> None:
        self._largest = largest_bytes
        self._zstd = _Zstd()

    def seal_rows(self, key: bytes, rows: Batch, *, context: str) -> bytes:
        """Pack, compress and encrypt ``rows``; ``SecurityError("vault.chunk_too_large")``."""
        packed = _pack(rows)
        if len(packed) > self._largest:
            raise SecurityError("vault.chunk_too_large", limit=self._largest)
        return encrypt(key, self._zstd.compressor.compress(packed), kind=b"rows", context=context)

    def open_rows(self, key: bytes, sealed: bytes, *, context: str) -> Batch:
        """Undo ``seal_rows``; ``SecurityError("vault.damaged")``."""
        return _unpack(self._expand(decrypt(key, sealed, kind=b"rows", context=context)))

    def _expand(self, compressed: bytes) -> bytes:
        try:
            # What the frame claims is allocated at once, and a claim of -1 (unknown) has no bound.
            claimed = zstandard.get_frame_parameters(compressed).content_size
            if claimed > self._largest:
                raise SecurityError("vault.damaged")
            return self._zstd.decompressor.decompress(compressed, allow_extra_data=False)
        except zstandard.ZstdError:
            raise SecurityError("vault.damaged") from None


class _Zstd(threading.local):
    """One compressor and decompressor per thread: zstd contexts must not be shared."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


def _pack(rows: Batch) -> bytes:
    try:
        return cast("bytes", msgpack.packb(rows, default=_pack_other))
    except UnicodeEncodeError:
        pass  # left behind on purpose: this error holds the text that it stumbled over
    # Lone surrogates stand for bytes of an invalid encoding. A third slower, so only when needed.
    return cast("bytes", msgpack.packb(rows, default=_pack_other, unicode_errors="surrogatepass"))


def _pack_other(value: object) -> object:
    if isinstance(value, int):  # beyond 64 bits
        size = value.bit_length() // 8 + 1
        return msgpack.ExtType(_BIG_INTEGER, value.to_bytes(size, "big", signed=True))
    raise TypeError(f"a cell cannot be a {type(value).__name__}")


def _unpack(packed: bytes) -> Batch:
    try:
        rows = msgpack.unpackb(
            packed, use_list=False, unicode_errors="surrogatepass", ext_hook=_unpack_other
        )
    except ValueError:  # every error of msgpack and of decoding is one
        raise SecurityError("vault.damaged") from None
    if not isinstance(rows, tuple) or not all(isinstance(row, tuple) for row in rows):
        raise SecurityError("vault.damaged")
    return list(rows)


def _unpack_other(code: int, data: bytes) -> int:
    if code != _BIG_INTEGER:
        raise ValueError("unknown kind of value")
    return int.from_bytes(data, "big", signed=True)
