"""One shop with its airlock for each module; every test makes grants of its own."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.airlock.ground import Shop
from tests.airlock.mariadb_ground import MariadbShop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.airlock.ground import Connection
    from tests.servers import MariadbServer, PostgresqlServer


@pytest.fixture(scope="module")
def shop(postgresql_server: PostgresqlServer) -> Iterator[Shop]:
    """The shop, taken away afterwards: its roles are the whole server's."""
    built = Shop(postgresql_server)
    built.build()
    yield built
    built.remove()


@pytest.fixture(scope="module")
def mariadb_shop(mariadb_server: MariadbServer) -> Iterator[MariadbShop]:
    """The same in MariaDB."""
    built = MariadbShop(mariadb_server)
    built.build()
    yield built
    built.remove()


@pytest.fixture
def officer(shop: Shop) -> Iterator[Connection]:
    """The officer of person 7, her window open."""
    _, connection = shop.begun()
    with closing(connection):
        yield connection
