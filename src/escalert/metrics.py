"""Figures of merit for probabilities and flags, with intervals by bootstrap over calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

Floats = NDArray[np.float64]
N_BINS = 10


@dataclass(frozen=True)
class Metrics:
    """How well one label is predicted.

    Attributes
    ----------
    support, n : int
        Examples that bear the label, and all annotated ones.
    precision, recall, f1 : float
        Of the flags at the model's threshold.
    average_precision : float
        Of the ranking, whatever the threshold; NaN without support.
    brier : float
        Mean squared error of the probability (Brier 1950).
    calibration_error : float
        Expected calibration error over ten equal bins (Guo et al. 2017, "On calibration of modern neural networks").
    intervals : dict of str to (float, float)
        95 % percentile intervals, calls drawn with replacement.
    """

    support: int
    n: int
    precision: float
    recall: float
    f1: float
    average_precision: float
    brier: float
    calibration_error: float
    intervals: dict[str, tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, NaN as None."""
        found = {name: _plain(value) for name, value in asdict(self).items() if name != "intervals"}
        return {
            **found,
            "intervals": {name: [_plain(low), _plain(high)] for name, (low, high) in self.intervals.items()},
        }


@dataclass(frozen=True)
class Predictions:
    """What was predicted of one label, and what is true.

    Attributes
    ----------
    target : ndarray of shape (n,)
        1, 0, or NaN where nobody annotated.
    probability, flagged : ndarray of shape (n,)
    call : ndarray of shape (n,)
        The call that each example belongs to, from 0.
    """

    target: Floats
    probability: Floats
    flagged: NDArray[np.bool_]
    call: NDArray[np.int64]

    def annotated(self) -> Predictions:
        """Leave out what nobody annotated."""
        known = ~np.isnan(self.target)
        return Predictions(self.target[known], self.probability[known], self.flagged[known], self.call[known])

    def of_calls(self, kept: NDArray[np.bool_]) -> Predictions:
        """Keep the examples of some calls."""
        rows = kept[self.call]
        return Predictions(self.target[rows], self.probability[rows], self.flagged[rows], self.call[rows])


def measure(found: Predictions, *, n_resamples: int = 500, seed: int = 0) -> Metrics:
    """Measure the predictions of one label."""
    found = found.annotated()
    counts = _counts(found)
    precision, recall, f1 = ratios(counts.sum(axis=0))
    return Metrics(
        support=int(found.target.sum()),
        n=len(found.target),
        precision=float(precision),
        recall=float(recall),
        f1=float(f1),
        average_precision=average_precision(found.target, found.probability),
        brier=float(np.mean((found.probability - found.target) ** 2)) if len(found.target) else np.nan,
        calibration_error=calibration_error(found.target, found.probability),
        intervals=_intervals(found, counts, n_resamples, seed),
    )


def ratios(counts: Floats) -> Floats:
    """Give precision, recall and F1 for counts of (hits, flags, positives) on the last axis; 0 where undefined."""
    hits, flags, positives = np.moveaxis(np.asarray(counts, dtype=float), -1, 0)
    pairs = ((hits, flags), (hits, positives), (2 * hits, flags + positives))
    return np.array([np.divide(part, whole, out=np.zeros_like(part), where=whole > 0) for part, whole in pairs])


def average_precision(target: Floats, probability: Floats, weight: Floats | None = None) -> float:
    """Give the average precision, NaN without a positive example."""
    if not (target if weight is None else target * weight).sum():
        return float("nan")
    return float(average_precision_score(target, probability, sample_weight=weight))


def calibration_error(target: Floats, probability: Floats) -> float:
    """Give the expected calibration error: the mean gap between what is said and what happens, bin by bin."""
    if not len(target):
        return float("nan")
    bins = np.minimum((probability * N_BINS).astype(int), N_BINS - 1)
    gaps = np.bincount(bins, probability - target, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(target))


def _counts(found: Predictions) -> Floats:
    """Count hits, flags and positives, call by call."""
    n_calls = int(found.call.max(initial=-1)) + 1
    columns = (found.flagged * found.target, found.flagged, found.target)
    return np.column_stack([np.bincount(found.call, column, minlength=n_calls) for column in columns])


def _intervals(found: Predictions, counts: Floats, n_resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    if not len(found.target):
        return {}
    rng = np.random.default_rng(seed)
    present = np.unique(found.call)
    draws = np.zeros((n_resamples, len(counts)))
    draws[:, present] = rng.multinomial(len(present), np.full(len(present), 1 / len(present)), size=n_resamples)
    precision, recall, f1 = ratios(draws @ counts)
    ranked = [average_precision(found.target, found.probability, draw[found.call]) for draw in draws[:100]]
    drawn = {"precision": precision, "recall": recall, "f1": f1, "average_precision": np.array(ranked)}
    return {name: _interval(values) for name, values in drawn.items()}


def _interval(values: Floats) -> tuple[float, float]:
    kept = values[~np.isnan(values)]
    if not len(kept):
        return float("nan"), float("nan")
    low, high = np.percentile(kept, [2.5, 97.5])
    return float(low), float(high)


def _plain(value: float) -> float | None:
    return None if value != value else round(value, 4)
