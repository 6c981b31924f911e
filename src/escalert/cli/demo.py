"""``escalert demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import Quiet, Verbose, say, show_problems, show_table, steps
from escalert.cli.inputs import exit_code, models_folder, open_calls
from escalert.errors import ReadProblem

if TYPE_CHECKING:
    from rich.table import Table

    from escalert.records import CallVerdict

QUICK_CALLS = 160
QUICK = {"data": {"min_examples": 8}, "noise": {"copies": 0}, "model": {"folds": 3}}


def demo_command(
    quick: Annotated[
        bool, typer.Option("--quick", help="Train on a small part of the corpus, to see it work.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Train on the corpus (once), score the sample calls, show the verdicts and write reports/demo.html.

    Example: escalert demo
    """
    from escalert.classifier import EscalationClassifier
    from escalert.dataset import shipped_data
    from escalert.report import CallReport
    from escalert.writers import open_sink

    folder = models_folder() / ("demo-quick" if quick else "demo")
    if not folder.exists():
        _train(folder, quick)
    problems: list[ReadProblem] = []
    classifier = EscalationClassifier.load(folder)
    calls = list(open_calls([str(shipped_data("samples"))], problems))
    verdicts = classifier.score_batch(calls, turns=True)
    page, report = CallReport(classifier.taxonomy, "Sample calls"), Path("reports/demo.html")
    for call, verdict in zip(calls, verdicts, strict=True):
        page.add(call, verdict)
    page.write(report, problems, {"name": classifier.name, "version": classifier.version})
    with open_sink(report.with_suffix(".jsonl"), overwrite=True) as sink:
        sink.write(verdicts)
    show_table(verdict_table(verdicts))
    show_problems(problems)
    say(f"Report: {report}   Verdicts: {report.with_suffix('.jsonl')}   Model: {folder}")
    return exit_code(problems)


def _train(folder: Path, quick: bool) -> None:
    from escalert.cli.train import show_metrics
    from escalert.config import TrainConfig
    from escalert.dataset import corpus_folder
    from escalert.persistence import default_model, set_default_model
    from escalert.train import save_training, train, with_fixed_splits

    say(f"Training {folder} on the corpus; this takes {'a minute' if quick else 'some minutes'}, once.")
    with steps() as step:
        calls = list(open_calls([str(corpus_folder())], []))
        if quick:
            conversations = [call for call in calls if not call.is_contrast]
            calls = conversations[:: max(1, len(conversations) // QUICK_CALLS)]
        settings = TrainConfig.model_validate(QUICK) if quick else with_fixed_splits(TrainConfig())
        training = train(calls, settings, step)
        save_training(training, folder)
    if training.evaluation:
        show_metrics(training.evaluation, training.baseline)
    if default_model(folder.parent) is None and not quick:
        set_default_model(folder)


def verdict_table(verdicts: list[CallVerdict]) -> Table:
    """Lay verdicts out as a table, the most urgent first."""
    from rich.markup import escape
    from rich.table import Table

    from escalert.records import PRIORITIES

    table = Table(show_lines=True)
    for name in (
        "call",
        "first trigger",
        "triggers",
        "quote",
        "warranted",
        "escalated",
        "missed",
        "priority",
    ):
        table.add_column(name, overflow="fold", max_width=46 if name == "quote" else None)
    ranked = sorted(verdicts, key=lambda verdict: (PRIORITIES.index(verdict.priority), -verdict.warranted.probability))
    for verdict in ranked:
        first = verdict.first_evidence
        triggers = "\n".join(f"{label} {verdict.triggers[label].probability:.2f}" for label in verdict.flagged_triggers)
        answers = [_yes(each) for each in (verdict.warranted.flagged, verdict.escalated.flagged, verdict.missed)]
        table.add_row(
            escape(verdict.call_id), clock(first.start_s, first.turn) if first else "", triggers,
            escape(first.text) if first else "", *answers, verdict.priority,
        )  # fmt: skip
    return table


def clock(start_s: float | None, turn: int) -> str:
    """Show a time as minutes and seconds; the turn's number where the call has no times."""
    return f"turn {turn}" if start_s is None else f"{int(start_s) // 60}:{int(start_s) % 60:02d}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
