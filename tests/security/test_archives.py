from __future__ import annotations

import hashlib
import hmac
import os
import re
import shutil
import stat
import struct
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pyzipper
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from app.domain.errors import AppError, InputError, NotFoundError, SecurityError, StorageError
from app.domain.secrets import Secret
from app.security.archives import PASSPHRASE_BITS, ZipArchives

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from app.ports.security import Archives
    from tests.security.conftest import Start

ARCHIVES: Archives = ZipArchives()
GOOD = Secret("ace-fhj-kmp")
OTHER = Secret("prt-wxy-346")
CONTENT = {
    "letter.pdf": b"%PDF-1.7" + bytes(range(256)) * 40,
    "data/users.csv": "name\nAna Lučić\n".encode(),
    "data/ünïcödé/файл ①.json": b"{}",
    "data/empty.txt": b"",
}
both_kinds = pytest.mark.parametrize("passphrase", [GOOD, None], ids=["locked", "plain"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "DSR-2026-0142"
    for name, content in CONTENT.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "package.zip"


def code_of(action: Callable[..., object], *arguments: Any, **named: Any) -> str:
    with pytest.raises(AppError) as caught:
        action(*arguments, **named)
    return caught.value.code


def reason_of(folder: Path, out: Path) -> object:
    with pytest.raises(StorageError) as caught:
        ARCHIVES.write(folder, out, passphrase=None)
    assert caught.value.code == "export.failed"
    assert not out.exists()
    return caught.value.values["reason"]


@both_kinds
def test_what_was_packed_is_read_back(folder: Path, out: Path, passphrase: Secret | None) -> None:
    ARCHIVES.write(folder, out, passphrase=passphrase)

    expected = sorted((f"DSR-2026-0142/{name}" for name in CONTENT), key=str.encode)
    assert list(ARCHIVES.names(out, passphrase=passphrase)) == expected
    for name, content in CONTENT.items():
        read = ARCHIVES.read(out, f"DSR-2026-0142/{name}", passphrase=passphrase)
        assert read == content


def test_a_plain_archive_is_read_by_another_program(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=None)

    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        read = {name: archive.read(name) for name in archive.namelist()}

    assert read == {f"DSR-2026-0142/{name}": content for name, content in CONTENT.items()}


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_unpacks_a_plain_archive(folder: Path, out: Path, tmp_path: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=None)
    target = tmp_path / "unpacked"

    subprocess.run(
        ["unzip", "-q", out, "-d", target],
        check=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )

    for name, content in CONTENT.items():
        assert (target / "DSR-2026-0142" / name).read_bytes() == content


def unlocked_by_the_book(archive: Path, passphrase: Secret) -> dict[str, bytes]:
    """Read a locked archive as WinZip's "AES Encryption Information" says, without pyzipper."""
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as listing:  # the standard library lists what it cannot open
        infos = listing.infolist()
    return {info.filename: _entry_by_the_book(whole, info, passphrase) for info in infos}


def _entry_by_the_book(whole: bytes, info: zipfile.ZipInfo, passphrase: Secret) -> bytes:
    assert info.compress_type == 99
    extra = struct.unpack("<HHH2sBH", info.extra[:11])
    assert extra == (0x9901, 7, 2, b"AE", 3, zipfile.ZIP_DEFLATED)
    name_length, extra_length = struct.unpack_from("<HH", whole, info.header_offset + 26)
    start = info.header_offset + 30 + name_length + extra_length
    entry = whole[start : start + info.compress_size]
    salt, check, body, tag = entry[:16], entry[16:18], entry[18:-10], entry[-10:]
    derived = hashlib.pbkdf2_hmac("sha1", passphrase.reveal().encode(), salt, 1000, 66)
    assert derived[64:] == check
    assert hmac.digest(derived[32:64], body, "sha1")[:10] == tag
    blocks = (count.to_bytes(16, "little") for count in range(1, len(body) // 16 + 2))
    stream = Cipher(AES(derived[:32]), ECB()).encryptor().update(b"".join(blocks))  # noqa: S305  the format counts in ECB blocks
    plain = bytes(left ^ right for left, right in zip(body, stream, strict=False))
    return zlib.decompress(plain, wbits=-15)


def test_a_locked_archive_is_what_the_winzip_paper_describes(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)

    read = unlocked_by_the_book(out, GOOD)

    assert read == {f"DSR-2026-0142/{name}": content for name, content in CONTENT.items()}


SEVEN_ZIP = next(filter(None, map(shutil.which, ("7z", "7zz", "7za", "bsdtar"))), None)


@pytest.mark.skipif(SEVEN_ZIP is None, reason="neither 7-Zip nor bsdtar is installed")
def test_another_program_opens_a_locked_archive_with_the_passphrase(
    folder: Path, out: Path, tmp_path: Path
) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)
    target = tmp_path / "unpacked"
    target.mkdir()
    command = (
        [SEVEN_ZIP, "-xf", out, "-C", target, "--passphrase", GOOD.reveal()]
        if SEVEN_ZIP.endswith("bsdtar")
        else [SEVEN_ZIP, "x", f"-p{GOOD.reveal()}", f"-o{target}", out]
    )

    subprocess.run(
        command,
        check=True,
        timeout=60,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )

    for name, content in CONTENT.items():
        assert (target / "DSR-2026-0142" / name).read_bytes() == content


def test_a_locked_archive_is_aes_256_and_shows_no_content(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)

    with pyzipper.AESZipFile(out) as archive:
        for info in archive.infolist():
            assert info.flag_bits & 1
            assert info.wz_aes_strength == 3  # 256 bits
            assert info.wz_aes_version == 2  # without a CRC, which would tell small contents
    assert b"Ana" not in out.read_bytes()


def test_a_wrong_or_missing_passphrase_opens_nothing(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)
    name = "DSR-2026-0142/letter.pdf"

    for wrong in (OTHER, None):
        assert code_of(ARCHIVES.names, out, passphrase=wrong) == "archive.wrong_passphrase"
        assert code_of(ARCHIVES.read, out, name, passphrase=wrong) == "archive.wrong_passphrase"


def test_an_empty_passphrase_locks_nothing_and_is_refused(folder: Path, out: Path) -> None:
    with pytest.raises(InputError, match=r"export\.passphrase_empty"):
        ARCHIVES.write(folder, out, passphrase=Secret(""))

    assert not out.exists()


def test_equal_folders_make_equal_plain_archives(folder: Path, out: Path, tmp_path: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=None)
    first = out.read_bytes()
    again = tmp_path / "again" / folder.name
    for name in reversed(CONTENT):
        (again / name).parent.mkdir(parents=True, exist_ok=True)
        (again / name).write_bytes(CONTENT[name])
    os.utime(again / "letter.pdf", (1, 1))

    ARCHIVES.write(again, out, passphrase=None)

    assert out.read_bytes() == first


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (None, (1980, 1, 1, 0, 0, 0)),
        (datetime(2026, 3, 2, 9, 30, 14, tzinfo=UTC), (2026, 3, 2, 9, 30, 14)),
    ],
)
def test_entries_carry_the_given_time_and_no_other(
    folder: Path, out: Path, at: datetime | None, expected: tuple[int, ...]
) -> None:
    ZipArchives(at=at).write(folder, out, passphrase=None)

    with zipfile.ZipFile(out) as archive:
        assert {info.date_time for info in archive.infolist()} == {expected}


def test_an_archive_is_its_owners_alone_and_replaces_an_older_one(folder: Path, out: Path) -> None:
    out.write_bytes(b"older")

    ARCHIVES.write(folder, out, passphrase=GOOD)

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert ARCHIVES.names(out, passphrase=GOOD)


def test_an_empty_folder_makes_an_empty_archive(tmp_path: Path, out: Path) -> None:
    (tmp_path / "empty" / "also empty").mkdir(parents=True)

    ARCHIVES.write(tmp_path / "empty", out, passphrase=GOOD)

    assert list(ARCHIVES.names(out, passphrase=GOOD)) == []


def test_a_link_is_refused_because_it_leads_elsewhere(folder: Path, out: Path) -> None:
    (folder / "data" / "link").symlink_to(folder.parent)

    assert reason_of(folder, out) == "link"


def test_what_is_neither_file_nor_folder_is_refused(folder: Path, out: Path) -> None:
    os.mkfifo(folder / "pipe")

    assert reason_of(folder, out) == "special"


@pytest.mark.parametrize(
    "name",
    ["a\\b", "c:d", "line\nbreak", "ends.", "ends ", "\u202egpj.exe", b"\xff.txt", "what?", "\x7f"],
    ids=ascii,
)
def test_a_name_that_is_a_trick_somewhere_is_refused(folder: Path, out: Path, name: str) -> None:
    (folder / os.fsdecode(name)).touch()

    assert reason_of(folder, out) == "name"


def test_an_archive_is_not_written_into_the_folder_that_it_packs(folder: Path) -> None:
    assert reason_of(folder, folder / "data" / "package.zip") == "inside"


def test_a_folder_or_target_that_is_not_there_is_named_by_the_systems_symbol(
    folder: Path, out: Path, tmp_path: Path
) -> None:
    assert reason_of(tmp_path / "nowhere", out) == "ENOENT"
    assert reason_of(folder, tmp_path / "nowhere" / "package.zip") == "ENOENT"


FULL_DISK = """
import resource, sys
from pathlib import Path
from app.domain.errors import AppError
from app.domain.secrets import Secret
from app.security.archives import ZipArchives
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    ZipArchives().write(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        passphrase=Secret(sys.argv[3]) if sys.argv[3] else None,
    )
except AppError as error:
    print(error)
"""


@both_kinds
def test_a_full_disk_leaves_the_older_archive_and_no_trace(
    start: Start, folder: Path, out: Path, passphrase: Secret | None
) -> None:
    (folder / "noise").write_bytes(os.urandom(500_000))
    out.write_bytes(b"older")
    text = passphrase.reveal() if passphrase else ""
    process = start(FULL_DISK, folder, out, text)

    output, errors = process.communicate(timeout=60)

    assert (output, errors) == ("export.disk_full()\n", "")
    assert out.read_bytes() == b"older"
    assert list(out.parent.iterdir()) == [out]


MEMORY = """
import resource, sys
from pathlib import Path
from app.domain.secrets import Secret
from app.security.archives import ZipArchives
archives, passphrase = ZipArchives(), Secret("ace-fhj-kmp")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
archives.write(Path(sys.argv[1]), Path(sys.argv[2]), passphrase=passphrase)
archives.names(Path(sys.argv[2]), passphrase=passphrase)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_is_packed_and_checked_piece_by_piece(
    start: Start, tmp_path: Path, out: Path
) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    with (folder / "zeros").open("wb") as file:
        file.truncate(200_000_000)
    process = start(MEMORY, folder, out)

    output, errors = process.communicate(timeout=120)

    assert errors == ""
    assert int(output) < 60_000  # KiB


@both_kinds
def test_no_changed_byte_changes_what_is_read(
    folder: Path, out: Path, passphrase: Secret | None
) -> None:
    shutil.rmtree(folder / "data")
    (folder / "letter.pdf").write_bytes(b"Dear Ana")
    (folder / "data.json").write_bytes(b"{}" * 50)
    ARCHIVES.write(folder, out, passphrase=passphrase)
    whole = out.read_bytes()
    original = everything(out, passphrase)

    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        out.write_bytes(changed)
        try:
            read = everything(out, passphrase)
        except (SecurityError, NotFoundError) as error:
            assert error.code.startswith("archive.")  # noqa: PT017  most places, not all
        else:
            # Times and permissions are not protected by the format: the contents are.
            assert read == original


def everything(archive: Path, passphrase: Secret | None) -> dict[str, bytes]:
    names = ARCHIVES.names(archive, passphrase=passphrase)
    return {name: ARCHIVES.read(archive, name, passphrase=passphrase) for name in names}


def test_an_entry_whose_size_was_lowered_is_not_read_short(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)
    whole = out.read_bytes()
    size = len(CONTENT["letter.pdf"]).to_bytes(4, "little")
    place = whole.rindex(size)
    out.write_bytes(whole[:place] + (100).to_bytes(4, "little") + whole[place + 4 :])

    code = code_of(ARCHIVES.read, out, "DSR-2026-0142/letter.pdf", passphrase=GOOD)

    assert code == "archive.damaged"


@pytest.mark.parametrize("length", [0, 10, 100, -1, -30])
def test_an_archive_cut_short_is_damaged(folder: Path, out: Path, length: int) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)
    out.write_bytes(out.read_bytes()[:length])

    assert code_of(ARCHIVES.names, out, passphrase=GOOD) == "archive.damaged"


def test_an_archive_that_is_not_there_is_told_from_a_damaged_one(out: Path) -> None:
    with pytest.raises(StorageError) as caught:
        ARCHIVES.names(out, passphrase=None)

    assert caught.value.code == "archive.unreadable"
    assert caught.value.values == {"reason": "ENOENT"}


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "C:/x", "a\\..\\x", "./x"])
def test_an_archive_whose_names_point_outside_is_refused(out: Path, name: str) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, b"trick")

    assert code_of(ARCHIVES.names, out, passphrase=None) == "archive.damaged"
    assert code_of(ARCHIVES.read, out, name, passphrase=None) == "archive.damaged"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_entries_of_one_name_is_refused(out: Path) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"shown")
        archive.writestr("a", b"hidden")

    assert code_of(ARCHIVES.names, out, passphrase=None) == "archive.damaged"


def test_an_entry_that_claims_more_than_allowed_is_refused(out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(10_000_000))

    code = code_of(ZipArchives(largest_entry_bytes=1_000_000).read, out, "bomb", passphrase=None)

    assert code == "archive.too_large"


def test_an_entry_that_unpacks_to_more_than_it_claims_is_refused(out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(10_000_000))
    whole = out.read_bytes()
    honest = (10_000_000).to_bytes(4, "little")
    out.write_bytes(whole.replace(honest, (10).to_bytes(4, "little")))

    assert code_of(ARCHIVES.read, out, "bomb", passphrase=None) == "archive.damaged"


def test_an_entry_that_is_not_there_is_not_found(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)

    assert code_of(ARCHIVES.read, out, "nothing", passphrase=GOOD) == "archive.no_entry"


def test_errors_name_no_entry_because_names_can_be_personal(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=GOOD)

    with pytest.raises(SecurityError) as caught:
        ARCHIVES.read(out, "DSR-2026-0142/letter.pdf", passphrase=OTHER)

    assert str(caught.value) == "archive.wrong_passphrase()"
    assert caught.value.__suppress_context__


def test_a_new_passphrase_can_be_read_out_and_is_not_guessed() -> None:
    passphrases = {ARCHIVES.new_passphrase() for _ in range(500)}

    assert len(passphrases) == 500
    assert PASSPHRASE_BITS >= 80
    for passphrase in passphrases:
        assert re.fullmatch(
            r"[acefhjkmprtuwxy34679]{3}(-[acefhjkmprtuwxy34679]{3}){6}", passphrase.reveal()
        )


def test_a_passphrase_with_accents_opens_however_it_is_typed(folder: Path, out: Path) -> None:
    ARCHIVES.write(folder, out, passphrase=Secret("Zu\u0308rich caf\u00e9"))

    assert ARCHIVES.names(out, passphrase=Secret("Z\u00fcrich cafe\u0301"))


def test_one_changed_byte_is_found_without_the_passphrase(tmp_path: Path) -> None:
    folder = tmp_path / "DSR-2026-0001"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear Ms Example")
    archives, out = ZipArchives(), tmp_path / "package.zip"
    archives.write(folder, out, passphrase=Secret("a passphrase to test with"))
    assert archives.is_whole(out)
    assert archives.outside(out) == (1, True)
    whole = out.read_bytes()
    for at in (0, len(whole) // 2, len(whole) - 80, len(whole) - 1):
        out.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert not archives.is_whole(out)
    out.write_bytes(whole[:-1])
    assert not archives.is_whole(out)
