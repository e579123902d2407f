"""What this machine remembers of authorities and invitations."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import StorageError
from app.storage.remembered import RememberedFacts

if TYPE_CHECKING:
    from pathlib import Path

KEY = "db.example:5432/a/b"


def test_facts_are_there_after_a_restart_for_their_owner_only(tmp_path: Path) -> None:
    RememberedFacts(tmp_path / "facts").put(KEY, {"fingerprint": "AB 12", "name": "Köln"})
    again = RememberedFacts(tmp_path / "facts")
    assert again.get(KEY) == {"fingerprint": "AB 12", "name": "Köln"}
    assert again.all() == {KEY: {"fingerprint": "AB 12", "name": "Köln"}}
    (file,) = (tmp_path / "facts").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again.drop(KEY)
    again.drop(KEY)
    assert (again.get(KEY), again.all()) == (None, {})


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_what_cannot_be_read_is_not_there(tmp_path: Path, content: bytes) -> None:
    facts = RememberedFacts(tmp_path)
    facts.put("broken", {"a": "b"})
    facts.put("whole", {"a": "b"})
    (tmp_path / "broken.json").write_bytes(content)
    assert facts.get("broken") is None
    assert facts.all() == {"whole": {"a": "b"}}


def test_what_cannot_be_written_is_said_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "facts").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageError, match=r"machine\.not_written"):
        RememberedFacts(tmp_path / "facts").put(KEY, {"a": "b"})
    assert [each.name for each in tmp_path.iterdir()] == ["facts"]
