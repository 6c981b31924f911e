"""JSON as Google's services write it, in either spelling of names and with either form of durations."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from escalert.readers.times import parse_time
from escalert.readers.words import seconds


def field_of(message: dict[str, Any], name: str) -> Any:
    """Give a field named in camel case (REST, console), or else in snake case (the Python client)."""
    value = message.get(name)
    return message.get(_snake(name)) if value is None else value


def duration_s(value: Any) -> float | None:
    """Read ``"1.400s"``, ``{"seconds": 1, "nanos": 400000000}`` or a number of seconds; None if it is none of them."""
    if isinstance(value, str):
        # Words come by the million, and a number is found faster without the unit.
        return seconds(value[:-1] if value[-1:] == "s" else value)
    if not isinstance(value, dict):
        return seconds(value)
    # A part that is zero is left out.
    whole, nanos = seconds(value.get("seconds", 0)), seconds(value.get("nanos", 0), 1e9)
    return None if whole is None or nanos is None else whole + nanos


def epoch_s(value: Any) -> float | None:
    """Read a point in time, as a text or as ``{"seconds": …}``, as seconds since 1970; None if it is none."""
    moment = parse_time(duration_s(value) if isinstance(value, dict) else _without_zone_name(value))
    return moment.seconds if moment is not None and moment.since == "epoch" else None


@lru_cache(maxsize=128)
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _without_zone_name(value: Any) -> Any:
    """BigQuery writes ``2026-03-02 14:05:11 UTC``."""
    return value.removesuffix(" UTC") if isinstance(value, str) else value
