"""What can go wrong, as codes and values; the sentences live in ``app.wording.errors``."""

from __future__ import annotations

from typing import override


class AppError(Exception):
    """Something a person has to be told about.

    ``code`` is dotted (``"source.locked"``) and names a sentence. ``values`` fill that sentence and
    must never hold personal data: names of collections, counts, paths and times only.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    @override
    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.code}({details})"


class InputError(AppError):
    """What was given cannot be used; nothing was changed."""


class NotAllowedError(AppError):
    """The member, the policy or the state of things forbids it; nothing was changed."""


class NotFoundError(AppError):
    """What was asked for is not there."""


class ConflictError(AppError):
    """Somebody else was first; what they did stands."""


class SourceError(AppError):
    """A source cannot be read, or no longer."""


class StorageError(AppError):
    """The workspace database or a file cannot be read or written."""


class SecurityError(AppError):
    """A key, a seal, a signature or a chain does not hold."""
