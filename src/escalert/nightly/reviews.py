"""What the reviews in the store tell of the flags of a run's model."""

from __future__ import annotations

from escalert.nightly.missed import STRATA
from escalert.nightly.recall import RecallEstimate, estimate_recall
from escalert.nightly.store import Review, RunEntry, Store, WorklistEntry
from escalert.nightly.strata import NightSizes, ReviewedCall
from escalert.nightly.worklist_measures import WorklistMeasures


def recall_of(store: Store, run: RunEntry) -> RecallEstimate:
    """Estimate the recall of a run's flags from the reviews of all nights up to it.

    Only nights count whose model and thresholds are those of the run: what others missed tells nothing of these flags.
    """
    reviewed: dict[str, list[tuple[WorklistEntry, Review]]] = {}
    for entry, review in store.worklists.reviewed():
        reviewed.setdefault(review.run_id, []).append((entry, review))
    nights = [night for run_id in reviewed if (night := store.runs.get(run_id)) and night.for_date <= run.for_date]
    alike = [night for night in nights if _flags_of(night) == _flags_of(run)]
    sizes = [NightSizes(night.run_id, kept.sizes) for night in alike if (kept := WorklistMeasures.of(night))]
    calls = [_reviewed_call(*pair) for night in alike for pair in reviewed[night.run_id] if _counts(pair[0])]
    return estimate_recall(sizes, calls, n_other_models=len(nights) - len(alike))


def _flags_of(run: RunEntry) -> tuple[object, ...]:
    kept = WorklistMeasures.of(run)
    return run.model_name, run.model_version, dict(kept.thresholds) if kept else {}


def _counts(entry: WorklistEntry) -> bool:
    return entry.details.get("stratum") in STRATA


def _reviewed_call(entry: WorklistEntry, review: Review) -> ReviewedCall:
    is_missed = review.warranted and not review.escalated
    return ReviewedCall(review.run_id, entry.call_id, entry.details["stratum"], is_missed)
