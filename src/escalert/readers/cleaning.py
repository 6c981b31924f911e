"""Make sure that what was read can be written again: as UTF-8, and as JSON."""

from __future__ import annotations

import math
import re
from typing import Any

DEEPEST = 100
LARGEST_INTEGER = 2**63
_SURROGATE = re.compile("[\ud800-\udfff]")


class TooDeepError(ValueError):
    """A value that is nested deeper than JSON writers accept."""


def clean_text(text: str) -> str:
    """Give the text without NUL characters and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def clean_value(value: Any, depth: int = 0) -> Any:
    """Give a value of JSON such that any JSON writer accepts it; NaN becomes None.

    Raises
    ------
    TooDeepError
        If it is nested more than a hundred levels deep.
    """
    if depth > DEEPEST:
        raise TooDeepError
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_value(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -LARGEST_INTEGER <= value < 2 * LARGEST_INTEGER:
        return str(value)
    return value
