"""Typst: templates of ours, data as JSON, never as markup; tagged PDF/UA-1 and PDF/A-2a."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Literal

from app.domain.errors import StorageError
from app.paths import resource
from app.reports.layout.fonts import FAMILIES
from app.reports.layout.writing import whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    import typst

_STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]


@cache
def _fonts() -> typst.Fonts:
    import typst as engine  # noqa: PLC0415 - costs start-up time

    return engine.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(resource("fonts"))],
    )


def _compiler(template: str, data: Mapping[str, object]) -> typst.Compiler:
    import typst as engine  # noqa: PLC0415 - costs start-up time

    folder = resource("documents")
    return engine.Compiler(
        str(folder / f"{template}.typ"),
        root=str(folder),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps({**data, "fonts": FAMILIES})},
        # Packages would come from the network: there are none, so the folder stands for both.
        package_path=str(folder),
        package_cache_path=str(folder),
    )


def typeset(template: str, data: Mapping[str, object], *, out: Path, made_at: datetime) -> None:
    """Set ``resources/documents/<template>.typ`` with ``data`` and write it to ``out``, whole."""
    import typst as engine  # noqa: PLC0415 - costs start-up time

    try:
        pdf = _compiler(template, data).compile(
            format="pdf", pdf_standards=[*_STANDARDS], timestamp=int(made_at.timestamp())
        )
    except engine.TypstError:
        # Its message quotes the data.
        raise StorageError("export.failed", what=out.name) from None
    if not isinstance(pdf, bytes):
        raise TypeError(template)
    with whole(out) as (path,):
        path.write_bytes(pdf)


def ask(template: str, data: Mapping[str, object], *, label: str) -> list[object]:
    """Lay ``template`` out without writing it, and return the values of its metadata ``label``."""
    found = _compiler(template, data).query(f"<{label}>", field="value")
    values: list[object] = json.loads(found)
    return values
