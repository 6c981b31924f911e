"""The order of turns that a format lists by channel, or in no order."""

from __future__ import annotations

from collections.abc import Iterable

from escalert.readers.building import RawTurn
from escalert.readers.times import parse_time


def in_order(turns: Iterable[RawTurn]) -> list[RawTurn]:
    """Put turns in the order of time, by their starts or else their ends; one without either stays where it is."""
    last = 0.0
    timed: list[tuple[float, RawTurn]] = []
    for turn in turns:
        moment = parse_time(turn.start) or parse_time(turn.end)
        last = last if moment is None else moment.seconds
        timed.append((last, turn))
    return [turn for _, turn in sorted(timed, key=lambda pair: pair[0])]
