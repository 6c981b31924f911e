"""What a night puts before the team: missed escalations by rank, and a random audit sample of the other calls.

The list holds what the flags found; the audit sample is what tells, once both are reviewed, how much they did not
find (`escalert.nightly.recall`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Literal, Self

from escalert.records import PRIORITIES, CallVerdict

Stratum = Literal["listed", "beyond_capacity", "unflagged"]
LATE = "late"
"""Of an earlier night, and missed only by what became known since; such a call is listed and in no stratum."""
STRATA: tuple[Stratum, ...] = ("listed", "beyond_capacity", "unflagged")
BEYOND_SHARE = 0.1
"""Calls drawn from beyond a full list, as a share of the audit sample; without them its recall is anyone's guess."""
BEYOND_LEAST = 2
"""The fewest from which a stratum's variance can be told (Cochran 1977, "Sampling Techniques", section 5.12)."""


@dataclass(frozen=True, slots=True)
class NightCall:
    """What is needed of a call to list it or to draw it.

    Attributes
    ----------
    priority : str
        As raised by repeats, if it was.
    probability : float
        That an escalation was missed.
    is_missed : bool
        Whether it is flagged as missed: warranted, and not escalated.
    is_recorded : bool
        Whether its own record says that it was escalated; such a call cannot be a missed one.
    is_late : bool
        Whether it is of an earlier night, and only what became known since makes it a missed one. It takes a place on
        the list but is in no stratum: in that of its own night it was counted already.
    """

    call_id: str
    priority: str
    probability: float
    is_missed: bool
    is_recorded: bool = False
    is_late: bool = False

    @classmethod
    def of(cls, verdict: CallVerdict, *, is_late: bool = False) -> Self:
        """Take from a verdict what is needed."""
        return cls(
            verdict.call_id,
            verdict.priority,
            missed_probability(verdict),
            verdict.missed,
            verdict.escalated.record is True,
            is_late,
        )


@dataclass(frozen=True, slots=True)
class AuditedCall:
    """A call drawn at random.

    Attributes
    ----------
    stratum : str
        ``unflagged``, or ``beyond_capacity`` for a flagged call that a full list had no place for.
    inclusion_probability : float
        With which each call of its stratum was drawn.
    """

    call: NightCall
    stratum: Stratum
    inclusion_probability: float


@dataclass(frozen=True, slots=True)
class NightWorklist:
    """The lists of a night.

    Attributes
    ----------
    listed : tuple of NightCall
        Missed escalations, the most pressing first.
    audit : tuple of AuditedCall
        Unflagged calls, then those from beyond the list's capacity.
    sizes : mapping of str to int
        How many calls of the night are in each stratum; `escalert.nightly.recall` needs it.
    n_missed : int
        Flagged as missed, listed or not, late ones included.
    """

    listed: tuple[NightCall, ...]
    audit: tuple[AuditedCall, ...]
    sizes: Mapping[Stratum, int]
    n_missed: int


def missed_probability(verdict: CallVerdict) -> float:
    """Give the probability that an escalation was warranted and none took place; a record settles the latter."""
    record = verdict.escalated.record
    escalated = verdict.escalated.probability if record is None else float(record)
    return verdict.warranted.probability * (1 - escalated)


def choose_worklist(
    calls: Iterable[NightCall], *, capacity: int, audit_sample: int, seed: int, night: date
) -> NightWorklist:
    """List the missed escalations of a night and draw its audit sample, in one pass over the calls.

    Calls whose record says that they were escalated are not drawn. If more are flagged than `capacity`, a tenth as many
    as `audit_sample`, two at least, are drawn from those that the list leaves out: else nothing unbiased could be said
    of them.

    Parameters
    ----------
    capacity : int
        Missed escalations listed at most.
    audit_sample : int
        Unflagged calls drawn.
    seed : int
        Of the configuration; with the night it fixes the draw, whatever the order of the calls.
    """
    drawing = _Drawing(f"{seed}:{night.isoformat()}")
    missed: list[NightCall] = []
    drawn = drawing.least(_unflagged(calls, missed, drawing), audit_sample)
    missed.sort(key=rank)
    listed, beyond = missed[:capacity], [call for call in missed[capacity:] if not call.is_late]
    n_beyond = max(BEYOND_LEAST, round(BEYOND_SHARE * audit_sample)) if audit_sample else 0
    sizes: dict[Stratum, int] = {
        "listed": sum(not call.is_late for call in listed),
        "beyond_capacity": len(beyond),
        "unflagged": drawing.n_unflagged,
    }
    audit = _audited(drawn, "unflagged", sizes) + _audited(drawing.least(beyond, n_beyond), "beyond_capacity", sizes)
    return NightWorklist(tuple(listed), tuple(audit), sizes, len(missed))


def rank(call: NightCall) -> tuple[int, float, str]:
    """Give the key that sorts calls by priority, then probability, then call id."""
    return PRIORITIES.index(call.priority), -call.probability, call.call_id


class _Drawing:
    """Simple random sampling without replacement, by permanent random numbers.

    Each call has a number that only its id and the seed decide; those of the least numbers are drawn (Ohlsson 1995,
    "Coordination of samples using permanent random numbers"). So a rerun draws the same calls, a call that comes late
    changes one at most, and nothing but the drawn ones is held in memory.
    """

    def __init__(self, seed: str) -> None:
        self._seed = blake2b(seed.encode()).digest()
        self.n_unflagged = 0

    def least(self, calls: Iterable[NightCall], size: int) -> list[NightCall]:
        return heapq.nsmallest(size, calls, key=self._number)

    def _number(self, call: NightCall) -> tuple[bytes, str]:
        return blake2b(call.call_id.encode("utf-8", "replace"), key=self._seed).digest(), call.call_id


def _unflagged(calls: Iterable[NightCall], missed: list[NightCall], drawing: _Drawing) -> Iterator[NightCall]:
    """Pass unflagged calls on and count them; put the flagged ones aside."""
    for call in calls:
        if call.is_missed:
            missed.append(call)
        elif not call.is_recorded:
            drawing.n_unflagged += 1
            yield call


def _audited(drawn: Sequence[NightCall], stratum: Stratum, sizes: Mapping[Stratum, int]) -> list[AuditedCall]:
    return [AuditedCall(call, stratum, len(drawn) / sizes[stratum]) for call in drawn]
