"""Everything escalert can refuse to do, as typed errors.

The library raises these; only the command line turns them into one line and an exit code.
"""

from __future__ import annotations

from dataclasses import dataclass


class EscalertError(Exception):
    """Base of all errors raised on purpose; its text is one line fit for a user."""


class UsageError(EscalertError):
    """An option, a configuration key or a value that cannot be right."""


class NothingReadError(EscalertError):
    """No call could be read from any of the inputs."""


class ModelError(EscalertError):
    """A model folder that is missing, damaged, foreign or made by other library versions."""


class DataError(EscalertError):
    """Labelled calls that cannot be trained or evaluated on."""


class MissingExtraError(EscalertError):
    """A package of an optional extra is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'escalert[{extra}]'")


@dataclass(frozen=True, slots=True)
class ReadProblem:
    """One input, or one call of it, that was skipped or mended while reading.

    Attributes
    ----------
    where : str
        ``path``, ``path:line`` or ``path:member``.
    message : str
        What was found, and what would be readable.
    skipped : bool
        True if the file or call is left out, False if it was mended and kept.
    """

    where: str
    message: str
    skipped: bool = True

    def __str__(self) -> str:
        """Give the one line that a summary shows."""
        return f"{self.where}: {self.message}"
