"""The nightly job: who may work, which runs come first, and what is owed at the end.

The order is this, and each of it may be the last thing a process does:

1. The store is opened and its lease taken.
2. The runs of earlier nights that were begun and not finished are finished, under their own names, oldest first: they
   read the same inputs, and what is new among them is theirs.
3. The run of the night follows, or the run that judges the past by a new model.
4. What the outbox holds is delivered. The runs are finished by then, so that a receiver that does not answer, or a kill
   while it is waited for, leaves no night open.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

from escalert.nightly.config import NightlyConfig
from escalert.nightly.delivery import DeliverySummary, deliver_pending
from escalert.nightly.errors import StoreError
from escalert.nightly.events import tell
from escalert.nightly.scorer import Scorer
from escalert.nightly.scoring import score_again
from escalert.nightly.steps import Job, NightDone, do_night
from escalert.nightly.store import RunEntry, Store, open_store
from escalert.nightly.store.run_entries import RunKind


@dataclass(frozen=True, slots=True)
class NightlyOutcome:
    """What a start of the job came to.

    Attributes
    ----------
    nights : tuple of NightDone
        Those that were finished, the night that was asked for last.
    rescored : RunEntry or None
        The run that judged the past anew, if that was asked for.
    deliveries : DeliverySummary
    """

    nights: tuple[NightDone, ...]
    deliveries: DeliverySummary
    rescored: RunEntry | None = None

    @property
    def n_skipped(self) -> int:
        """How many inputs were skipped."""
        return sum(done.run.counts["skipped"] for done in self.nights)


def run_nightly(
    config: NightlyConfig, model: str, for_date: date, *, advance: Callable[[int], None] = lambda n: None
) -> NightlyOutcome:
    """Do what is left of earlier nights, then a night.

    Parameters
    ----------
    model : str
        A model folder, or ``rules``.
    for_date : date
        The night; a second start of the same night goes on with it.
    advance : callable
        Is told how many calls were read since it was told last.

    Raises
    ------
    StoreUnreachableError, StoreVersionError, StoreError
        If the store cannot be used.
    LeaseHeldError, LeaseLostError
        If another process works, or took over.
    ModelError
        If the model cannot be used.
    """
    with _at_work(config) as store:
        job = Job(store, config, Scorer.load(model, config), advance)
        nights = _unfinished_nights(job, lambda night: night < for_date)
        nights.append(_night(job, for_date))
        return NightlyOutcome(tuple(nights), _deliver(job))


def rescore(
    config: NightlyConfig, model: str, for_date: date, *, advance: Callable[[int], None] = lambda n: None
) -> NightlyOutcome:
    """Judge all stored calls anew whose verdict another model gave; those whose text was deleted keep theirs.

    Nights that were not finished are finished first: their lists are of the verdicts they had. A rescore that was not
    finished goes on under its own name. The parameters and errors are those of `run_nightly`.
    """
    with _at_work(config) as store:
        job = Job(store, config, Scorer.load(model, config), advance)
        nights = _unfinished_nights(job, lambda night: night <= for_date)
        run = _rescore(job, for_date)
        return NightlyOutcome(tuple(nights), _deliver(job), run)


@contextmanager
def _at_work(config: NightlyConfig) -> Iterator[Store]:
    """Open the store and hold its lease; it is given back however the block ends."""
    owner = f"{socket.gethostname()}:{os.getpid()}"
    with (
        open_store(config.store_url(), patience_s=config.store.patience_seconds) as store,
        store.lease(owner, config.store.lease_seconds),
    ):
        tell("lease", f"{owner} holds the lease of {store.name}", owner=owner, store=store.name)
        try:
            yield store
        except BaseException:
            # Whoever stops the job, or whatever broke, is not to be kept waiting for a store that is away.
            store.hurry()
            raise


@contextmanager
def _in_run(job: Job, for_date: date, kind: RunKind) -> Iterator[RunEntry]:
    """Begin a run, or take it up again; note it if it ends by an error."""
    run = job.store.runs.begin(for_date, kind, job.scorer.name, job.scorer.version)
    again = f", start {run.attempts}" if run.attempts > 1 else ""
    tell("begun", f"run {run.run_id}{again}, model {job.scorer.name}", run_id=run.run_id, attempts=run.attempts)
    try:
        yield run
    except StoreError:
        raise
    except BaseException as error:
        job.store.hurry()
        with suppress(StoreError):
            job.store.runs.fail(run.run_id, _reason(error))
        raise


def _night(job: Job, for_date: date) -> NightDone:
    with _in_run(job, for_date, "nightly") as run:
        return do_night(job, run)


def _unfinished_nights(job: Job, is_meant: Callable[[date], bool]) -> list[NightDone]:
    left = [run.for_date for run in job.store.runs.unfinished("nightly") if is_meant(run.for_date)]
    for night in left:
        tell("taken_up", f"the night of {night} was not finished; that is done first", for_date=night.isoformat())
    return [_night(job, night) for night in left]


def _rescore(job: Job, for_date: date) -> RunEntry:
    mine = (job.scorer.name, job.scorer.version)
    left = (run for run in job.store.runs.unfinished("rescore") if (run.model_name, run.model_version) == mine)
    begun = next(left, None)
    with _in_run(job, begun.for_date if begun else for_date, "rescore") as run:
        score_again(job, run.run_id)
        counts = job.store.counts.of_run(run.run_id)
        found = {"rescored": counts.pop("calls"), **counts}
        done = job.store.runs.finish(run.run_id, found)
        tell("finished", f"{found['rescored']:,} calls were judged anew", run_id=run.run_id, **found)
        return done


def _deliver(job: Job) -> DeliverySummary:
    summary = deliver_pending(job.store, job.config)
    tell(
        "delivered",
        f"deliveries: {summary.delivered:,} made, {summary.pending:,} pending, {summary.given_up:,} given up",
        delivered=summary.delivered,
        pending=summary.pending,
        given_up=summary.given_up,
    )
    return summary


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
