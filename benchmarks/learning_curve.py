"""Accuracy on unheard authors against the number of authors trained on.

    python benchmarks/learning_curve.py [--authors 5 10 20 40] [--draws 2] [--out table.md]

Trains the first stage of the turn model on ever more of the train authors, drawn anew for each draw, and measures on
the validation authors' turns in calls: mean average precision, and macro F1 at thresholds that each half of the
validation authors lends the other. No test author is read.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
from ablations import TAXONOMY, Data, FirstStage, Floats

from escalert.config import ThresholdConfig, TrainConfig
from escalert.dataset import corpus_folder, read_splits, shipped_data, turn_targets
from escalert.linear import SigmoidCalibration
from escalert.metrics import average_precision, ratios
from escalert.readers import read_calls
from escalert.records import Call
from escalert.thresholds import choose_threshold


def crossed_f1(target: Floats, score: Floats, half: np.ndarray, label: str) -> float:
    """Give F1 where each half's threshold is chosen on the other half."""
    flagged = np.zeros(len(target), bool)
    for one in (False, True):
        chosen, asked = half == one, half != one
        calibration = SigmoidCalibration().fit(score[chosen, None], target[chosen])
        probability = calibration.predict_proba(score[:, None])[:, -1]
        flagged[asked] = probability[asked] >= choose_threshold(
            target[chosen], probability[chosen], ThresholdConfig(), label
        )
    return float(ratios(np.array([(flagged * target).sum(), flagged.sum(), target.sum()]))[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", nargs="*", type=int, default=[5, 10, 20, 40])
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    splits = read_splits(shipped_data("splits.json"))
    calls = list(read_calls([corpus_folder()]))
    held = [call for call in calls if splits[call.extra["author"]] == "validation" and not call.is_contrast]
    target = turn_targets(held, TAXONOMY)
    authors = sorted({call.extra["author"] for call in held})
    half = np.repeat(
        [authors.index(call.extra["author"]) % 2 == 0 for call in held], [len(call.turns) for call in held]
    )
    by_author: dict[str, list[Call]] = {}
    for call in calls:
        if splits[call.extra["author"]] == "train":
            by_author.setdefault(call.extra["author"], []).append(call)
    writers = [author for author, own in by_author.items() if not all(call.is_contrast for call in own)]
    lines = ["| authors | calls | mean average precision | macro F1 |", "|---|---|---|---|"]
    for n_authors in given.authors:
        found = []
        for draw in range(1 if n_authors >= len(writers) else given.draws):
            taken = random.Random(draw).sample(writers, min(n_authors, len(writers)))
            train = [call for author in taken for call in by_author[author]]
            score = FirstStage(Data(train, []), TrainConfig()).score(held)
            columns = list(zip(TAXONOMY.labels, target.T, score.T, strict=True))
            ap = np.mean([average_precision(y, s) for _, y, s in columns])
            f1 = np.mean([crossed_f1(y, s, half, label) for label, y, s in columns])
            found.append((sum(not call.is_contrast for call in train), ap, f1))
        n_calls, ap, f1 = np.mean(found, axis=0)
        n_taken = min(n_authors, len(writers))
        lines.append(f"| {n_taken} | {n_calls:.0f} | {ap:.3f} | {f1:.3f} |")
        print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
