"""``escalert train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import Quiet, Verbose, console, say, show_problems, show_table, steps
from escalert.cli.inputs import exit_code, models_folder, read_labelled
from escalert.errors import ReadProblem

if TYPE_CHECKING:
    from rich.table import Table

    from escalert.evaluate import Evaluation


def train_command(
    data: Annotated[
        list[str] | None,
        typer.Argument(help="Labelled calls; by default the corpus that ships with escalert."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="A train.toml; docs/training.md explains every key.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The model folder; by default models/ and the time.")
    ] = None,
    experiment: Annotated[str, typer.Option("--experiment", help="The MLflow experiment to log to.")] = "escalert",
    no_track: Annotated[bool, typer.Option("--no-track", help="Do not log the run to MLflow.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a model folder that exists.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Train a model on labelled calls, and print its metrics on calls held out from training.

    Example: escalert train labelled/ --config train.toml --out models/mine
    """
    from escalert.config import load_config
    from escalert.dataset import corpus_folder
    from escalert.persistence import default_model, set_default_model
    from escalert.train import save_training, train, with_fixed_splits

    settings = load_config(config)
    folder = out or models_folder() / _timestamp()
    _refuse_folder(folder, overwrite=overwrite)
    if not no_track:
        import escalert.tracking as tracking  # fails early, with an install hint

        tracking.use_store()
    problems: list[ReadProblem] = []
    with steps() as step:
        calls = read_labelled(data or [str(corpus_folder())], problems)
        training = train(calls, settings if data else with_fixed_splits(settings), step)
        step("saving")
        save_training(training, _cleared(folder))
        if not no_track:
            step("logging to MLflow")
            logged = tracking.log_training(training, folder, experiment)
    if default_model(folder.parent) is None:
        set_default_model(folder)
    if training.evaluation:
        show_metrics(training.evaluation, training.baseline)
    show_problems(problems)
    say(
        f"Model: {folder}"
        + (
            ""
            if no_track
            else f"; MLflow run {logged['run_id']}, version {logged['version']} (challenger) in {logged['store']}"
        )
    )
    return exit_code(problems)


def show_metrics(evaluation: Evaluation, baseline: Evaluation | None) -> None:
    """Print the metrics of turns and calls, the rules baseline beside them."""
    show_table(metrics_table(evaluation, baseline))
    for name, value in evaluation.summary.items():
        other = f"   rules {baseline.summary[name]:.3f}" if baseline else ""
        console().print(f"{name.replace('_', ' '):32} {value:.3f}{other}")


def metrics_table(evaluation: Evaluation, baseline: Evaluation | None) -> Table:
    """Lay the metrics out, a row per level and label."""
    from rich.table import Table

    facts = evaluation.facts
    table = Table(title=f"{facts['n_calls']:,} calls, {facts['n_turns']:,} turns, none of them trained on")
    for name in (
        "",
        "label",
        "n",
        "precision",
        "recall",
        "F1",
        "95 %",
        "avg. prec.",
        "Brier",
        "ECE",
        "rules F1",
    ):
        table.add_column(name, justify="left" if name in ("", "label") else "right")
    for level in ("turns", "calls"):
        for label, found in getattr(evaluation, level).items():
            low, high = found.intervals.get("f1", (0.0, 0.0))
            other = getattr(baseline, level).get(label) if baseline else None
            cells = [
                found.precision,
                found.recall,
                found.f1,
                None,
                found.average_precision,
                found.brier,
                found.calibration_error,
            ]
            shown = [f"{low:.2f}–{high:.2f}" if cell is None else f"{cell:.2f}" for cell in cells]
            table.add_row(level, label, str(found.support), *shown, f"{other.f1:.2f}" if other else "")
        table.add_section()
    return table


def _timestamp() -> str:
    from datetime import datetime

    return f"{datetime.now():%Y%m%d-%H%M%S}"


def _refuse_folder(folder: Path, *, overwrite: bool) -> None:
    from escalert.errors import UsageError

    if folder.exists() and not overwrite:
        raise UsageError(f"{folder} exists already: choose another --out or add --overwrite")


def _cleared(folder: Path) -> Path:
    """Put an older model folder out of the way, once the new model is trained."""
    import shutil

    if folder.exists():
        shutil.rmtree(folder)
    return folder
