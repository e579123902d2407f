"""Beside the documents: what the package holds, and how it goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.field import Field
from app.ui.widgets.picks import Picks
from app.ui.widgets.text import Text
from app.wording.moments import bytes_in_words, moment_near

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.responses import Package
    from app.services.request_views import RequestView


class RespondSide(QWidget):
    """Cards "Package" and "Send"."""

    picked = Signal(str)
    make = Signal()
    release = Signal()
    go_on = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sizes: dict[str, str] = {}
        self._address = ""
        self._names: tuple[str, ...] = ()
        self.files = Picks(name=_("Documents of the package"))
        self.files.picked.connect(self.picked)
        self._size = Text("", "small")
        self._made = Facts(label_width=70)
        self._note = Text("", "muted")
        self.make_it = Button(_("Make package…"), self.make.emit)
        package = Card(_("Package"), margin=14)
        for part in (self.files, self._size, self._made, self._note, self.make_it):
            package.body.addWidget(part)
        self.how = QComboBox()
        for each in (
            _("Download, I deliver it"),
            _("Encrypted e-mail"),
            _("Post, on a carrier"),
            _("In person"),
        ):
            self.how.addItem(each)
        self._to = Text("")
        self._why = Text("", "muted")
        self.release_it = Button(_("Release package"), self.release.emit, kind="primary")
        self.close_it = Button(_("Go on to close"), self.go_on.emit, kind="primary")
        send = Card(_("Send"), margin=14)
        send.body.addWidget(Field(_("How"), self.how))
        for part in (self._to, self._why, self.release_it, self.close_it):
            send.body.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(column(package, send, 1, spacing=14), name=_("Package")))

    @property
    def channel(self) -> str:
        """How it goes out."""
        return self.how.currentText()

    @property
    def address(self) -> str:
        """Where it goes."""
        return self._address

    def show_documents(self, names: Sequence[str], *, chosen: str) -> None:
        """Show what the package holds."""
        self._names = tuple(names)
        self.files.show_picks([(each, each, 0, False) for each in self._names])
        self.files.setFixedHeight(34 * len(self._names) + 6)
        self.files.choose(chosen)

    def mark(self, name: str) -> None:
        """Mark the document that is shown."""
        self.files.choose(name)
        self._size.setText(self._sizes.get(name, ""))

    def show_size(self, name: str, size: int, *, pages: int) -> None:
        """Say how large the document that is shown is."""
        text = bytes_in_words(size)
        if name.endswith(".pdf") and pages:
            text += ", " + ngettext("{n} page", "{n} pages", pages).format(n=pages)
        self._sizes[name] = text
        self._size.setText(text)

    def show_view(self, view: RequestView) -> None:
        """Show the newest package, and to whom it goes."""
        package = view.packages[-1] if view.packages else None
        self._made.setVisible(package is not None)
        if package is not None:
            self._made.show_facts(*_package_facts(package, view))
        lock = _("ZIP, AES-256. The passphrase is shown once; send it by another way.")
        self._note.setText(lock if package is None or package.encrypted else _("ZIP, not locked."))
        verified = [each for each in view.request.subject.identities if each.verified]
        mails = [each for each in verified if each.kind == "email"]
        self._address = mails[0].value if mails else ", ".join(view.request.subject.address)
        where = _("To {address}, the address that was verified.")
        elsewhere = _("To {address}. This address was not verified.")
        if self._address:
            self._to.setText((where if mails else elsewhere).format(address=self._address))
        else:
            self._to.setText(_("There is no address to send it to."))
        is_released = package is not None and package.released_at is not None
        self.release_it.setVisible(not is_released)
        self.close_it.setVisible(is_released)

    def allow(self, reason: str, *, is_here: bool) -> None:
        """Let the package go, or say why not."""
        self.release_it.allow(reason)
        self._why.setText(reason if self.release_it.isVisibleTo(self) else "")
        self.make_it.allow("" if is_here else _("Packages are made at the stage Respond."))


def _package_facts(package: Package, view: RequestView) -> list[tuple[str, str]]:
    zone = view.request.timezone
    facts = [
        (_("Made"), f"{package.id}, {moment_near(package.made_at, view.now, zone)}"),
        (_("Files"), f"{package.files:,}, {bytes_in_words(package.bytes)}"),
        (_("Records"), f"{package.records:,}"),
    ]
    if package.released_at is not None:
        released = moment_near(package.released_at, view.now, zone)
        facts += [(_("Released"), released), (_("How"), package.channel)]
    return facts
