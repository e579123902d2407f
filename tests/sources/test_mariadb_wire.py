"""The connection to MariaDB: what is written into a statement, who is spoken to, how it ends."""

from __future__ import annotations

import socket
import struct
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.domain.errors import SourceError
from app.sources._mariadb_errors import MariadbError, reading_failed
from app.sources._mariadb_wire import bound
from tests.servers import MariadbServer, running_mariadb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.sources._mariadb_wire import Connection

VALUES = (
    None, 0, -1, 2**64 - 1, 1.5, 1e-300, Decimal("1.10"), "", "plain text", "it's", "\\", "\\'",
    "'; DROP TABLE t; -- ", "?", "%s", "\x00", "\n", "😀", "e\u0301", b"", b"\x00\xff'\\", b"?",
)  # fmt: skip


@pytest.fixture
def connection(mariadb_server: MariadbServer) -> Iterator[Connection]:
    with mariadb_server.connect() as found:
        yield found


@pytest.mark.server
@pytest.mark.parametrize("mode", ["", "ANSI", "NO_BACKSLASH_ESCAPES", "ORACLE", "ANSI_QUOTES"])
def test_any_value_comes_back_in_every_mode(connection: Connection, mode: str) -> None:
    connection.run(f"SET sql_mode = '{mode}'")
    for value in VALUES:
        ((found,),) = connection.run("SELECT ?", value)
        if value is None or isinstance(value, bytes):
            assert found == value
        elif isinstance(value, str):
            assert found == value.encode()
        else:
            assert found is not None
            assert type(value)(found.decode()) == value


@pytest.mark.server
def test_question_marks_elsewhere_are_no_places(connection: Connection) -> None:
    sql = "SELECT '?', \"?\", `a?`, ? /* ? */ FROM (SELECT 1 AS `a?`) AS t -- ?\n WHERE ? = 2"
    assert connection.run(sql, "x", 2) == [(b"?", b"?", b"1", b"x")]


def test_values_are_written_once_and_never_read_again() -> None:
    assert bound("a ? b ?", ("?", "?")).count("x'3f'") == 2
    assert bound("a ?", ()) == "a ?"


@pytest.mark.server
def test_a_script_is_run_as_the_server_parses_it(connection: Connection) -> None:
    connection.run_script(
        "DROP TABLE IF EXISTS scripted; CREATE TABLE scripted (a int, b text);"
        "DROP PROCEDURE IF EXISTS twice;"
        "CREATE PROCEDURE twice(x int) BEGIN DECLARE n int; SET n = 2 * x;"
        " INSERT INTO scripted VALUES (n, 'a;b'); SELECT n; END;"
        "CALL twice(1); INSERT INTO scripted VALUES (1, 'x''; y')"
    )
    assert connection.run("CALL twice(?)", 4) == [(b"8",)]
    assert connection.run("SELECT a FROM scripted ORDER BY a") == [(b"1",), (b"2",), (b"8",)]
    with pytest.raises(MariadbError) as caught:
        connection.run_script("SELECT 1; SELECT no_such; INSERT INTO scripted VALUES (9, '')")
    assert reading_failed(caught.value).code == "source.changed"
    assert connection.run("SELECT count(*) FROM scripted") == [(b"3",)]
    connection.run_script("DROP TABLE scripted; DROP PROCEDURE twice")


@pytest.mark.server
def test_what_an_airlock_signals_is_told_apart(connection: Connection) -> None:
    with pytest.raises(MariadbError) as caught:
        connection.run("SIGNAL SQLSTATE 'SG007' SET MESSAGE_TEXT = 'Ada Lovelace'")
    failure = reading_failed(caught.value)
    assert (failure.code, failure.values["reason"]) == ("source.window_closed", "expired")
    assert "Ada" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.server
def test_a_connection_is_cut_from_another_thread(connection: Connection) -> None:
    ended: list[float] = []

    def run() -> None:
        with pytest.raises(MariadbError):
            connection.run("SELECT sleep(3600)")
        ended.append(time.monotonic())

    thread = threading.Thread(target=run)
    thread.start()
    began = time.monotonic()
    connection.cut()
    thread.join(20)
    assert ended
    assert ended[0] - began < 5
    connection.close()
    connection.close()
    with pytest.raises(MariadbError):
        connection.run("SELECT 1")


@pytest.mark.server
def test_a_stream_is_drained_as_long_as_somebody_waits(connection: Connection) -> None:
    stream = connection.stream("SELECT seq FROM seq_1_to_3000 WHERE seq < 3000 OR sleep(0.3) = 0")
    assert next(stream)[0] == (b"1",)
    assert not connection.drained(0)
    assert connection.is_streaming
    assert connection.drained(20)
    assert connection.run("SELECT 1") == [(b"1",)]


# -- encryption --------------------------------------------------------------------------------


def _certificate(folder: Path, name: str) -> Path:
    """Write a certificate that is its own authority, for localhost and no other name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "stranger"):
        _certificate(folder, name)
    return folder


@pytest.fixture(scope="module")
def private_server(certificates: Path) -> Iterator[MariadbServer]:
    options = (
        f"--ssl-cert={certificates / 'server.pem'}",
        f"--ssl-key={certificates / 'server.key'}",
    )
    with running_mariadb(*options) as server:
        yield server


@pytest.mark.server
@pytest.mark.parametrize(
    "asked",
    [
        ("127.0.0.1", "disable", "", ""),
        ("127.0.0.1", "prefer", "", "TLS"),
        ("127.0.0.1", "require", "", "TLS"),
        ("127.0.0.1", "require", "server", "TLS"),
        ("127.0.0.1", "require", "stranger", "source.tls"),
        ("127.0.0.1", "verify-ca", "server", "TLS"),
        ("127.0.0.1", "verify-ca", "stranger", "source.tls"),
        ("127.0.0.1", "verify-ca", "", "source.tls"),
        ("127.0.0.1", "verify-full", "server", "source.tls"),
        ("localhost", "verify-full", "server", "TLS"),
        ("localhost", "verify-full", "missing", "source.tls"),
    ],
)
def test_the_server_must_show_what_the_mode_asks_for(
    private_server: MariadbServer, certificates: Path, asked: tuple[str, str, str, str]
) -> None:
    host, mode, authority, code = asked
    address = private_server.address(
        host=host,
        ssl_mode=mode,
        ssl_root_certificate=str(certificates / f"{authority}.pem") if authority else "",
    )
    if code.startswith("source"):
        with pytest.raises(SourceError) as caught:
            address.connect()
        assert caught.value.code == code
        return
    with address.connect() as connection:
        ((_, cipher),) = connection.run("SHOW STATUS LIKE 'Ssl_cipher'")
        assert bool(cipher) == (code == "TLS")
        rows = [
            row for chunk in connection.stream("SELECT seq FROM seq_1_to_200000") for row in chunk
        ]
        assert len(rows) == 200_000
        ((size,),) = connection.run("SELECT length(?)", "x" * 20_000_000)
        assert size == b"20000000"


class _Asker:
    """A server that asks for the password itself, as PAM and a thief do."""

    def __init__(self, plugin: bytes) -> None:
        self._plugin = plugin
        self._question = b"\x04Password: " if plugin == b"dialog" else b"12345678901234567890\0"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, self._listener:
            greeting = (
                b"\x0a10.11.0-MariaDB\0" + bytes(4) + b"12345678\0" + b"\x00\x82" + b"\x2d"
                + b"\x02\x00" + b"\x28\x00" + b"\x15" + bytes(10) + b"123456789012\0"
                + b"mysql_native_password\0"
            )  # fmt: skip
            client.sendall(struct.pack("<I", len(greeting)) + greeting)
            client.recv(4096)
            asked = b"\xfe" + self._plugin + b"\0" + self._question
            client.sendall(struct.pack("<I", len(asked) | 2 << 24) + asked)
            self.heard = client.recv(4096)

    def answer(self) -> bytes:
        """Return what was said when asked."""
        self._thread.join(20)
        return self.heard


@pytest.mark.parametrize("plugin", [b"mysql_clear_password", b"dialog", b"mysql_old_password"])
def test_a_password_is_not_said_in_the_clear(plugin: bytes) -> None:
    asker = _Asker(plugin)
    address = MariadbServer("127.0.0.1", asker.port, Path("/none")).address()
    with pytest.raises(SourceError) as caught:
        address.connect(timeout_seconds=5)
    assert caught.value.code == "source.login_refused"
    assert asker.answer() == b""
