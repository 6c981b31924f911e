"""From what a user names (files, folders, patterns, ``-``) to the files to read."""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from escalert.errors import ReadProblem
from escalert.readers.format import OnProblem

STDIN = Path("-")
# Files that lie beside transcripts in a folder and are none; named outright, they are read.
BESIDE_TRANSCRIPTS = ("readme", "license", "licence", "notice", "changelog")
# What archivers and systems put beside files.
BESIDE_MEMBERS = "__MACOSX"
MOST_NEIGHBOURS = 20_000
PACKED_ENDINGS = re.compile(r"\.(?:gz|gzip|zst|zstd)\Z", re.I)
# The longest name of a file that systems allow, and how much of a longer path is shown.
LONGEST_STEM = 255
SHOWN_PART = 120


def find_files(inputs: Iterable[str | Path], on_problem: OnProblem) -> Iterator[Path]:
    """Find the files to read, each once.

    Parameters
    ----------
    inputs : iterable of str or Path
        Files; folders, searched through in the order of names, without hidden files; patterns such as
        ``calls/**/*.jsonl``; ``-`` for standard input.
    on_problem : callable
        Is told of inputs that are not there or hold no files.

    Yields
    ------
    Path
        ``Path("-")`` stands for standard input.
    """
    seen: set[str] = set()
    for given in [inputs] if isinstance(inputs, str | Path) else inputs:
        found = False
        for path in _files_of(given, on_problem):
            found = True
            if (real := os.path.realpath(path)) not in seen:
                seen.add(real)
                yield path
        if not found:
            on_problem(ReadProblem(shown_path(given), _why_nothing(given)))


def shown_path(path: str | Path) -> str:
    """Give a path as text that can be written as UTF-8, whatever bytes its name has."""
    return "<stdin>" if str(path) == "-" else str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def stem_of(name: str) -> str:
    """Give the name of a file without folders and endings."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    while PACKED_ENDINGS.search(last):
        last = PACKED_ENDINGS.sub("", last)
    return (shown_path(Path(last).stem).strip("<>") or name)[:LONGEST_STEM]


def shown_member(name: str) -> str:
    """Give the name of a member of an archive for a message: in one line, and not longer than a few.

    It stands as it is otherwise, even if it leads to other places (``../../etc``): nothing is written there.
    """
    short = name if len(name) <= 2 * SHOWN_PART else f"{name[:SHOWN_PART]}…{name[-SHOWN_PART:]}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape", "replace").decode() for char in short)


def is_passed_over(member: str) -> bool:
    """Tell whether a member of an archive is hidden, or lies there beside transcripts."""
    parts = [part for part in member.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    is_hidden = any(part.startswith(".") for part in parts) or BESIDE_MEMBERS in parts
    return is_hidden or _is_beside(parts[-1] if parts else "")


def _files_of(given: str | Path, on_problem: OnProblem) -> Iterator[Path]:
    path = Path(given)
    try:
        if str(given) in ("-", ""):
            yield from [STDIN] if given else []
        elif path.is_dir():
            yield from _files_below(path, on_problem)
        elif os.path.lexists(path):
            yield path
        elif glob.has_magic(str(given)):
            # Path.glob refuses absolute patterns.
            for match in sorted(glob.glob(str(given), recursive=True)):  # noqa: PTH207
                yield from _files_below(Path(match), on_problem) if Path(match).is_dir() else [Path(match)]
    except (OSError, ValueError):
        # A name that the system refuses (too long, a NUL in it) is a name of nothing.
        return


def _files_below(folder: Path, on_problem: OnProblem) -> Iterator[Path]:
    waiting = [folder]
    while waiting:
        inside = waiting.pop()
        try:
            with os.scandir(inside) as entries:
                shown = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            on_problem(ReadProblem(shown_path(inside), f"cannot be searched: {error.strerror}"))
            continue
        for entry in shown:
            if not entry.is_dir() and not _is_beside(entry.name) and (entry.is_file() or entry.is_symlink()):
                yield Path(entry.path)
        waiting += [Path(entry.path) for entry in reversed(shown) if entry.is_dir(follow_symlinks=False)]


def _is_beside(name: str) -> bool:
    return name.lower().startswith(BESIDE_TRANSCRIPTS)


def _why_nothing(given: str | Path) -> str:
    if not str(given):
        return "an empty name; name a file, a folder, a pattern or - for standard input"
    try:
        if Path(given).is_dir():
            return "no files to read in this folder"
        if glob.has_magic(str(given)):
            return "no file matches this pattern"
        return f"no such file or folder{_suggestion(Path(given))}"
    except (OSError, ValueError) as error:
        return f"not a name of a file or folder: {error}"


def _suggestion(path: Path) -> str:
    while not path.parent.is_dir() and path.parent != path:
        path = path.parent
    with os.scandir(path.parent) as entries:
        neighbours = [entry.name for entry in islice(entries, MOST_NEIGHBOURS) if not entry.name.startswith(".")]
    close = difflib.get_close_matches(path.name, neighbours, n=3, cutoff=0.6)
    names = " or ".join(shown_path(path.parent / name) for name in close)
    return f"; did you mean {names}?" if names else f"; {path.parent} has nothing of a like name"
