"""What recognisers write of a word or an utterance beside who spoke."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from escalert.readers.words import Word, seconds

SECONDS = ("start", "end", 1.0)
MILLISECONDS = ("start", "end", 1000.0)


def measures(record: dict[str, Any], *names: str) -> dict[str, float]:
    """Give those of these members that are numbers, be it as text, such as how sure the recogniser is."""
    found = {}
    for name in names:
        value = seconds(record.get(name))
        if value is not None and math.isfinite(value):
            found[name] = value
    return found


def spoken(record: dict[str, Any], *names: str) -> str:
    """Give the first of these members that is a text and not blank; empty if there is none."""
    for name in names:
        text = record.get(name)
        if isinstance(text, str) and text.strip():
            return text
    return ""


def words_of(
    items: Iterable[dict[str, Any]],
    names: tuple[str, ...],
    speaker: Callable[[dict[str, Any]], object],
    times: tuple[str, str, float] = SECONDS,
) -> list[Word]:
    """Give the words in a list of objects; those without text are passed over.

    Parameters
    ----------
    names : tuple of str
        The members that may hold the text, the better first.
    speaker : callable
        Says of an object who spoke it.
    times : tuple
        The members that hold start and end, and how many of their unit make a second.
    """
    start, end, unit = times
    return [
        Word(speaker(item), text, seconds(item.get(start), unit), seconds(item.get(end), unit))
        for item in items
        if (text := spoken(item, *names))
    ]
