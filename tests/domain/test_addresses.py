"""Addresses of shared workspaces: what is read, what is refused, who is asked for a certificate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import WorkspaceAddress, is_here
from app.domain.errors import InputError

names = st.text(min_size=1).filter(lambda text: "\0" not in text and text.isprintable())


def test_an_address_says_where_and_as_whom() -> None:
    found = WorkspaceAddress.read("postgresql://olga@db.example:5433/privacy?sslrootcert=/ca.pem")
    assert found == WorkspaceAddress(
        "db.example", "privacy", "olga", 5433, {"sslrootcert": "/ca.pem"}
    )


@given(database=names, login=names)
def test_an_address_is_read_as_it_was_written(database: str, login: str) -> None:
    address = WorkspaceAddress("127.0.0.1", database, login, 5433)
    assert WorkspaceAddress.read(address.text) == address


@pytest.mark.parametrize("host", ["/run/postgresql", "::1"])
def test_sockets_and_bare_ipv6_come_back_too(host: str) -> None:
    address = WorkspaceAddress(host, "privacy", "olga")
    assert WorkspaceAddress.read(address.text) == address


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unreadable"),
        ("workspace.sandglass", "unreadable"),
        ("mysql://db.example/privacy", "unreadable"),
        ("postgresql://db.example", "unreadable"),
        ("postgresql:///privacy", "unreadable"),
        ("postgresql://db.example:high/privacy", "unreadable"),
        ("postgresql://[half/privacy", "unreadable"),
        ("postgresql://olga:secret@db.example/privacy", "has_password"),
        ("postgresql://olga@db.example/privacy?password=secret", "has_password"),
        ("postgresql://olga@db.example/privacy?options=-crole=x", "unknown_option"),
        ("postgresql://olga@db.example/privacy?gssencmode=require", "unknown_option"),
        ("postgresql://olga@db.example/privacy?sslmode=require", "not_encrypted"),
        ("postgresql://olga@db.example/privacy?sslmode=verify-ca", "not_encrypted"),
        ("postgresql://olga@db.example/privacy?sslmode=disable", "not_encrypted"),
    ],
)
def test_what_is_no_address_is_refused_and_not_quoted(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        WorkspaceAddress.read(text)
    assert caught.value.code == f"workspace.address_{code}"
    assert "secret" not in str(caught.value)


def test_a_name_of_this_machine_does_not_lead_elsewhere() -> None:
    place = "postgresql://olga@localhost/privacy?hostaddr="
    assert WorkspaceAddress.read(f"{place}127.0.0.1&sslmode=disable").is_here
    assert not WorkspaceAddress.read(f"{place}192.0.2.7").is_here
    with pytest.raises(InputError, match="address_not_encrypted"):
        WorkspaceAddress.read(f"{place}192.0.2.7&sslmode=prefer")


def test_on_this_machine_nothing_needs_to_be_encrypted() -> None:
    assert WorkspaceAddress.read("postgresql://olga@localhost/privacy?sslmode=disable").is_here


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("/run/postgresql", True),
     ("10.0.0.1", False), ("localhost.example", False)],
)  # fmt: skip
def test_what_is_on_this_machine_is_known_by_its_name(host: str, *, here: bool) -> None:
    assert is_here(host) is here


def test_somebody_elses_address_has_no_certificate_of_mine() -> None:
    mine = WorkspaceAddress.read(
        "postgresql://olga@db.example/privacy?sslcert=/me.pem&sslkey=/me.key&sslrootcert=/ca.pem"
    )
    hers = mine.for_login("anna")
    assert hers.login == "anna"
    assert hers.options == {"sslrootcert": "/ca.pem"}
    assert hers.with_options(sslcert="/me.pem", sslrootcert="").options == {"sslcert": "/me.pem"}
