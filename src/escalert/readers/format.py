"""What a readable format is, and what its reader is given.

To add a format: write a module with a `Format` record, and add one line to ``table.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO

from escalert.errors import EscalertError, ReadProblem
from escalert.readers.source import Lines
from escalert.readers.speakers import Roles
from escalert.records import Call

OnProblem = Callable[[ReadProblem], None]


class UnreadableError(EscalertError):
    """A file or a call that has to be left out; the text says what was found and what would do."""


@dataclass(frozen=True)
class Sample:
    """The decoded head of a file, by which its format is recognised.

    Attributes
    ----------
    text : str
        A few thousand characters, with Unix line ends.
    whole : bool
        Whether nothing comes after it.
    paths : frozenset of str
        If it is JSON: the keys of its first object and of what that holds, as dotted paths that pass over lists
        (``results.items.alternatives``), as far as the head shows them.
    head : bytes
        The bytes before decoding; of a binary file, `text` is empty.
    """

    text: str
    whole: bool = True
    paths: frozenset[str] = frozenset()
    head: bytes = b""

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the first object of a JSON file."""
        return tuple(sorted(path for path in self.paths if "." not in path))

    def has(self, *paths: str) -> bool:
        """Tell whether a JSON file shows all of these paths."""
        return self.paths.issuperset(paths)

    @cached_property
    def lines(self) -> list[str]:
        """The lines that are complete and not blank."""
        lines = self.text.split("\n")
        return [line for line in (lines if self.whole else lines[:-1] or lines) if line.strip()]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read.

    Attributes
    ----------
    speakers : mapping of str to str
        Roles of speaker labels that go before the known words, such as ``{"dana": "agent"}``.
    format : str or None
        The name of the format of all files; recognised by the content of each if None.
    agent_channel : str or None
        The channel, as the file counts it, on which the agent speaks; the others are the customer's.
    name_pattern : str or None
        A regular expression with named groups (``call_id``, ``started_at``, ``agent_id``, ``queue``, ``customer_id``)
        for what the names of files tell.
    keep : frozenset of str
        The steps of cleaning (`escalert.readers.dirt.STEPS`) that are not to be done.
    name_roles : bool
        Whether speakers whose labels tell no role are given one by what they say.
    """

    speakers: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    agent_channel: str | None = None
    name_pattern: str | None = None
    keep: frozenset[str] = frozenset()
    name_roles: bool = True


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
    options: ReadOptions = ReadOptions()

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
    vendor : str
        Whose format it is; empty for those that nobody owns.
    keeps : tuple of str
        The fields of `Call` and `Turn` that it fills beside text and speaker.
    export : str
        How to get such a file out of the vendor's console or API.
    example : str
        A few lines that it reads.
    is_recognised : bool
        Whether a speech recogniser wrote it, whose dirt `escalert.readers.dirt` cleans.
    matches : callable
        From 0 (not mine) to 1 (surely mine), judged by the head of a file.
    read : callable
        Gives the calls of a file one by one; raises `UnreadableError` if the file as a whole is.
    read_bytes : callable or None
        Does so from the bytes, of formats that are not made of lines of text; `read` is not called then.
    """

    name: str
    title: str
    description: str
    example: str
    matches: Callable[[Sample], float]
    read: Callable[[Lines, Context], Iterator[Call]]
    read_bytes: Callable[[IO[bytes], Context], Iterator[Call]] | None = None
    vendor: str = ""
    keeps: tuple[str, ...] = ()
    export: str = ""
    is_recognised: bool = False
