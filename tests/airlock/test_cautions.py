"""What everybody may do beside the airlock is named, and so is what may hide rows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wording.airlocks import caution_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.airlock.ground import Shop

import pytest

pytestmark = pytest.mark.server


@pytest.fixture
def found(shop: Shop) -> Iterator[Shop]:
    """The shop, put in order again afterwards."""
    yield shop
    with shop.owner() as owner:
        owner.execute("REVOKE ALL ON customers, orders FROM PUBLIC")
        owner.execute("REVOKE ALL (text) ON lines FROM PUBLIC")
        owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        owner.execute("ALTER TABLE orders DISABLE ROW LEVEL SECURITY")
        owner.execute("DROP FUNCTION IF EXISTS everything()")
        owner.execute("DROP SCHEMA IF EXISTS hidden CASCADE")


def cautions(shop: Shop) -> dict[str, tuple[str, ...]]:
    return {each.kind: each.names for each in shop.watchman.installed().cautions}


def test_a_database_that_gives_nothing_to_everybody_needs_no_word(shop: Shop) -> None:
    assert cautions(shop) == {}


def test_tables_that_everybody_may_read_are_named(found: Shop) -> None:
    with found.owner() as owner:
        owner.execute("GRANT SELECT ON customers TO PUBLIC")
        owner.execute("GRANT SELECT (text) ON lines TO PUBLIC")
        owner.execute("GRANT INSERT ON orders TO PUBLIC")
    assert cautions(found) == {"public_reads": ("public.customers", "public.lines")}


def test_what_nobody_reaches_is_not_named(found: Shop) -> None:
    with found.owner() as owner:
        owner.execute("CREATE SCHEMA hidden")
        owner.execute("CREATE TABLE hidden.t (x int)")
        owner.execute("GRANT SELECT ON hidden.t TO PUBLIC")
        owner.execute("CREATE FUNCTION hidden.f() RETURNS int SECURITY DEFINER"
                      " LANGUAGE sql AS 'SELECT 1'")  # fmt: skip
    assert cautions(found) == {}


def test_schemas_in_which_everybody_may_create_are_named(found: Shop) -> None:
    with found.owner() as owner:
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    assert cautions(found) == {"public_creates": ("public",)}


def test_functions_that_everybody_may_run_as_their_owner_are_named(found: Shop) -> None:
    with found.owner() as owner:
        owner.execute("CREATE FUNCTION everything() RETURNS SETOF customers SECURITY DEFINER"
                      " LANGUAGE sql AS 'SELECT * FROM customers'")  # fmt: skip
    assert cautions(found) == {"public_runs": ("public.everything()",)}
    with found.owner() as owner:
        owner.execute("REVOKE ALL ON FUNCTION everything() FROM PUBLIC")
    assert cautions(found) == {}


def test_tables_of_the_map_whose_rows_a_policy_may_hide_are_named(found: Shop) -> None:
    with found.owner() as owner:
        owner.execute("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
    (caution,) = found.watchman.installed().cautions
    assert (caution.kind, caution.names) == ("row_security", ("public.orders",))
    assert "public.orders" in caution_in_words(caution)
    # And so it is: the views run as their owner, who is not the tables'.
    _, officer = found.begun()
    assert officer.execute(f"SELECT id FROM {found.view('orders')}").fetchall() == []
    officer.close()
