"""The loop over inputs: open, recognise, read, and let one bad file or call cost itself alone."""

from __future__ import annotations

import csv
import io
import logging
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from escalert.errors import ReadProblem
from escalert.readers.documents import key_paths
from escalert.readers.duplicates import Duplicates
from escalert.readers.format import Context, Format, OnProblem, ReadOptions, Sample, UnreadableError
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
    inputs: Iterable[str | Path], options: ReadOptions | None = None, *, on_problem: OnProblem = log_problem
) -> Iterator[Call]:
    """Read calls from files of any known format, one by one.

    Parameters
    ----------
    inputs : iterable of str or Path
        Files, folders, patterns, or ``-`` for standard input.
    options : ReadOptions, optional
        How they are read.
    on_problem : callable
        Is told of every file and call that is left out or mended; logs by default.

    Yields
    ------
    Call
        With an id that no other call of this run has.

    Raises
    ------
    UsageError
        If an option is wrong; never for what the files hold.
    """
    reader = _Reader(options or ReadOptions(), on_problem)
    return reader.read(find_files(inputs, on_problem))


class _Reader:
    """Reads file after file."""

    def __init__(self, options: ReadOptions, on_problem: OnProblem) -> None:
        self._options = options
        self._roles = Roles(options.speakers)
        self._form = None if options.format is None else format_named(options.format)
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
            raise UnreadableError(_no_format(sample))
        context = Context(name, _stem(name), sample, self._roles, self._report, known_formats(), self._options)
        before, found = self._reported, False
        for call in self._calls(form, joined, context):
            found = True
            yield call
        if not found and self._reported == before:
            context.skip(None, f"no call in it; it was read as {form.name}: {form.title}")

    def _calls(self, form: Format, joined: Joined, context: Context) -> Iterator[Call]:
        if form.read_bytes is not None:
            yield from form.read_bytes(io.BufferedReader(joined), context)
            return
        lines = Lines(joined, encoding_of(joined.peek(HEAD_BYTES)))
        for call in form.read(lines, context):
            yield _with_notes(call, lines, context)
        self._finish(joined, lines, context)

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
    if binary_kind(head):
        return Sample("", whole=False, head=head)
    text = decode_head(head, encoding_of(head))
    is_whole = len(head) < HEAD_BYTES
    if is_whole and not text.strip():
        raise UnreadableError(f"damaged: {joined.damage}" if joined.damage else "an empty file; nothing to read")
    paths = key_paths(text) if text.lstrip()[:1] in ("{", "[") else frozenset()
    return Sample(text, is_whole, paths, head)


def _no_format(sample: Sample) -> str:
    if kind := binary_kind(sample.head):
        return f"{kind}; readable are transcripts as {known_formats()}"
    if sample.keys:
        keys = ", ".join(map(repr, sample.keys[:8]))
        return f"JSON with the keys {keys}, which is none of the known formats: {known_formats()}"
    return f"begins with {sample.text.strip()[:40]!r}, which is none of the known formats: {known_formats()}"


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
