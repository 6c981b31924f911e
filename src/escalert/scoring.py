"""Score large inputs: in batches, by one process or several, in the order of the input."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from escalert.classifier import EscalationClassifier, batches
from escalert.processes import worker_pool
from escalert.records import Call, CallVerdict
from escalert.verdict import Policy

Scored = list[tuple[Call, CallVerdict]]


@dataclass
class Tally:
    """Counts of a scoring, for its summary."""

    calls: int = 0
    turns: int = 0
    flagged: int = 0
    warranted: int = 0
    escalated: int = 0
    missed: int = 0
    priorities: dict[str, int] = field(default_factory=dict)

    def add(self, call: Call, verdict: CallVerdict) -> None:
        """Count one call."""
        self.calls += 1
        self.turns += len(call.turns)
        self.flagged += bool(verdict.flagged_triggers)
        self.warranted += verdict.warranted.flagged
        self.escalated += verdict.escalated.flagged
        self.missed += verdict.missed
        self.priorities[verdict.priority] = self.priorities.get(verdict.priority, 0) + 1


def score_calls(
    model: str | Path,
    calls: Iterable[Call],
    *,
    turns: bool = False,
    workers: int = 1,
    thresholds: Mapping[str, float] | None = None,
    counts: bool = False,
) -> Iterator[Scored]:
    """Score calls batch by batch; calls come in their order, each with its verdict.

    Parameters
    ----------
    model : str or Path
        A model folder, or ``rules``. Each worker loads it once.
    turns : bool
        Whether verdicts keep the probabilities of every turn.
    workers : int
        Processes; 1 scores in this one.
    thresholds : mapping of str to float, optional
        Thresholds that differ from the model's.
    counts : bool
        Whether verdicts count turns, words and unknown words of their calls, for `escalert.drift`.

    Raises
    ------
    ModelError
        If the model cannot be used.
    UsageError
        For a threshold of an unknown label.
    """
    classifier = EscalationClassifier.load(model).with_thresholds(thresholds or {})
    if workers == 1:
        counter = classifier.word_counter() if counts else None
        return (
            list(zip(batch, classifier.score_batch(batch, turns=turns, counter=counter), strict=True))
            for batch in batches(calls)
        )
    settings = _WorkerSettings(str(model), classifier.policy_, turns, counts)
    return _score_side_by_side(settings, calls, workers)


@dataclass(frozen=True)
class _WorkerSettings:
    model: str
    policy: Policy
    turns: bool
    counts: bool


def _score_side_by_side(settings: _WorkerSettings, calls: Iterable[Call], workers: int) -> Iterator[Scored]:
    """Keep twice as many batches under way as there are workers, and give them back in order."""
    underway: deque[tuple[list[Call], Future[list[CallVerdict]]]] = deque()
    with worker_pool(workers, _load_in_worker, (settings,)) as pool:
        for batch in batches(calls):
            underway.append((batch, pool.submit(_score_in_worker, batch)))
            if len(underway) >= 2 * workers:
                yield _next_scored(underway)
        while underway:
            yield _next_scored(underway)


def _next_scored(underway: deque[tuple[list[Call], Future[list[CallVerdict]]]]) -> Scored:
    batch, scored = underway.popleft()
    return list(zip(batch, scored.result(), strict=True))


_worker: dict[str, Callable[[list[Call]], list[CallVerdict]]] = {}


def _load_in_worker(settings: _WorkerSettings) -> None:
    classifier = EscalationClassifier.load(settings.model)
    classifier.policy_ = settings.policy
    counter = classifier.word_counter() if settings.counts else None
    _worker["score"] = partial(classifier.score_batch, turns=settings.turns, counter=counter)


def _score_in_worker(batch: list[Call]) -> list[CallVerdict]:
    return _worker["score"](batch)


def counted(scored: Iterable[Scored], tally: Tally, advance: Callable[[int], None]) -> Iterator[Scored]:
    """Pass batches on while counting them; `advance` is told the number of calls of each."""
    for batch in scored:
        for call, verdict in batch:
            tally.add(call, verdict)
        advance(len(batch))
        yield batch
