"""How many of the missed escalations the flags find, estimated from the reviews of the listed and the audited calls.

The calls of the reviewed nights form strata h: listed, flagged beyond the list's capacity, unflagged. With N_rh calls
of night r in stratum h, n_rh of them reviewed and y_rh found to be missed escalations, the missed escalations of a
stratum are estimated by the stratified expansion estimator (Horvitz and Thompson 1952; Cochran 1977, section 5.3)

    T_h = sum over r of N_rh y_rh / n_rh,        recall = (T_listed + T_beyond) / (T_listed + T_beyond + T_unflagged).

Each T_h is unbiased if the reviewed calls of a stratum are a random sample of it, or all of it; their ratio is so
approximately.

The interval is Webber's (2013, "Approximate recall confidence intervals", ACM Transactions on Information Systems
31(1), arXiv:1202.2880): for each stratum a beta-binomial posterior of what the calls hold that were not reviewed, and
of recall what a simulation from them gives. Nights are sampled at different rates, so with M_rh = N_rh - n_rh a stratum
counts with Kish's effective sample size (sum M_rh)^2 / sum(M_rh^2 / n_rh) (Kish 1965, "Survey Sampling", section 11.7).
An end at which nothing was found to pull the other way is 0 or 1, as Brown, Cai and DasGupta (2001, "Interval
estimation for a binomial proportion") do. Normal intervals would be of no width at all while the audit sample holds no
missed escalation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from escalert.nightly.missed import STRATA, Stratum
from escalert.nightly.strata import NightSample, NightSizes, ReviewedCall, StratumSample

N_SIMULATED = 20_000


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RecallEstimate:
    """What the reviews tell of the flags.

    Attributes
    ----------
    recall : Interval or None
        The share of missed escalations that were flagged; None where the reviews cannot tell.
    not_flagged : Interval or None
        How many missed escalations of those nights were not flagged.
    n_nights : int
        Nights it rests on: those with a review in each of their strata.
    n_left_out : int
        Nights with reviews that lack those of a stratum.
    n_reviewed : mapping of str to int
        Reviewed calls of those nights by stratum.
    n_listed_unreviewed : int
        Listed calls of those nights that nobody reviewed; they are taken to be like the reviewed ones.
    n_other_models : int
        Nights with reviews that another model, or other thresholds, judged; they tell nothing of these flags.
    """

    recall: Interval | None = None
    not_flagged: Interval | None = None
    n_nights: int = 0
    n_left_out: int = 0
    n_reviewed: Mapping[Stratum, int] = field(default_factory=dict)
    n_listed_unreviewed: int = 0
    n_other_models: int = 0

    @property
    def sentence(self) -> str:
        """The same in words."""
        if self.recall is None or self.not_flagged is None:
            return self._why_unknown() + self._others()
        share, missed = self.recall, self.not_flagged
        doubt = (
            f" {self.n_listed_unreviewed:,} listed calls were not reviewed and are taken to be like those that were."
            if self.n_listed_unreviewed
            else ""
        )
        return (
            f"The flags find an estimated {share.estimate:.0%} of the missed escalations (95 % interval "
            f"{share.low:.0%} to {share.high:.0%}); {missed.estimate:,.0f} ({missed.low:,.0f} to {missed.high:,.0f}) "
            f"were not flagged. It rests on {self._basis()}.{doubt}{self._others()}"
        )

    def _why_unknown(self) -> str:
        if self.n_nights:
            return f"No missed escalation was found among {self._basis()}, so the share that is flagged is not known."
        if self.n_left_out:
            return (
                f"How many missed escalations the flags find is not known yet: of {_nights(self.n_left_out)} with "
                "reviews none has them from both the list and the audit sample."
            )
        return (
            "How many missed escalations the flags find is not known: no call has been reviewed yet. Once the listed "
            "calls and the audit sample of a night are, an estimate stands here."
        )

    def _basis(self) -> str:
        flagged = self.n_reviewed.get("listed", 0) + self.n_reviewed.get("beyond_capacity", 0)
        return (
            f"{flagged:,} reviewed flagged calls and {self.n_reviewed.get('unflagged', 0):,} reviewed unflagged ones "
            f"of {_nights(self.n_nights)}"
        )

    def _others(self) -> str:
        if not self.n_other_models:
            return ""
        return f" Reviews of {_nights(self.n_other_models)} with another model or other thresholds are left out."


Votes = Mapping[tuple[str, Stratum], Mapping[str, Sequence[bool]]]


def estimate_recall(
    nights: Iterable[NightSizes], reviews: Iterable[ReviewedCall], *, n_other_models: int = 0
) -> RecallEstimate:
    """Estimate the share of missed escalations that are flagged.

    Parameters
    ----------
    nights : iterable of NightSizes
        Those of all reviews; a night without reviews is passed over.
    reviews : iterable of ReviewedCall
        Several of one call count as their mean.
    n_other_models : int
        Nights that were left out, to be told.
    """
    votes: dict[tuple[str, Stratum], dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for review in reviews:
        votes[review.run_id, review.stratum][review.call_id].append(review.is_missed)
    nights = [night for night in nights if any((night.run_id, stratum) in votes for stratum in STRATA)]
    whole = [night for night in nights if _is_whole(night, votes)]
    samples = {stratum: _sample(stratum, whole, votes) for stratum in STRATA}
    known = _estimates(samples) if whole else (None, None)
    return RecallEstimate(
        *known,
        n_nights=len(whole),
        n_left_out=len(nights) - len(whole),
        n_reviewed={stratum: sample.n_reviewed for stratum, sample in samples.items()},
        n_listed_unreviewed=samples["listed"].size - samples["listed"].n_reviewed,
        n_other_models=n_other_models,
    )


def _is_whole(night: NightSizes, votes: Votes) -> bool:
    return all((night.run_id, stratum) in votes for stratum in STRATA if night.sizes.get(stratum))


def _sample(stratum: Stratum, nights: Sequence[NightSizes], votes: Votes) -> StratumSample:
    sample = StratumSample()
    for night in nights:
        found = [sum(each) / len(each) for each in votes.get((night.run_id, stratum), {}).values()]
        if found:
            size = max(night.sizes.get(stratum, 0), len(found))
            sample.nights.append(NightSample(size, len(found), sum(found)))
    return sample


def _estimates(samples: Mapping[Stratum, StratumSample]) -> tuple[Interval | None, Interval | None]:
    import numpy as np

    flagged = samples["listed"].total + samples["beyond_capacity"].total
    unflagged = samples["unflagged"].total
    if not flagged + unflagged:
        return None, None
    rng = np.random.default_rng(0)
    drawn = {stratum: samples[stratum].simulate(rng, N_SIMULATED) for stratum in STRATA}
    inside, outside = drawn["listed"] + drawn["beyond_capacity"], drawn["unflagged"]
    shares = np.divide(inside, inside + outside, out=np.ones(N_SIMULATED), where=inside + outside > 0)
    recall = flagged / (flagged + unflagged)
    low, high = np.percentile(shares, [2.5, 97.5])
    least, most = np.percentile(outside, [2.5, 97.5])
    return (
        Interval(recall, min(float(low), recall) if flagged else 0.0, max(float(high), recall) if unflagged else 1.0),
        Interval(unflagged, min(float(least), unflagged) if unflagged else 0.0, max(float(most), unflagged)),
    )


def _nights(n: int) -> str:
    return f"{n:,} night" + ("s" if n != 1 else "")
