"""The times of Genesys Cloud: milliseconds since 1970, or from the start of the conversation, or of the leg."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from escalert.readers.building import RawTurn
from escalert.readers.times import FIRST_EPOCH_S, parse_time
from escalert.readers.words import seconds

STARTS = ("startTimeMs", "offsetMs", "offset")


class Clock:
    """Counts from the start of the conversation, whichever way a file counts.

    Attributes
    ----------
    is_absolute : bool
        Whether phrases have times since 1970.
    """

    def __init__(self, begun: Any, phrases: Iterable[dict[str, Any]]) -> None:
        starts = [start for phrase in phrases if (start := _millis(_start(phrase))) is not None]
        absolute = [start for start in starts if start >= FIRST_EPOCH_S]
        moment = parse_time(begun)
        self.is_absolute = bool(absolute)
        self._base = moment.seconds if moment and moment.since == "epoch" else min(absolute, default=0.0)

    def seconds(self, value: Any) -> float | None:
        """Give a time in milliseconds as seconds from the start; None if it is none."""
        found = _millis(value)
        # Subtraction of times since 1970 leaves noise in the last bits.
        return round(found - self._base, 3) if found is not None and found >= FIRST_EPOCH_S else found

    def span(self, phrase: dict[str, Any]) -> tuple[Any, float | None]:
        """Give the start of a phrase, or what stands there instead, and its end."""
        given = _start(phrase)
        start = self.seconds(given)
        lasts = _millis(phrase.get("duration", phrase.get("durationMs")))
        end = None if start is None or lasts is None else round(start + lasts, 3)
        return given if start is None else start, end


def legs_in_sequence(legs: Sequence[list[RawTurn]]) -> list[str]:
    """Put legs whose times count from their own start behind the leg before them; give a note for each.

    A leg that begins before the middle of the one before it cannot have followed upon it by the same clock.
    """
    notes = []
    begun, ended = 0.0, 0.0
    for number, leg in enumerate(legs):
        starts = [turn.start for turn in leg if isinstance(turn.start, float)]
        if number and starts and min(starts) < (begun + ended) / 2:
            _shift(leg, ended)
            notes.append(f"the times of leg {number} count from its own start; it was put behind the leg before it")
        starts = [turn.start for turn in leg if isinstance(turn.start, float)]
        begun = min(starts, default=begun)
        ended = max([ended, *starts, *(turn.end for turn in leg if isinstance(turn.end, float))])
    return notes


def _shift(turns: list[RawTurn], by: float) -> None:
    for turn in turns:
        if isinstance(turn.start, float):
            turn.start = round(turn.start + by, 3)
        if isinstance(turn.end, float):
            turn.end = round(turn.end + by, 3)


def _start(phrase: dict[str, Any]) -> Any:
    return next((phrase[name] for name in STARTS if phrase.get(name) is not None), None)


def _millis(value: Any) -> float | None:
    """Give milliseconds, bare or in an object that names the unit, as seconds."""
    if isinstance(value, dict):
        value = value.get("milliseconds", value.get("millis"))
    found = seconds(value, 1000)
    return found if found is not None and math.isfinite(found) else None
