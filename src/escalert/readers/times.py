"""Times of every spelling, to seconds from the start of the call."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal

LONGEST_TIME = 40
LONGEST_S = 31 * 86_400.0
HALF_A_DAY_S = 43_200.0
AN_HOUR_S = 3_600.0
# No call lasts three years, and no clock of a telephone system stands before 1973.
FIRST_EPOCH_S = 1e8

_CLOCK = re.compile(
    r"(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,3}):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?\s*(?P<half>[ap]\.?m\.?)?", re.I
)
_NUMBER = re.compile(
    r"(?P<value>[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)\s*(?P<unit>ms|s|secs?|seconds?)?", re.I
)

Note = Callable[[int, str], None]
Times = list[tuple[float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, from the start of the call, of the day, or of 1970."""

    seconds: float
    since: Literal["call", "day", "epoch"] = "call"


def parse_time(value: object) -> Moment | None:
    """Understand a time; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    return _from_text(value) if isinstance(value, str) and len(value) <= LONGEST_TIME else None


def is_absent(value: object) -> bool:
    """Tell whether no time is given, which is nothing to warn of."""
    return value is None or (isinstance(value, str) and not value.strip())


def settle_times(given: Sequence[tuple[object, object]], note: Note) -> Times:
    """Turn the start and end of each turn into seconds from the start of the call.

    Parameters
    ----------
    given : sequence of pairs
        As read, in the order of the turns.
    note : callable
        Is told the index of a turn and what was mended there.
    """
    if (as_given := _in_seconds(given)) is not None:
        return as_given
    moments = [
        (_moment(start, "start", index, note), _moment(end, "end", index, note))
        for index, (start, end) in enumerate(given)
    ]
    bases = _bases(moments)
    times = [
        (_relative(start, bases, "start", index, note), _relative(end, bases, "end", index, note))
        for index, (start, end) in enumerate(moments)
    ]
    return _in_order(times, note)


def _in_seconds(given: Sequence[tuple[object, object]]) -> Times | None:
    """Give times with nothing to settle as floats: seconds from the start, in order; None if any is otherwise."""
    found: Times = []
    last = 0.0
    for start, end in given:
        if start is not None and not (isinstance(start, float) and last <= start <= LONGEST_S):
            return None
        if end is not None and not (isinstance(end, float) and (start or 0.0) <= end <= LONGEST_S):
            return None
        last = last if start is None else start
        found.append((start, end))
    return found


@lru_cache(maxsize=4096)
def _from_text(value: str) -> Moment | None:
    text = value.strip()
    if match := _NUMBER.fullmatch(text):
        number = float(match["value"].replace(",", "."))
        return _from_number(number / 1000 if (match["unit"] or "").lower() == "ms" else number)
    if match := _CLOCK.fullmatch(text):
        return _from_clock(match)
    return _from_date(text)


def _from_number(value: float) -> Moment | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value < FIRST_EPOCH_S:
        return Moment(float(value))
    unit = next((unit for top, unit in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)) if value < top), None)
    return Moment(value / unit, "epoch") if unit else None


def _from_clock(match: re.Match[str]) -> Moment | None:
    hours, minutes, seconds = match["h"], int(match["m"]), int(match["s"])
    half = (match["half"] or "").lower()[:1]
    if half and hours is None:
        hours, minutes, seconds = match["m"], seconds, 0
    if seconds >= 60 or (hours is not None and minutes >= 60) or (half and int(hours) > 12):
        return None
    whole = int(hours or 0) % (12 if half else 1000) * 3600 + minutes * 60 + seconds
    # With am or pm it is a time of day for sure, even within the first hour.
    shift = {"": 0.0, "a": 2 * HALF_A_DAY_S, "p": 3 * HALF_A_DAY_S}[half]
    return Moment(whole + shift + float(f"0.{match['f'] or 0}"), "day" if hours else "call")


def _from_date(text: str) -> Moment | None:
    try:
        date = datetime.fromisoformat(text)
        zoned = date if date.tzinfo else date.replace(tzinfo=UTC)
        return Moment(zoned.timestamp(), "epoch")
    except (ValueError, OverflowError):
        return None


def _moment(value: object, name: str, index: int, note: Note) -> Moment | None:
    if is_absent(value):
        return None
    moment = parse_time(value)
    if moment is None:
        note(index, f"{name} {str(value)[:40]!r} is not a time; left out")
    return moment


def _bases(moments: Sequence[tuple[Moment | None, Moment | None]]) -> dict[str, float]:
    known = [moment for pair in moments for moment in pair if moment is not None]
    bases: dict[str, float] = {moment.since: moment.seconds for moment in reversed(known)}
    # A transcript that starts within the hour counts from its own start; later ones show the time of day.
    if known and (known[0].since != "day" or known[0].seconds < AN_HOUR_S):
        bases["day"] = 0.0
    return {**bases, "call": 0.0}


def _relative(moment: Moment | None, bases: dict[str, float], name: str, index: int, note: Note) -> float | None:
    if moment is None:
        return None
    seconds = moment.seconds - bases[moment.since]
    if moment.since == "day" and bases["day"] and seconds < -HALF_A_DAY_S:
        seconds += 2 * HALF_A_DAY_S
    if 0 <= seconds <= LONGEST_S:
        # Epoch times lose their last bits in the subtraction.
        return seconds if moment.since == "call" else round(seconds, 6)
    fault = "before the call" if seconds < 0 else "later than any call lasts"
    note(index, f"{name} {seconds:g} s is {fault}; left out")
    return None


def _in_order(times: Times, note: Note) -> Times:
    starts = [(index, start) for index, (start, _) in enumerate(times) if start is not None]
    late = _out_of_order(starts)
    settled = []
    for index, (start, end) in enumerate(times):
        if index in late:
            note(index, "start is not in the order of the turns; its times are left out")
            start = end = None
        elif start is not None and end is not None and end < start:
            note(index, "end is before start; left out")
            end = None
        settled.append((start, end))
    return settled


def _out_of_order(starts: Sequence[tuple[int, float]]) -> set[int]:
    """Give the fewest turns without which all starts are in order (longest rising subsequence)."""
    if all(one[1] <= other[1] for one, other in pairwise(starts)):
        return set()
    tails: list[float] = []
    ends: list[int] = []
    before: list[int] = []
    for position, (_, start) in enumerate(starts):
        length = bisect_right(tails, start)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [start]
        ends[length : length + 1] = [position]
    kept, position = set(), ends[-1]
    while position >= 0:
        kept.add(starts[position][0])
        position = before[position]
    return {index for index, _ in starts} - kept
