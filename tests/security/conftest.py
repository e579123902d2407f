"""Keys are slow to make: one authority and two members serve every test that only reads them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from app.security.certificates import X509Certificates
from app.security.key_files import Argon2Cost
from app.security.keys import HeldKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ports.security import Authority

ROOT = Path(__file__).resolve().parents[2]
MADE_AT = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)


class Enrolled(NamedTuple):
    """A member with keys and certificates."""

    keys: HeldKeys
    signing: bytes
    encryption: bytes


@pytest.fixture(scope="session")
def made_at() -> datetime:
    return MADE_AT


@pytest.fixture(scope="session")
def authority() -> Authority:
    return X509Certificates().make_authority("ws-1", "Ærø & Sons", at=MADE_AT)


def _enrol(authority: Authority, *, member: str, name: str, email: str) -> Enrolled:
    keys = HeldKeys.generate(member)
    certificates = X509Certificates().issue(
        authority,
        keys.public(),
        member=member,
        name=name,
        email=email,
        roles=("officer", "auditor"),
        at=MADE_AT,
    )
    return Enrolled(keys, *certificates)


@pytest.fixture(scope="session")
def ana(authority: Authority) -> Enrolled:
    return _enrol(authority, member="m-ana", name="Ana Lučić", email="ana@example.org")


@pytest.fixture(scope="session")
def bo(authority: Authority) -> Enrolled:
    return _enrol(authority, member="m-bo", name="Bo", email="bo@example.org")


@pytest.fixture(scope="session")
def cheap() -> Argon2Cost:
    return Argon2Cost(iterations=1, memory_kib=8, lanes=1)


type Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Start:
    """Start Python code as another process; it is ended with the test."""

    def started(code: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def end() -> None:
            process.kill()
            process.communicate()

        request.addfinalizer(end)
        return process

    return started
