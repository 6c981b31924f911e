"""Compare two classifiers on the same calls by paired bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalert.classifier import EscalationClassifier
from escalert.evaluate import predict
from escalert.metrics import Predictions, ratios
from escalert.records import WARRANTED, Call

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the present model, on the same calls.

    Attributes
    ----------
    candidate, present : float
        Each one's score: the mean of macro F1 over the labels at turn level, at call level, and of the F1 of
        ``escalation_warranted`` and ``missed``.
    low, high : float
        95 % interval of their difference.
    n_calls : int
    """

    candidate: float
    present: float
    low: float
    high: float
    n_calls: int

    @property
    def is_worse(self) -> bool:
        """Whether the candidate is worse beyond chance."""
        return self.high < 0

    def to_dict(self) -> dict[str, Any]:
        """Give plain data."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def compare(
    candidate: EscalationClassifier,
    present: EscalationClassifier,
    calls: Sequence[Call],
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare by paired bootstrap over calls (Efron and Tibshirani 1993, "An introduction to the bootstrap")."""
    whole = [replace(call, escalated=None) for call in calls if not call.is_contrast]
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(whole), np.full(len(whole), 1 / len(whole)), size=n_resamples).astype(float)
    draws[0] = 1.0
    scores = [_scores(predict(model, whole), draws) for model in (candidate, present)]
    low, high = np.percentile(scores[0] - scores[1], [2.5, 97.5])
    return Comparison(float(scores[0][0]), float(scores[1][0]), float(low), float(high), len(whole))


def _scores(predictions: dict[tuple[str, str], Predictions], draws: Floats) -> Floats:
    """Give the score of each draw of calls."""
    f1 = {key: ratios(draws @ _counts(found.annotated(), draws.shape[1]))[2] for key, found in predictions.items()}
    supported = {key for key, found in predictions.items() if np.nansum(found.target) > 0}
    groups = [
        [key for key in supported if key[0] == "turns"],
        [key for key in supported if key[0] == "calls" and ("turns", key[1]) in predictions],
        [key for key in supported if key in (("calls", WARRANTED), ("calls", "missed"))],
    ]
    return np.asarray(
        np.mean([np.mean([f1[key] for key in sorted(group)], axis=0) for group in groups if group], axis=0)
    )


def _counts(found: Predictions, n_calls: int) -> Floats:
    columns = (found.flagged * found.target, found.flagged, found.target)
    return np.column_stack([np.bincount(found.call, column, minlength=n_calls) for column in columns])
