"""What the reviewed calls of a stratum tell of all of its calls, over the nights; see `escalert.nightly.recall`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from escalert.nightly.missed import Stratum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRIOR = 0.5
"""Both parameters of the beta prior (Jeffreys)."""


@dataclass(frozen=True, slots=True)
class NightSizes:
    """How many calls of a night were in each stratum, as `escalert.nightly.missed.NightWorklist.sizes` says."""

    run_id: str
    sizes: Mapping[Stratum, int]


@dataclass(frozen=True, slots=True)
class ReviewedCall:
    """A reviewer's word on a listed or audited call.

    Attributes
    ----------
    is_missed : bool
        Whether an escalation was warranted and did not take place, by the review.
    """

    run_id: str
    call_id: str
    stratum: Stratum
    is_missed: bool


@dataclass(frozen=True, slots=True)
class NightSample:
    """The reviewed calls of one stratum of one night.

    Attributes
    ----------
    size : int
        Calls of the stratum.
    n_reviewed : int
    n_found : float
        How many of these are missed escalations; a call on which reviewers disagree counts in part.
    """

    size: int
    n_reviewed: int
    n_found: float

    @property
    def n_left(self) -> int:
        """Calls that nobody reviewed."""
        return self.size - self.n_reviewed

    @property
    def share(self) -> float:
        """The share of the reviewed calls that are missed escalations."""
        return self.n_found / self.n_reviewed


@dataclass(frozen=True, slots=True)
class StratumSample:
    """The reviewed calls of a stratum, night by night; nights without a call in it are left out."""

    nights: list[NightSample] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Calls of the stratum."""
        return sum(night.size for night in self.nights)

    @property
    def n_reviewed(self) -> int:
        """Reviewed ones."""
        return sum(night.n_reviewed for night in self.nights)

    @property
    def total(self) -> float:
        """The expansion estimate of the missed escalations in it."""
        return sum(night.size * night.share for night in self.nights)

    def simulate(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Draw its number of missed escalations from the posterior: those found, and those among the calls left.

        A night counts by the calls that it left; one that was reviewed to the end says nothing of the others.
        """
        import numpy as np

        found = np.full(n, sum(night.n_found for night in self.nights), dtype=np.float64)
        partly = [night for night in self.nights if night.n_left]
        if not partly:
            return found
        left = sum(night.n_left for night in partly)
        effective = left**2 / sum(night.n_left**2 / night.n_reviewed for night in partly)
        share = sum(night.n_left * night.share for night in partly) / left
        rate = rng.beta(PRIOR + effective * share, PRIOR + effective * (1 - share), n)
        return found + rng.binomial(left, rate)
