"""The recovery kit: the authority's key on paper, and how an administrator comes back with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event
from app.domain.certificates import Why
from app.domain.errors import InputError, NotAllowedError
from app.domain.people import Verb
from app.domain.recovery import kit_code, kit_lines, read_kit
from app.ports.reports import RecoveryKit
from app.services.key_exchange import exchange_keys
from app.services.scratch import exporting

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.secrets import Secret
    from app.ports.reports import ReportType
    from app.ports.security import Certificates, MemberKeys
    from app.ports.storage import Workspace
    from app.services.certifying import Certifying
    from app.services.key_exchange import Lost
    from app.services.membership import Membership
    from app.services.signed_in import SignedIn


_FILE_AT_MOST = 64 * 1024


class RecoveryKits:
    """Prints them, for administrators: they hold the same key."""

    def __init__(
        self,
        here: SignedIn,
        *,
        certifying: Certifying,
        certificates: Certificates,
        report: ReportType[RecoveryKit],
    ) -> None:
        self._here = here
        self._certifying = certifying
        self._certificates = certificates
        self._report = report

    def print(self, out: Path) -> None:
        """Write a kit to ``out``, whole or not at all, and nowhere else; the log says that."""
        with self._here.workspace.read() as unit:
            me = unit.members.get(self._here.member)
            me.must(Verb.MANAGE_MEMBERS)
            facts = unit.workspace.facts()
            short = self._certifying.shortened(self._certifying.held(unit, self._here))
            kit = RecoveryKit(
                workspace=facts,
                place=self._here.workspace.place,
                is_shared=self._here.workspace.is_shared,
                fingerprint=self._certificates.fingerprint(facts.authority_certificate),
                lines=kit_lines(short),
                code=kit_code(short),
                made_at=unit.now(),
                made_by=me,
            )
        with exporting():
            self._report.render(kit, out)
        with self._here.workspace.write() as unit:
            unit.record(
                Event(
                    Action.RECOVERY_PRINTED,
                    self._here.member,
                    object=self._here.workspace_id,
                    details={"authority": kit.fingerprint},
                )
            )
            unit.commit()


@dataclass(frozen=True)
class Recovered:
    """An administrator who is back, signed in, and what is lost with her old keys."""

    here: SignedIn
    lost: Lost


class Recovering:
    """Brings back an administrator who lost her keys and has a recovery kit."""

    def __init__(self, *, membership: Membership, certifying: Certifying, keys: MemberKeys) -> None:
        self._membership = membership
        self._certifying = certifying
        self._keys = keys

    @staticmethod
    def read(path: Path) -> str:
        """Return what a file says that holds a kit; ``InputError``: file.unreadable,
        recovery.unreadable.
        """
        try:
            with path.open("rb") as file:
                return file.read(_FILE_AT_MOST).decode("utf-8-sig")
        except OSError as error:
            raise InputError("file.unreadable", path=str(path), why=error.strerror) from None
        except UnicodeDecodeError:
            raise InputError("recovery.unreadable") from None

    def recover(
        self, workspace: Workspace, kit: str, *, member: str, passphrase: Secret | None
    ) -> Recovered:
        """Make new keys of an administrator on this machine, certify them with the kit's key, and
        sign her in. ``kit`` is what was typed, pasted or scanned of it.

        On a server ``workspace`` is opened with her own login. ``InputError``: recovery.…;
        ``SecurityError("recovery.other_workspace")``,
        ``NotAllowedError("recovery.not_administrator")``.
        """
        short = read_kit(kit)
        with workspace.read() as unit:
            who, facts = unit.members.get(member), unit.workspace.facts()
            authority = self._certifying.restored(unit, short)
        if not who.may(Verb.MANAGE_MEMBERS):
            raise NotAllowedError("recovery.not_administrator")
        self._keys.forget(facts.id, member)
        keys = self._keys.create(facts.id, member, passphrase=passphrase)
        with workspace.write() as unit:
            lost = exchange_keys(
                unit,
                self._certifying,
                authority,
                member=who,
                keys=keys,
                why=Why.RECOVERED,
                by=member,
            )
            unit.commit()
        return Recovered(self._membership.sign_in(workspace, member, passphrase=passphrase), lost)
