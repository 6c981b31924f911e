"""Accuracy of escalert beside its peers, in one run: same training turns, same test turns, every label.

    python benchmarks/accuracy.py [--calls FILE ...] [--out table.md] [--only escalert fasttext …]

Needs the extra ``bench`` and the model of ``escalert demo``. Every method learns from the corpus's train and validation
authors: a peer chooses its thresholds on the validation authors after training on the others, and is then trained on
both; escalert chooses its own out of fold. All are measured on the test authors, and on the labelled calls named.
Prints Markdown; docs/accuracy.md holds one. A cell is the average precision of the turns, with a 95 % interval
(bootstrap over calls), and the F1 at the threshold.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalert.classifier import EscalationClassifier
from escalert.config import ThresholdConfig
from escalert.dataset import corpus_folder, read_splits, shipped_data, turn_targets
from escalert.evaluate import predict
from escalert.metrics import Predictions, measure
from escalert.readers import read_calls
from escalert.records import Call
from escalert.taxonomy import load_taxonomy
from escalert.thresholds import choose_threshold

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
Floats = NDArray[np.float64]
SEED = 7
LABELS = load_taxonomy().labels


@dataclass(frozen=True)
class Turns:
    """Turns of some calls: their texts, their labels (1, 0, NaN) and their call's number."""

    calls: list[Call]
    texts: list[str]
    Y: Floats
    call: NDArray[np.int64]

    @classmethod
    def of(cls, calls: Sequence[Call]) -> Turns:
        """Lay out the turns of calls."""
        lengths = [len(call.turns) for call in calls]
        texts = [" ".join(turn.text.split()) for call in calls for turn in call.turns]
        return cls(list(calls), texts, turn_targets(calls, load_taxonomy()), np.repeat(np.arange(len(calls)), lengths))


Method = Callable[[Turns, Turns], Floats]
"""From training turns and others to the scores of the others, turns × labels; NaN for labels that are not offered."""


def fit_labels(fit: Callable[[list[str], Floats], Callable[[list[str]], Floats]]) -> Method:
    """Make a method of one that learns a single label from annotated texts."""

    def run(train: Turns, asked: Turns) -> Floats:
        columns = []
        for target in train.Y.T:
            known = ~np.isnan(target)
            texts = [text for text, keep in zip(train.texts, known, strict=True) if keep]
            columns.append(fit(texts, target[known])(asked.texts))
        return np.column_stack(columns)

    return run


def tfidf_logistic(texts: list[str], y: Floats) -> Callable[[list[str]], Floats]:
    """Word and character n-grams, logistic regression: scikit-learn's text tutorial."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, solver="liblinear")
    ).fit(texts, y)
    return lambda asked: model.predict_proba(asked)[:, 1]


def fasttext_supervised(texts: list[str], y: Floats) -> Callable[[list[str]], Floats]:
    """Train fastText (Joulin et al. 2017) as its tutorial does, with word bigrams and subwords."""
    import fasttext

    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.writelines(f"__label__{int(label)} {text.lower()}\n" for text, label in zip(texts, y, strict=True))
    options = {"epoch": 25, "lr": 0.5, "wordNgrams": 2, "minn": 2, "maxn": 5, "dim": 50, "thread": 2, "seed": SEED}
    model = fasttext.train_supervised(file.name, verbose=0, **options)
    Path(file.name).unlink()

    def score(asked: list[str]) -> Floats:
        labels, probabilities = model.predict([text.lower() for text in asked], k=2)
        pairs = (dict(zip(*pair, strict=True)) for pair in zip(labels, probabilities, strict=True))
        return np.array([pair.get("__label__1", 0.0) for pair in pairs])

    return score


def spacy_textcat(architecture: str, most_steps: int, train: Turns, asked: Turns) -> Floats:
    """Train spaCy's multilabel text categoriser with the batches, dropout and optimizer of ``spacy init config``.

    Turns that are not annotated for every label are left out.
    """
    import spacy
    from spacy.training import Example
    from spacy.training.batchers import minibatch_by_words
    from spacy.util import fix_random_seed
    from thinc.api import compounding

    fix_random_seed(SEED)
    nlp = spacy.blank("en")
    model = {
        "@architectures": f"spacy.{architecture}",
        "exclusive_classes": False,
        **({"ngram_size": 2, "no_output_layer": False} if "BOW" in architecture else {}),
    }
    if "CNN" in architecture:
        model = {**model, "tok2vec": TOK2VEC}
    textcat = nlp.add_pipe("textcat_multilabel", config={"model": model})
    for label in LABELS:
        textcat.add_label(label)
    known = ~np.isnan(train.Y).any(axis=1)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": dict(zip(LABELS, map(float, y), strict=True))})
        for text, y, keep in zip(train.texts, train.Y, known, strict=True)
        if keep and text
    ]
    optimizer = nlp.initialize(lambda: examples[:1000])
    batches = minibatch_by_words(_again_and_again(examples), compounding(100, 1000, 1.001))
    for batch in islice(batches, most_steps):
        nlp.update(batch, sgd=optimizer, drop=0.1)

    docs = nlp.pipe(asked.texts, batch_size=512)
    return np.array([[doc.cats.get(label, 0.0) for label in LABELS] for doc in docs])


def _again_and_again(examples: list[Any]) -> Iterator[Any]:
    rng = random.Random(SEED)
    while True:
        rng.shuffle(examples)
        yield from examples


TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 2000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}


def one_label(label: str, score: Callable[[list[str]], Floats]) -> Method:
    """Make a method of a ready-made scorer of one label."""

    def run(train: Turns, asked: Turns) -> Floats:
        scores = np.full((len(asked.texts), len(LABELS)), np.nan)
        scores[:, LABELS.index(label)] = score(asked.texts)
        return scores

    return run


def alt_profanity_check(texts: list[str]) -> Floats:
    """Score by the linear model that alt-profanity-check ships."""
    from profanity_check import predict_prob

    return np.asarray(predict_prob(texts))


def better_profanity(texts: list[str]) -> Floats:
    """Score by the word list of better-profanity."""
    from better_profanity import profanity

    profanity.load_censor_words()
    return np.array([float(profanity.contains_profanity(text)) for text in texts])


def vader(texts: list[str]) -> Floats:
    """Score by the negated compound of VADER (Hutto and Gilbert 2014), scaled to 0 … 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([(1 - analyzer.polarity_scores(text)["compound"]) / 2 for text in texts])


METHODS: dict[str, Method] = {
    "alt-profanity-check": one_label("profanity", alt_profanity_check),
    "better-profanity": one_label("profanity", better_profanity),
    "VADER": one_label("emotional_intensity", vader),
    "TF-IDF + LR": fit_labels(tfidf_logistic),
    "fastText": fit_labels(fasttext_supervised),
    "spaCy BOW": partial(spacy_textcat, "TextCatBOW.v3", 20_000),
    "spaCy CNN": partial(spacy_textcat, "TextCatCNN.v2", 3_000),
}
OWN = ("rules", "escalert")


def of_classifier(classifier: EscalationClassifier, turns: Turns) -> dict[str, Predictions]:
    """Give what a classifier of escalert says of turns, at its own thresholds."""
    calls = [replace(call, escalated=None) for call in turns.calls]
    return {label: found for (level, label), found in predict(classifier, calls).items() if level == "turns"}


def thresholds_of(method: Method, train: Turns, validation: Turns) -> list[float]:
    """Choose a peer's thresholds on the validation turns."""
    scores = method(train, validation)
    pairs = zip(LABELS, validation.Y.T, np.nan_to_num(scores).T, strict=True)
    return [choose_threshold(target, score, ThresholdConfig(), label) for label, target, score in pairs]


def of_method(scores: Floats, cuts: Sequence[float], test: Turns) -> dict[str, Predictions]:
    """Give what a peer says of the test turns."""
    columns = zip(LABELS, test.Y.T, scores.T, cuts, strict=True)
    return {
        label: Predictions(target, score, score >= cut, test.call)
        for label, target, score, cut in columns
        if not np.isnan(score).any()
    }


def cell(found: Predictions | None) -> str:
    """Give average precision with its interval, and F1."""
    if found is None:
        return ""
    metrics = measure(found, n_resamples=200)
    low, high = metrics.intervals["average_precision"]
    return f"{metrics.average_precision:.2f} [{low:.2f}, {high:.2f}] · {metrics.f1:.2f}"


def table(results: dict[str, dict[str, Predictions]]) -> str:
    """Lay results out, a row per label and a column per method."""
    own = results["escalert"]
    lines = ["| label | n | " + " | ".join(results) + " |", "|---|---|" + "---|" * len(results)]
    for label in LABELS:
        cells = [cell(found.get(label)) for found in results.values()]
        lines.append(f"| `{label}` | {int(np.nansum(own[label].target))} | " + " | ".join(cells) + " |")
    means = []
    for found in results.values():
        metrics = [measure(each, n_resamples=1) for each in found.values() if np.nansum(each.target)]
        whole = len(found) == len(LABELS)
        values = (np.mean([m.average_precision for m in metrics]), np.mean([m.f1 for m in metrics]))
        means.append(f"{values[0]:.3f} · {values[1]:.3f}" if whole else "")
    return "\n".join([*lines, "| mean | | " + " | ".join(means) + " |"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", nargs="*", type=Path, default=[], help="labelled calls to measure on as well")
    parser.add_argument("--only", nargs="*", default=[*OWN, *METHODS], help="methods to run")
    parser.add_argument("--model", type=Path, default=Path("models/demo"), help="trained on train and validation")
    parser.add_argument("--out", type=Path, help="write the tables here too")
    given = parser.parse_args()
    parts: dict[str, list[Call]] = {"train": [], "validation": [], "test": []}
    splits = read_splits(shipped_data("splits.json"))
    for call in read_calls([corpus_folder()]):
        parts[splits[call.extra["author"]]].append(call)
    train, validation = (
        Turns.of(parts["train"]),
        Turns.of([call for call in parts["validation"] if not call.is_contrast]),
    )
    sets = {"held-out authors": Turns.of([call for call in parts["test"] if not call.is_contrast])}
    sets |= {path.stem: Turns.of(list(read_calls([path]))) for path in given.calls}
    results: dict[str, dict[str, dict[str, Predictions]]] = {name: {} for name in sets}
    for name in [name for name in (*OWN, *METHODS) if name in given.only or name == "escalert"]:
        started = time.perf_counter()
        if name in OWN:
            classifier = EscalationClassifier.rules() if name == "rules" else EscalationClassifier.load(given.model)
            found = [of_classifier(classifier, test) for test in sets.values()]
        else:
            cuts = thresholds_of(METHODS[name], train, validation)
            scores = METHODS[name](Turns.of(parts["train"] + parts["validation"]), all_of(sets.values()))
            ends = np.cumsum([len(test.texts) for test in sets.values()])
            split = np.split(scores, ends[:-1])
            found = [of_method(part, cuts, test) for part, test in zip(split, sets.values(), strict=True)]
        for title, run in zip(sets, found, strict=True):
            results[title][name] = run
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    text = "\n\n".join(
        f"### {title} ({len(test.calls)} calls, {len(test.texts):,} turns)\n\n{table(results[title])}"
        for title, test in sets.items()
    )
    print(text)
    if given.out:
        given.out.write_text(text + "\n", "utf-8")


def all_of(sets: Iterable[Turns]) -> Turns:
    """Lay the turns of all sets end to end."""
    return Turns.of([call for turns in sets for call in turns.calls])


if __name__ == "__main__":
    main()
