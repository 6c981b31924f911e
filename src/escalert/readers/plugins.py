"""Formats from other packages, which may be broken: what goes wrong in one costs a line, never the run."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.records import Call

GROUP = "escalert.readers"
"""Packages register a `Format` under this group of entry points."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")

logger = logging.getLogger("escalert")


def third_party_formats(taken: Iterable[str]) -> tuple[Format, ...]:
    """Load the formats that installed packages register; those that cannot be used are logged and left out.

    Parameters
    ----------
    taken : iterable of str
        The names that they may not have.
    """
    names = set(taken)
    found: list[Format] = []
    for entry in _entries():
        try:
            form = _loaded(entry, names)
        # What another package does when it is imported is anything; SystemExit is no Exception.
        except (Exception, SystemExit) as error:
            logger.warning("%s is not used: %s", _origin(entry), _line(error))
        else:
            names.add(form.name)
            found.append(_guarded(form, _origin(entry)))
    return tuple(found)


def _entries() -> list[EntryPoint]:
    try:
        return sorted(entry_points(group=GROUP), key=lambda entry: (_package(entry), entry.name))
    except Exception as error:
        logger.warning("the formats of other packages are not used; their entry points are broken: %s", _line(error))
        return []


def _loaded(entry: EntryPoint, taken: set[str]) -> Format:
    form = entry.load()
    if not isinstance(form, Format):
        raise TypeError(f"{entry.value} is {type(form).__name__} and not a Format record")
    if not isinstance(form.name, str) or not _NAME.fullmatch(form.name):
        raise ValueError(f"its name is {form.name!r}; it must be of small letters, digits and hyphens")
    if form.name in taken:
        raise ValueError(f"the name {form.name!r} is taken by another format")
    if not callable(form.matches) or not callable(form.read_bytes or form.read):
        raise TypeError("'matches' and 'read' must be functions")
    return form


def _guarded(form: Format, origin: str) -> Format:
    """Let nothing but `UnreadableError` out of a format's functions."""
    warned: set[str] = set()

    def matches(sample: Sample) -> float:
        try:
            return min(max(float(form.matches(sample)), 0.0), 1.0)
        except Exception as error:
            if not warned:
                logger.warning("%s is passed over where it fails to judge a file: %s", origin, _line(error))
                warned.add(origin)
            return 0.0

    read_bytes = None if form.read_bytes is None else _guarded_read(form.read_bytes, origin)
    return replace(form, matches=matches, read=_guarded_read(form.read, origin), read_bytes=read_bytes)


def _guarded_read(read: Callable[[Any, Context], Iterator[Call]], origin: str) -> Callable[[Any, Context], Any]:
    def guarded(content: Any, context: Context) -> Iterator[Call]:
        try:
            for call in read(content, context):
                if not isinstance(call, Call):
                    raise TypeError(f"it gave {type(call).__name__} and not a Call")
                yield call
        except (UnreadableError, OSError):
            raise
        except Exception as error:
            raise UnreadableError(f"{origin} failed here: {_line(error)}") from error

    return guarded


def _origin(entry: EntryPoint) -> str:
    return f"the reader {entry.name!r} of the package {_package(entry)!r}"


def _package(entry: EntryPoint) -> str:
    return str(getattr(entry.dist, "name", None) or "unknown")


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
