"""Points in time that files give in numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from escalert.readers.times import parse_time


def iso_time(value: Any) -> str | None:
    """Give a point in time, be it Unix time in any unit or ISO 8601, as ISO 8601; None if it is none."""
    moment = parse_time(value)
    if moment is None or moment.since != "epoch":
        return None
    if isinstance(value, str) and not value.strip().isdigit():
        return value.strip()
    exact = "seconds" if moment.seconds.is_integer() else "milliseconds"
    return datetime.fromtimestamp(moment.seconds, UTC).isoformat(timespec=exact).replace("+00:00", "Z")
