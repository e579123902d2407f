"""The weaker way: what the server keeps of it, what it does not, and that nothing is left."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.airlock import Allowed, mac
from app.domain.errors import SourceError
from app.domain.plan import Matches, Selection
from app.ports.sources import Capability
from tests.airlock.base import SHOP
from tests.airlock.direct import DirectShop
from tests.airlock.ground import PEOPLE, Shop, refusal, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.airlock.base import Opened
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

DENIED = "42501"
MINUTES = 60
HERS = Selection(
    "customers", ("id", "full_name"), (Matches("email", "email", ("u7@example.test",)),)
)
EVERYTHING = "SELECT a.id FROM orders a, orders b, orders c"


@pytest.fixture(scope="module")
def shop(postgresql_server: PostgresqlServer) -> Iterator[DirectShop]:
    """The shop, taken away afterwards: its roles are the whole server's."""
    built = DirectShop(postgresql_server, database="crm_direct")
    built.build()
    yield built
    built.remove()


@pytest.fixture
def opened(shop: DirectShop) -> Opened:
    """A grant that has its login."""
    return shop.opened()


def refused(shop: DirectShop, opened: Opened) -> bool:
    try:
        shop.enter(opened).close()
    except psycopg.OperationalError:
        return True
    return False


def capability(seconds: float | None = None) -> Capability:
    return Capability(
        {"customers": frozenset({"id", "full_name"})}, {"customers": frozenset({"email"})}, seconds
    )


# Fields: the server's


def test_a_login_reads_the_mapped_columns_and_of_everybody(
    shop: DirectShop, opened: Opened
) -> None:
    with closing(shop.enter(opened)) as officer:
        rows = officer.execute("SELECT id, email, phone, full_name FROM customers").fetchall()
        assert len(rows) == PEOPLE + 1  # the source does not know whose grant it is
        assert officer.execute("SELECT id, item, amount, customer_id FROM orders").fetchone()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT password_hash FROM customers", "SELECT risk_score FROM customers",
        "SELECT * FROM customers", "SELECT internal_note FROM orders", "SELECT * FROM salaries",
        "SELECT ctid FROM orders", "COPY customers (password_hash) TO STDOUT",
        "UPDATE customers SET full_name = ''", "DELETE FROM lines",
        "INSERT INTO lines VALUES (1, '')", "SELECT * FROM pg_authid", "SELECT * FROM pg_statistic",
        "CREATE ROLE another", "CREATE TABLE kept (a int)",
        "GRANT sandglass_shop_scope TO sandglass_shop_watch",
        "COMMENT ON ROLE sandglass_shop_scope IS ''",
        "SET ROLE sandglass_shop_broker",
    ],
)  # fmt: skip
def test_a_login_does_nothing_else(shop: DirectShop, opened: Opened, query: str) -> None:
    with closing(shop.enter(opened)) as officer:
        officer.execute("SET default_transaction_read_only = off")
        assert refusal(officer, query) == DENIED


def test_a_login_cannot_lengthen_its_own_life(shop: DirectShop, opened: Opened) -> None:
    with closing(shop.enter(opened)) as officer:
        officer.execute("SET default_transaction_read_only = off")
        for change in ("VALID UNTIL 'infinity'", "CONNECTION LIMIT 100", "CREATEROLE", "SUPERUSER"):
            assert refusal(officer, f"ALTER ROLE CURRENT_USER {change}") == DENIED


# Opening: the broker's


@pytest.mark.parametrize(
    "query",
    [
        "CREATE ROLE another LOGIN", "GRANT sandglass_shop_scope TO sandglass_shop_watch",
        "SET ROLE sandglass_shop_scope", "SELECT id FROM customers", "SELECT 1 FROM orders",
        "ALTER ROLE sandglass_shop_broker PASSWORD 'mine'",
    ],
)  # fmt: skip
def test_what_every_officer_holds_opens_nothing(shop: DirectShop, query: str) -> None:
    with closing(shop.watchman.address.connect()) as watchman:
        assert refusal(watchman, query) == DENIED


def test_an_officer_alone_makes_no_login(shop: DirectShop) -> None:
    asked, opened = shop.asked()
    broker = replace(shop.gatekeeper, address=shop.watchman.address, _keys={})
    mine = shop.allowed(asked).text()
    broker.set_key("approvers", shop.officers)
    with pytest.raises(SourceError) as caught:
        broker.open(
            asked.text(), mac(shop.officers, asked.text()),
            allowed=mine, allowed_mac=mac(shop.officers, mine),
        )  # fmt: skip
    assert caught.value.code == "source.not_permitted"
    assert all(state.grant != asked.grant for state in shop.watchman.status())
    assert refused(shop, opened)


def test_the_broker_reads_no_row_as_it_is(shop: DirectShop) -> None:
    with closing(shop.gatekeeper.address.connect()) as broker:
        assert refusal(broker, "SELECT id FROM customers") == DENIED
        assert refusal(broker, "SELECT password_hash FROM customers") == DENIED


def opening(shop: DirectShop, asked: str, allowed: Allowed | str, key: bytes | None = None) -> str:
    """Return the code with which the broker refuses two documents, the second one signed."""
    text = allowed if isinstance(allowed, str) else allowed.text()
    try:
        shop.gatekeeper.open(
            asked, mac(shop.officers, asked),
            allowed=text, allowed_mac=mac(key or shop.approvers, text),
        )  # fmt: skip
    except SourceError as error:
        return error.code
    return ""


def test_only_what_an_approver_signed_is_opened(shop: DirectShop) -> None:
    asked, opened = shop.asked()
    allowed = shop.allowed(asked)
    assert opening(shop, asked.text(), allowed, shop.officers) == "airlock.not_genuine"
    for changed in (
        replace(allowed, minutes=asked.minutes + 1),
        replace(allowed, minutes=0),
        replace(allowed, approver=asked.requester),
        replace(allowed, asked_mac=b"\0" * 32),
        allowed.text() + " ",
        "not a document",
    ):
        assert opening(shop, asked.text(), changed) == "airlock.documents_differ"
    keyless = replace(shop.gatekeeper, _keys={})
    with pytest.raises(SourceError, match=r"airlock\.no_key"):
        keyless.open(asked.text(), b"", allowed=allowed.text(), allowed_mac=b"")
    assert refused(shop, opened)


def test_a_password_in_clear_never_reaches_the_server(shop: DirectShop) -> None:
    asked, _ = shop.asked()
    clear = replace(asked, verifier="correct horse")
    assert opening(shop, clear.text(), shop.allowed(clear)) == "airlock.documents_differ"


def test_opening_again_finds_it_open_and_another_grant_of_that_name_is_refused(
    shop: DirectShop,
) -> None:
    asked, opened = shop.asked()
    allowed = shop.allowed(asked)
    assert opening(shop, asked.text(), allowed) == ""
    assert opening(shop, asked.text(), allowed) == ""
    assert opening(shop, asked.text(), replace(allowed, minutes=1)) == "airlock.spent"
    assert not refused(shop, opened)


def test_nothing_is_opened_too_late(shop: DirectShop) -> None:
    asked, _ = shop.asked()
    assert opening(shop, asked.text(), shop.allowed(asked, start_by=1)) == "airlock.too_late"
    old = replace(asked, not_after=1)
    assert opening(shop, old.text(), shop.allowed(old)) == "airlock.too_late"


def test_a_login_lasts_until_the_minutes_after_the_last_moment_to_begin(
    shop: DirectShop, opened: Opened
) -> None:
    state = shop.state(opened.grant)
    assert state.state == "open"
    assert state.deadline is not None
    assert (state.deadline - state.start_by).total_seconds() == 30 * MINUTES
    ((until_then,),) = shop.query(
        "SELECT extract(epoch FROM rolvaliduntil) FROM pg_roles WHERE rolname = %s",
        shop.names.session(opened.grant),
    )
    assert until_then == state.deadline.timestamp()


# The end


def test_no_login_after_its_last_moment_but_a_session_lives_until_it_is_swept(
    shop: DirectShop, opened: Opened
) -> None:
    with closing(shop.enter(opened)) as officer:
        shop.end_login(opened, seconds=0.1)
        until(lambda: shop.state(opened.grant).state == "closing")
        assert refused(shop, opened)
        assert officer.execute("SELECT 1").fetchone() == (1,)  # what the server does not end
        shop.gatekeeper.sweep()
        with pytest.raises(psycopg.OperationalError):
            officer.execute("SELECT 1")
    assert all(state.grant != opened.grant for state in shop.watchman.status())
    assert refused(shop, opened)


def test_sweeping_leaves_alone_what_is_not_over(shop: DirectShop, opened: Opened) -> None:
    shop.gatekeeper.sweep()
    assert not refused(shop, opened)


def test_an_end_stops_a_query_that_runs_and_is_repeatable(shop: DirectShop, opened: Opened) -> None:
    said = []
    with closing(shop.enter(opened)) as officer:

        def read() -> None:
            said.append(refusal(officer, EVERYTHING))

        reading = threading.Thread(target=read)
        reading.start()
        until(lambda: shop.sessions(opened.grant))
        state = shop.gatekeeper.end(opened.grant, reason="revoked")
        reading.join(10)
    assert said == ["57P01"]
    assert (state.state, state.sessions, state.has_role) == ("closed", 0, False)
    assert (state.ended_sessions, state.overshoot_ms) == (1, 0)
    again = shop.gatekeeper.end(opened.grant, reason="revoked")
    assert (again.state, again.has_role, again.overshoot_ms) == ("closed", False, None)
    assert refused(shop, opened)


def test_how_long_a_session_outlived_its_login_is_measured(
    shop: DirectShop, opened: Opened
) -> None:
    with closing(shop.enter(opened)):
        shop.end_login(opened, seconds=-1)
        state = shop.gatekeeper.end(opened.grant, reason="expired")
    assert state.overshoot_ms is not None
    assert state.overshoot_ms >= 1000


def test_what_a_login_made_goes_with_it(shop: DirectShop, opened: Opened) -> None:
    with closing(shop.owner()) as owner, closing(shop.enter(opened)) as officer:
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")  # as it is before PostgreSQL 15
        try:
            officer.execute("SET default_transaction_read_only = off")
            officer.execute("CREATE TABLE kept AS SELECT id, email FROM customers")
            state = shop.gatekeeper.end(opened.grant, reason="ended")
        finally:
            owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    assert (state.state, state.has_role) == ("closed", False)
    assert shop.query("SELECT FROM pg_class WHERE relname = 'kept'") == []


def test_a_hundred_grants_leave_nothing_in_the_catalogues(shop: DirectShop) -> None:
    for state in shop.watchman.status():
        shop.gatekeeper.end(state.grant, reason="ended")
    before = shop.left()
    for _ in range(100):
        opened = shop.opened()
        shop.gatekeeper.end(opened.grant, reason="ended")
    assert shop.left() == before


# Through Sandglass


def test_sandglass_reads_this_person_only_and_the_granted_fields(
    shop: DirectShop, opened: Opened
) -> None:
    with shop.as_officer(opened).open(capability()) as reader:
        rows = [row for batch in reader.read(HERS).batches for row in batch]
        assert rows == [("7", "Person 7")]
        with pytest.raises(SourceError, match=r"source\.not_granted"):
            reader.read(replace(HERS, fields=("phone",)))


def test_the_officer_s_machine_kills_its_own_key_and_an_approver_s_takes_the_role_away(
    shop: DirectShop, opened: Opened
) -> None:
    source = shop.as_officer(opened)
    with closing(shop.enter(opened)) as another, source.open(capability()):
        proof = source.end("finished")
        with pytest.raises(psycopg.OperationalError):
            another.execute("SELECT 1")
    assert (proof.refused, proof.sessions, proof.failure) == (True, 0, "")
    assert not proof.role_absent
    assert not proof.is_dead
    assert refused(shop, opened)
    state = shop.gatekeeper.end(opened.grant, reason="finished")
    assert (state.has_role, state.overshoot_ms) == (False, 0)
    assert source.end("finished").is_dead


def test_a_login_that_was_taken_away_is_said_to_have_been(shop: DirectShop, opened: Opened) -> None:
    source = shop.as_officer(opened)
    with source.open(capability()) as reader:
        shop.gatekeeper.end(opened.grant, reason="revoked")
        with pytest.raises(SourceError) as caught:
            list(reader.read(HERS).batches)
    assert caught.value.code == "source.window_closed"
    assert caught.value.values["reason"] == "stopped"
    with pytest.raises(SourceError, match=r"source\.window_closed"):
        source.open(capability())


def test_a_login_whose_last_moment_has_passed_is_said_to_be_expired(
    shop: DirectShop, opened: Opened
) -> None:
    shop.end_login(opened, seconds=-1)
    with pytest.raises(SourceError) as caught:
        shop.as_officer(opened).open(capability())
    assert caught.value.values["reason"] == "expired"


# Installing


def test_what_is_installed_is_told_and_a_right_given_by_hand_shows(shop: DirectShop) -> None:
    for state in shop.watchman.status():
        shop.gatekeeper.end(state.grant, reason="ended")
    installed = shop.watchman.installed()
    assert installed.is_as_installed
    assert installed.waits_for == ()
    assert installed.keys["officers"] == shop.verifiers.keys["officers"].hex()
    shop.opened()
    assert shop.watchman.installed().is_as_installed
    with closing(shop.owner()) as owner:
        for do, undo in (
            ("GRANT SELECT (amount) ON salaries TO sandglass_shop_scope",
             "REVOKE SELECT (amount) ON salaries FROM sandglass_shop_scope"),
            ("GRANT SELECT ON salaries TO sandglass_shop_scope",
             "REVOKE SELECT ON salaries FROM sandglass_shop_scope"),
            ("GRANT pg_read_all_data TO sandglass_shop_scope",
             "REVOKE pg_read_all_data FROM sandglass_shop_scope"),
            ("GRANT sandglass_shop_scope TO sandglass_shop_watch",
             "REVOKE sandglass_shop_scope FROM sandglass_shop_watch"),
            ("ALTER ROLE sandglass_shop_watch CREATEROLE",
             "ALTER ROLE sandglass_shop_watch NOCREATEROLE"),
        ):  # fmt: skip
            owner.execute(do)
            assert not shop.watchman.installed().is_as_installed, do
            owner.execute(undo)
    assert shop.watchman.installed().is_as_installed


def test_new_keys_are_noted(shop: DirectShop) -> None:
    new = {"officers": b"n" * 32, "approvers": b"m" * 32}
    shop.gatekeeper.rekey(new, {})
    try:
        assert shop.watchman.installed().keys["officers"] != shop.verifiers.keys["officers"].hex()
        assert shop.watchman.installed().is_as_installed
    finally:
        shop.gatekeeper.rekey(shop.verifiers.keys, {})


def test_it_holds_no_secret_and_nothing_that_runs_later(shop: DirectShop) -> None:
    text = shop.script().text()
    assert "CREATE FUNCTION" not in text.upper().replace("OR REPLACE ", "")
    assert "CREATE VIEW" not in text.upper()
    for secret in (shop.gate_password, shop.watch_password):
        assert secret.reveal() not in text
    assert "CREATEROLE" in text
    assert (
        shop.query(
            "SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
        )
        == []
    )


def test_a_changed_map_takes_columns_back_and_not_while_access_is_open(
    postgresql_server: PostgresqlServer,
) -> None:
    shop = DirectShop(postgresql_server, source="narrow", database="crm_narrow",
                      maps=(SHOP.replace("fides_key: shop", "fides_key: narrow")
                            .replace("dataset: shop", "dataset: narrow"),),
                      links={"narrow": b"k" * 32})  # fmt: skip
    shop.build()
    try:
        less = shop.maps[0].replace(
            "          - {name: amount, data_categories: [user.financial]}\n", ""
        )
        opened = shop.opened()
        with pytest.raises(SourceError, match=r"airlock\.in_use"):
            shop.install(less)
        shop.gatekeeper.end(opened.grant, reason="ended")
        shop.install(less)
        with closing(shop.enter(shop.opened())) as officer:
            assert refusal(officer, "SELECT amount FROM orders") == DENIED
            assert refusal(officer, "SELECT item FROM orders") == ""
    finally:
        shop.remove()


def test_roles_of_another_workspace_are_left_alone(shop: DirectShop) -> None:
    for state in shop.watchman.status():
        shop.gatekeeper.end(state.grant, reason="ended")
    other = DirectShop(shop.server, database=shop.database)
    with pytest.raises(SourceError, match=r"airlock\.of_another_workspace"):
        other.install()
    assert shop.watchman.installed().is_as_installed


def test_uninstalling_leaves_nothing_though_a_session_is_open(
    postgresql_server: PostgresqlServer,
) -> None:
    shop = DirectShop(postgresql_server, source="brief", database="crm_brief",
                      maps=(SHOP.replace("fides_key: shop", "fides_key: brief")
                            .replace("dataset: shop", "dataset: brief"),),
                      links={"brief": b"k" * 32})  # fmt: skip
    with closing(postgresql_server.connect()) as owner:
        before = owner.execute("SELECT count(*) FROM pg_roles").fetchall()
        owner.execute("DROP DATABASE IF EXISTS crm_brief WITH (FORCE)")
    shop.build()
    with closing(shop.enter(shop.opened())) as officer:
        shop.dba.run(shop.dba.uninstall_script("brief"))
        with pytest.raises(psycopg.OperationalError):
            officer.execute("SELECT 1")
    assert shop.query("SELECT count(*) FROM pg_roles") == before
    assert shop.query("SELECT given FROM pg_attribute, aclexplode(attacl) AS given"
                      " WHERE attrelid = 'customers'::regclass") == []  # fmt: skip
    shop.dba.run(shop.dba.uninstall_script("brief"))
    with pytest.raises(SourceError):
        shop.watchman.installed()
    with closing(postgresql_server.connect()) as owner:
        owner.execute("DROP DATABASE crm_brief WITH (FORCE)")


def test_one_way_takes_the_place_of_the_other(postgresql_server: PostgresqlServer) -> None:
    maps = (SHOP.replace("fides_key: shop", "fides_key: turn")
            .replace("dataset: shop", "dataset: turn"),)  # fmt: skip
    keys = {"officers": b"o" * 32, "approvers": b"a" * 32, "links": {"turn": b"k" * 32}}
    direct = DirectShop(postgresql_server, source="turn", database="crm_turn", maps=maps, **keys)
    strong = Shop(
        postgresql_server, source="turn", database="crm_turn", maps=maps, **keys,
        gate_password=direct.gate_password, watch_password=direct.watch_password,
    )  # fmt: skip
    direct.build()
    try:
        opened = direct.opened()
        with pytest.raises(SourceError, match=r"airlock\.in_use"):
            strong.install()
        direct.gatekeeper.end(opened.grant, reason="ended")
        assert [part.key for part in strong.script().parts][:2] == ["other_way", "roles"]
        strong.install()
        with pytest.raises(SourceError, match=r"airlock\.not_installed"):
            direct.watchman.installed()
        assert strong.watchman.installed().is_as_installed
        opened = strong.opened()
        assert [part.key for part in direct.script().parts][:2] == ["other_way", "direct_roles"]
        with pytest.raises(SourceError, match=r"airlock\.in_use"):
            direct.install()
        strong.gatekeeper.end(opened.grant, reason="ended")
        direct.install()
        assert direct.watchman.installed().is_as_installed
        with pytest.raises(SourceError, match=r"airlock\.not_installed"):
            strong.watchman.installed()
    finally:
        direct.remove()


def test_a_comment_that_is_not_ours_is_no_installation(shop: DirectShop) -> None:
    with closing(shop.owner()) as owner:
        ((about,),) = owner.execute(
            "SELECT shobj_description('sandglass_shop_scope'::regrole, 'pg_authid')"
        ).fetchall()
        try:
            for other in ("hello", "[]", json.dumps({**json.loads(about), "database": "else"})):
                owner.execute(
                    psycopg.sql.SQL("COMMENT ON ROLE sandglass_shop_scope IS {}").format(other)
                )
                with pytest.raises(SourceError, match=r"airlock\.not_installed"):
                    shop.watchman.installed()
        finally:
            owner.execute(
                psycopg.sql.SQL("COMMENT ON ROLE sandglass_shop_scope IS {}").format(about)
            )
