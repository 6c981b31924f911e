"""A run's lists: chosen from what the store holds, and written to it.

Which calls a run's lists are chosen from is told by the run that brought them, not by when they took place: so each
call is in the strata of one night, however late it came and however often its verdict was revised. What is shown of a
night, `night_of`, is read from the store again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from escalert.nightly.assembly import night_of
from escalert.nightly.candidates import missed_candidates, other_calls, raised, repeats_of, verdicts_of
from escalert.nightly.config import NightlyConfig
from escalert.nightly.groups import MOST_CALLS, CallGroup, FlaggedCall, customer_text, group_calls
from escalert.nightly.missed import LATE, NightCall, NightWorklist, choose_worklist, rank
from escalert.nightly.repeats import Repeat
from escalert.nightly.store import RunEntry, Selection, Store, WorklistEntry
from escalert.nightly.worklist_measures import WorklistMeasures

__all__ = ["build_worklist", "night_of"]


def build_worklist(store: Store, run: RunEntry, config: NightlyConfig) -> Mapping[str, Any]:
    """Choose and store the lists of a run, and give the measures to keep with it.

    To build it again gives the same; the list of a night stays as it is once a later night has begun, unless the run
    brought more calls since: what became known later belongs to later lists.

    Parameters
    ----------
    run : RunEntry
        Whose calls, verdicts and records are in the store.
    """
    before = WorklistMeasures.of(run)
    n_calls = store.verdicts.count(Selection(brought_by=run.run_id))
    if before is not None and before.n_calls == n_calls and _is_history(store, run):
        return before.to_measures()
    candidates = missed_candidates(store, run)
    repeats = repeats_of(store, candidates, config.repeats.days)
    missed = list(raised(candidates, repeats))
    chosen = choose_worklist(
        chain(missed, other_calls(store, run)),
        capacity=config.missed.capacity,
        audit_sample=config.missed.audit_sample,
        seed=config.missed.seed,
        night=run.for_date,
    )
    groups = _groups(store, run, missed, config)
    store.worklists.write(run.run_id, _entries(store, chosen, repeats, groups))
    missed_ids = {call.call_id for call in missed}
    kept = WorklistMeasures(
        n_calls,
        chosen.n_missed,
        chosen.sizes,
        dict(config.model.thresholds),
        [_group_measures(group, missed_ids) for group in groups],
    )
    return kept.to_measures()


def _is_history(store: Store, run: RunEntry) -> bool:
    return any(each.for_date > run.for_date for each in store.runs.last(1))


def _groups(store: Store, run: RunEntry, missed: Sequence[NightCall], config: NightlyConfig) -> tuple[CallGroup, ...]:
    """Group the flagged calls that a run brought, the most pressing first."""
    own = Selection(brought_by=run.run_id, flagged=True)
    customers = {outline.call_id: outline.customer_id for outline in store.verdicts.outlines(own)}
    first = [call.call_id for call in sorted(missed, key=rank) if call.call_id in customers]
    ids = [*first, *sorted(customers.keys() - set(first))]
    texts = (
        FlaggedCall(call.call_id, customer_text(call), customers[call.call_id])
        for call in store.calls.texts_of(ids[:MOST_CALLS])
    )
    return group_calls(texts, fewest=config.repeats.group_calls, examples=config.repeats.examples)


def _entries(
    store: Store, chosen: NightWorklist, repeats: Mapping[str, Repeat], groups: Sequence[CallGroup]
) -> Iterator[WorklistEntry]:
    names = {call_id: group.name for group in reversed(groups) for call_id in group.call_ids}
    for place, call in enumerate(chosen.listed, start=1):
        details = {
            "stratum": LATE if call.is_late else "listed",
            "probability": call.probability,
            "group": names.get(call.call_id, ""),
            **_link(repeats.get(call.call_id)),
        }
        yield WorklistEntry(call.call_id, "missed", place, call.priority, details=details)
    drawn = verdicts_of(store, [audited.call.call_id for audited in chosen.audit])
    for place, audited in enumerate(chosen.audit, start=1):
        call = NightCall.of(drawn[audited.call.call_id].verdict)
        details = {"stratum": audited.stratum, "probability": call.probability}
        yield WorklistEntry(call.call_id, "audit", place, call.priority, audited.inclusion_probability, details)


def _link(repeat: Repeat | None) -> dict[str, Any]:
    return {"repeat": repeat.reason, "earlier": list(repeat.earlier)} if repeat else {"repeat": "", "earlier": []}


def _group_measures(group: CallGroup, missed: set[str]) -> dict[str, Any]:
    return {
        "terms": list(group.terms),
        "n_calls": len(group.call_ids),
        "n_missed": len(missed.intersection(group.call_ids)),
        "examples": list(group.examples),
    }
