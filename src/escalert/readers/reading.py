"""The loop over inputs: open, recognise, read, and let one bad file or call cost itself alone."""

from __future__ import annotations

import csv
import logging
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from escalert.errors import ReadProblem
from escalert.readers.documents import top_keys
from escalert.readers.duplicates import Duplicates
from escalert.readers.format import Context, Format, OnProblem, Sample, UnreadableError
from escalert.readers.inputs import STDIN, find_files, shown_path
from escalert.readers.source import (
    FOREIGN_BYTES,
    HEAD_BYTES,
    MAX_LINE,
    Joined,
    Lines,
    binary_kind,
    decode_head,
    encoding_of,
    unpack,
)
from escalert.readers.speakers import Roles
from escalert.readers.table import detect, format_named, known_formats
from escalert.records import Call

# What the standard library raises on content that no check foresaw; the file is given up, the run is not.
BAD_CONTENT = (OSError, EOFError, ValueError, RecursionError, csv.Error, zlib.error)

logger = logging.getLogger("escalert")


def log_problem(problem: ReadProblem) -> None:
    """Log what was skipped or mended while reading."""
    logger.warning("%s", problem)


def read_calls(
    inputs: Iterable[str | Path],
    *,
    speakers: Mapping[str, str] | None = None,
    format: str | None = None,
    on_problem: OnProblem = log_problem,
) -> Iterator[Call]:
    """Read calls from files of any known format, one by one.

    Parameters
    ----------
    inputs : iterable of str or Path
        Files, folders, patterns, or ``-`` for standard input.
    speakers : mapping of str to str, optional
        Roles of speaker labels that go before the known words, such as ``{"dana": "agent"}``.
    format : str, optional
        The name of the format of all files; recognised by the content of each if not given.
    on_problem : callable
        Is told of every file and call that is left out or mended; logs by default.

    Yields
    ------
    Call
        With an id that no other call of this run has.

    Raises
    ------
    UsageError
        If `format` or a role in `speakers` is unknown; never for what the files hold.
    """
    form = format_named(format) if format is not None else None
    reader = _Reader(Roles(speakers), form, on_problem)
    return reader.read(find_files(inputs, on_problem))


class _Reader:
    """Reads file after file."""

    def __init__(self, roles: Roles, form: Format | None, on_problem: OnProblem) -> None:
        self._roles = roles
        self._form = form
        self._on_problem = on_problem
        self._reported = 0

    def read(self, paths: Iterable[Path]) -> Iterator[Call]:
        duplicates = Duplicates(self._report)
        for number, path in enumerate(paths):
            for call in self._file(path):
                if (kept := duplicates.resolve(call, number)) is not None:
                    yield kept

    def _file(self, path: Path) -> Iterator[Call]:
        name = shown_path(path)
        try:
            with _opened(path) as stream:
                yield from self._stream(unpack(stream), name)
        except UnreadableError as error:
            self._report(ReadProblem(name, str(error)))
        except BAD_CONTENT as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._report(ReadProblem(name, f"cannot be read: {reason or type(error).__name__}"))

    def _stream(self, joined: Joined, name: str) -> Iterator[Call]:
        sample = _sample(joined)
        form = self._form or detect(sample)
        if form is None:
            shown = sample.text.strip()[:40]
            raise UnreadableError(f"begins with {shown!r}, which is none of the known formats: {known_formats()}")
        lines = Lines(joined, encoding_of(joined.peek(HEAD_BYTES)))
        context = Context(name, _stem(name), sample, self._roles, self._report, known_formats())
        before, found = self._reported, False
        for call in form.read(lines, context):
            found = True
            yield _with_notes(call, lines, context)
        self._finish(joined, lines, context)
        if not found and self._reported == before:
            context.skip(None, f"no call in it; it was read as {form.name}: {form.title}")

    def _finish(self, joined: Joined, lines: Lines, context: Context) -> None:
        for number in lines.too_long:
            context.skip(number, f"a line of more than {MAX_LINE >> 20} MB; left out")
        if lines.first_foreign:
            context.mend(lines.first_foreign, f"{FOREIGN_BYTES}; save the file as UTF-8 if that is wrong")
        if joined.damage:
            context.skip(lines.number, f"breaks off or is damaged here ({joined.damage}); what came before was read")

    def _report(self, problem: ReadProblem) -> None:
        self._reported += 1
        self._on_problem(problem)


def _sample(joined: Joined) -> Sample:
    head = joined.peek(HEAD_BYTES)
    if kind := binary_kind(head):
        raise UnreadableError(f"{kind}, not text; readable are transcripts as {known_formats()}")
    text = decode_head(head, encoding_of(head))
    is_whole = len(head) < HEAD_BYTES
    if is_whole and not text.strip():
        raise UnreadableError(f"damaged: {joined.damage}" if joined.damage else "an empty file; nothing to read")
    return Sample(text, is_whole, top_keys(text) if text.lstrip()[:1] in ("{", "[") else ())


def _with_notes(call: Call, lines: Lines, context: Context) -> Call:
    """Add what was mended in the lines that were read for this call."""
    if not lines.notes:
        return call
    first = {message: number for number, message in reversed(lines.notes)}
    lines.notes.clear()
    notes = tuple(f"{context.where(number)}: {message}" for message, number in first.items())
    return replace(call, warnings=(*call.warnings, *notes))


def _stem(name: str) -> str:
    """Give the name of the file without folder and endings."""
    return Path(name.removesuffix(".gz")).stem.strip("<>") or name


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path != STDIN:
        with path.open("rb") as stream:
            yield stream
    elif (stdin := getattr(sys.stdin, "buffer", None)) is None:
        raise UnreadableError("standard input is not open")
    else:
        yield stdin
