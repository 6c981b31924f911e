"""One night from its records to the end of its run, in steps that may each be done again.

Any of them may be the last one before the process is killed. So each asks the store what is left to do and comes to the
same store whether it is done once, in part, or again; and what a run counts and shows is taken from the store and from
the inputs as a whole, never from what one start of it happened to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from escalert.nightly.config import NightlyConfig
from escalert.nightly.events import tell
from escalert.nightly.joining import revise_late, store_records
from escalert.nightly.night import Night
from escalert.nightly.records import read_records
from escalert.nightly.scorer import Scorer
from escalert.nightly.scoring import score_new
from escalert.nightly.skipped import Skipped
from escalert.nightly.store import RunEntry, Selection, Store

COUNTED = (
    *("read", "new", "corrected", "rescored", "unchanged", "skipped", "flagged", "warranted", "escalated", "missed"),
    *("records", "contradictions"),
)
"""The counts of a run, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every step works with.

    Attributes
    ----------
    advance : callable
        Is told how many calls were read since it was told last.
    """

    store: Store
    config: NightlyConfig
    scorer: Scorer
    advance: Callable[[int], None] = field(default=lambda n: None)


@dataclass(frozen=True, slots=True)
class NightDone:
    """A night whose run is finished.

    Attributes
    ----------
    run : RunEntry
        With its counts, measures and log.
    """

    run: RunEntry
    night: Night


def do_night(job: Job, run: RunEntry) -> NightDone:
    """Do all of a night but its deliveries, which are left in the outbox."""
    skipped = Skipped()
    n_records = _take_records(job, run, skipped)
    n_read = score_new(job, run, skipped)
    _revise(job, run)
    skipped.close()
    proof = delete_old_texts(job, run)
    return _close(
        job, run, {"read": n_read, "skipped": skipped.n_skipped, "records": n_records}, (*skipped.lines(), *proof)
    )


def _take_records(job: Job, run: RunEntry, skipped: Skipped) -> int:
    if not job.config.inputs.records:
        return 0
    n_records = store_records(job.store, run.run_id, read_records(job.config, run.for_date, skipped))
    tell("records", f"{n_records:,} records read", run_id=run.run_id, records=n_records)
    return n_records


def _revise(job: Job, run: RunEntry) -> None:
    if n_revised := revise_late(job.store, run.run_id, job.scorer.policy):
        tell("revised", f"{n_revised:,} verdicts revised by records", run_id=run.run_id, verdicts=n_revised)


def delete_old_texts(job: Job, run: RunEntry) -> tuple[str, ...]:
    """Delete the texts whose time is over, and give the line that proves it in the run's log.

    That is done before anything is shown of the night, so that no report quotes what may no longer be kept, and a run
    that is taken up again shows the same. The line says what is left, not how much this start of the run deleted.
    """
    keep_days = job.config.store.keep_days
    if keep_days is None:
        return ()
    # A date in the future, mistyped, must not cost the texts of today.
    before = min(run.for_date, date.today()) - timedelta(days=keep_days)
    deleted = job.store.delete_texts(before)
    n_old = job.store.verdicts.count(Selection(until=before - timedelta(days=1)))
    tell(
        "deleted",
        f"the texts of {deleted.calls:,} calls from before {before} were deleted; {deleted.remaining:,} are left",
        run_id=run.run_id, calls=deleted.calls, triggers=deleted.triggers, deliveries=deleted.deliveries,
        remaining=deleted.remaining,
    )  # fmt: skip
    return (f"keep_days {keep_days}: of {n_old:,} calls from before {before}, {deleted.remaining:,} still have a text",)


def _close(job: Job, run: RunEntry, seen: Mapping[str, int], log: tuple[str, ...]) -> NightDone:
    """Choose the lists, watch the model, lay the night out for delivery and finish the run."""
    from escalert.nightly.delivery import enqueue_deliveries
    from escalert.nightly.worklist import build_worklist, night_of

    measures = {**build_worklist(job.store, run, job.config), **_watch(job, run)}
    found = replace(run, counts=counts_of(job.store, run.run_id, seen), measures=measures, log=log)
    night = night_of(job.store, found, job.config)
    counts = {name: night.counts[name] for name in COUNTED}
    n_enqueued = enqueue_deliveries(job.store, night, job.config)
    done = job.store.runs.finish(run.run_id, counts, measures, log)
    tell("finished", f"the night of {run.for_date} is done", run_id=run.run_id, enqueued=n_enqueued, **counts)
    return NightDone(done, night)


def _watch(job: Job, run: RunEntry) -> Mapping[str, Any]:
    from escalert.nightly.watch import watch_night, watch_to_measures

    watch = watch_night(job.store, run, job.config, job.scorer.reference)
    for warning in watch.warnings:
        tell("drift", f"drift: {warning}", logging.WARNING, run_id=run.run_id)
    return watch_to_measures(watch)


def counts_of(store: Store, run_id: str, seen: Mapping[str, int]) -> dict[str, int]:
    """Count a run: what its inputs hold as `seen`, and what came of them by the store.

    Of the calls that were read those are ``unchanged`` that no start of the run brought or corrected.
    """
    found = store.counts.of_run(run_id)
    n_judged = found.pop("calls")
    rescored = max(n_judged - found["new"] - found["corrected"], 0)
    unchanged = max(seen["read"] - found["new"] - found["corrected"], 0)
    return {**seen, **found, "rescored": rescored, "unchanged": unchanged}
