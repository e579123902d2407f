"""The person: who she is here, her keys, and how her window looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton

from app.domain.secrets import Secret
from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.theme import Scheme
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.passphrase import passphrase_items
from app.wording.clock_days import short_day
from app.wording.people import keys_in_words
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.people import Member
    from app.services.membership import KeyFacts
    from app.ui.page import Room
    from app.ui.runner import Work


class PersonCard(Card):
    """Name, roles, certificate; where the keys rest, and what they are locked with."""

    changed = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__(_("You"))
        self._room = room
        self._keys: KeyFacts | None = None
        self._facts = Facts(label_width=104)
        self._lock = Button(_("Change the passphrase…"), self._on_lock)
        self.body.addWidget(self._facts)
        self.body.addLayout(row(self._lock, 1))

    def show_person(self, me: Member, keys: KeyFacts) -> None:
        """Show who is signed in."""
        self._keys = keys
        roles = ", ".join(in_words(ROLES, each.value) for each in sorted(me.roles))
        certificate = keys.certificate
        self._facts.show_facts(
            (_("Name"), me.name),
            (_("E-mail"), me.email),
            (_("Roles"), roles),
            (_("Keys"), keys_in_words(keys.kept_in)),
            (_("Certificate"), _("valid until {day}").format(
                day=short_day(certificate.valid_until.date())
            )),
            (_("Fingerprint"), certificate.fingerprint),
        )  # fmt: skip
        self._lock.set_text(
            _("Change the passphrase…")
            if keys.kept_in == "file"
            else _("Lock the keys with a passphrase…")
        )
        self._lock.allow("" if keys.kept_in else _("The keys are on another machine."))

    def _on_lock(self) -> None:
        keys = self._keys
        if keys is None:
            return
        has_passphrase = keys.kept_in == "file"
        old = FormItem("old", _("Passphrase until now"), "secret", is_required=True)
        membership, here = self._room.desk.membership, self._room.desk.here

        def relock(values: Mapping[str, str], _work: Work) -> None:
            before, after = values.get("old", ""), values["passphrase"]
            membership.relock(
                here,
                passphrase=Secret(before) if before else None,
                new=Secret(after) if after else None,
            )

        ask(
            self,
            self._room,
            title=_("What your keys are locked with"),
            text=_("The keys stay the same. Only how this machine keeps them changes."),
            confirm=_("Change"),
            fields=(
                *((old,) if has_passphrase else ()),
                *passphrase_items(is_required=not keys.is_keyring_usable),
            ),
            work=relock,
            done=self._on_locked,
        )

    def _on_locked(self, _nothing: object) -> None:
        self._room.tell(_("Your keys are locked anew."))
        self.changed.emit()


class AppearanceCard(Card):
    """Light, dark, or as the desktop has it."""

    changed = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__(_("Appearance"))
        self._room = room
        self._group = QButtonGroup(self)
        self.schemes = {
            Scheme.AUTO: QRadioButton(_("As the desktop has it")),
            Scheme.LIGHT: QRadioButton(_("Light")),
            Scheme.DARK: QRadioButton(_("Dark")),
        }
        for scheme, button in self.schemes.items():
            button.setAccessibleName(button.text())
            button.setChecked(scheme.value == room.scheme)
            button.setProperty("scheme", scheme.value)
            button.clicked.connect(self._on_clicked)
            self._group.addButton(button)
            self.body.addWidget(button)

    def _on_clicked(self) -> None:
        button = self._group.checkedButton()
        if button is not None:
            self._room.wear(str(button.property("scheme")))
