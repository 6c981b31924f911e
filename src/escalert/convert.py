"""Calls → the canonical format: streamed, and whole or not at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from escalert.errors import UsageError
from escalert.readers import call_to_dict
from escalert.records import Call
from escalert.wholefile import refuse_existing, whole_file
from escalert.writers import json_bytes

ENDINGS = (".jsonl", ".jsonl.gz")


def check_call_file(path: Path, *, overwrite: bool) -> None:
    """Refuse an output that could not be written, before any work.

    Raises
    ------
    UsageError
        If its name ends in none of `ENDINGS`, or it exists and may not be replaced.
    """
    if not path.name.lower().endswith(ENDINGS):
        raise UsageError(f"{path}: calls are written as {' or '.join(ENDINGS)}, found {path.suffix or 'no ending'!r}")
    refuse_existing(path, overwrite=overwrite)


@contextmanager
def open_call_file(path: Path, *, overwrite: bool = False) -> Iterator[Callable[[Call], None]]:
    """Open a file of calls in the canonical format; it takes its name when the block ends well.

    The same calls always give the same bytes, compressed or not.

    Yields
    ------
    callable
        Appends a call.

    Raises
    ------
    UsageError
        If the file exists and may not be replaced, or cannot be written.
    """
    check_call_file(path, overwrite=overwrite)
    try:
        with ExitStack() as stack:
            temporary = stack.enter_context(whole_file(path, overwrite=overwrite))
            file = stack.enter_context(_opened(temporary, is_packed=path.suffix.lower() == ".gz"))
            yield lambda call: _write(call, file)
    except OSError as error:
        raise UsageError(f"{path} could not be written ({error.strerror or error}); nothing was changed") from error


@contextmanager
def _opened(path: Path, *, is_packed: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if not is_packed:
            yield file
            return
        # Neither name nor time in the head: what is equal packs equally.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as packed:
            yield packed  # type: ignore[misc]


def _write(call: Call, file: IO[bytes]) -> None:
    file.write(json_bytes(call_to_dict(call)) + b"\n")
