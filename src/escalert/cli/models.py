"""``escalert models`` and ``escalert promote``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import Quiet, Verbose, say, show_problems, show_table, steps
from escalert.cli.inputs import exit_code, models_folder, read_labelled
from escalert.errors import ReadProblem, UsageError

if TYPE_CHECKING:
    from escalert.compare import Comparison
    from escalert.records import Call

FIGURES = ("turn_macro_f1", "call_macro_f1", "escalation_warranted_f1", "escalated_f1", "missed_f1")


def models_command(quiet: Quiet = False, verbose: Verbose = False) -> None:
    """List the trained models with their metrics on their held-out calls; the default is marked.

    Example: escalert models
    """
    from rich.table import Table

    from escalert.persistence import default_model, list_models

    default = default_model(models_folder())
    found = list_models(models_folder())
    if not found:
        say(f"There is no trained model in {models_folder()}/: train one with 'escalert train'.")
        return
    table = Table(
        "",
        "name",
        "created",
        "calls",
        *(name.removesuffix("_f1").replace("_", " ") + " F1" for name in FIGURES),
    )
    for manifest in found:
        metrics = [manifest.get("metrics", {}).get(name) for name in FIGURES]
        calls = str(manifest.get("data", {}).get("train", {}).get("calls", ""))
        mark = "default" if manifest["folder"] == default else ""
        table.add_row(
            mark,
            manifest["name"],
            manifest.get("created", ""),
            calls,
            *("–" if each is None else f"{each:.3f}" for each in metrics),
        )
    show_table(table)


def promote_command(
    name: Annotated[str, typer.Argument(help="The name of a model in models/, or its folder.")],
    data: Annotated[
        list[str] | None, typer.Option("--data", help="Labelled calls to compare on; default: the corpus.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Promote it even if it is worse.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Make a model the default, unless it is worse than the present one on the same held-out calls.

    Example: escalert promote 20260302-221500
    """
    from escalert.persistence import default_model, read_manifest, set_default_model

    folder = Path(name) if Path(name).is_dir() else models_folder() / name
    read_manifest(folder)
    present = default_model(folder.parent)
    problems: list[ReadProblem] = []
    comparison = None
    if present is not None and present != folder:
        comparison = _compare(folder, present, data, problems)
        verdict = "worse" if comparison.is_worse else "no worse"
        say(
            f"On {comparison.n_calls:,} held-out calls {folder.name} scores {comparison.candidate:.3f}, {present.name} "
            f"{comparison.present:.3f}; difference 95 % [{comparison.low:+.3f}, {comparison.high:+.3f}]: {verdict}."
        )
        if comparison.is_worse and not force:
            _track(folder, "refused", comparison, present)
            raise UsageError(f"{folder.name} is worse than {present.name} and was not promoted; --force overrules")
    set_default_model(folder)
    overruled = comparison is not None and comparison.is_worse
    version = _track(folder, "forced" if overruled else "promoted", comparison, present)
    say(f"{folder.name} is the default model" + (f"; MLflow version {version} is champion." if version else "."))
    show_problems(problems)
    return exit_code(problems)


def _compare(candidate: Path, present: Path, data: list[str] | None, problems: list[ReadProblem]) -> Comparison:
    from escalert.classifier import EscalationClassifier
    from escalert.compare import compare
    from escalert.dataset import corpus_folder

    with steps() as step:
        models = [EscalationClassifier.load(folder) for folder in (candidate, present)]
        step("reading")
        calls = read_labelled(data or [str(corpus_folder())], problems)
        step("comparing")
        return compare(models[0], models[1], _seen_by_neither(calls, candidate, present))


def _seen_by_neither(calls: list[Call], *folders: Path) -> list[Call]:
    """Keep the calls that no model was trained on."""
    from escalert.dataset import call_digest
    from escalert.persistence import read_training_digests

    seen = set().union(*(read_training_digests(folder) for folder in folders))
    unseen = [call for call in calls if not call.is_contrast and call_digest(call) not in seen]
    if not unseen:
        raise UsageError("both models were trained on all of these calls: name others with --data, or use --force")
    return unseen


def _track(folder: Path, outcome: str, comparison: Comparison | None, present: Path | None) -> str | None:
    """Log what came of it, and move MLflow's alias too, where MLflow is installed and knows the model."""
    from importlib.util import find_spec

    if find_spec("mlflow") is None:
        return None
    from escalert.tracking import log_promotion

    return log_promotion(folder, outcome, comparison, present.name if comparison and present else None)
