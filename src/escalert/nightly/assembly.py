"""The night as it is shown: put together from the store alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from escalert.nightly.candidates import verdicts_of
from escalert.nightly.config import NightlyConfig
from escalert.nightly.night import AuditCall, CallGroupEntry, Contradiction, ListedCall, Night, Watch
from escalert.nightly.reviews import recall_of
from escalert.nightly.skipped import skipped_of
from escalert.nightly.store import RunEntry, Store, StoredVerdict, WorklistEntry
from escalert.nightly.worklist_measures import WorklistMeasures

MOST_CONTRADICTIONS = 500
"""Contradictions that are shown; all are counted."""

Verdicts = Mapping[str, StoredVerdict]


def night_of(store: Store, run: RunEntry, config: NightlyConfig) -> Night:
    """Put together all that a run found.

    Parameters
    ----------
    run : RunEntry
        With its measures, those of `escalert.nightly.worklist.build_worklist` and of the watch, and its log, which
        names the inputs that could not be read.
    """
    kept = WorklistMeasures.of(run) or WorklistMeasures()
    entries = store.worklists.of_run(run.run_id)
    verdicts = verdicts_of(store, [*(entry.call_id for entry in entries), *_examples(kept)])
    found = store.records.contradictions(run_id=run.run_id)
    contradictions = tuple(islice(_contradictions(found), MOST_CONTRADICTIONS))
    n_contradictions = len(contradictions) + sum(1 for _ in found)
    counts = {**store.counts.of_run(run.run_id), **run.counts}
    return Night(
        run_id=run.run_id,
        for_date=run.for_date,
        model=f"{run.model_name} {run.model_version}".strip(),
        counts={**counts, "calls": kept.n_calls, "missed": kept.n_missed, "contradictions": n_contradictions},
        missed=tuple(_listed(entry, verdicts) for entry in entries if entry.listed_as == "missed"),
        audit=tuple(_audited(entry, verdicts) for entry in entries if entry.listed_as == "audit"),
        recall=recall_of(store, run),
        groups=tuple(_group(group, verdicts) for group in kept.groups),
        contradictions=contradictions,
        watch=_watch(run),
        skipped=skipped_of(run),
    )


def _examples(kept: WorklistMeasures) -> Iterator[str]:
    for group in kept.groups:
        yield from group["examples"]


def _listed(entry: WorklistEntry, verdicts: Verdicts) -> ListedCall:
    details = entry.details
    return ListedCall(
        entry.rank,
        verdicts[entry.call_id],
        entry.priority,
        details["probability"],
        details.get("repeat", ""),
        tuple(details["earlier"]),
        details.get("group", ""),
    )


def _audited(entry: WorklistEntry, verdicts: Verdicts) -> AuditCall:
    return AuditCall(entry.rank, verdicts[entry.call_id], entry.details["stratum"], entry.inclusion_probability)


def _group(group: Mapping[str, Any], verdicts: Verdicts) -> CallGroupEntry:
    examples = tuple(verdicts[call_id] for call_id in group["examples"])
    return CallGroupEntry(", ".join(group["terms"]), group["n_calls"], group["n_missed"], examples)


def _contradictions(found: Iterator[Any]) -> Iterator[Contradiction]:
    for stored, record in found:
        yield Contradiction(stored.call_id, record.escalated, stored.said_escalated, record.origin)


def _watch(run: RunEntry) -> Watch:
    from escalert.nightly.watch import watch_of_measures

    return watch_of_measures(run.measures)
