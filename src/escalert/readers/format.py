"""What a readable format is, and what its reader is given.

To add a format: write a module with a `Format` record, and add one line to ``table.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from escalert.errors import EscalertError, ReadProblem
from escalert.readers.source import Lines
from escalert.readers.speakers import Roles
from escalert.records import Call

OnProblem = Callable[[ReadProblem], None]


class UnreadableError(EscalertError):
    """A file or a call that has to be left out; the text says what was found and what would do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The decoded head of a file, by which its format is recognised.

    Attributes
    ----------
    text : str
        A few thousand characters, with Unix line ends.
    whole : bool
        Whether nothing comes after it.
    keys : tuple of str
        If it is JSON: the keys of the first object, as far as the head shows them.
    """

    text: str
    whole: bool = True
    keys: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The lines that are complete and not blank."""
        lines = self.text.split("\n")
        return [line for line in (lines if self.whole else lines[:-1] or lines) if line.strip()]


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader needs to know beside the text.

    Attributes
    ----------
    path : str
        How messages name the file.
    stem : str
        The call id if the file holds none.
    known_formats : str
        Their names, for messages about files that are in none of them.
    """

    path: str
    stem: str
    sample: Sample
    roles: Roles
    on_problem: OnProblem
    known_formats: str = ""

    def where(self, line: int | None = None) -> str:
        """Give ``path:line``."""
        return self.path if line is None else f"{self.path}:{line}"

    def skip(self, line: int | None, message: str) -> None:
        """Report something that is left out."""
        self.on_problem(ReadProblem(self.where(line), message))

    def mend(self, line: int | None, message: str) -> None:
        """Report something that is put right and kept."""
        self.on_problem(ReadProblem(self.where(line), message, skipped=False))


@dataclass(frozen=True, slots=True)
class Format:
    """One readable format.

    Attributes
    ----------
    name : str
        What ``--format`` calls it.
    example : str
        A few lines that it reads.
    matches : callable
        From 0 (not mine) to 1 (surely mine), judged by the head of a file.
    read : callable
        Gives the calls of a file one by one; raises `UnreadableError` if the file as a whole is.
    """

    name: str
    title: str
    description: str
    example: str
    matches: Callable[[Sample], float]
    read: Callable[[Lines, Context], Iterator[Call]]
