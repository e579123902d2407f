"""A made company for the demo: what its shop, its help desk and its newsletter hold.

About 500 made people, among them two who share an address, one who works here and buys here, and
messages that mention third parties. The same seed makes the same company.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

type Rows = dict[str, list[tuple[str | int | float | None, ...]]]
"""The rows of each table, as they stand in its columns."""

type _Person = tuple[str, str, str]

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
class Holdings:
    """What the made company holds, and who in it asks."""

    shop: Rows
    helpdesk: Rows
    newsletter: Rows
    people: int
    subject_name: str
    subject_email: str
    subject_phone: str
    subject_address: tuple[str, ...]


def make_holdings(*, now: datetime, seed: int = 142) -> Holdings:
    """Make them up; dates lie before ``now``."""
    dice = random.Random(seed)  # noqa: S311 - made data, not a secret
    people = [_person(dice, number) for number in range(1, _PEOPLE + 1)]
    people[0] = ("Mara Köhler", "mara.koehler@example.org", "+49 40 5550 142")
    # Jonas works here and buys here, under the same address.
    people[1] = ("Jonas Petersen", "jonas.petersen@northwind.example", "+49 40 5550 100")
    shop = _shop(people, dice=dice, now=now)
    helpdesk = _helpdesk(people, dice=dice, now=now)
    newsletter = _newsletter(people, dice=dice, now=now)
    address = ("Lindenweg 4", "20099 Hamburg")
    return Holdings(shop, helpdesk, newsletter, _PEOPLE, *people[0], address)


def _person(dice: random.Random, number: int) -> _Person:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    email = f"{first}.{last}{number}@example.org".lower()
    return f"{first} {last}", email, f"+49 30 {dice.randrange(1_000_000, 9_999_999)}"


def _moment(dice: random.Random, now: datetime, *, days: int = 700) -> str:
    at = now - timedelta(days=dice.randrange(30, days), minutes=dice.randrange(1440))
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat(" ")


def _shop(people: list[_Person], *, dice: random.Random, now: datetime) -> Rows:
    found: Rows = {"addresses": [], "customers": [], "orders": [], "order_items": []}
    order = 7000
    for number, (name, email, phone) in enumerate(people, 1):
        # The third customer lives with the first: one address row for both.
        address = 1 if number == 3 else number  # noqa: PLR2004
        if address == number:
            street = "Lindenweg 4" if number == 1 else f"{dice.choice(_STREETS)} {number % 90 + 1}"
            postcode, city = _CITIES[0] if number == 1 else dice.choice(_CITIES)
            found["addresses"].append((number, street, postcode, city))
        born = f"{dice.randrange(1950, 2005)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        joined = _moment(dice, now, days=1500)
        password = f"argon2id${dice.randbytes(12).hex()}"
        found["customers"].append(
            (number, email, name, phone, born, joined, password, address)
        )  # fmt: skip
        for _ in range(28 if number == 1 else dice.randrange(6)):
            order += 1
            _add_order(found, order, customer=number, dice=dice, now=now)
    found["staff"] = [
        (1, "petra.lang@northwind.example", "Petra Lang", "Head of support", None),
        (2, people[1][1], people[1][0], "Support agent", 1),
    ]
    return found


def _add_order(
    shop: Rows, order: int, *, customer: int, dice: random.Random, now: datetime
) -> None:
    items = [
        (order, article, dice.randrange(1, 4), price)
        for article, price in dice.sample(_ARTICLES, dice.randrange(1, 5))
    ]
    total = round(sum(quantity * price for _, _, quantity, price in items), 2)
    shop["orders"].append(
        (order, customer, _moment(dice, now), dice.choice("SDDDRC"), total, dice.choice(_PAID))
    )
    shop["order_items"] += items


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


def _helpdesk(people: list[_Person], *, dice: random.Random, now: datetime) -> Rows:
    found: Rows = {"tickets": [], "messages": []}
    conversations = [(people[0][1].title(), each) for each in _CONVERSATIONS]
    conversations += [(email, dice.choice(_OTHERS)) for _, email, _ in dice.sample(people[1:], 120)]
    for number, (email, (subject, messages)) in enumerate(conversations, 88121):
        opened = _moment(dice, now, days=600)
        found["tickets"].append((number, email, subject, opened, 2))
        at = datetime.fromisoformat(opened)
        for author, body in messages:
            at += timedelta(minutes=dice.randrange(5, 900))
            found["messages"].append((number, at.isoformat(" "), author, body))
    return found


def _newsletter(people: list[_Person], *, dice: random.Random, now: datetime) -> Rows:
    found: Rows = {"subscribers": [], "opens": []}
    for number, (_, email, _) in enumerate(people, 1):
        if number != 1 and number % 3:
            continue
        since = _moment(dice, now, days=900)[:10]
        found["subscribers"].append(
            (email, "House and garden", since, f"192.0.2.{dice.randrange(1, 254)}")
        )
        found["opens"] += [
            (email, f"2026-{issue + 1:02}", _moment(dice, now, days=360))
            for issue in range(30 if number == 1 else dice.randrange(8))
        ]
    return found
