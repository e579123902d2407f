"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def whole(*outs: Path) -> Iterator[tuple[Path, ...]]:
    """Yield a path beside each of ``outs`` to write to; all are moved into place at the end.

    ``StorageError("export.disk_full")``, ``StorageError("export.failed")``; nothing stays behind.
    """
    with ExitStack() as stack:
        try:
            beside = tuple(
                Path(
                    stack.enter_context(
                        tempfile.TemporaryDirectory(prefix=".making-", dir=out.parent)
                    ),
                    out.name,
                )
                for out in outs
            )
            yield beside
            for written, out in zip(beside, outs, strict=True):
                written.replace(out)
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
            code = "export.disk_full" if full else "export.failed"
            raise StorageError(code, what=error.strerror or "") from None
