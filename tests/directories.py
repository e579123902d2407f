"""A company's LDAP directory and its Kerberos, on loopback from installed programs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REALM = "SANDGLASS.TEST"
PEOPLE = "ou=people,dc=sandglass,dc=test"
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_TRIES = 400
_TRY_SECONDS = 0.02
_TICKET_SECONDS = 36_000
_AMISS_SECONDS = 60


def _programs(*names: str) -> dict[str, str]:
    found = {name: shutil.which(name, path=_PATH) for name in names}
    missing = ", ".join(name for name, path in found.items() if path is None)
    if missing:
        pytest.skip(f"not installed: {missing}")
    return {name: str(path) for name, path in found.items()}


def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(_TRIES):
        assert process.poll() is None, process.args
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            pause.wait(_TRY_SECONDS)
        else:
            return
    raise AssertionError(process.args)


@contextmanager
def _running(command: list[str], port: int, environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )  # fmt: skip
    try:
        _answers(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


@contextmanager
def ldap_directory(people: Mapping[str, str]) -> Iterator[int]:
    """Start a directory of ``people`` (name to password), each ``uid=name`` under ``PEOPLE``;
    yield its port.
    """
    programs = _programs("slapd", "slapadd")
    modules = next(iter(Path("/usr/lib").glob("**/ldap/back_mdb*")), None)
    home = Path(tempfile.mkdtemp(prefix="sandglass-ldap-"))
    try:
        (home / "data").mkdir()
        settings = home / "slapd.conf"
        settings.write_text(
            "include /etc/ldap/schema/core.schema\n"
            "include /etc/ldap/schema/cosine.schema\n"
            "include /etc/ldap/schema/inetorgperson.schema\n"
            + (f"modulepath {modules.parent}\nmoduleload back_mdb\n" if modules else "")
            + f"pidfile {home}/pid\ndatabase mdb\nsuffix dc=sandglass,dc=test\n"
            f"directory {home}/data\ndbnosync\naccess to * by anonymous auth\n"
        )
        top = "dn: dc=sandglass,dc=test\nobjectClass: dcObject\nobjectClass: organization\n"
        entries = [
            f"{top}o: Sandglass\ndc: sandglass\n",
            f"dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n",
            *(
                f"dn: uid={name},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {name}\n"
                f"cn: {name}\nsn: {name}\nuserPassword: {word}\n"
                for name, word in people.items()
            ),
        ]
        made = subprocess.run(
            [programs["slapadd"], "-f", settings], input="\n".join(entries).encode(),
            capture_output=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr.decode()
        port = free_port()
        address = f"ldap://127.0.0.1:{port}"
        command = [programs["slapd"], "-d", "0", "-h", address, "-f", str(settings)]
        with _running(command, port, {}):
            yield port
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Kerberos:
    """A realm with its key distribution centre; ``environment`` is what its users have set."""

    def __init__(self, home: Path, port: int) -> None:
        self._home = home
        self._programs = _programs("kdb5_util", "kadmin.local", "krb5kdc", "kinit")
        self.port = port
        self.environment = {
            "KRB5_CONFIG": str(home / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(home / "kdc.conf"),
            "KRB5CCNAME": f"FILE:{home / 'tickets'}",
        }
        home.chmod(0o755)  # the server's own user reads it too
        (home / "krb5.conf").write_text(
            f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\n"
            "dns_canonicalize_hostname = false\nrdns = false\n"
            f"[realms]\n{REALM} = {{\n kdc = 127.0.0.1:{port}\n}}\n"
        )
        (home / "kdc.conf").write_text(
            f"[kdcdefaults]\nkdc_listen = 127.0.0.1:{port}\nkdc_tcp_listen = 127.0.0.1:{port}\n"
            f"[realms]\n{REALM} = {{\n database_name = {home}/principals\n"
            f" key_stash_file = {home}/stash\n}}\n"
        )
        self._run("kdb5_util", "create", "-s", "-P", "master", "-r", REALM)

    @property
    def command(self) -> list[str]:
        return [self._programs["krb5kdc"], "-n"]

    def add(self, *people: str, word: str) -> None:
        for each in people:
            self._run("kadmin.local", "-q", f"addprinc -pw {word} {each}")

    def keytab(self, service: str) -> bytes:
        """Return the key of a service, as its server keeps it."""
        file = self._home / "keytab"
        self._run("kadmin.local", "-q", f"addprinc -randkey {service}")
        self._run("kadmin.local", "-q", f"ktadd -k {file} {service}")
        return file.read_bytes()

    def sign_in(self, name: str, word: str) -> None:
        """Get a ticket for ten hours, which replaces whatever ticket was there."""
        self._run("kinit", "-l", f"{_TICKET_SECONDS}s", name, said=f"{word}\n")

    def sign_out(self) -> None:
        (self._home / "tickets").unlink(missing_ok=True)

    def let_expire(self) -> None:
        """Make the ticket, and what was got with it, two days old."""
        file = self._home / "tickets"
        found = bytearray(file.read_bytes())
        for place in range(len(found) - 12):
            begun, starts, ends = (
                int.from_bytes(found[at : at + 4]) for at in (place, place + 4, place + 8)
            )
            lasts = ends - begun
            if begun <= starts < ends and abs(lasts - _TICKET_SECONDS) < _AMISS_SECONDS:
                for at in (place, place + 4, place + 8):
                    past = int.from_bytes(found[at : at + 4]) - 2 * 86_400
                    found[at : at + 4] = past.to_bytes(4)
        file.write_bytes(found)

    def _run(self, program: str, *arguments: str, said: str = "") -> None:
        made = subprocess.run(
            [self._programs[program], *arguments], input=said.encode(), capture_output=True,
            check=False, env={**os.environ, **self.environment},
        )  # fmt: skip
        assert made.returncode == 0, made.stderr.decode()


@contextmanager
def kerberos_realm() -> Iterator[Kerberos]:
    """Start a realm; its tickets lie in a cache of its own."""
    home = Path(tempfile.mkdtemp(prefix="sandglass-krb-"))
    try:
        realm = Kerberos(home, free_port())
        with _running(realm.command, realm.port, realm.environment):
            yield realm
    finally:
        shutil.rmtree(home, ignore_errors=True)
