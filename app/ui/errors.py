"""What a person is told about any exception; never a traceback, never a driver's message."""

from __future__ import annotations

import traceback
from pathlib import Path

from app.domain.errors import AppError
from app.i18n import _
from app.ports.progress import Cancelled
from app.wording.errors import Sentence, error_in_words


def sentence_of(error: BaseException) -> Sentence:
    """Return what happened, what is saved, and what to do next.

    The text of an exception that nobody planned for may hold a person's data: only its kind and
    the place in our code where it arose are told.
    """
    if isinstance(error, AppError):
        return error_in_words(error)
    if isinstance(error, Cancelled):
        return Sentence("cancelled", _("Stopped."), _("What was recorded stays recorded."), "")
    return Sentence(
        code=f"{type(error).__name__} {_place(error)}".strip(),
        happened=_("Something went wrong that Sandglass did not expect."),
        saved=_("What was recorded before stays recorded."),
        next_step=_("Try it again. If it happens again, report the details; they hold no data."),
    )


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
