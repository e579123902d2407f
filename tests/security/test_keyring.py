"""The desktop's own keyring, run for real on a private D-Bus."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.desktop import MISSING, NOT_INSTALLED, Desktop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(bool(MISSING), reason=NOT_INSTALLED)

PREPARED = """
import sys
from pathlib import Path
import secretstorage
from app.domain.errors import AppError
from app.security.keys import RestingKeys

def attempt(action):
    try:
        return action()
    except AppError as error:
        return error.code

def collection():
    return secretstorage.get_default_collection(secretstorage.dbus_init())

keys = RestingKeys(Path(sys.argv[1]))
"""


@pytest.fixture
def on_desktop(tmp_path: Path) -> Callable[[str], list[str]]:
    """Run Python code on a desktop of its own; what it started has ended afterwards."""

    def run(code: str) -> list[str]:
        program = (sys.executable, "-c", PREPARED + code, str(tmp_path / "keys"))
        with Desktop(tmp_path).run(*program) as process:
            output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return output.splitlines()

    return run


def test_keys_rest_in_a_real_secret_service(on_desktop: Callable[[str], list[str]]) -> None:
    lines = on_desktop("""
print(keys.keyring_usable())
made = keys.create("ws-1", "m-1", passphrase=None)
print(keys.where("ws-1", "m-1"))
print(RestingKeys(Path(sys.argv[1])).unlock("ws-1", "m-1", passphrase=None).public() == made)
print(len(list(collection().get_all_items())))
keys.forget("ws-1", "m-1")
print(attempt(lambda: keys.unlock("ws-1", "m-1", passphrase=None)))
print(len(list(collection().get_all_items())))
""")

    assert lines == ["True", "keyring", "True", "1", "keys.not_here", "0"]


def test_a_locked_secret_service_is_told_and_nothing_is_lost(
    on_desktop: Callable[[str], list[str]],
) -> None:
    lines = on_desktop("""
made = keys.create("ws-1", "m-1", passphrase=None)
collection().lock()
print(attempt(lambda: keys.unlock("ws-1", "m-1", passphrase=None)))
print(keys.keyring_usable())
print(attempt(lambda: keys.create("ws-1", "m-2", passphrase=None)))
print(keys.where("ws-1", "m-1"), repr(keys.where("ws-1", "m-2")))
""")

    assert lines == ["keys.keyring_locked", "False", "keys.keyring_locked", "keyring ''"]


def test_a_secret_service_that_was_reset_no_longer_opens_the_file(
    on_desktop: Callable[[str], list[str]],
) -> None:
    lines = on_desktop("""
keys.create("ws-1", "m-1", passphrase=None)
for item in collection().get_all_items():
    item.delete()
print(attempt(lambda: keys.unlock("ws-1", "m-1", passphrase=None)))
""")

    assert lines == ["keys.keyring_empty"]


def test_keys_outlive_the_desktop_session(on_desktop: Callable[[str], list[str]]) -> None:
    made = on_desktop('print(keys.create("ws-1", "m-1", passphrase=None).signing.hex())')
    found = on_desktop('print(keys.unlock("ws-1", "m-1", passphrase=None).public().signing.hex())')

    assert found == made


def test_passwords_of_logins_rest_in_a_real_secret_service_beside_the_keys(
    on_desktop: Callable[[str], list[str]],
) -> None:
    lines = on_desktop("""
from app.domain.secrets import KeyedSecret, Secret
from app.security.login_passwords import KeyringPasswords
here, there = "postgresql://olga@db/privacy", "postgresql://otto@db/privacy"
passwords = KeyringPasswords()
keys.create("ws-1", "m-1", passphrase=None)
passwords.keep(here, Secret("pässwörd, of olga"))
print(passwords.usable(), KeyringPasswords().get(here).reveal(), passwords.get(there))
passwords.forget(here)
print(passwords.get(here), len(list(collection().get_all_items())))
keyed = KeyedSecret(Secret("opens the key"), Secret("and a password"))
passwords.keep(here, keyed)
print(passwords.get(here) == keyed, len(list(collection().get_all_items())))
passwords.keep(here, Secret("another"))
print(passwords.get(here) == Secret("another"), len(list(collection().get_all_items())))
collection().lock()
print(passwords.get(here))
""")

    assert lines == ["True pässwörd, of olga None", "None 1", "True 3", "True 2", "None"]
