"""The figures that escalert is held to, on the corpus's test authors and on labelled calls of others.

    python benchmarks/targets.py [--model models/demo] [--calls FILE …] [--calm FILE] [--abuse FILE] [--out table.md]

``--calls``: labelled calls, each file a column. ``--calm``: utterances (``{"text": …}`` per line) that warrant no flag.
``--abuse``: utterances with ``"abusive": true|false``, for the rank quality of ``profanity`` beside alt-profanity-check
(extra ``bench``). Prints Markdown; docs/accuracy.md holds it. Intervals: 95 %, bootstrap over calls.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson

from escalert.classifier import EscalationClassifier
from escalert.dataset import corpus_folder, read_splits, shipped_data
from escalert.evaluate import Evaluation, evaluate
from escalert.metrics import Metrics, average_precision
from escalert.readers import read_calls
from escalert.records import Call, Turn

CORE = ("profanity", "manager_request", "policy_exception", "emotional_intensity")
OUTCOMES = ("escalation_warranted", "escalated", "missed")


def summary(name: str) -> Callable[[Evaluation], str]:
    """Make the cell of a summary figure."""
    return lambda found: f"{found.summary[name]:.3f}"


def of_call(label: str) -> Callable[[Evaluation], str]:
    """Make the cell of a label's F1 on whole calls."""

    def cell(found: Evaluation) -> str:
        metrics = found.calls[label]
        low, high = metrics.intervals["f1"]
        return f"{metrics.f1:.2f} [{low:.2f}, {high:.2f}] (n {metrics.support})" if metrics.support else "no positive"

    return cell


def worst_error(level: Callable[[Evaluation], dict[str, Metrics]]) -> Callable[[Evaluation], str]:
    """Make the cell of the largest and the mean calibration error."""

    def cell(found: Evaluation) -> str:
        errors = {label: each.calibration_error for label, each in level(found).items()}
        worst = max(errors, key=lambda label: errors[label])
        return f"{errors[worst]:.3f} ({worst}); mean {np.mean(list(errors.values())):.3f}"

    return cell


ROWS: dict[str, Callable[[Evaluation], str]] = {
    "calls · turns": lambda found: f"{found.facts['n_calls']} · {found.facts['n_turns']:,}",
    "turns: macro F1 (≥ 0.70)": summary("turn_macro_f1"),
    "turns: mean average precision (≥ 0.75)": summary("turn_mean_average_precision"),
    "calls: macro F1 over the ten triggers (≥ 0.85)": summary("call_macro_f1"),
    **{f"calls: `{label}` F1 (≥ 0.85)": of_call(label) for label in CORE},
    **{f"`{label}` F1 (≥ {0.8 if label == 'missed' else 0.85})": of_call(label) for label in OUTCOMES},
    "calm calls that get a flag (≤ 10 %)": lambda found: f"{found.facts['calm_calls_flagged']:.1%}",
    "turns: largest calibration error (≤ 0.05)": worst_error(lambda found: dict(found.turns)),
    "calls: largest calibration error (≤ 0.05)": worst_error(lambda found: dict(found.calls)),
}


def alone(path: Path) -> tuple[list[Call], list[dict]]:
    """Read utterances as calls of one customer's turn."""
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    return [Call(str(number), (Turn("customer", row["text"]),)) for number, row in enumerate(rows)], rows


def of_calm(classifier: EscalationClassifier, path: Path) -> str:
    calls, _ = alone(path)
    flagged = [bool(verdict.flagged_triggers) for verdict in classifier.score(calls)]
    return f"- {path.name}: {np.mean(flagged):.2%} of {len(flagged):,} utterances get a flag (target ≤ 1 %)."


def of_abuse(classifier: EscalationClassifier, path: Path) -> str:
    from profanity_check import predict_prob

    calls, rows = alone(path)
    target = np.array([row["abusive"] for row in rows], dtype=float)
    own = classifier.probabilities(calls)[0][:, classifier.taxonomy.labels.index("profanity")]
    peer = np.asarray(predict_prob([row["text"] for row in rows]))
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=300).astype(float)
    gaps = [average_precision(target, own, draw) - average_precision(target, peer, draw) for draw in draws]
    low, high = np.percentile(gaps, [2.5, 97.5])
    ours, theirs = average_precision(target, own), average_precision(target, peer)
    return (
        f"- {path.name} ({len(rows)} utterances, {target.sum():.0f} abusive): average precision of `profanity` "
        f"{ours:.3f}, alt-profanity-check {theirs:.3f}; difference {ours - theirs:+.3f} [{low:+.3f}, {high:+.3f}]."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("models/demo"))
    parser.add_argument("--calls", nargs="*", type=Path, default=[])
    parser.add_argument("--calm", type=Path)
    parser.add_argument("--abuse", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    classifier = EscalationClassifier.load(given.model)
    splits = read_splits(shipped_data("splits.json"))
    held = [call for call in read_calls([corpus_folder()]) if splits[call.extra["author"]] == "test"]
    found = {"held-out authors": evaluate(classifier, held)}
    found |= {path.stem: evaluate(classifier, list(read_calls([path]))) for path in given.calls}
    if len(given.calls) > 1:
        pooled = [call for path in given.calls[:2] for call in read_calls([path])]
        found[f"{given.calls[0].stem} and {given.calls[1].stem}"] = evaluate(classifier, pooled)
    lines = ["| figure (target) | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    lines += [f"| {name} | " + " | ".join(cell(each) for each in found.values()) + " |" for name, cell in ROWS.items()]
    lines += [""]
    lines += [of_calm(classifier, given.calm)] if given.calm else []
    lines += [of_abuse(classifier, given.abuse)] if given.abuse else []
    text = "\n".join(lines)
    print(text)
    if given.out:
        given.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
