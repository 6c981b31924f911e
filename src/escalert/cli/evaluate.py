"""``escalert evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from escalert.cli.console import Quiet, Verbose, say, show_problems, steps
from escalert.cli.inputs import (
    AgentChannel,
    Keep,
    NamePattern,
    NoNameRoles,
    RoleNames,
    exit_code,
    find_model,
    read_labelled,
    reading_options,
)
from escalert.cli.train import show_metrics
from escalert.errors import ReadProblem


def evaluate_command(
    model: Annotated[str, typer.Argument(help="A model folder, a name in models/, or 'rules'.")],
    data: Annotated[list[str], typer.Argument(help="Labelled calls that the model was not trained on.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder for metrics.json, evaluation.html and the plots.")
    ] = None,
    roles: RoleNames = None,
    agent_channel: AgentChannel = None,
    no_name_roles: NoNameRoles = False,
    name_pattern: NamePattern = None,
    keep: Keep = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Measure a model on labelled calls, the rules baseline beside it.

    Example: escalert evaluate models/mine labelled/test.jsonl --out reports/mine
    """
    from escalert.classifier import EscalationClassifier
    from escalert.evaluate import evaluate
    from escalert.evaluation_page import write_evaluation
    from escalert.wholefile import refuse_existing

    if out:
        refuse_existing(out / "metrics.json", overwrite=overwrite)
    problems: list[ReadProblem] = []
    options = reading_options(None, None, name_pattern, keep, roles, agent_channel, no_name_roles)
    with steps() as step:
        classifier = EscalationClassifier.load(find_model(model))
        calls = read_labelled(data, problems, options)
        step("measuring")
        evaluation = evaluate(classifier, calls)
        step("measuring the rules baseline")
        baseline = evaluate(EscalationClassifier.rules(classifier.taxonomy), calls)
        if out:
            step("drawing")
            write_evaluation(out, evaluation, baseline)
    show_metrics(evaluation, baseline)
    show_problems(problems)
    if out:
        say(f"Evaluation: {out / 'evaluation.html'}")
    return exit_code(problems)
