"""Choose the cut on a probability that serves an objective best."""

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


def cuts_of(target: Floats, probability: Floats, weight: Floats | None = None) -> Cuts:
    """Weigh every cut of the grid; examples with a NaN target are passed over.

    Parameters
    ----------
    weight : ndarray, optional
        How much a false flag on each example counts; 1 by default.
    """
    known = ~np.isnan(target)
    each = np.ones(len(target)) if weight is None else weight
    flagged = probability[known][:, None] >= GRID
    hits = (flagged * target[known][:, None]).sum(axis=0)
    weighed = (flagged * np.where(target[known] == 1, 1.0, each[known])[:, None]).sum(axis=0)
    precision = np.divide(hits, weighed, out=np.ones_like(hits), where=weighed > 0)
    return Cuts(precision, hits / max(target[known].sum(), 1.0), flagged.sum(axis=0).astype(float))


def choose_threshold(
    target: Floats, probability: Floats, config: ThresholdConfig, label: str, weight: Floats | None = None
) -> float:
    """Choose the threshold of a label on out-of-fold probabilities, by the objective of the configuration.

    Returns
    -------
    float
        1 if the label never occurs.

    Raises
    ------
    UsageError
        If the label's own objective in the configuration has an unknown key or value.
    """
    settings = label_objective(config, label)
    if not np.nansum(target):
        return 1.0
    cuts = cuts_of(target, probability, weight)
    n_examples = int((~np.isnan(target)).sum())
    goal, allowed, closest = {
        "f1": (_smooth(cuts.f1), np.ones(len(GRID), bool), cuts.f1),
        "precision": (cuts.recall, cuts.precision >= settings.at_least, cuts.precision),
        "recall": (cuts.precision, cuts.recall >= settings.at_least, cuts.recall),
        "flags_per_1000": (cuts.recall, cuts.flags * 1000 <= settings.at_most * n_examples, -cuts.flags),
    }[settings.objective]
    best = np.where(allowed, goal, -1.0) if allowed.any() else closest
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
