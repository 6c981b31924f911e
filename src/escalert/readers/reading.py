"""The loop over inputs: open, recognise, read, and let one bad file or call cost itself alone."""

from __future__ import annotations

import csv
import io
import logging
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from escalert.errors import ReadProblem
from escalert.readers.containers import Member, members_of
from escalert.readers.dirt import Cleaner, OnCleaned
from escalert.readers.documents import key_paths
from escalert.readers.duplicates import Duplicates
from escalert.readers.filenames import FileNames, with_named
from escalert.readers.format import Context, Format, OnProblem, ReadOptions, Sample, UnreadableError
from escalert.readers.inputs import STDIN, find_files, shown_path
from escalert.readers.magic import binary_kind, known_kind
from escalert.readers.roles import name_roles
from escalert.readers.source import FOREIGN_BYTES, HEAD_BYTES, MAX_LINE, Joined, Lines, decode_head, encoding_of
from escalert.readers.speakers import Roles
from escalert.readers.table import detect, format_named, known_formats
from escalert.records import Call

# What the standard library raises on content that no check foresaw; the file is given up, the run is not.
BAD_CONTENT = (OSError, EOFError, ValueError, RecursionError, csv.Error, zlib.error)

OnFile = Callable[[str, Format], None]

logger = logging.getLogger("escalert")


def log_problem(problem: ReadProblem) -> None:
    """Log what was skipped or mended while reading."""
    logger.warning("%s", problem)


def read_calls(
    inputs: Iterable[str | Path],
    options: ReadOptions | None = None,
    *,
    on_problem: OnProblem = log_problem,
    on_file: OnFile = lambda name, form: None,
    on_cleaned: OnCleaned = lambda counts: None,
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
    on_file : callable
        Is told of every file, before its first call, the name and the format that it is read as.
    on_cleaned : callable
        Is told of every call with recogniser's dirt, how much was cleaned by the name of the step.

    Yields
    ------
    Call
        With an id that no other call of this run has.

    Raises
    ------
    UsageError
        If an option is wrong; never for what the files hold.
    """
    reader = _Reader(options or ReadOptions(), on_problem, on_file, on_cleaned)
    return reader.read(find_files(inputs, on_problem))


class _Reader:
    """Reads file after file."""

    def __init__(self, options: ReadOptions, on_problem: OnProblem, on_file: OnFile, on_cleaned: OnCleaned) -> None:
        self._options = options
        self._roles = Roles(options.speakers)
        self._form = None if options.format is None else format_named(options.format)
        self._names = FileNames(options.name_pattern)
        self._cleaner = Cleaner(options.keep, on_cleaned)
        self._on_problem = on_problem
        self._on_file = on_file
        self._reported = 0
        self._number = 0

    def read(self, paths: Iterable[Path]) -> Iterator[Call]:
        duplicates = Duplicates(self._report)
        for path in paths:
            for call in self._input(path):
                if (kept := duplicates.resolve(call, self._number)) is not None:
                    yield kept

    def _input(self, path: Path) -> Iterator[Call]:
        name = shown_path(path)
        with self._costing_itself(name), _opened(path) as joined:
            for member in members_of(joined, name, self._report):
                self._number += 1
                with self._costing_itself(member.name):
                    yield from self._file(member)

    @contextmanager
    def _costing_itself(self, name: str) -> Iterator[None]:
        """Report what is wrong with a file, and go on."""
        try:
            yield
        except UnreadableError as error:
            self._report(ReadProblem(name, str(error)))
        except BAD_CONTENT as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._report(ReadProblem(name, f"cannot be read: {reason or type(error).__name__}"))

    def _file(self, member: Member) -> Iterator[Call]:
        sample = _sample(member.content)
        form = self._form or detect(sample)
        self._on_file(member.name, form)
        named = self._named(member.name)
        stem = named.get("call_id") or member.stem
        context = Context(member.name, stem, sample, self._roles, self._report, known_formats(), self._options)
        before, found = self._reported, False
        for call in self._calls(form, member.content, context):
            found = True
            cleaned = self._cleaner.clean(call) if form.is_recognised else call
            yield with_named(name_roles(cleaned) if self._options.name_roles else cleaned, named)
        if not found and self._reported == before:
            context.skip(None, f"no call in it; it was read as {form.name}: {form.title}")

    def _calls(self, form: Format, joined: Joined, context: Context) -> Iterator[Call]:
        if form.read_bytes is not None:
            yield from form.read_bytes(io.BufferedReader(joined), context)
            if joined.damage:
                context.skip(None, f"breaks off or is damaged ({joined.damage}); what came before was read")
            return
        if kind := known_kind(joined.peek(HEAD_BYTES)):
            raise UnreadableError(f"{kind}, and not {form.name}")
        lines = Lines(joined, encoding_of(joined.peek(HEAD_BYTES)))
        try:
            for call in form.read(lines, context):
                yield _with_notes(call, lines, context)
        except UnreadableError as error:
            raise UnreadableError(
                f"{error}; the file is damaged ({joined.damage})" if joined.damage else str(error)
            ) from error
        self._finish(joined, lines, context)

    def _named(self, name: str) -> dict[str, str]:
        named = self._names.fields(name)
        if self._names.is_given and not named:
            self._report(ReadProblem(name, "the name does not fit the name pattern; nothing is taken from it", False))
        return named

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


def _with_notes(call: Call, lines: Lines, context: Context) -> Call:
    """Add what was mended in the lines that were read for this call."""
    if not lines.notes:
        return call
    first = {message: number for number, message in reversed(lines.notes)}
    lines.notes.clear()
    notes = tuple(f"{context.where(number)}: {message}" for message, number in first.items())
    return replace(call, warnings=(*call.warnings, *notes))


@contextmanager
def _opened(path: Path) -> Iterator[Joined]:
    if path != STDIN:
        with path.open("rb") as stream:
            yield Joined(stream, stream if stream.seekable() else None)
    elif (stdin := getattr(sys.stdin, "buffer", None)) is None:
        raise UnreadableError("standard input is not open")
    else:
        yield Joined(stdin)
