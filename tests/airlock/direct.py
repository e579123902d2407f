"""The shop of ``ground.py`` for a DBA who installs no functions: roles alone."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, override

from app.domain.airlock import mac
from app.domain.secrets import Secret
from app.ports.airlocks import SessionKeys
from app.sources._postgresql_direct import Broker, DirectDbaLogin, DirectKeeper
from app.sources._postgresql_direct_session import DirectSource
from app.sources._window import Patience
from tests.airlock.ground import Shop

if TYPE_CHECKING:
    from app.domain.airlock import Allowed, Asked
    from tests.airlock.base import Opened


class DirectShop(Shop):
    """A shop whose grants have logins on its tables."""

    @override
    def build(self) -> None:
        with closing(self.server.connect()) as owner:
            owner.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
            owner.execute(f"CREATE DATABASE {self.database}")
        with closing(self.owner()) as owner:
            owner.execute(self.tables)
            owner.execute("CREATE TABLE salaries (name text, amount int)")
        self.install()

    @property
    @override
    def dba(self) -> DirectDbaLogin:
        return DirectDbaLogin(self.address(self.server.user, Secret(self.server.password)), "")

    @property
    @override
    def watchman(self) -> DirectKeeper:  # type: ignore[override]
        return DirectKeeper(self.address(self.names.watchman, self.watch_password), self.names)

    @property
    @override
    def gatekeeper(self) -> Broker:  # type: ignore[override]
        broker = Broker(self.address(self.names.broker, self.gate_password), self.names)
        broker.set_key("approvers", self.approvers)
        return broker

    @override
    def let_in(self, asked: Asked, allowed: Allowed) -> None:
        self.gatekeeper.open(
            asked.text(),
            mac(self.officers, asked.text()),
            allowed=allowed.text(),
            allowed_mac=mac(self.approvers, allowed.text()),
        )

    def as_officer(self, opened: Opened) -> DirectSource:
        """Return the source as this grant enters it."""
        keys = SessionKeys(opened.grant, opened.password, opened.token, self.watch_password)
        return DirectSource(
            self.address("-", Secret("")),
            self.names,
            keys,
            source=self.source,
            schema="",
            patience=Patience(),
        )

    def end_login(self, opened: Opened, *, seconds: float) -> None:
        """Let a login's last moment come soon, as only the owner of the server could."""
        role = self.names.session(opened.grant)
        with closing(self.owner()) as owner:
            ((until,),) = owner.execute(
                "SELECT (clock_timestamp() + make_interval(secs => %s))::text", [seconds]
            ).fetchall()
            owner.execute(f"ALTER ROLE {role} VALID UNTIL '{until}'")
            owner.execute(
                f"DO $$ BEGIN EXECUTE format('COMMENT ON ROLE {role} IS %L',"
                f" jsonb_set(shobj_description('{role}'::regrole, 'pg_authid')::jsonb,"
                f" '{{deadline}}', to_jsonb(extract(epoch FROM '{until}'::timestamptz)))); END $$"
            )

    def left(self) -> dict[str, int]:
        """Return how much there is in the catalogues that grants could leave something in."""
        ((roles, settings, comments, members, given),) = self.query(
            "SELECT (SELECT count(*) FROM pg_roles), (SELECT count(*) FROM pg_db_role_setting),"
            " (SELECT count(*) FROM pg_shdescription), (SELECT count(*) FROM pg_auth_members),"
            " (SELECT count(*) FROM pg_attribute a, aclexplode(a.attacl))"
        )
        return {
            "roles": roles,
            "settings": settings,
            "comments": comments,
            "members": members,
            "columns": given,
        }
