"""What a night found, laid out for whoever shows or sends it; all of it is taken from the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from escalert.nightly.recall import RecallEstimate
from escalert.nightly.store import StoredVerdict


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A missed escalation on the night's list.

    Attributes
    ----------
    rank : int
        Its place, from 1.
    priority : str
        As ranked: one step above the verdict's own if it is an unsettled repeat.
    probability : float
        That an escalation was missed.
    repeat : str
        How it follows earlier calls of the customer, in words; empty if it does not.
    earlier : tuple of str
        The ids of those calls, oldest first.
    group : str
        The name of the group of alike calls that it is in; empty if none.
    """

    rank: int
    stored: StoredVerdict
    priority: str
    probability: float
    repeat: str = ""
    earlier: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class AuditCall:
    """A call drawn at random, to be reviewed.

    Attributes
    ----------
    stratum : str
        ``unflagged`` or ``beyond_capacity``.
    inclusion_probability : float
        With which each call of its stratum was drawn.
    """

    rank: int
    stored: StoredVerdict
    stratum: str
    inclusion_probability: float


@dataclass(frozen=True, slots=True)
class CallGroupEntry:
    """Flagged calls about the same thing, with the most typical of them.

    Attributes
    ----------
    name : str
        The terms that they share and other calls lack.
    n_calls, n_missed : int
    examples : tuple of StoredVerdict
        The most typical first.
    """

    name: str
    n_calls: int
    n_missed: int
    examples: tuple[StoredVerdict, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A record that says otherwise than the transcript.

    Attributes
    ----------
    recorded, heard : bool
        Whether an escalation took place by the record, and by the transcript.
    origin : str
        Where the record was read.
    """

    call_id: str
    recorded: bool
    heard: bool
    origin: str = ""

    @property
    def sentence(self) -> str:
        """The same in words."""
        said = "an escalation took place" if self.recorded else "no escalation took place"
        shown = "does" if self.heard else "does not"
        return f"{self.call_id}: the record says that {said}; the transcript {shown} show one"


@dataclass(frozen=True, slots=True)
class FlagRate:
    """How often a trigger was flagged, within its control limits or not.

    Attributes
    ----------
    rate : float
        Of the night.
    centre, low, high : float or None
        The mean of the weeks before and the control limits of the night; None where they were not judged.
    history : tuple of pairs
        The Monday of each week and its rate, oldest first.
    """

    label: str
    n_calls: int
    rate: float
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    history: tuple[tuple[date, float], ...] = ()

    @property
    def is_out(self) -> bool:
        """Whether the rate is beyond its limits."""
        return self.low is not None and self.high is not None and not self.low <= self.rate <= self.high


@dataclass(frozen=True, slots=True)
class DriftFigure:
    """One figure that is watched, beside its limit.

    Attributes
    ----------
    name : str
        What drifts, such as ``turns per call`` or ``probability of profanity``.
    statistic : str
        ``psi``, ``ks`` or ``rise``.
    """

    name: str
    statistic: Literal["psi", "ks", "rise"]
    value: float
    limit: float

    @property
    def is_out(self) -> bool:
        """Whether it is beyond the limit."""
        return self.value > self.limit


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether the model still fits.

    Attributes
    ----------
    n_calls : int
        Of the night.
    not_judged : str
        What was not judged and why: drift by a model without a reference, or all of it on a night of too few calls;
        empty if everything was. It may follow the words "Not judged:".
    """

    n_calls: int = 0
    figures: tuple[DriftFigure, ...] = ()
    rates: tuple[FlagRate, ...] = ()
    not_judged: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is out of its limits, one sentence each."""
        drifted = [
            f"{each.name}: {each.statistic} {each.value:.3f}, limit {each.limit:g}"
            for each in self.figures
            if each.is_out
        ]
        rates = [
            f"{each.label} is flagged in {each.rate:.1%} of the calls; the limits are {each.low:.1%} to {each.high:.1%}"
            for each in self.rates
            if each.is_out
        ]
        return (*drifted, *rates)


@dataclass(frozen=True, slots=True)
class Night:
    """All that a run found.

    Attributes
    ----------
    run_id : str
    for_date : date
    model : str
        Name and version of the model.
    counts : mapping of str to int
        ``read``, ``new``, ``corrected``, ``rescored``, ``unchanged``, ``skipped``, ``flagged``, ``warranted``,
        ``escalated``, ``missed``, ``records``, ``contradictions``.
    missed : tuple of ListedCall
        At most `missed.capacity`; ``counts["missed"]`` is how many there are.
    skipped : tuple of str
        What could not be read, and why: at most some hundreds of lines.
    """

    run_id: str
    for_date: date
    model: str
    counts: Mapping[str, int]
    missed: tuple[ListedCall, ...] = ()
    audit: tuple[AuditCall, ...] = ()
    recall: RecallEstimate = field(default_factory=RecallEstimate)
    groups: tuple[CallGroupEntry, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    watch: Watch = field(default_factory=Watch)
    skipped: tuple[str, ...] = ()
