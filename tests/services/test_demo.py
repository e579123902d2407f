"""A demo that cannot be made leaves the folder as it was, or empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import StorageError
from app.services.demo import Demo
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from app.ports.companies import Company


class Lacking:
    """A maker for which something is not installed."""

    def require(self) -> None:
        raise StorageError("demo.no_mariadb")

    def make(self, folder: Path, *, now: datetime) -> Company:
        raise AssertionError((folder, now))


class Failing:
    """A maker that fails half-way."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def require(self) -> None:
        """Need nothing."""

    def make(self, folder: Path, *, now: datetime) -> Company:
        folder.mkdir()
        (folder / "half").write_text(str(now))
        raise self._error


def demo(maker: Any) -> Demo:
    def never(*_: object) -> Any:
        raise AssertionError("nobody is enrolled where there is no company")

    return Demo(
        membership_in=never,
        desk=never,
        in_files=maker,
        on_servers=maker,
        demo_map=never,
        archives=Any,
        clock=FakeClock(),
    )


@pytest.mark.parametrize("on_servers", [True, False])
def test_what_is_missing_is_said_before_an_earlier_demo_goes(
    tmp_path: Path, *, on_servers: bool
) -> None:
    for name in ("sandglass-demo.json", "audit-report.pdf"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(StorageError, match=r"demo\.no_mariadb"):
        demo(Lacking()).prepare(tmp_path, on_servers=on_servers)
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["audit-report.pdf", "sandglass-demo.json"]


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (StorageError("demo.server_not_started"), StorageError),
        (OSError(28, "No space left on device"), StorageError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_what_fails_half_way_leaves_nothing(
    error: BaseException, raised: type[BaseException], tmp_path: Path
) -> None:
    with pytest.raises(raised):
        demo(Failing(error)).prepare(tmp_path / "out", on_servers=True)
    assert list((tmp_path / "out").iterdir()) == []
