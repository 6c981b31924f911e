"""Drift: how far calls are from those that a model was trained on.

Three statistics. The population stability index (PSI) compares the shares of the reference's ten deciles; the usual
reading is no change below 0.1 and a marked one above 0.25 (Siddiqi 2006, "Credit Risk Scorecards", chapter 8). The
Kolmogorov-Smirnov distance (KS) is the largest gap between the two distribution functions, so a limit of 0.2 means
that a fifth of the calls lie elsewhere; it is a convention of ours. A rise is the difference of two shares.

None of this says how far a figure strays by chance, which with few calls is beyond such limits: without any drift, PSI
nearly follows (1/n + 1/m) times a chi-squared distribution of bins - 1 degrees of freedom (Yurdakul and Naranjo 2020,
"Statistical properties of the population stability index", Journal of Risk Model Validation 14). With 100 calls its
mean is 0.1. So each figure comes with its `chance`, which calls like the reference's pass by a probability of
`false_alarms` divided by the number of figures (Bonferroni), and is out only beyond both limits. Simulated with fifteen
features, 1,200 calls of training, `false_alarms` 0.0027 and 6,000 nights each without any drift, a figure was beyond
both on 0.02 % of the nights of 30 calls, 0.6 % of those of 100 and none of those of 300 or 1,000; beyond the usual
limits alone were all nights of 30 calls and 10 % of those of 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from escalert.reference import LEVELS, N_QUANTILES, Observations, Quantiles, Reference, Share, rounded

Floats = NDArray[np.float64]
Statistic = Literal["psi", "ks", "rise"]
SMOOTHING = 0.5
"""Calls added to every bin, so that an empty one counts as improbable and not as impossible (Jeffreys' prior)."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one figure is from the reference.

    Attributes
    ----------
    name : str
        The feature or share.
    statistic : str
        ``psi``, ``ks`` or ``rise``.
    chance : float
        What `value` stays below by chance, as far as `false_alarms` allows.
    """

    name: str
    statistic: Statistic
    value: float
    chance: float


def measure_drift(reference: Reference, seen: Observations, false_alarms: float = 0.0027) -> list[Drift]:
    """Hold calls against the reference, feature by feature and share by share, as far as both know them.

    Parameters
    ----------
    false_alarms : float
        The probability that any of the figures passes its `Drift.chance` although nothing drifted; by default that
        of a control chart of three standard errors.
    """
    features = [(name, each) for name, each in reference.features.items() if seen.features.get(name)]
    shares = [(name, each) for name, each in reference.shares.items() if seen.shares.get(name)]
    each = false_alarms / max(2 * len(features) + len(shares), 1)
    found = []
    for name, quantiles in features:
        values = rounded(np.array(seen.features[name], dtype=float))
        found += [_psi(name, quantiles, values, each), _ks(name, quantiles, values, each)]
    return found + [_rise(name, share, Share.of(seen.shares[name]), each) for name, share in shares]


def bin_counts(reference: Quantiles, values: Floats) -> tuple[Floats, Floats]:
    """Count the reference's calls and some values in the bins between the reference's deciles.

    Deciles that are equal, as those of a number with few values, are one border.
    """
    borders = np.unique(np.quantile(reference.values, np.arange(1, 10) / 10, method="hazen"))
    places = len(borders) + 1
    of_reference = np.bincount(np.searchsorted(borders, reference.values), minlength=places)
    return of_reference * reference.n / N_QUANTILES, np.bincount(
        np.searchsorted(borders, values), minlength=places
    ).astype(float)


def population_stability(reference: Sequence[float] | Floats, seen: Sequence[float] | Floats) -> float:
    """Give the PSI of two counts over the same bins: the sum of (p - q) ln(p / q)."""
    p, q = (_smoothed(np.asarray(counts, dtype=float)) for counts in (reference, seen))
    return float(((q - p) * np.log(q / p)).sum())


def _psi(name: str, reference: Quantiles, values: Floats, false_alarms: float) -> Drift:
    expected, counts = bin_counts(reference, values)
    freedom = max(len(counts) - 1, 1)
    chance = stats.chi2.isf(false_alarms, freedom) * (1 / len(values) + 1 / reference.n)
    return Drift(name, "psi", population_stability(expected, counts), float(chance))


def _ks(name: str, reference: Quantiles, values: Floats, false_alarms: float) -> Drift:
    """Compare with the quantiles as if they were a sample; they hide half of the gap between two of their levels."""
    value = stats.ks_2samp(values, reference.values, method="asymp").statistic
    effective = len(values) * reference.n / (len(values) + reference.n)
    chance = stats.kstwo.isf(false_alarms, max(round(effective), 1)) + LEVELS[0]
    return Drift(name, "ks", float(value), float(chance))


def _rise(name: str, reference: Share, seen: Share, false_alarms: float) -> Drift:
    error = float(np.hypot(reference.error, seen.error))
    return Drift(name, "rise", seen.share - reference.share, float(stats.norm.isf(false_alarms)) * error)


def _smoothed(counts: Floats) -> Floats:
    smooth = counts + SMOOTHING
    return np.asarray(smooth / smooth.sum())
