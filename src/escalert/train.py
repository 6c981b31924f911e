"""Train a classifier on labelled calls, measure it on calls it never saw, and save it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from escalert.calls import CallModel
from escalert.classifier import EscalationClassifier
from escalert.config import TrainConfig
from escalert.dataset import Split, call_digest, count_labels, fingerprint, shipped_data, split_calls
from escalert.evaluate import Evaluation, evaluate
from escalert.modelcard import render_model_card
from escalert.persistence import ModelFiles, save_model
from escalert.records import CALL_LABELS, Call
from escalert.reference import UNKNOWN_WORDS, Observations, Reference, probability_of


@dataclass(frozen=True)
class Training:
    """What a training gave.

    Attributes
    ----------
    classifier : EscalationClassifier
    split : Split
        What it was trained on, and the held-out calls of the evaluations.
    evaluation, baseline : Evaluation or None
        The model's and the rules', on the held-out calls; None if none were held out.
    """

    classifier: EscalationClassifier
    split: Split
    evaluation: Evaluation | None
    baseline: Evaluation | None


def train(
    calls: Sequence[Call],
    config: TrainConfig | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Training:
    """Split, train on one part, measure on the other.

    Parameters
    ----------
    calls : sequence of Call
        Labelled.
    progress : callable, optional
        Told each step in words.

    Raises
    ------
    DataError
        If the labels are unknown, missing or too few.
    """
    config = config or TrainConfig()
    settings = config.data
    split = split_calls(
        calls,
        by=settings.split_by,
        test_share=settings.test_share,
        seed=config.model.seed,
        splits=settings.splits,
    )
    classifier = EscalationClassifier(config).fit(split.train, progress)
    progress("measuring on the held-out calls")
    held_out = [call for call in split.test if not call.is_contrast]
    rules = EscalationClassifier.rules(classifier.taxonomy)
    return Training(
        classifier,
        split,
        evaluate(classifier, held_out) if held_out else None,
        evaluate(rules, held_out) if held_out else None,
    )


def with_fixed_splits(config: TrainConfig) -> TrainConfig:
    """Hold out the test authors of the shipped corpus, unless the configuration names splits of its own."""
    if config.data.splits is not None:
        return config
    data = config.data.model_copy(update={"splits": shipped_data("splits.json")})
    return config.model_copy(update={"data": data})


def save_training(training: Training, folder: Path) -> dict[str, Any]:
    """Save what a training gave as a model folder, and give its manifest.

    Raises
    ------
    UsageError
        If the folder exists.
    """
    classifier = training.classifier
    facts = {**training_facts(training), "reference": training_reference(training).to_dict()}
    metrics = {
        "held_out": training.evaluation.to_dict() if training.evaluation else None,
        "rules": training.baseline.to_dict() if training.baseline else None,
    }
    card = render_model_card(folder.name, facts, metrics, classifier.taxonomy)
    trained_on = [call_digest(call) for call in training.split.train]
    return save_model(folder, classifier, ModelFiles(facts, metrics, card, trained_on))


def training_facts(training: Training) -> dict[str, Any]:
    """Give what a manifest and a tracked run say of a training."""
    classifier, split = training.classifier, training.split
    return {
        "labels": list(classifier.taxonomy.labels),
        "labels_left_out": list(classifier.missing_),
        "thresholds": {label: round(value, 4) for label, value in classifier.policy_.thresholds.items()},
        "seed": classifier.config.model.seed,
        "config": classifier.config.model_dump(mode="json", exclude={"data": {"splits"}}),
        "data": {
            "split": split.how,
            "train": {
                "fingerprint": fingerprint(split.train),
                **count_labels(split.train, classifier.taxonomy),
            },
            "test": {"fingerprint": fingerprint(split.test), **count_labels(split.test, classifier.taxonomy)},
        },
        "metrics": training.evaluation.to_dict()["summary"] if training.evaluation else {},
    }


def training_reference(training: Training) -> Reference:
    """Take the reference of later calls from the conversations of a training.

    Turns, words and speakers are those of the training's own calls, probabilities their out-of-fold ones, and unknown
    words those of the held-out calls: the training's own words are all known.
    """
    classifier, split = training.classifier, training.split
    counter = classifier.word_counter()
    seen, held_out = Observations(), Observations()
    for calls, found in ((split.train, seen), (split.test, held_out)):
        for call in calls:
            if not call.is_contrast:
                found.add(counter.count(call), {})
    seen.shares[UNKNOWN_WORDS] = held_out.shares.get(UNKNOWN_WORDS, [])
    probabilities = cast(CallModel, classifier.call_model_).out_of_fold_
    for label, column in zip((*classifier.taxonomy.labels, *CALL_LABELS), probabilities.T, strict=True):
        if label not in classifier.missing_:
            seen.features[probability_of(label)] = column[~np.isnan(column)].tolist()
    return Reference.of(seen)
