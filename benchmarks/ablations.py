"""What each part of the turn model is worth: one change at a time, trained on train, measured on validation.

    python benchmarks/ablations.py [--only NAME …] [--share 1.0] [--out table.md]

No test author and no outside call is read. Each line of the table trains the first stage (and where it says so, the
second) anew and gives the mean average precision over the labels, on the validation authors' turns in calls and on
their contrast turns, with the 95 % interval of the difference to the base (bootstrap over calls).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from escalert.config import TrainConfig
from escalert.dataset import corpus_folder, read_splits, shipped_data, turn_targets
from escalert.features import turn_table
from escalert.linear import MaskedOneVsRest
from escalert.metrics import average_precision
from escalert.noise import Noise, add_noise
from escalert.readers import read_calls
from escalert.records import Call
from escalert.taxonomy import load_taxonomy
from escalert.triggers import TriggerModel, TurnExamples, collect_examples, fit_first_stage, swear_words

Floats = NDArray[np.float64]
TAXONOMY = load_taxonomy()
LEXICON = swear_words(TAXONOMY)

CHANGES: dict[str, dict[str, Any]] = {
    "base": {},
    "no damaged copies": {"noise.copies": 0},
    "two damaged copies": {"noise.copies": 2},
    "no contrast turns": {"model.contrast_weight": 0.0},
    "contrast turns at half weight": {"model.contrast_weight": 0.5},
    "no cue phrases": {"features.cues": 0.0},
    "cue phrases at weight 1": {"features.cues": 1.0},
    "no character n-grams": {"features.characters": 0.0},
    "character n-grams 3 to 5": {"features.character_ngrams": (3, 5)},
    "word n-grams to 3": {"features.word_ngrams": (1, 3)},
    "words in two turns or more": {"features.min_turns_word": 2},
    "no turn before": {"features.before": 0.0},
    "no turn after": {"features.after": 0.0},
    "no own turn before": {"features.own_before": 0.0},
    "neighbours at weight 1": {"features.before": 1.0, "features.after": 1.0},
    "no style": {"features.style": 0.0},
    "no place in the call": {"features.place": 0.0},
    "C 0.1": {"model.turn_c": 0.1},
    "C 1": {"model.turn_c": 1.0},
    "positives at weight 1": {"model.positive_weight": 1.0},
    "positives at weight 3": {"model.positive_weight": 3.0},
}


@dataclass(frozen=True)
class Data:
    """The calls to train on, and those to measure on."""

    train: list[Call]
    validation: list[Call]

    def held(self, *, contrast: bool) -> list[Call]:
        """Give the validation calls, or the stand-alone turns."""
        return [call for call in self.validation if call.is_contrast is contrast]


Variant = Callable[[Data, list[Call]], Floats]
"""Trains on the data and scores the turns of calls, turns × labels."""


def configured(changes: dict[str, Any]) -> TrainConfig:
    """Give the default configuration with some keys changed."""
    tables = TrainConfig().model_dump()
    for path, value in changes.items():
        section, key = path.split(".")
        tables[section][key] = value
    return TrainConfig.model_validate(tables)


class FirstStage:
    """The first stage, and what a variant adds to its matrix or its examples."""

    def __init__(self, data: Data, config: TrainConfig, extra: Callable[..., Any] | None = None) -> None:
        self.examples = collect_examples(data.train, config, TAXONOMY)
        rows = np.ones(len(self.examples.table), bool)
        self.features, self.linear = fit_first_stage(self.examples, rows, config, TAXONOMY)
        self.extra = extra
        if extra is not None:
            X = self._matrix(self.examples.table, fit=True)
            settings = config.model
            self.linear = MaskedOneVsRest(settings.turn_c, settings.positive_weight, random_state=7, n_jobs=2)
            self.linear.fit(X, self.examples.Y, self.examples.weight)

    def score(self, calls: list[Call]) -> Floats:
        """Score the turns of calls."""
        return self.linear.decision_function(self._matrix(turn_table(calls, LEXICON)))

    def _matrix(self, table: Any, *, fit: bool = False) -> Any:
        X = self.features.transform(table)
        return X if self.extra is None else sparse.hstack([X, self.extra(table, fit)], format="csr")


def brown_clusters() -> Callable[[Any, bool], Any]:
    """Add the Brown clusters of the words (spacy-lookups-data), as paths of 10 and 20 bits, at weight 0.5."""
    from spacy.lookups import load_lookups

    clusters = load_lookups("en", ["lexeme_cluster"]).get_table("lexeme_cluster")
    from spacy.strings import hash_string

    def paths(text: str) -> list[str]:
        ids = [clusters.get(hash_string(word)) for word in text.split()]
        bits = [format(number, "b")[::-1] for number in ids if number]
        return [path[:length] for path in bits for length in (10, 20)]

    vectorizer = TfidfVectorizer(analyzer=paths, sublinear_tf=True)

    def block(table: Any, fit: bool) -> Any:
        return (vectorizer.fit_transform if fit else vectorizer.transform)(table["text"]) * 0.5

    return block


def refusal_before() -> Callable[[Any, bool], Any]:
    """Add, for a customer's turn, whether the agent's turn just before refuses, by its cue phrases."""
    from escalert.cues import CuePhrases
    from escalert.features import build_phrases

    cues = CuePhrases({"authority_limit": build_phrases(TAXONOMY)["authority_limit"]})

    def block(table: Any, fit: bool) -> Any:
        hits = np.asarray(cues.fit_transform(table["text"]).sum(axis=1)).ravel() > 0
        before = np.append(hits, False)[table["before"].to_numpy()]
        return sparse.csr_matrix((before & (table["speaker"] == "customer").to_numpy())[:, None] * 0.5)

    return block


def static_vectors(path: Path) -> Callable[[Any, bool], Any]:
    """Add the mean vector of the words, from a file ``word value …`` (distilled from sentence embeddings)."""
    lines = [line.split(" ") for line in path.read_text("utf-8").splitlines()]
    vectors = {line[0]: np.array(line[1:], dtype=np.float32) for line in lines}
    width = len(next(iter(vectors.values())))

    def block(table: Any, fit: bool) -> Any:
        rows = np.zeros((len(table), width), np.float32)
        for number, text in enumerate(table["text"]):
            found = [vectors[word] for word in text.split() if word in vectors]
            if found:
                rows[number] = np.mean(found, axis=0)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return sparse.csr_matrix(rows / np.maximum(norms, 1e-6) * 0.5)

    return block


def self_training(data: Data, config: TrainConfig) -> FirstStage:
    """Learn from a fifth of the train authors as if their labels were unknown: trust scores that are sure."""
    authors = sorted({call.extra["author"] for call in data.train})
    unlabelled = set(authors[::5])
    known = [call for call in data.train if call.extra["author"] not in unlabelled]
    first = FirstStage(Data(known, []), config)
    guessed = [call for call in data.train if call.extra["author"] in unlabelled and not call.is_contrast]
    scores = first.score(guessed)
    sure = np.where(scores > 0.5, 1.0, np.where(scores < -0.8, 0.0, np.nan))
    examples = _joined(first.examples, guessed, sure)
    again = FirstStage.__new__(FirstStage)
    again.extra, again.examples = None, examples
    again.features, again.linear = fit_first_stage(examples, np.ones(len(examples.table), bool), config, TAXONOMY)
    return again


def without_a_fifth(data: Data, config: TrainConfig) -> FirstStage:
    """Leave that fifth of the train authors out: what self-training must beat."""
    authors = sorted({call.extra["author"] for call in data.train})
    return FirstStage(Data([call for call in data.train if call.extra["author"] not in authors[::5]], []), config)


def hard_negatives(data: Data, config: TrainConfig) -> FirstStage:
    """Train again with thrice the weight on turns of calm calls that a first model scores high."""
    first = FirstStage(data, config)
    examples = first.examples
    calm = np.repeat([not any(turn.labels for turn in call.turns) for call in data.train], _lengths(data.train))
    calm = np.append(calm, np.zeros(len(examples.table) - len(calm), bool))
    high = first.linear.decision_function(first.features.transform(examples.table)).max(axis=1) > -0.8
    weight = np.where(calm & high, 3 * examples.weight, examples.weight)
    again = TurnExamples(examples.table, examples.Y, weight, examples.group, examples.is_original, examples.is_whole)
    first.features, first.linear = fit_first_stage(again, np.ones(len(weight), bool), config, TAXONOMY)
    return first


class TwoStages:
    """Both stages: a weighted mean of the first and of a logistic regression over neighbours' out-of-fold scores."""

    fitted: TriggerModel | None = None

    def __init__(self, data: Data, config: TrainConfig, share: float) -> None:
        if TwoStages.fitted is None:
            TwoStages.fitted = TriggerModel(config, TAXONOMY).fit(data.train)
        self.share = share

    def score(self, calls: list[Call]) -> Floats:
        """Score the turns of calls."""
        model, table = TwoStages.fitted, turn_table(calls, LEXICON)
        model.config = configured({"model.context_share": self.share})
        scores = model.linear_.decision_function(model.features_.transform(table))
        return model._mix(scores, model.neighbours_.decision_function(scores, table["turn"].to_numpy()))


def _joined(examples: TurnExamples, calls: list[Call], Y: Floats) -> TurnExamples:
    import pandas as pd

    table = turn_table(calls, LEXICON)
    moved = {
        name: np.where(table[name] < 0, -1, table[name] + len(examples.table))
        for name in ("before", "after", "own_before")
    }
    n = len(table)
    return TurnExamples(
        pd.concat([examples.table, table.assign(**moved)], ignore_index=True),
        np.vstack([examples.Y, Y]),
        np.append(examples.weight, np.full(n, 0.5)),
        np.append(examples.group, np.full(n, "guessed", dtype=object)),
        np.append(examples.is_original, np.zeros(n, bool)),
        np.append(examples.is_whole, np.ones(n, bool)),
    )


def _lengths(calls: list[Call]) -> list[int]:
    return [len(call.turns) for call in calls]


def variants(vectors: Path | None) -> dict[str, Callable[[Data], Any]]:
    """List all variants by name."""
    base = TrainConfig()
    found: dict[str, Callable[[Data], Any]] = {
        name: (lambda data, changes=changes: FirstStage(data, configured(changes))) for name, changes in CHANGES.items()
    }
    found |= {
        "with Brown clusters": lambda data: FirstStage(data, base, brown_clusters()),
        "with the agent's refusal just before": lambda data: FirstStage(data, base, refusal_before()),
        "hard negatives of calm calls, thrice": lambda data: hard_negatives(data, base),
        "four fifths of the authors": lambda data: without_a_fifth(data, base),
        "four fifths, self-trained on the rest": lambda data: self_training(data, base),
        "first stage alone, calibrated": lambda data: TwoStages(data, base, 0.0),
        "both stages, half and half": lambda data: TwoStages(data, base, 0.5),
        "second stage alone": lambda data: TwoStages(data, base, 1.0),
    }
    if vectors:
        found["with distilled word vectors"] = lambda data: FirstStage(data, base, static_vectors(vectors))
    return found


@dataclass
class Measured:
    """Scores on one set of calls, and what to measure them against."""

    Y: Floats
    call: NDArray[np.int64]
    scores: Floats

    def mean_ap(self, weight: Floats | None = None) -> float:
        """Give the mean average precision, each call weighed."""
        found = []
        for column in range(self.Y.shape[1]):
            known = ~np.isnan(self.Y[:, column])
            each = None if weight is None else weight[self.call][known]
            found.append(average_precision(self.Y[known, column], self.scores[known, column], each))
        return float(np.nanmean(found))


def difference(found: Measured, base: Measured, n_resamples: int = 40) -> str:
    """Give the interval of the difference to the base."""
    rng = np.random.default_rng(0)
    n_calls = int(found.call.max()) + 1
    draws = rng.multinomial(n_calls, np.full(n_calls, 1 / n_calls), size=n_resamples).astype(float)
    values = [found.mean_ap(draw) - base.mean_ap(draw) for draw in draws]
    return "{:+.3f} … {:+.3f}".format(*np.percentile(values, [2.5, 97.5]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", help="names of variants; the base is always run")
    parser.add_argument("--vectors", type=Path, help="word vectors as text, for the variant with distilled vectors")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    splits = read_splits(shipped_data("splits.json"))
    parts: dict[str, list[Call]] = {"train": [], "validation": [], "test": []}
    for call in read_calls([corpus_folder()]):
        parts[splits[call.extra["author"]]].append(call)
    data = Data(parts["train"], parts["validation"])
    calls, pairs = data.held(contrast=False), data.held(contrast=True)
    noisy = add_noise(calls, Noise(word_error_rate=0.2), seed=1, swearing=LEXICON)
    sets = {"calls": calls, "contrast": pairs, "noisy": noisy}
    lines = [
        "| change | calls: mAP | difference | contrast turns: mAP | calls at 20 % word errors: mAP | s |",
        "|---|---|---|---|---|---|",
    ]
    base: Measured | None = None
    for name, build in variants(given.vectors).items():
        if given.only and name not in given.only and name != "base":
            continue
        started = time.perf_counter()
        model = build(data)
        found = {
            title: Measured(
                turn_targets(held, TAXONOMY), np.repeat(np.arange(len(held)), _lengths(held)), model.score(held)
            )
            for title, held in sets.items()
        }
        base = base or found["calls"]
        change = "" if found["calls"] is base else difference(found["calls"], base)
        figures = [f"{found[title].mean_ap():.3f}" for title in sets]
        lines.append(
            f"| {name} | {figures[0]} | {change} | {figures[1]} | {figures[2]} | {time.perf_counter() - started:.0f} |"
        )
        print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
