"""What a run keeps of its lists beside their entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from escalert.nightly.missed import Stratum
from escalert.nightly.store import RunEntry

KEY = "worklist"


@dataclass(frozen=True, slots=True)
class WorklistMeasures:
    """The figures of a run's lists, under ``worklist`` in the measures of the run.

    Attributes
    ----------
    n_calls : int
        Calls that the run brought.
    n_missed : int
        Missed escalations, listed or not.
    sizes : mapping of str to int
        Calls in each stratum.
    thresholds : mapping of str to float
        Those of the configuration: with the model they say which flags the reviews are about.
    groups : sequence of mapping
        Of each group ``terms``, ``n_calls``, ``n_missed`` and ``examples``, the ids of the most typical calls.
    """

    n_calls: int = 0
    n_missed: int = 0
    sizes: Mapping[Stratum, int] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    groups: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, run: RunEntry) -> Self | None:
        """Take them from a run; None if no list was made for it."""
        kept = run.measures.get(KEY)
        return None if kept is None else cls(**kept)

    def to_measures(self) -> dict[str, Any]:
        """Give them as the measures of a run."""
        return {KEY: asdict(self)}
