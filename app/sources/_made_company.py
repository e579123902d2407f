"""A made company for the demo: a shop, a help desk and a newsletter as SQLite files.

About 500 made people, among them two who share an address, one who works here and buys here, and
messages that mention third parties. The same seed makes the same company.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.domain.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_PEOPLE = 500
_FIRST = (
    "Mara",
    "Jonas",
    "Leyla",
    "Omar",
    "Nadia",
    "Tom",
    "Ines",
    "Karl",
    "Ada",
    "Emil",
    "Rosa",
    "Paul",
    "Lena",
    "Amir",
    "Sofia",
    "Ben",
    "Clara",
    "Yusuf",
    "Greta",
    "Felix",
    "Hanna",
    "Ivan",
    "Julia",
    "Kofi",
    "Lotte",
    "Max",
    "Nora",
    "Oskar",
    "Pia",
    "Rafael",
)
_LAST = (
    "Brandt",
    "Keller",
    "Okafor",
    "Petersen",
    "Yilmaz",
    "Schmidt",
    "Novak",
    "Rossi",
    "Haddad",
    "Lindqvist",
    "Garcia",
    "Weber",
    "Martin",
    "Duarte",
    "Kowalski",
    "Jansen",
    "Bauer",
    "Silva",
    "Nguyen",
    "Fischer",
    "Moreau",
    "Larsen",
    "Popescu",
    "Vogel",
    "Costa",
)
_STREETS = (
    "Lindenweg",
    "Hafenstrasse",
    "Marktplatz",
    "Gartenstrasse",
    "Ahornallee",
    "Bergweg",
    "Seestrasse",
)
_CITIES = (("20099", "Hamburg"), ("10115", "Berlin"), ("80331", "Muenchen"), ("50667", "Koeln"))
_ARTICLES = (
    ("Desk lamp", 34.9), ("Notebook, ruled", 4.5), ("Tea pot", 27.0), ("Wool blanket", 59.0),
    ("Garden shears", 22.4), ("Rain jacket", 89.95), ("Bread knife", 31.2), ("Bicycle bell", 9.9),
)  # fmt: skip
_PAID = ("card ending 4471", "invoice", "bank transfer")


@dataclass(frozen=True)
class MadeCompany:
    """Where the made company is, and who in it asks."""

    sources: dict[str, Path]
    """Source key to SQLite file; the map of each is in ``resources/demo/<key>.yml``."""
    people: int
    subject_name: str
    subject_email: str
    subject_phone: str
    subject_address: tuple[str, ...]


def make_company(folder: Path, *, now: datetime, seed: int = 142) -> MadeCompany:
    """Write the three sources into ``folder``; dates lie before ``now``.

    ``StorageError``: export.disk_full, export.failed.
    """
    dice = random.Random(seed)  # noqa: S311 - made data, not a secret
    folder.mkdir(parents=True, exist_ok=True)
    sources = {key: folder / f"{key}.sqlite" for key in ("shop", "helpdesk", "newsletter")}
    people = [_person(dice, number) for number in range(1, _PEOPLE + 1)]
    people[0] = ("Mara Köhler", "mara.koehler@example.org", "+49 40 5550 142")
    # Jonas works here and buys here, under the same address.
    people[1] = ("Jonas Petersen", "jonas.petersen@northwind.example", "+49 40 5550 100")
    try:
        with closing(sqlite3.connect(sources["shop"])) as shop:
            _fill_shop(shop, people, dice=dice, now=now)
        with closing(sqlite3.connect(sources["helpdesk"])) as helpdesk:
            _fill_helpdesk(helpdesk, people, dice=dice, now=now)
        with closing(sqlite3.connect(sources["newsletter"])) as newsletter:
            _fill_newsletter(newsletter, people, dice=dice, now=now)
    except sqlite3.Error as error:
        if error.sqlite_errorname in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}:
            raise StorageError("export.disk_full") from None
        raise StorageError("export.failed", what=error.sqlite_errorname) from None
    name, email, phone = people[0]
    address = ("Lindenweg 4", "20099 Hamburg")
    return MadeCompany(sources, _PEOPLE, name, email, phone, address)


def _person(dice: random.Random, number: int) -> tuple[str, str, str]:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    email = f"{first}.{last}{number}@example.org".lower()
    return f"{first} {last}", email, f"+49 30 {dice.randrange(1_000_000, 9_999_999)}"


def _moment(dice: random.Random, now: datetime, *, days: int = 700) -> str:
    at = now - timedelta(days=dice.randrange(30, days), minutes=dice.randrange(1440))
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat(" ")


def _fill_shop(
    shop: sqlite3.Connection,
    people: list[tuple[str, str, str]],
    *,
    dice: random.Random,
    now: datetime,
) -> None:
    shop.executescript(
        """
        CREATE TABLE addresses(id INTEGER PRIMARY KEY, street TEXT, postcode TEXT, city TEXT);
        CREATE TABLE customers(id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT,
          phone TEXT, born DATE, joined_at DATETIME, password_hash TEXT,
          address_id INTEGER REFERENCES addresses);
        CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers,
          placed_at DATETIME, status CHAR(1), total NUMERIC(10,2), paid_with TEXT);
        CREATE INDEX orders_customer ON orders(customer_id);
        CREATE TABLE order_items(order_id INTEGER REFERENCES orders, article TEXT,
          quantity INTEGER, price NUMERIC(10,2));
        CREATE INDEX order_items_order ON order_items(order_id);
        CREATE TABLE staff(id INTEGER PRIMARY KEY, email TEXT, name TEXT, role TEXT,
          manager_id INTEGER REFERENCES staff);
        """
    )
    order = 7000
    for number, (name, email, phone) in enumerate(people, 1):
        # The third customer lives with the first: one address row for both.
        address = 1 if number == 3 else number  # noqa: PLR2004
        if address == number:
            street = "Lindenweg 4" if number == 1 else f"{dice.choice(_STREETS)} {number % 90 + 1}"
            postcode, city = _CITIES[0] if number == 1 else dice.choice(_CITIES)
            shop.execute("INSERT INTO addresses VALUES(?,?,?,?)", (number, street, postcode, city))
        born = f"{dice.randrange(1950, 2005)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        shop.execute(
            "INSERT INTO customers VALUES(?,?,?,?,?,?,?,?)",
            (number, email, name, phone, born, _moment(dice, now, days=1500),
             f"argon2id${dice.randbytes(12).hex()}", address),
        )  # fmt: skip
        for _ in range(28 if number == 1 else dice.randrange(6)):
            order += 1
            _add_order(shop, order, customer=number, dice=dice, now=now)
    staff: list[tuple[int, str, str, str, int | None]] = [
        (1, "petra.lang@northwind.example", "Petra Lang", "Head of support", None),
        (2, people[1][1], people[1][0], "Support agent", 1),
    ]
    shop.executemany("INSERT INTO staff VALUES(?,?,?,?,?)", staff)
    shop.commit()


def _add_order(
    shop: sqlite3.Connection, order: int, *, customer: int, dice: random.Random, now: datetime
) -> None:
    items = [
        (order, article, dice.randrange(1, 4), price)
        for article, price in dice.sample(_ARTICLES, dice.randrange(1, 5))
    ]
    total = round(sum(quantity * price for _, _, quantity, price in items), 2)
    shop.execute(
        "INSERT INTO orders VALUES(?,?,?,?,?,?)",
        (order, customer, _moment(dice, now), dice.choice("SDDDRC"), total, dice.choice(_PAID)),
    )
    shop.executemany("INSERT INTO order_items VALUES(?,?,?,?)", items)


type _Conversation = tuple[str, tuple[tuple[str, str], ...]]

_CONVERSATIONS: tuple[_Conversation, ...] = (
    ("Parcel missing", (
        ("C", "Hello, my parcel has not arrived. Please call me on +49 40 5550 142."),
        ("A", "Your neighbour Herr Brandt signed for it on 11 March."),
        ("C", "Thank you, found it."),
    )),
    ("Refund", (
        ("C", "One lamp came broken. Can I have my money back?"),
        ("A", "Driver note: dog on the property, ask for Frau Okafor, +49 40 5550 977."),
        ("A", "Refund of 34.90 EUR to card ending 4471."),
    )),
    ("Change of address", (
        ("C", "We have moved to Lindenweg 4. Same flat as Leyla."),
        ("A", "Done. Anything else?"),
        ("C", "No, thank you."),
    )),
)  # fmt: skip
_OTHERS: tuple[_Conversation, ...] = (
    ("Where is my order", (("C", "When will it come?"), ("A", "Tomorrow."))),
    ("Invoice", (("C", "Please send the invoice again."), ("A", "It is on its way."))),
)


def _fill_helpdesk(
    helpdesk: sqlite3.Connection,
    people: list[tuple[str, str, str]],
    *,
    dice: random.Random,
    now: datetime,
) -> None:
    helpdesk.executescript(
        """
        CREATE TABLE tickets(number INTEGER PRIMARY KEY, requester_email TEXT, subject TEXT,
          opened_at DATETIME, agent_id INTEGER);
        CREATE TABLE messages(ticket INTEGER REFERENCES tickets, written_at DATETIME,
          author CHAR(1), body TEXT);
        CREATE INDEX messages_ticket ON messages(ticket);
        """
    )
    conversations = [(people[0][1].title(), each) for each in _CONVERSATIONS]
    conversations += [(email, dice.choice(_OTHERS)) for _, email, _ in dice.sample(people[1:], 120)]
    for number, (email, (subject, messages)) in enumerate(conversations, 88121):
        opened = _moment(dice, now, days=600)
        helpdesk.execute(
            "INSERT INTO tickets VALUES(?,?,?,?,?)", (number, email, subject, opened, 2)
        )
        at = datetime.fromisoformat(opened)
        for author, body in messages:
            at += timedelta(minutes=dice.randrange(5, 900))
            helpdesk.execute(
                "INSERT INTO messages VALUES(?,?,?,?)", (number, at.isoformat(" "), author, body)
            )
    helpdesk.commit()


def _fill_newsletter(
    newsletter: sqlite3.Connection,
    people: list[tuple[str, str, str]],
    *,
    dice: random.Random,
    now: datetime,
) -> None:
    newsletter.executescript(
        """
        CREATE TABLE subscribers(email TEXT PRIMARY KEY, list TEXT, since DATE,
          confirmed_from TEXT);
        CREATE TABLE opens(subscriber TEXT REFERENCES subscribers, issue TEXT, opened_at DATETIME);
        CREATE INDEX opens_subscriber ON opens(subscriber);
        """
    )
    for number, (_, email, _) in enumerate(people, 1):
        if number != 1 and number % 3:
            continue
        since = _moment(dice, now, days=900)[:10]
        newsletter.execute(
            "INSERT INTO subscribers VALUES(?,?,?,?)",
            (email, "House and garden", since, f"192.0.2.{dice.randrange(1, 254)}"),
        )
        for issue in range(30 if number == 1 else dice.randrange(8)):
            newsletter.execute(
                "INSERT INTO opens VALUES(?,?,?)",
                (email, f"2026-{issue + 1:02}", _moment(dice, now, days=360)),
            )
    newsletter.commit()
