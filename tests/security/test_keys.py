from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING, override

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from app.domain.errors import SecurityError, StorageError
from app.domain.secrets import Secret
from app.security.certificates import X509Certificates
from app.security.key_files import Argon2Cost
from app.security.keyring_store import KeyringStore
from app.security.keys import RestingKeys
from app.security.sealing import HpkeSealing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from app.ports.security import Authority, MemberKeys, PublicKeys, UnlockedKeys
    from tests.security.conftest import Start

GOOD = Secret("correct horse")
OTHER = Secret("battery staple")


class MemoryKeyring(KeyringBackend):
    """A keyring that works, and can be locked."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.held = {}
        self.is_locked = False

    @override
    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.held.get((service, username))

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.held[service, username] = password

    @override
    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.held.pop((service, username), None) is None:
            raise PasswordDeleteError

    def _check(self) -> None:
        if self.is_locked:
            raise KeyringLocked("somebody dismissed the prompt")


class ForgetfulKeyring(MemoryKeyring):
    """One that says yes and keeps nothing, as keyring's null backend."""

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()


class TalkativeKeyring(MemoryKeyring):
    """One whose errors are no KeyringError and quote the secret, as Win32 and D-Bus ones may."""

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"cannot store {password}")


@pytest.fixture
def keyring() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def resting(tmp_path: Path, keyring: MemoryKeyring, cheap: Argon2Cost) -> RestingKeys:
    return RestingKeys(tmp_path / "keys", KeyringStore(keyring), cost=cheap)


def code_of(action: Callable[..., object], *arguments: Any, **named: Any) -> str:
    with pytest.raises((SecurityError, StorageError)) as caught:
        action(*arguments, **named)
    return caught.value.code


def opens(
    unlocked: UnlockedKeys, made: PublicKeys, authority: Authority, made_at: datetime
) -> bool:
    """Say whether the private keys belong to the public ones."""
    signing, encryption = X509Certificates().issue(
        authority, made, member="m-1", name="Ana", email="", roles=(), at=made_at
    )
    X509Certificates().verify(
        unlocked.sign(b"x"), b"x", certificate=signing, authority=authority.certificate, at=made_at
    )
    sealed = HpkeSealing().seal(b"secret", to=encryption, context="c")
    return unlocked.unseal(sealed, context="c") == b"secret"


@pytest.mark.parametrize("passphrase", [GOOD, None], ids=["passphrase", "keyring"])
def test_keys_put_to_rest_are_the_ones_taken_out(
    resting: RestingKeys, passphrase: Secret | None, authority: Authority, made_at: datetime
) -> None:
    keys: MemberKeys = resting
    made = keys.create("ws-1", "m-1", passphrase=passphrase)

    unlocked = keys.unlock("ws-1", "m-1", passphrase=passphrase)

    assert unlocked.member == "m-1"
    assert opens(unlocked, made, authority, made_at)


def test_it_is_known_where_keys_are_before_anything_is_asked(resting: RestingKeys) -> None:
    resting.create("ws-1", "m-file", passphrase=GOOD)
    resting.create("ws-1", "m-ring", passphrase=None)

    assert resting.where("ws-1", "m-file") == "file"
    assert resting.where("ws-1", "m-ring") == "keyring"
    assert resting.where("ws-1", "m-else") == ""
    assert resting.where("ws-2", "m-file") == ""


def test_keys_that_are_elsewhere_are_not_here(resting: RestingKeys) -> None:
    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.not_here"


def test_a_wrong_and_a_missing_passphrase_are_told_apart(resting: RestingKeys) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)

    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=OTHER) == "keys.wrong_passphrase"
    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=None) == "keys.passphrase_needed"


def test_a_passphrase_needs_ten_characters_as_people_count_them(resting: RestingKeys) -> None:
    with pytest.raises(SecurityError) as caught:
        resting.create("ws-1", "m-1", passphrase=Secret("e\u0301" * 9))

    assert caught.value.code == "keys.passphrase_too_short"
    assert caught.value.values == {"minimum": 10}
    assert resting.where("ws-1", "m-1") == ""
    resting.create("ws-1", "m-1", passphrase=Secret("é" * 10))


def test_a_passphrase_opens_however_the_keyboard_composes_its_accents(resting: RestingKeys) -> None:
    resting.create("ws-1", "m-1", passphrase=Secret("Cafe\u0301 Zu\u0308rich"))

    assert resting.unlock("ws-1", "m-1", passphrase=Secret("Caf\u00e9 Z\u00fcrich"))


def test_any_passphrase_that_can_be_typed_or_pasted_opens_again(resting: RestingKeys) -> None:
    for number, text in enumerate(("\x00" * 10, "\ud800" * 10, "🔑" * 10, " " * 10, "x" * 100_000)):
        resting.create("ws-1", f"m-{number}", passphrase=Secret(text))
        assert resting.unlock("ws-1", f"m-{number}", passphrase=Secret(text))


def test_keys_are_never_overwritten_by_new_ones(
    resting: RestingKeys, authority: Authority, made_at: datetime
) -> None:
    made = resting.create("ws-1", "m-1", passphrase=GOOD)

    assert code_of(resting.create, "ws-1", "m-1", passphrase=OTHER) == "keys.already_here"
    assert opens(resting.unlock("ws-1", "m-1", passphrase=GOOD), made, authority, made_at)


def test_forgotten_keys_are_gone_from_disk_and_keyring(
    resting: RestingKeys, keyring: MemoryKeyring, tmp_path: Path
) -> None:
    for passphrase in (GOOD, None):
        resting.create("ws-1", "m-1", passphrase=passphrase)
        resting.forget("ws-1", "m-1")

        assert resting.where("ws-1", "m-1") == ""
        assert not list(tmp_path.rglob("*.keys"))
        assert not keyring.held


def test_forgetting_what_is_not_here_or_damaged_is_no_error(
    resting: RestingKeys, tmp_path: Path
) -> None:
    resting.forget("ws-1", "m-1")
    resting.create("ws-1", "m-1", passphrase=GOOD)
    (tmp_path / "keys" / "ws-1" / "m-1.keys").write_bytes(b"damaged")

    resting.forget("ws-1", "m-1")

    assert resting.where("ws-1", "m-1") == ""


def test_forgetting_works_while_the_keyring_is_locked(
    resting: RestingKeys, keyring: MemoryKeyring
) -> None:
    resting.create("ws-1", "m-1", passphrase=None)
    keyring.is_locked = True

    resting.forget("ws-1", "m-1")

    assert resting.where("ws-1", "m-1") == ""


def test_keys_move_between_passphrases_and_keyring_and_stay_the_same(
    resting: RestingKeys, keyring: MemoryKeyring, authority: Authority, made_at: datetime
) -> None:
    made = resting.create("ws-1", "m-1", passphrase=GOOD)

    resting.relock("ws-1", "m-1", passphrase=GOOD, new=OTHER)
    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.wrong_passphrase"
    assert opens(resting.unlock("ws-1", "m-1", passphrase=OTHER), made, authority, made_at)

    resting.relock("ws-1", "m-1", passphrase=OTHER, new=None)
    assert resting.where("ws-1", "m-1") == "keyring"
    assert opens(resting.unlock("ws-1", "m-1", passphrase=None), made, authority, made_at)

    resting.relock("ws-1", "m-1", passphrase=None, new=GOOD)
    assert resting.where("ws-1", "m-1") == "file"
    assert not keyring.held
    assert opens(resting.unlock("ws-1", "m-1", passphrase=GOOD), made, authority, made_at)


def test_a_refused_change_of_passphrase_leaves_the_old_one(resting: RestingKeys) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)

    wrong = code_of(resting.relock, "ws-1", "m-1", passphrase=OTHER, new=OTHER)
    short = code_of(resting.relock, "ws-1", "m-1", passphrase=GOOD, new=Secret("short"))

    assert (wrong, short) == ("keys.wrong_passphrase", "keys.passphrase_too_short")
    assert resting.unlock("ws-1", "m-1", passphrase=GOOD)


def test_a_locked_keyring_is_told_from_one_that_lost_the_key(
    resting: RestingKeys, keyring: MemoryKeyring
) -> None:
    resting.create("ws-1", "m-1", passphrase=None)

    keyring.is_locked = True
    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=None) == "keys.keyring_locked"
    keyring.is_locked = False
    for entry in keyring.held:
        keyring.held[entry] = "not ours"
    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=None) == "keys.keyring_empty"
    keyring.held.clear()
    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=None) == "keys.keyring_empty"


def test_a_key_of_another_file_in_the_keyring_does_not_open_this_one(
    resting: RestingKeys, keyring: MemoryKeyring
) -> None:
    resting.create("ws-1", "m-1", passphrase=None)
    for entry in keyring.held:
        keyring.held[entry] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=None) == "keys.damaged"


def test_the_keyring_holds_a_short_key_and_no_private_key(
    resting: RestingKeys, keyring: MemoryKeyring
) -> None:
    resting.create("ws-1", "m-1", passphrase=None)

    [held] = keyring.held.values()

    assert len(held) == 44


def test_a_keyring_that_forgets_or_fails_is_not_usable(tmp_path: Path) -> None:
    locked = MemoryKeyring()
    locked.is_locked = True

    assert KeyringStore(MemoryKeyring()).usable()
    for unusable in (ForgetfulKeyring(), TalkativeKeyring(), locked):
        assert not KeyringStore(unusable).usable()
    forgetful = RestingKeys(tmp_path, KeyringStore(ForgetfulKeyring()))
    assert code_of(forgetful.create, "ws-1", "m-1", passphrase=None) == "keys.no_keyring"
    assert forgetful.where("ws-1", "m-1") == ""


def test_trying_a_keyring_leaves_nothing_in_it(keyring: MemoryKeyring) -> None:
    KeyringStore(keyring).usable()

    assert not keyring.held


def test_what_a_keyring_says_of_its_failure_is_not_repeated(tmp_path: Path) -> None:
    resting = RestingKeys(tmp_path, KeyringStore(TalkativeKeyring()))

    with pytest.raises(SecurityError) as caught:
        resting.create("ws-1", "m-1", passphrase=None)

    assert str(caught.value) == "keys.keyring_locked()"
    assert caught.value.__suppress_context__


NO_KEYRING = """
import sys
from pathlib import Path
from app.domain.errors import SecurityError
from app.security.keys import RestingKeys
keys = RestingKeys(Path(sys.argv[1]))
print(keys.keyring_usable())
try:
    keys.create("ws-1", "m-1", passphrase=None)
except SecurityError as error:
    print(error.code)
"""


@pytest.mark.parametrize(
    "backend",
    ["", "keyring.backends.null.Keyring", "keyring.backends.chainer.ChainerBackend", "x.y"],
)
def test_without_a_desktop_there_is_no_keyring(start: Start, tmp_path: Path, backend: str) -> None:
    chosen = {"PYTHON_KEYRING_BACKEND": backend} if backend else {}
    nowhere = f"unix:path={tmp_path}/no-bus"
    process = start(NO_KEYRING, tmp_path, DBUS_SESSION_BUS_ADDRESS=nowhere, **chosen)

    output, _ = process.communicate(timeout=60)

    assert output.split() == ["False", "keys.no_keyring"]


def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "ws-1" / "m-1.keys"


def test_key_files_are_their_owners_alone(resting: RestingKeys, tmp_path: Path) -> None:
    (tmp_path / "keys" / "ws-1").mkdir(parents=True, mode=0o755)

    resting.create("ws-1", "m-1", passphrase=GOOD)

    path = key_file(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


def test_a_key_file_shows_no_key_and_says_how_it_was_locked(tmp_path: Path) -> None:
    keys = RestingKeys(tmp_path / "keys")

    keys.create("ws-1", "m-1", passphrase=GOOD)

    data = key_file(tmp_path).read_bytes()
    magic, line, _ = data.split(b"\n", 2)
    lock = json.loads(line)["lock"]
    assert magic == b"sandglass-keys"
    assert lock.pop("salt")
    assert lock == {
        "kind": "passphrase",
        "kdf": "argon2id",
        "iterations": 3,
        "memory_kib": 65536,
        "lanes": 4,
    }
    assert b"PRIVATE" not in data
    assert b"correct horse" not in data
    assert keys.unlock("ws-1", "m-1", passphrase=GOOD)


def test_a_file_that_was_locked_cheaper_or_dearer_still_opens(
    tmp_path: Path, cheap: Argon2Cost
) -> None:
    RestingKeys(tmp_path, cost=cheap).create("ws-1", "m-1", passphrase=GOOD)

    dear = RestingKeys(tmp_path, cost=Argon2Cost(iterations=2, memory_kib=64, lanes=2))

    assert dear.unlock("ws-1", "m-1", passphrase=GOOD)


def test_every_changed_byte_of_a_key_file_is_told_from_a_wrong_passphrase(
    resting: RestingKeys, tmp_path: Path
) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    path = key_file(tmp_path)
    whole = path.read_bytes()

    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        path.write_bytes(changed)
        assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.damaged"


def test_a_key_file_changed_by_somebody_who_mends_its_sum_never_opens(
    resting: RestingKeys, tmp_path: Path
) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    path = key_file(tmp_path)
    whole = path.read_bytes()[:-32]

    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        path.write_bytes(changed + hashlib.sha256(changed).digest())
        assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) in {
            "keys.damaged",
            "keys.wrong_passphrase",
        }


@pytest.mark.parametrize("length", [0, 1, 15, 100, 400, -1])
def test_a_key_file_cut_short_is_damaged(resting: RestingKeys, tmp_path: Path, length: int) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    path = key_file(tmp_path)
    path.write_bytes(path.read_bytes()[:length])

    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.damaged"
    assert code_of(resting.where, "ws-1", "m-1") == "keys.damaged"


def rewrite(path: Path, **changed: Any) -> None:
    magic, line, body = path.read_bytes()[:-32].split(b"\n", 2)
    facts = json.loads(line)
    facts["lock"].update(changed.pop("lock", {}))
    line = json.dumps({**facts, **changed}).encode()
    whole = magic + b"\n" + line + b"\n" + body
    path.write_bytes(whole + hashlib.sha256(whole).digest())


@pytest.mark.parametrize(
    "lock",
    [
        {"memory_kib": 2**30},
        {"memory_kib": 0},
        {"iterations": 10**9},
        {"iterations": 0},
        {"lanes": 2**20},
        {"lanes": -1},
        {"kdf": "md5"},
        {"kind": "none"},
        {"salt": "xyz"},
    ],
    ids=str,
)
def test_a_key_file_cannot_demand_a_machine_of_memory_or_a_year(
    resting: RestingKeys, tmp_path: Path, lock: dict[str, object]
) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    rewrite(key_file(tmp_path), lock=lock)

    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.damaged"


def test_a_key_file_of_a_later_version_says_so(resting: RestingKeys, tmp_path: Path) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    rewrite(key_file(tmp_path), version=2)

    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.too_new"


def test_a_key_file_put_in_another_members_place_does_not_open(
    resting: RestingKeys, tmp_path: Path
) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    path = key_file(tmp_path)
    path.rename(path.with_name("m-2.keys"))

    assert code_of(resting.unlock, "ws-1", "m-2", passphrase=GOOD) == "keys.damaged"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "/x", "x\n", "x\x00", "x" * 200]
)
def test_a_name_that_is_a_path_reaches_no_file(resting: RestingKeys, name: str) -> None:
    for workspace, member in ((name, "m-1"), ("ws-1", name)):
        for action in (resting.create, resting.unlock):
            assert code_of(action, workspace, member, passphrase=GOOD) == "keys.bad_name"


def test_a_folder_that_cannot_be_written_is_named_as_the_cause(
    tmp_path: Path, cheap: Argon2Cost
) -> None:
    (tmp_path / "keys").write_text("a file where the folder should be")
    resting = RestingKeys(tmp_path / "keys", cost=cheap)

    with pytest.raises(StorageError) as caught:
        resting.create("ws-1", "m-1", passphrase=GOOD)

    assert caught.value.code == "keys.not_written"
    assert caught.value.values == {"reason": "EEXIST"}


def test_a_file_that_cannot_be_read_is_told_from_one_that_is_not_there(
    resting: RestingKeys, tmp_path: Path
) -> None:
    key_file(tmp_path).mkdir(parents=True)

    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.unreadable"


PREPARED = """
import resource, signal, sys
from pathlib import Path
from app.domain.errors import AppError
from app.domain.secrets import Secret
from app.security.key_files import Argon2Cost
from app.security.keys import RestingKeys
keys = RestingKeys(Path(sys.argv[1]), cost=Argon2Cost(1, 8, 1))
"""


def test_a_full_disk_leaves_the_old_file(
    start: Start, resting: RestingKeys, tmp_path: Path
) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    before = sorted(path.name for path in key_file(tmp_path).parent.iterdir())
    code = """
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    keys.relock("ws-1", "m-1", passphrase=Secret("correct horse"), new=Secret("battery staple"))
except AppError as error:
    print(error)
"""
    process = start(PREPARED + code, tmp_path / "keys")

    output, errors = process.communicate(timeout=60)

    assert output.strip() == "keys.disk_full(reason='EFBIG')", errors
    assert resting.unlock("ws-1", "m-1", passphrase=GOOD)
    assert sorted(path.name for path in key_file(tmp_path).parent.iterdir()) == before


def test_of_two_processes_that_make_keys_at_once_one_wins_whole(
    start: Start, resting: RestingKeys, tmp_path: Path
) -> None:
    code = """
print("ready", flush=True)
sys.stdin.readline()
try:
    keys.create("ws-1", "m-1", passphrase=Secret(sys.argv[2]))
    print("made")
except AppError as error:
    print(error.code)
"""
    passphrases = (GOOD.reveal(), OTHER.reveal())
    processes = [start(PREPARED + code, tmp_path / "keys", text) for text in passphrases]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()

    outcomes = [process.communicate(timeout=60)[0].strip() for process in processes]

    assert sorted(outcomes) == ["keys.already_here", "made"]
    winner = passphrases[outcomes.index("made")]
    assert resting.unlock("ws-1", "m-1", passphrase=Secret(winner))


def test_whoever_reads_while_two_processes_write_finds_a_whole_file(
    start: Start, resting: RestingKeys, tmp_path: Path
) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    code = """
for _ in range(15):
    keys.relock("ws-1", "m-1", passphrase=Secret("correct horse"), new=Secret("correct horse"))
"""
    processes = [start(PREPARED + code, tmp_path / "keys") for _ in range(2)]

    reads = 0
    while any(process.poll() is None for process in processes):
        assert resting.unlock("ws-1", "m-1", passphrase=GOOD)
        reads += 1

    assert reads
    for process in processes:
        assert process.communicate(timeout=60)[1] == ""
        assert process.returncode == 0
    assert [path.suffix for path in sorted(key_file(tmp_path).parent.iterdir())] == [
        ".keys",
        ".lock",
    ]


def test_neither_keys_nor_passphrase_are_shown_by_what_holds_them(resting: RestingKeys) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)

    unlocked = resting.unlock("ws-1", "m-1", passphrase=GOOD)

    assert repr(unlocked) == str(unlocked) == "HeldKeys(…)"
    with pytest.raises(SecurityError) as caught:
        resting.unlock("ws-1", "m-1", passphrase=OTHER)
    assert str(caught.value) == "keys.wrong_passphrase()"


@pytest.mark.skipif(os.name != "posix" or not os.geteuid(), reason="root may read everything")
def test_a_file_of_somebody_else_is_unreadable(resting: RestingKeys, tmp_path: Path) -> None:
    resting.create("ws-1", "m-1", passphrase=GOOD)
    key_file(tmp_path).chmod(0)

    assert code_of(resting.unlock, "ws-1", "m-1", passphrase=GOOD) == "keys.unreadable"
