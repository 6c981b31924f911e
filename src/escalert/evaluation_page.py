"""An evaluation as the sections of an HTML page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from escalert.evaluate import Evaluation
from escalert.metrics import Metrics
from escalert.plots import evaluation_plots
from escalert.report.evaluation import Figure, Section, Table, write_evaluation_page
from escalert.wholefile import whole_file

HEADERS = (
    "label",
    "n",
    "of",
    "precision",
    "recall",
    "F1",
    "F1 95 %",
    "avg. precision",
    "Brier",
    "calibration error",
)
CAPTIONS = {
    "precision_recall": "Precision and recall of turns over all thresholds; the dot is the model's own threshold.",
    "reliability": "What the probabilities of calls say, and what happened; the closer to the diagonal, the better.",
    "confusion": "Calls: predicted against true.",
    "scores": "Calls by probability, with and without the trigger; logarithmic counts.",
}


def evaluation_sections(evaluation: Evaluation, baseline: Evaluation | None = None) -> list[Section]:
    """Lay out an evaluation, and the rules baseline on the same calls beside it."""
    facts = evaluation.facts
    intro = (
        f"Model {facts['model']['name']}, version {facts['model']['version']}, on {facts['n_calls']:,} calls "
        f"with {facts['n_turns']:,} turns that it was not trained on. Intervals are 95 % by bootstrap over calls.",
    )
    sections = [
        Section("Summary", intro, [_summary(evaluation, baseline)]),
        Section("Turns", (), [_metrics(evaluation.turns)]),
        Section("Calls", (), [_metrics(evaluation.calls)]),
        Section(
            "Pictures",
            (),
            (),
            [Figure(svg, CAPTIONS[name]) for name, svg in evaluation_plots(evaluation.predictions).items()],
        ),
    ]
    if evaluation.slices:
        sections.insert(3, Section("Slices", ("Parts of ten calls or more.",), [_slices(evaluation)]))
    return sections


def _summary(evaluation: Evaluation, baseline: Evaluation | None) -> Table:
    others = baseline.summary if baseline else {}
    rows = [
        (name.replace("_", " "), _real(value), _real(others.get(name))) for name, value in evaluation.summary.items()
    ]
    return Table(("figure", "model", "rules"), rows)


def _metrics(metrics: Mapping[str, Metrics]) -> Table:
    return Table(HEADERS, [metrics_row(label, found) for label, found in metrics.items()])


def metrics_row(label: str, found: Metrics) -> tuple[str | int | float | None, ...]:
    """Give one label's metrics as cells under `HEADERS`."""
    low, high = found.intervals.get("f1", (float("nan"),) * 2)
    return (
        label, found.support, found.n, found.precision, found.recall, found.f1,
        f"{low:.2f} – {high:.2f}" if low == low else "–",
        _real(found.average_precision), _real(found.brier), _real(found.calibration_error),
    )  # fmt: skip


def _slices(evaluation: Evaluation) -> Table:
    names = list(next(iter(evaluation.slices.values())))
    rows: list[tuple[str | float, ...]] = [
        (part, *(values[name] for name in names)) for part, values in evaluation.slices.items()
    ]
    return Table(("part", *(name.replace("_", " ") for name in names)), rows)


def _real(value: float | None) -> float | None:
    return None if value is None or value != value else value


def write_evaluation(folder: Path, evaluation: Evaluation, baseline: Evaluation | None) -> None:
    """Write ``metrics.json``, ``evaluation.html`` and the plots into a folder, each file whole."""
    metrics = {"model": evaluation.to_dict(), "rules": baseline.to_dict() if baseline else None}
    files = {f"{name}.svg": svg for name, svg in evaluation_plots(evaluation.predictions).items()}
    for name, text in {**files, "metrics.json": json.dumps(metrics, indent=2) + "\n"}.items():
        with whole_file(folder / name) as temporary:
            temporary.write_text(text, "utf-8")
    title = f"Evaluation of {evaluation.facts['model']['name']}"
    write_evaluation_page(folder / "evaluation.html", title, evaluation_sections(evaluation, baseline))
