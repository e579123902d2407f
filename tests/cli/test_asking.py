"""What a command takes from its environment to prove a login."""

from __future__ import annotations

import pytest

from app.cli.asking import KEY_FILE, LOGIN, login_secret
from app.domain.addresses import WorkspaceAddress
from app.domain.secrets import KeyedSecret, LoginSecret, Secret

HERS = WorkspaceAddress("db.example", "privacy", "olga")


@pytest.mark.parametrize(
    ("address", "password", "passphrase", "expected"),
    [
        (HERS, "word", "phrase", Secret("word")),
        (HERS, "", "phrase", None),
        (HERS.with_options(sslkey="/k"), "", "phrase", KeyedSecret(Secret("phrase"))),
        (HERS.with_options(sslkey="/k"), "word", "phrase",
         KeyedSecret(Secret("phrase"), Secret("word"))),
        (HERS.with_options(sslkey="/k"), "word", "", Secret("word")),
        (HERS.with_options(sslkey="/k"), "", "", None),
    ],
)  # fmt: skip
def test_a_key_file_has_a_passphrase_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
    address: WorkspaceAddress,
    password: str,
    passphrase: str,
    expected: LoginSecret | None,
) -> None:
    monkeypatch.setenv(LOGIN, password)
    monkeypatch.setenv(KEY_FILE, passphrase)
    assert login_secret(LOGIN, address) == expected
