"""The demo's request played by hands, from the welcome to the audit report."""

from __future__ import annotations

import zipfile
from functools import partial
from typing import TYPE_CHECKING

from app.domain.requests import Outcome, Stage
from app.ui.dialogs.document import DocumentDialog
from app.ui.stages.review import ReviewStage
from tests.ui.studio import open_dialogs

if TYPE_CHECKING:
    from pathlib import Path

    from app.ui.shell.main_window import MainWindow
    from tests.ui.hands import Hands

_DECISIONS_AT_MOST = 60


def play(hands: Hands, window: MainWindow, folder: Path) -> None:
    """Answer the request of a new demo, leaving the package and the report in ``folder``."""
    hands.press("Open the demo")
    answer(hands, window, folder)


def answer(hands: Hands, window: MainWindow, folder: Path) -> None:
    """Answer the request of a demo that is being opened."""
    hands.wait(lambda: window.demo is not None)
    demo = window.demo
    assert demo is not None
    desk = window.seats[0].desk

    hands.press("Show me")
    hands.press("Go on to identity")
    hands.press("Identity verified")
    hands.wait(lambda: desk.casework.get(demo.request).stage is Stage.SCOPE)
    hands.press("Ask for access")
    hands.wait(lambda: desk.casework.get(demo.request).stage is Stage.APPROVAL)

    hands.press("Become Omar Haddad")
    hands.press("Approve for 30 minutes")
    hands.wait(lambda: desk.casework.get(demo.request).stage is Stage.PULL)

    hands.press("Become Nadia Roth")
    hands.press("Show me")
    hands.press("Open access and pull")
    hands.wait(lambda: desk.casework.get(demo.request).stage is Stage.REVIEW)
    review(hands, window)
    hands.press("Finish review")
    hands.wait(lambda: desk.casework.get(demo.request).stage is Stage.RESPOND)

    archive = folder / "answer.zip"
    respond(hands, archive)
    assert zipfile.ZipFile(archive).namelist()
    hands.press("Release package")
    hands.press("Release")
    hands.press("Go on to close")
    hands.press("Answered in part" if hands.sees("Answered in part") else "Answered in full")
    hands.press("Close request…")
    hands.press("Close request")
    hands.wait(lambda: not desk.casework.get(demo.request).is_open)

    report = folder / "report.pdf"
    hands.press("Audit report…")
    hands.write("Save as", str(report))
    hands.press("Make the report")
    hands.wait(lambda: any(isinstance(each, DocumentDialog) for each in open_dialogs()))
    assert report.read_bytes().startswith(b"%PDF")
    closed = desk.casework.get(demo.request)
    assert closed.outcome in {Outcome.ANSWERED, Outcome.ANSWERED_IN_PART}
    assert desk.log.facts().entries > 0


def review(hands: Hands, window: MainWindow) -> None:
    """Look at what is to be decided, cover one value, let the others go out, settle notices."""
    stage = window.findChild(ReviewStage)
    assert isinstance(stage, ReviewStage)
    hands.press("Reveal column…")
    hands.press("All columns of this collection")
    hands.press("Reveal")
    hands.press("Redact")
    for _ in range(_DECISIONS_AT_MOST):
        if stage.finish.isEnabled():
            return
        if hands.sees("Settle…"):
            hands.press("Settle…")
            hands.write("What you decided", "Looked at it.")
            hands.press("Settle")
        else:
            hands.press("Disclose")
    raise AssertionError("the review never ends")


def respond(hands: Hands, archive: Path) -> None:
    _answer_lines(hands)
    hands.press("Keep the letter")
    hands.press("Make package…")
    hands.write("Save the ZIP as", str(archive))
    hands.press("Make package")
    hands.press("I have the passphrase")


def _answer_lines(hands: Hands) -> None:
    """Say of every open line that it does not apply, until only what Sandglass answers is left."""
    hands.press("Answer the line…")
    while hands.sees("State"):
        hands.choose("State", "does not apply")
        hands.write("Text", "It does not apply here.")
        before = _open_lines(hands)
        hands.press("Answer")
        hands.wait(partial(_are_fewer, hands, before))
        hands.press("Answer the line…")


def _open_lines(hands: Hands) -> str:
    """Return how many lines are open, in the words under the checklist."""
    return next((text for text in hands.texts() if " open. Fill " in text), "")


def _are_fewer(hands: Hands, before: str) -> bool:
    return _open_lines(hands) not in {"", before}
