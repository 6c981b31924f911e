"""Measure a classifier on labelled calls: by label, for turns and calls, and by slice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalert.classifier import EscalationClassifier, batches, calls_with
from escalert.dataset import call_targets, check_labels, turn_targets
from escalert.errors import DataError
from escalert.metrics import Metrics, Predictions, measure
from escalert.records import CALL_LABELS, ESCALATED, WARRANTED, Call

Floats = NDArray[np.float64]
MISSED = "missed"
SLICES = ("style", "channel", "queue", "source")
FEWEST_CALLS = 10
"""A slice of fewer calls says nothing."""


@dataclass(frozen=True)
class Evaluation:
    """How well a classifier does on some calls.

    Attributes
    ----------
    turns, calls : mapping of str to Metrics
        By label; `calls` holds ``escalation_warranted``, ``escalated`` and ``missed`` too.
    slices : mapping of str to mapping
        ``{"style=asr": {"calls": 30, "turn_macro_f1": …}}``.
    predictions : mapping of (str, str) to Predictions
        What the metrics were made of, by ``("turns" | "calls", label)``.
    facts : mapping
        Model, counts, share of calm calls that are flagged.
    """

    turns: Mapping[str, Metrics]
    calls: Mapping[str, Metrics]
    slices: Mapping[str, Mapping[str, float]]
    predictions: Mapping[tuple[str, str], Predictions]
    facts: Mapping[str, Any]

    @property
    def summary(self) -> dict[str, float]:
        """The figures that runs are compared by."""
        triggers = [label for label in self.turns if label != "handoff"]
        return {
            "turn_macro_f1": _mean(self.turns, "f1", list(self.turns)),
            "turn_mean_average_precision": _mean(self.turns, "average_precision", list(self.turns)),
            "call_macro_f1": _mean(self.calls, "f1", triggers),
            **{f"{label}_f1": self.calls[label].f1 for label in (WARRANTED, ESCALATED, MISSED)},
            "calm_calls_flagged": float(self.facts["calm_calls_flagged"]),
        }

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        return {
            "summary": {name: None if np.isnan(value) else round(value, 4) for name, value in self.summary.items()},
            "turns": {label: metrics.to_dict() for label, metrics in self.turns.items()},
            "calls": {label: metrics.to_dict() for label, metrics in self.calls.items()},
            "slices": {name: dict(values) for name, values in self.slices.items()},
            **self.facts,
        }


def evaluate(classifier: EscalationClassifier, calls: Sequence[Call], *, n_resamples: int = 500) -> Evaluation:
    """Measure a classifier on labelled calls that it was not trained on.

    Stand-alone contrast turns are left out, and so are the calls' own records, which would tell the outcome.

    Raises
    ------
    DataError
        If no conversation is labelled, or a label is unknown.
    """
    conversations = [replace(call, escalated=None) for call in calls if not call.is_contrast]
    if not conversations:
        raise DataError("there is no labelled conversation to evaluate on")
    check_labels(conversations, classifier.taxonomy)
    predictions = predict(classifier, conversations)
    metrics = {key: measure(found, n_resamples=n_resamples) for key, found in predictions.items()}
    return Evaluation(
        turns={label: found for (level, label), found in metrics.items() if level == "turns"},
        calls={label: found for (level, label), found in metrics.items() if level == "calls"},
        slices=_slices(conversations, predictions),
        predictions=predictions,
        facts={
            "model": {"name": classifier.name, "version": classifier.version},
            "n_calls": len(conversations),
            "n_turns": sum(len(call.turns) for call in conversations),
            "thresholds": {label: round(value, 4) for label, value in classifier.policy_.thresholds.items()},
            "calm_calls_flagged": calm_share(predictions),
        },
    )


def predict(classifier: EscalationClassifier, calls: Sequence[Call]) -> dict[tuple[str, str], Predictions]:
    """Set what the classifier predicts beside the truth, by level and label."""
    parts = [classifier.probabilities(batch) for batch in batches(calls)]
    turns, whole = np.vstack([part[0] for part in parts]), np.vstack([part[1] for part in parts])
    target, labels = turn_targets(calls, classifier.taxonomy), classifier.taxonomy.labels
    flagged_calls, flagged_turns = _flags(classifier, calls, turns, whole)
    present = np.hstack([calls_with(calls, target), call_targets(calls)])
    call_of_turn, each_call = (
        np.repeat(np.arange(len(calls)), [len(call.turns) for call in calls]),
        np.arange(len(calls)),
    )
    found = {
        ("turns", label): Predictions(target[:, column], turns[:, column], flagged_turns[:, column], call_of_turn)
        for column, label in enumerate(labels)
    }
    for column, label in enumerate((*labels, *CALL_LABELS)):
        found["calls", label] = Predictions(present[:, column], whole[:, column], flagged_calls[:, column], each_call)
    return found | {("calls", MISSED): _missed(found["calls", WARRANTED], found["calls", ESCALATED])}


def _flags(
    classifier: EscalationClassifier, calls: Sequence[Call], turns: Floats, whole: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which calls and which turns are flagged, as verdicts do."""
    policy = classifier.policy_
    flagged = policy.flag_calls(whole)
    ends = np.cumsum([len(call.turns) for call in calls])
    rows = [
        policy.candidates(part) & flags[: part.shape[1]]
        for part, flags in zip(np.split(turns, ends[:-1]), flagged, strict=True)
    ]
    return flagged, np.vstack(rows)


def _missed(warranted: Predictions, escalated: Predictions) -> Predictions:
    unknown = np.isnan(warranted.target) | np.isnan(escalated.target)
    target = np.where(unknown, np.nan, (warranted.target == 1) & (escalated.target == 0))
    probability = warranted.probability * (1 - escalated.probability)
    return Predictions(target, probability, warranted.flagged & ~escalated.flagged, warranted.call)


def calm_share(predictions: Mapping[tuple[str, str], Predictions]) -> float:
    """Give the share of calls without any label that get a flag all the same."""
    found = [
        each for (level, label), each in predictions.items() if level == "calls" and ("turns", label) in predictions
    ]
    calm = np.all([each.target == 0 for each in found], axis=0)
    flagged = np.any([each.flagged for each in found], axis=0)
    return float(flagged[calm].mean()) if calm.any() else float("nan")


def _slices(calls: Sequence[Call], predictions: Mapping[tuple[str, str], Predictions]) -> dict[str, dict[str, float]]:
    found = {}
    for name in SLICES:
        values = [_field(call, name) for call in calls]
        for value, n_calls in Counter(values).most_common():
            if value and FEWEST_CALLS <= n_calls < len(calls):
                kept = np.array([each == value for each in values])
                found[f"{name}={value}"] = {"calls": n_calls, **_slice(predictions, kept)}
    return found


def _slice(predictions: Mapping[tuple[str, str], Predictions], kept: NDArray[np.bool_]) -> dict[str, float]:
    metrics = {key: measure(each.of_calls(kept), n_resamples=1) for key, each in predictions.items()}
    turns = {label: each for (level, label), each in metrics.items() if level == "turns"}
    calls = {label: each for (level, label), each in metrics.items() if level == "calls"}
    values = {
        "turn_macro_f1": _mean(turns, "f1", list(turns)),
        "call_macro_f1": _mean(calls, "f1", [label for label in turns if label != "handoff"]),
        **{f"{label}_f1": calls[label].f1 for label in (WARRANTED, ESCALATED, MISSED)},
    }
    return {name: round(value, 4) for name, value in values.items()}


def _field(call: Call, name: str) -> str | None:
    return getattr(call, name, None) or call.extra.get(name)


def _mean(metrics: Mapping[str, Metrics], name: str, labels: Sequence[str]) -> float:
    """Average over the labels that occur in the data."""
    values = [getattr(metrics[label], name) for label in labels if metrics[label].support]
    return float(np.mean(values)) if values else float("nan")
