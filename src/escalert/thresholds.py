"""Choose the cut on a call's probability that serves an objective best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalert.config import ThresholdConfig
from escalert.errors import UsageError

Floats = NDArray[np.float64]
GRID = np.round(np.arange(0.02, 0.981, 0.01), 2)


@dataclass(frozen=True, slots=True)
class Cuts:
    """What each cut of `GRID` gives on some examples.

    Attributes
    ----------
    precision, recall, flags : ndarray of shape (n_cuts,)
        `flags` counts the examples at or above the cut; precision without any flag is 1.
    """

    precision: Floats
    recall: Floats
    flags: Floats

    @property
    def f1(self) -> Floats:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return np.divide(2 * self.precision * self.recall, both, out=np.zeros_like(both), where=both > 0)


def cuts_of(target: Floats, probability: Floats) -> Cuts:
    """Weigh every cut of the grid; examples with a NaN target are passed over."""
    known = ~np.isnan(target)
    flagged = probability[known][:, None] >= GRID
    hits = (flagged * target[known][:, None]).sum(axis=0)
    flags = flagged.sum(axis=0).astype(float)
    precision = np.divide(hits, flags, out=np.ones_like(hits), where=flags > 0)
    return Cuts(precision, hits / max(target[known].sum(), 1.0), flags)


def choose_threshold(
    calls: tuple[Floats, Floats], turns: tuple[Floats, Floats] | None, config: ThresholdConfig, label: str
) -> float:
    """Choose the threshold of a label on out-of-fold probabilities.

    Parameters
    ----------
    calls, turns : pair of ndarray
        Targets (1, 0, NaN) and probabilities. The objective ``f1`` weighs the F1 of calls and of turns alike;
        the others count calls, since those are what people review.

    Raises
    ------
    UsageError
        If the label's own objective in the configuration has an unknown key or value.
    """
    settings = label_objective(config, label)
    if not np.nansum(calls[0]):
        return 1.0
    in_calls = cuts_of(*calls)
    if settings.objective == "f1":
        goal = in_calls.f1 if turns is None else (in_calls.f1 + cuts_of(*turns).f1) / 2
        return float(GRID[_smooth(goal).argmax()])
    n_calls = int((~np.isnan(calls[0])).sum())
    goal, allowed = {
        "precision": (in_calls.recall, in_calls.precision >= settings.at_least),
        "recall": (in_calls.precision, in_calls.recall >= settings.at_least),
        "flags_per_1000": (in_calls.recall, in_calls.flags * 1000 <= settings.at_most * n_calls),
    }[settings.objective]
    closest = {"precision": in_calls.precision, "recall": in_calls.recall, "flags_per_1000": -in_calls.flags}
    best = np.where(allowed, goal, -1.0) if allowed.any() else closest[settings.objective]
    return float(GRID[best.argmax()])


def label_objective(config: ThresholdConfig, label: str) -> ThresholdConfig:
    """Give the objective that holds for one label."""
    own: dict[str, Any] = config.labels.get(label, {})
    try:
        return ThresholdConfig(**{**config.model_dump(exclude={"labels"}), **own})
    except ValueError as error:
        raise UsageError(f"thresholds.labels.{label}: {own!r} cannot be used; see docs/training.md") from error


def _smooth(goal: Floats, width: int = 5) -> Floats:
    """Average over neighbouring cuts, so that the best is a plateau and not a spike of chance."""
    padded = np.pad(goal, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")
