"""Every error as people read it: what happened, what is saved, what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.errors import AppError, ConflictError, InputError, NotAllowedError, NotFoundError
from app.domain.people import Verb
from app.domain.policy import Finding
from app.i18n import _
from app.wording.clock_problems import clock_sentences, printable
from app.wording.errors_of_access import access_sentences
from app.wording.errors_of_airlocks import airlock_sentences
from app.wording.errors_of_places import place_sentences
from app.wording.errors_of_servers import login_sentences, server_sentences
from app.wording.errors_of_work import work_sentences
from app.wording.findings import finding_in_words
from app.wording.terms import VERBS, in_words


@dataclass(frozen=True)
class Sentence:
    """What a person is told about an error; ``code`` is for "Details"."""

    code: str
    happened: str
    saved: str
    next_step: str

    def text(self) -> str:
        """Return everything in one paragraph."""
        return " ".join(part for part in (self.happened, self.saved, self.next_step) if part)


_BEFORE_READING = frozenset(
    {
        "source.certificate",
        "source.login_refused",
        "source.no_database",
        "source.no_host",
        "source.not_ready",
        "source.pooled",
        "source.refused",
        "source.tls",
        "source.tls_required",
        "source.too_many_connections",
        "source.unreachable",
    }
)
"""What happens before anything was read, since no connection came about."""


class _Shown(dict[str, str]):
    """Values of an error, printable; one that is not there leaves a gap, never a failure."""

    def __missing__(self, key: str) -> str:
        return "…"


def sentences() -> dict[str, tuple[str, str]]:
    """Return, for every code, what happened and what to do next."""
    clock = {code: (text, "") for code, text in clock_sentences().items()}
    return {
        **clock,
        **access_sentences(),
        **airlock_sentences(),
        **work_sentences(),
        **place_sentences(),
        **server_sentences(),
    }


def error_in_words(error: AppError) -> Sentence:
    """Return what to tell a person about ``error``; an unknown code is said to be one."""
    values = _Shown({name: _show(value) for name, value in error.values.items()})
    known = sentences().get(error.code)
    if known is None:
        happened = _("Something went wrong that Sandglass has no words for ({code}).").format(
            code=error.code
        )
        return Sentence(error.code, happened, _saved(error), _("Please report the code."))
    happened, next_step = known
    return Sentence(
        error.code, happened.format_map(values), _saved(error), next_step.format_map(values)
    )


def _show(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_show(each) for each in value if each)
    if isinstance(value, AppError):
        return error_in_words(value).happened.rstrip(".")
    if isinstance(value, Verb):
        return in_words(VERBS, value.value)
    return printable(finding_in_words(value) if isinstance(value, Finding) else str(value))


def _saved(error: AppError) -> str:
    prefix = error.code.partition(".")[0]
    if prefix in {"clock", "proof", "file", "archive", "map"} or error.code in login_sentences():
        return ""
    if isinstance(error, ConflictError):
        return _("What the other person did stands; yours was not recorded.")
    nothing = isinstance(error, InputError | NotAllowedError | NotFoundError)
    if nothing or error.code in _BEFORE_READING:
        return _("Nothing was changed.")
    if prefix == "source":
        return _("What was read before is kept and marked incomplete.")
    if prefix == "export":
        return _("The workspace is unchanged, and no half-made file was left.")
    return _("What was recorded before stays recorded.")
