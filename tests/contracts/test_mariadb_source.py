"""The MariaDB source against the contract of all sources, and against what only it does."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any, override

import pytest

from app.domain.secrets import Secret
from app.sources.mariadb import SOURCE, MariadbSource
from tests.contracts.source_contract import Ground, SourceContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import MariadbServer

pytestmark = pytest.mark.server


class MariadbGround(Ground):
    """An empty database of a real server."""

    def __init__(self, server: MariadbServer) -> None:
        self.server = server
        self.owner = server.connect("mysql")
        self.execute(f"DROP DATABASE IF EXISTS {server.database}")
        self.execute(f"CREATE DATABASE {server.database} CHARACTER SET utf8mb4")
        self.execute(f"USE {server.database}")
        self.execute("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")

    @property
    @override
    def source(self) -> MariadbSource:
        return self.reached()

    def reached(self, **more: str) -> MariadbSource:
        source = SOURCE.connect(self.server.settings(**more), Secret(self.server.password))
        assert isinstance(source, MariadbSource)
        return source

    @override
    def execute(self, sql: str, *rows: tuple[Any, ...]) -> None:
        # Elsewhere a text has no limit.
        sql = re.sub(r"\btext\b(?=[,)])", "longtext", sql)
        if not rows:
            self.owner.run_script(sql)
            return
        self.owner.run("START TRANSACTION")
        for row in rows:
            self.owner.run(sql, *row)
        self.owner.run("COMMIT")

    @override
    def plain(self, column_type: str, cell: Any) -> Any:
        return SOURCE.decode(column_type, cell)


@pytest.fixture
def ground(mariadb_server: MariadbServer) -> Iterator[MariadbGround]:
    found = MariadbGround(mariadb_server)
    with closing(found.owner):
        yield found


class TestMariadbSource(SourceContract):
    """All of the contract, on a real server."""

    links_in_a_chain = 30  # about 40 fill the stack that the server gives a statement

    @pytest.fixture
    @override
    def endless(self, ground: Ground) -> Ground:
        """A collection whose first 2,000 rows come at once and whose end never comes."""
        ground.execute("CREATE TABLE numbers (n bigint)")
        ground.execute("INSERT INTO numbers SELECT seq FROM seq_0_to_2000")
        ground.execute(
            "CREATE VIEW endless AS"
            " SELECT 1 AS owner, n, 'a text that fills the buffer soon' AS filling FROM numbers"
            " WHERE n < 2000 OR sleep(3600 + n)"
        )
        return ground

    @override
    def test_a_huge_number_of_columns(self, ground: Ground) -> None:
        ground.execute("SET default_storage_engine = Aria")  # InnoDB ends at 1017
        super().test_a_huge_number_of_columns(ground)
