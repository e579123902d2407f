"""A shop in MariaDB with its airlock, and everybody who holds a secret of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from app.sources._mariadb_airlock import DbaLogin, GateKeeper, Keeper, native_hash
from app.sources._mariadb_errors import MariadbError
from tests.airlock.base import AnyShop

if TYPE_CHECKING:
    from app.domain.secrets import Secret
    from app.sources._mariadb_wire import Address, Connection, Texts
    from tests.airlock.base import Opened
    from tests.servers import MariadbServer

PEOPLE = 200
ORDERS_EACH = 5
HEAVY = PEOPLE + 1
"""Who has so many orders that reading them takes a while."""
HEAVY_ORDERS = 3000

TABLES = f"""
CREATE TABLE customers (id int PRIMARY KEY, email varchar(200), phone varchar(60),
  full_name varchar(200), password_hash char(32), risk_score decimal(12, 2));
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, item varchar(200),
  amount decimal(12, 2), internal_note text, KEY (customer_id),
  FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE `lines` (order_id int, text text, FOREIGN KEY (order_id) REFERENCES orders (id));
INSERT INTO customers SELECT seq, CONCAT('U', seq, '@Example.test'), CONCAT('+49 30 ', seq),
  CONCAT('Person ', seq), MD5(seq), seq FROM seq_1_to_{PEOPLE};
INSERT INTO orders SELECT seq, 1 + seq % {PEOPLE}, CONCAT('item ', seq), seq, CONCAT('note ', seq)
  FROM seq_1_to_{PEOPLE * ORDERS_EACH};
INSERT INTO customers VALUES ({HEAVY}, 'heavy@example.test', '+49 40 1', 'Heavy', 'x', 0);
INSERT INTO orders SELECT 100000 + seq, {HEAVY}, 'heavy item', seq, 'note'
  FROM seq_1_to_{HEAVY_ORDERS};
INSERT INTO `lines` SELECT seq, CONCAT('line ', seq) FROM seq_1_to_{PEOPLE * ORDERS_EACH};
"""


def refusal(connection: Connection, query: str, *values: object) -> str:
    """Return the SQLSTATE of ours or the number with which a statement was refused."""
    try:
        connection.run(query, *values)
    except MariadbError as error:
        return error.state if error.state.startswith("SG") else str(error.number)
    return ""


@dataclass
class MariadbShop(AnyShop):
    """The database ``crm`` of a server."""

    server: MariadbServer
    tables: str = TABLES

    def build(self) -> None:
        """Make the database anew and install the airlock."""
        with closing(self.server.connect()) as owner:
            owner.run(f"DROP DATABASE IF EXISTS {self.database}")
            owner.run(f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4")
            owner.run_script(f"USE {self.database}; {self.tables}")
        self.install()
        self.alter("UPDATE {}.about SET live_at_most = 500")

    def remove(self) -> None:
        """Take airlock and database away: logins are the whole server's."""
        self.dba.run(self.dba.uninstall_script(self.source))
        with closing(self.server.connect()) as owner:
            owner.run(f"DROP DATABASE {self.database}")

    def address(self, user: str, password: Secret, *, database: str = "") -> Address:
        return self.server.address(user=user, secret=password, database=database)

    @override
    def verifier(self, password: Secret) -> str:
        return native_hash(password)

    @property
    @override
    def dba(self) -> DbaLogin:
        login = self.server.address(database=self.database)
        return DbaLogin(login)

    @property
    @override
    def watchman(self) -> Keeper:
        return Keeper(self.address(self.names.watchman, self.watch_password), self.names)

    @property
    @override
    def gatekeeper(self) -> GateKeeper:
        return GateKeeper(self.address(self.names.gatekeeper, self.gate_password), self.names)

    def query(self, query: str, *values: object) -> list[tuple[str | None, ...]]:
        """Return what the owner of the server reads."""
        with closing(self.server.connect(self.database)) as owner:
            return [texts(row) for row in owner.run(query, *values)]

    def alter(self, statement: str, *values: object) -> None:
        """Change the ledger, as only the server's owner could."""
        with closing(self.server.connect(self.database)) as owner:
            owner.run(statement.format(self.names.schema), *values)

    def traces(self, grant: str) -> tuple[int, int]:
        """Return how many logins and ledger rows there are of a grant."""
        ((logins, entries),) = self.query(
            "SELECT (SELECT COUNT(*) FROM mysql.global_priv WHERE User = ?),"
            f" (SELECT COUNT(*) FROM {self.names.schema}.ledger WHERE grant_id = ?)",
            self.names.session(grant),
            grant,
        )
        return int(logins or 0), int(entries or 0)

    def sessions(self, grant: str) -> int:
        ((count,),) = self.query(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = ?",
            self.names.session(grant),
        )
        return int(count or 0)

    def verb(self, call: str) -> str:
        """Return the statement that calls a verb."""
        return f"CALL {self.names.schema}.{call}"

    def enter(self, opened: Opened) -> Connection:
        """Return a connection of the officer's own login: all that any client would have."""
        return self.address(self.names.session(opened.grant), opened.password).connect()

    def begun(self, **more: Any) -> tuple[Opened, Connection]:
        """Return a grant whose window is open, and a connection through it."""
        opened = self.opened(**more)
        connection = self.enter(opened)
        connection.run(self.verb("`begin`()"))
        return opened, connection

    def shorten(self, opened: Opened, seconds: float) -> None:
        """Let the window of a grant end soon, as only the owner of the ledger could."""
        self.alter(
            "UPDATE {}.ledger SET deadline = SYSDATE(6) + INTERVAL ? MICROSECOND"
            " WHERE grant_id = ?",
            round(seconds * 1_000_000),
            opened.grant,
        )


def texts(row: Texts) -> tuple[str | None, ...]:
    return tuple(None if cell is None else cell.decode() for cell in row)
