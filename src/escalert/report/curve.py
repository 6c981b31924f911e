"""The customer's emotional intensity over a call, as the points of a curve."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import isfinite
from typing import Any

from escalert.records import Call, CallVerdict
from escalert.report.wording import clock, percent

LABEL = "emotional_intensity"
SPEAKERS_DRAWN = ("customer", "unknown")
POINTS = 400


def build_curve(call: Call, verdict: CallVerdict, evidence: Mapping[int, Any]) -> dict[str, Any] | None:
    """Give the curve of a call, or None where it has fewer than two points.

    Across, a point lies at thousandths of the call's time (of its turns, where times are missing);
    up, at thousandths of certainty. Turns in `evidence` are marked.
    """
    heights = _heights(call, verdict)
    if len(heights) < 2:
        return None
    starts = _starts(call)
    across = _across(starts, len(call.turns))
    return {
        "points": _thinned([(across[turn], round(1000 * height)) for turn, height in heights.items()]),
        "marks": [[turn, across[turn], round(1000 * heights[turn]) if turn in heights else None] for turn in evidence],
        "ends": [clock(starts[0]), clock(starts[-1])] if starts else ["turn 1", f"turn {len(call.turns)}"],
        "peak": percent(max(heights.values())),
    }


def _heights(call: Call, verdict: CallVerdict) -> dict[int, float]:
    return {
        score.turn: score.probabilities[LABEL]
        for score in verdict.turns or ()
        if LABEL in score.probabilities
        and 0 <= score.turn < len(call.turns)
        and call.turns[score.turn].speaker in SPEAKERS_DRAWN
    }


def _starts(call: Call) -> list[float]:
    """Give when each turn began, or nothing where the times are incomplete or run backwards."""
    starts = [turn.start_s for turn in call.turns if turn.start_s is not None and isfinite(turn.start_s)]
    forward = all(before <= after for before, after in pairwise(starts))
    return starts if len(starts) == len(call.turns) and forward and starts[-1] > starts[0] else []


def _across(starts: list[float], count: int) -> list[int]:
    if starts:
        return [round(1000 * (start - starts[0]) / (starts[-1] - starts[0])) for start in starts]
    return [round(1000 * turn / max(1, count - 1)) for turn in range(count)]


def _thinned(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the highest of neighbouring points, so that a long call keeps its peaks."""
    step = -(-len(points) // POINTS)
    return [max(points[at : at + step], key=lambda point: point[1]) for at in range(0, len(points), step)]
