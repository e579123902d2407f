"""A time-stamping service (RFC 3161) on loopback, by openssl."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, override

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SETTINGS = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/stamper.pem
certs = {folder}/root.pem
signer_key = {folder}/stamper.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[stamper]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://127.0.0.1:{port}/revoked.crl
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = root_of_it
[root_of_it]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
certificate = {folder}/root.pem
private_key = {folder}/root.key
default_md = sha256
default_crl_days = 30
"""


class StampService:
    """Stamps what is posted to it; ``answer`` replaces what it says."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        self.answer: tuple[int, bytes] | None = None
        self._folder = folder
        service = self

        class _Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = service.answer or (200, service.stamp(asked))
                self._say(status, body)

            def do_GET(self) -> None:
                self._say(200, service.revoked)

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            @override
            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        self._make()

    @contextmanager
    def running(self) -> Iterator[StampService]:
        thread = Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def stamp(self, asked: bytes) -> bytes:
        query = self._folder / "query.tsq"
        query.write_bytes(asked)
        return self._openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", str(query))

    def _make(self) -> None:
        folder = self._folder
        text = _SETTINGS.format(folder=folder, port=self._server.server_port)
        (folder / "tsa.cnf").write_text(text)
        for name, content in (("serial", "01"), ("index.txt", ""), ("crlnumber", "01")):
            (folder / name).write_text(content)
        new = ("req", "-newkey", "rsa:2048", "-nodes", "-config", "tsa.cnf", "-days", "30")
        (folder / "tsa.cnf").write_text(text + "[req]\ndistinguished_name = n\n[n]\n")
        self._openssl(
            *new, "-x509", "-subj", "/CN=Root of time", "-extensions", "root", "-keyout",
            "root.key", "-out", "root.pem",
        )  # fmt: skip
        self._openssl(
            *new, "-x509", "-subj", "/CN=Stamps of the test", "-extensions", "stamper", "-CA",
            "root.pem", "-CAkey", "root.key", "-keyout", "stamper.key", "-out", "stamper.pem",
        )  # fmt: skip
        self._openssl("ca", "-gencrl", "-config", "tsa.cnf", "-out", "revoked.pem")
        self.revoked = self._openssl("crl", "-in", "revoked.pem", "-outform", "DER")

    def _openssl(self, *arguments: str) -> bytes:
        done = subprocess.run(
            ["openssl", *arguments], cwd=self._folder, capture_output=True, check=True, timeout=60
        )
        return done.stdout
