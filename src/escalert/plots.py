"""Pictures of an evaluation, as SVG text."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from escalert.metrics import N_BINS, Predictions
from escalert.records import ESCALATED, WARRANTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, HIT, MISS = "#1f5fa8", "#1f5fa8", "#c2571a"
All = Mapping[tuple[str, str], Predictions]


def evaluation_plots(predictions: All) -> dict[str, str]:
    """Draw all pictures of an evaluation.

    Parameters
    ----------
    predictions : mapping of (level, label) to Predictions
        As `escalert.evaluate.Evaluation` holds them.

    Returns
    -------
    dict of str to str
        SVG text by name: ``precision_recall``, ``reliability``, ``confusion``, ``scores``.
    """
    turns = {label: found.annotated() for (level, label), found in predictions.items() if level == "turns"}
    calls = {label: found.annotated() for (level, label), found in predictions.items() if level == "calls"}
    outcomes = {label: calls[label] for label in (WARRANTED, ESCALATED, "missed") if label in calls}
    triggers = {label: found for label, found in calls.items() if label in turns}
    return {
        "precision_recall": _grid(turns, _draw_precision_recall, "recall", "precision"),
        "reliability": _grid({**triggers, **outcomes}, _draw_reliability, "probability", "share that is true"),
        "confusion": _grid(outcomes, _draw_confusion, "predicted", "true"),
        "scores": _grid(triggers, _draw_scores, "probability", "calls"),
    }


def _grid(found: Mapping[str, Predictions], draw: Callable[[Axes, Predictions], None], x: str, y: str) -> str:
    """Draw one small panel per label."""
    from matplotlib.figure import Figure

    n_columns = min(4, max(len(found), 1))
    n_rows = max(1, -(-len(found) // n_columns))
    figure = Figure(figsize=(3.0 * n_columns, 2.5 * n_rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(n_rows, n_columns)).ravel()
    for panel, (label, each) in zip(panels, found.items(), strict=False):
        draw(panel, each)
        panel.set_title(f"{label} (n={int(each.target.sum())} of {len(each.target)})", fontsize=8)
        panel.set_xlabel(x, fontsize=7)
        panel.set_ylabel(y, fontsize=7)
        panel.tick_params(labelsize=7)
    for panel in panels[len(found) :]:
        panel.set_axis_off()
    return _svg(figure)


def _draw_precision_recall(panel: Axes, found: Predictions) -> None:
    from sklearn.metrics import precision_recall_curve

    panel.set(xlim=(0, 1.02), ylim=(0, 1.02))
    if found.target.sum():
        precision, recall, _ = precision_recall_curve(found.target, found.probability)
        panel.step(recall, precision, where="post", color=INK, linewidth=1.5)
        hits = float((found.flagged * found.target).sum())
        flags = max(float(found.flagged.sum()), 1.0)
        panel.plot(hits / found.target.sum(), hits / flags, "o", color=MISS, markersize=5)


def _draw_reliability(panel: Axes, found: Predictions) -> None:
    bins = np.minimum((found.probability * N_BINS).astype(int), N_BINS - 1)
    counts = np.bincount(bins, minlength=N_BINS)
    filled = counts > 0
    said = np.bincount(bins, found.probability, minlength=N_BINS)[filled] / counts[filled]
    happened = np.bincount(bins, found.target, minlength=N_BINS)[filled] / counts[filled]
    panel.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle="--")
    panel.plot(said, happened, color=INK, linewidth=1)
    panel.scatter(said, happened, s=8 + 60 * counts[filled] / counts.max(), color=INK)
    panel.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def _draw_confusion(panel: Axes, found: Predictions) -> None:
    table = np.zeros((2, 2), dtype=int)
    np.add.at(table, (found.target.astype(int), found.flagged.astype(int)), 1)
    panel.imshow(table, cmap="Blues", vmin=0, vmax=max(table.max(), 1) * 1.6)
    for (row, column), count in np.ndenumerate(table):
        panel.text(column, row, str(count), ha="center", va="center", fontsize=11)
    panel.set_xticks([0, 1], ["no", "yes"])
    panel.set_yticks([0, 1], ["no", "yes"])


def _draw_scores(panel: Axes, found: Predictions) -> None:
    edges = [step / 20 for step in range(21)]
    for value, color, name in ((0, "#9aa7b4", "without"), (1, MISS, "with")):
        panel.hist(found.probability[found.target == value], bins=edges, color=color, alpha=0.8, label=name)
    panel.set_yscale("symlog")
    panel.legend(fontsize=6, frameon=False)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    options: dict[str, Any] = {"metadata": {"Date": None, "Creator": None}, "transparent": False}
    figure.savefig(text, format="svg", **options)
    return text.getvalue()[text.getvalue().index("<svg") :]
