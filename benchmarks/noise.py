"""How much accuracy is left when transcripts are damaged: the same held-out calls, damaged in ever more ways.

    python benchmarks/noise.py [--model models/demo] [--calls FILE …] [--out table.md]

Prints a Markdown table; docs/accuracy.md holds one. The damage is that of `escalert.noise`, under a seed that no
training uses.
"""

from __future__ import annotations

import argparse
import string
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from escalert.classifier import EscalationClassifier
from escalert.dataset import corpus_folder, read_splits, shipped_data
from escalert.evaluate import evaluate
from escalert.noise import Noise, add_noise
from escalert.readers import read_calls
from escalert.records import Call, Turn
from escalert.taxonomy import load_taxonomy
from escalert.triggers import swear_words

SEED = 2024
MARKS = str.maketrans("", "", string.punctuation.replace("'", "").replace("*", ""))
FIGURES = ("turn_macro_f1", "turn_mean_average_precision", "call_macro_f1", "escalation_warranted_f1", "missed_f1")


def with_errors(rate: float) -> Callable[[Sequence[Call]], list[Call]]:
    """Damage this share of the words, as a recogniser does."""
    noise = Noise(word_error_rate=rate, masked_share=0.5, speakers_lost=0.0, speakers_swapped=0.0)
    return lambda calls: add_noise(calls, noise, seed=SEED, swearing=swear_words(load_taxonomy()))


def with_turns(change: Callable[[Turn], Turn]) -> Callable[[Sequence[Call]], list[Call]]:
    """Change every turn."""
    return lambda calls: [replace(call, turns=tuple(change(turn) for turn in call.turns)) for call in calls]


DAMAGE: dict[str, Callable[[Sequence[Call]], list[Call]]] = {
    "as they are": list,
    "10 % word errors": with_errors(0.1),
    "20 % word errors": with_errors(0.2),
    "30 % word errors": with_errors(0.3),
    "no punctuation": with_turns(lambda turn: replace(turn, text=turn.text.translate(MARKS))),
    "no capitals": with_turns(lambda turn: replace(turn, text=turn.text.lower())),
    "no speaker labels": with_turns(lambda turn: replace(turn, speaker="unknown")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("models/demo"))
    parser.add_argument("--calls", nargs="*", type=Path, help="labelled calls; the corpus's test authors by default")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    splits = read_splits(shipped_data("splits.json"))
    calls = [call for call in read_calls(given.calls or [corpus_folder()]) if not call.is_contrast]
    if not given.calls:
        calls = [call for call in calls if splits[call.extra["author"]] == "test"]
    classifier = EscalationClassifier.load(given.model)
    lines = [f"| {len(calls)} calls | " + " | ".join(FIGURES) + " |", "|---|" + "---|" * len(FIGURES)]
    for name, damage in DAMAGE.items():
        summary = evaluate(classifier, damage(calls), n_resamples=1).summary
        lines.append(f"| {name} | " + " | ".join(f"{summary[figure]:.3f}" for figure in FIGURES) + " |")
        print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
