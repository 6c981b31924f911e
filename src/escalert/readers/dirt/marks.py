"""Marks in brackets that are no speech: what stands for masked words, and for noises."""

from __future__ import annotations

import re
from collections.abc import Callable

BRACKETED = re.compile(r"(?P<open>[\[<({])\s*(?P<inside>[A-Za-z][A-Za-z _/'-]{0,48}?)[ _-]?\d{0,3}\s*/?[\])>}]")
_BETWEEN = re.compile(r"[\s_/-]+")
_SPACES = re.compile(r"\s{2,}")
_BEFORE_COMMA = re.compile(r"\s+(?=[,.;:!?](?:\s|$))")

Reading = Callable[[str, tuple[str, ...]], str | None]


def read_marks(text: str, reading: Reading) -> tuple[str, int]:
    """Replace the marks in brackets that are understood.

    Parameters
    ----------
    reading : callable
        Is given the opening bracket and the words inside, in lower case; says what is to stand there, or None if the
        mark is to be left alone.

    Returns
    -------
    tuple
        The text, and how many marks it changed.
    """
    count = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal count
        instead = reading(found["open"], tuple(_BETWEEN.split(found["inside"].lower().strip(" _/-"))))
        if instead is None or instead == found[0]:
            return found[0]
        count += 1
        return instead

    return BRACKETED.sub(replaced, text), count


def tidy(text: str) -> str:
    """Close the gaps that were left where something was taken out."""
    return _BEFORE_COMMA.sub("", _SPACES.sub(" ", text)).strip()
