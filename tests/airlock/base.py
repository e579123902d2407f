"""What the grounds of all engines share: who holds which secret, documents, opening."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.airlock import Allowed, Asked, blueprint, grant_id, mac
from app.domain.secrets import Secret
from app.ports.airlocks import Verifiers
from app.services.fides import map_hash, read_maps
from app.sources._airlock_script import Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ports.airlocks import Gatekeeper, GrantState, Installer, Script, Watchman

SHOP = """
dataset:
  - fides_key: shop
    name: Shop
    collections:
      - name: customers
        fields:
          - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - name: phone
            data_categories: [user.contact.phone_number]
            fides_meta: {identity: phone_number}
          - {name: full_name, data_categories: [user.name]}
          - name: password_hash
            data_categories: [user.authorization.credentials]
            meta: {sandglass: {never_disclose: true}}
      - name: orders
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta:
              references: [{dataset: shop, field: customers.id, direction: from}]
          - {name: item, data_categories: [user.behavior.purchase_history]}
          - {name: amount, data_categories: [user.financial]}
      - name: lines
        fields:
          - name: order_id
            data_categories: [system.operations]
            fides_meta:
              references: [{dataset: shop, field: orders.id, direction: from}]
          - {name: text, data_categories: [user.behavior.purchase_history]}
"""

FIELDS = {
    "customers": ("id", "email", "full_name"),
    "orders": ("id", "item", "amount"),
}


def edited(text: str, *without: str, **changes: object) -> str:
    """Return a document with other values, or without some."""
    data = {**json.loads(text), **changes}
    return json.dumps({key: value for key, value in data.items() if key not in without})


@dataclass(frozen=True)
class Opened:
    """A grant, as its officer knows it."""

    grant: str
    password: Secret
    token: str


@dataclass(kw_only=True)
class AnyShop(ABC):
    """A shop's database, with everything that its airlock's people hold."""

    source: str = "shop"
    maps: tuple[str, ...] = (SHOP,)
    """The maps of all sources; the first is this one's."""
    officers: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    approvers: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    links: Mapping[str, bytes] = field(default_factory=lambda: {"shop": secrets.token_bytes(32)})
    gate_password: Secret = field(default_factory=lambda: Secret(secrets.token_urlsafe(24)))
    watch_password: Secret = field(default_factory=lambda: Secret(secrets.token_urlsafe(24)))
    database: str = "crm"

    def __post_init__(self) -> None:
        self.names = Names.of(self.source)
        self.verifiers = Verifiers(
            self.verifier(self.gate_password),
            self.verifier(self.watch_password),
            {kind: hashlib.sha256(key).digest() for kind, key in self.keys().items()},
        )

    @abstractmethod
    def verifier(self, password: Secret) -> str:
        """Return what the engine keeps of a password."""

    @property
    @abstractmethod
    def dba(self) -> Installer: ...

    @property
    @abstractmethod
    def watchman(self) -> Watchman: ...

    @property
    @abstractmethod
    def gatekeeper(self) -> Gatekeeper: ...

    def keys(self) -> dict[str, bytes]:
        return {
            "officers": self.officers,
            "approvers": self.approvers,
            **{f"link:{name}": key for name, key in self.links.items()},
        }

    def script(self, map_text: str = "") -> Script:
        texts = (map_text or self.maps[0], *self.maps[1:])
        maps = [each for text in texts for each in read_maps(text, file="shop.yml")]
        plan = blueprint(maps[0], maps)
        return self.dba.script(plan, map_sha256=map_hash(maps[0]), verifiers=self.verifiers)

    def install(self, map_text: str = "") -> None:
        self.dba.run(self.script(map_text).text())
        for kind, key in self.keys().items():
            assert self.watchman.set_key(kind, key)

    def asked(
        self,
        name: str = "",
        *,
        person: int = 7,
        fields: Mapping[str, tuple[str, ...]] | None = None,
        minutes: int = 30,
        identities: Mapping[str, tuple[str, ...]] | None = None,
        unattested: Mapping[str, int] | None = None,
    ) -> tuple[Asked, Opened]:
        """Return what an officer asks for, and what only she knows."""
        password, token = Secret(secrets.token_urlsafe(24)), secrets.token_urlsafe(24)
        grant = grant_id("W", name or secrets.token_hex(4), self.source)
        asked = Asked(
            grant=grant,
            source=self.source,
            reference=f"W/{name or grant}",
            requester="officer",
            minutes=minutes,
            not_after=int(time.time()) + 3600,
            identities=identities or {"email": (f"u{person}@example.test",)},
            fields=fields or FIELDS,
            unattested=unattested or {},
            verifier=self.verifier(password),
            closing_sha256=hashlib.sha256(token.encode()).hexdigest(),
        )
        return asked, Opened(grant, password, token)

    def allowed(self, asked: Asked, *, minutes: int = 0, start_by: int = 0) -> Allowed:
        return Allowed(
            mac(self.officers, asked.text()),
            minutes or asked.minutes,
            start_by or int(time.time()) + 3600,
            "approver",
        )

    def let_in(self, asked: Asked, allowed: Allowed) -> None:
        """Open, as an approver does who got what the officer asked for."""
        self.gatekeeper.open(
            asked.text(),
            mac(self.officers, asked.text()),
            allowed=allowed.text(),
            allowed_mac=mac(self.approvers, allowed.text()),
        )

    def try_open(self, asked: str, allowed: str = "", *without: str, **changes: object) -> None:
        """Open with whatever documents, each with a genuine MAC unless one is given."""
        asked_mac = changes.pop("asked_mac_given", None) or mac(self.officers, asked)
        given_mac = changes.pop("allowed_mac_given", None)
        if not allowed:
            plain = Allowed(mac(self.officers, asked), 30, int(time.time()) + 3600, "approver")
            allowed = edited(plain.text(), *without, **changes)
        self.gatekeeper.open(
            asked,
            asked_mac,  # type: ignore[arg-type]
            allowed=allowed,
            allowed_mac=given_mac or mac(self.approvers, allowed),  # type: ignore[arg-type]
        )

    def state(self, grant: str) -> GrantState:
        return next(each for each in self.watchman.status() if each.grant == grant)

    def opened(self, **more: Any) -> Opened:
        """Return a grant that waits for its officer to begin."""
        asked, opened = self.asked(**more)
        self.let_in(asked, self.allowed(asked))
        return opened
