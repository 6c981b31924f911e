"""How far two annotators agree: the authors' labels beside those of a second, blind reading.

    python benchmarks/agreement.py

Reads data/second-reading.jsonl, which holds both as they were before any disagreement was settled. Prints Markdown;
data/README.md holds it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.metrics import cohen_kappa_score, f1_score

from escalert.records import CALL_LABELS
from escalert.taxonomy import load_taxonomy

READINGS = Path(__file__).parents[1] / "data" / "second-reading.jsonl"


def main() -> None:
    calls = [json.loads(line) for line in READINGS.read_text("utf-8").splitlines()]
    n_turns = sum(call["n_turns"] for call in calls)
    print(f"{len(calls)} calls, {n_turns:,} turns\n")
    print("| label | author | reader | F1 | Cohen's kappa |\n|---|---|---|---|---|")
    scores = []
    for label in load_taxonomy().labels:
        pair = [
            np.array([bears(call[side], turn, label) for call in calls for turn in range(call["n_turns"])])
            for side in ("author", "reader")
        ]
        scores.append(f1_score(*pair))
        print(row(label, *pair))
    print(f"| mean | | | {np.mean(scores):.3f} | |")
    for label in CALL_LABELS:
        print(row(label, *(np.array([call[side][label] for call in calls]) for side in ("author", "reader"))))


def bears(reading: dict, turn: int, label: str) -> bool:
    return label in reading["turns"].get(str(turn), ())


def row(label: str, author: np.ndarray, reader: np.ndarray) -> str:
    agreement = f"{f1_score(author, reader):.3f} | {cohen_kappa_score(author, reader):.3f}"
    return f"| `{label}` | {author.sum()} | {reader.sum()} | {agreement} |"


if __name__ == "__main__":
    main()
