"""``escalert score``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from escalert.cli.console import Quiet, Verbose, progress, say, show_problems
from escalert.cli.inputs import (
    AgentChannel,
    FormatName,
    Inputs,
    Keep,
    ModelName,
    NamePattern,
    NoNameRoles,
    RoleNames,
    SpeakerNames,
    exit_code,
    find_model,
    nothing_read,
    open_calls,
    parse_thresholds,
    reading_options,
    say_cleaned,
)
from escalert.errors import ReadProblem


def score_command(
    inputs: Inputs,
    out: Annotated[Path, typer.Option("--out", "-o", help="Verdicts: .jsonl, .csv or .parquet, by the ending.")],
    model: ModelName = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML report too.")] = None,
    turns: Annotated[bool, typer.Option("--turns", help="Write the probabilities of every turn.")] = False,
    threshold: Annotated[
        list[str] | None,
        typer.Option("--threshold", help="Move a threshold; may be repeated.", metavar="LABEL=P"),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that score side by side.")] = 1,
    speaker: SpeakerNames = None,
    roles: RoleNames = None,
    agent_channel: AgentChannel = None,
    no_name_roles: NoNameRoles = False,
    format: FormatName = None,
    name_pattern: NamePattern = None,
    keep: Keep = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Score calls in batches and write a verdict for each.

    Example: escalert score transcripts/ --out verdicts.csv --report report.html
    """
    from escalert.readers import ReadSummary
    from escalert.report import CallReport
    from escalert.scoring import Tally, counted, score_calls
    from escalert.taxonomy import load_taxonomy
    from escalert.wholefile import refuse_existing
    from escalert.writers import check_output, open_sink

    check_output(out, overwrite=overwrite)
    if report:
        refuse_existing(report, overwrite=overwrite)
    problems: list[ReadProblem] = []
    tally, summary = Tally(), ReadSummary()
    calls = open_calls(
        inputs,
        problems,
        reading_options(speaker, format, name_pattern, keep, roles, agent_channel, no_name_roles),
        summary,
    )
    batches = score_calls(
        find_model(model),
        calls,
        turns=turns or report is not None,
        workers=workers,
        thresholds=parse_thresholds(threshold),
    )
    page = CallReport(load_taxonomy()) if report else None
    with open_sink(out, turns=turns, overwrite=overwrite) as sink, progress("scoring") as advance:
        for batch in counted(batches, tally, advance):
            sink.write([verdict for _, verdict in batch])
            if page:
                for call, verdict in batch:
                    page.add(call, verdict)
        if not tally.calls:
            raise nothing_read(problems)
    if page and report:
        page.write(report, [problem for problem in problems if problem.skipped])
    show_problems(problems)
    say_cleaned(summary)
    skipped = sum(problem.skipped for problem in problems)
    files = f"Verdicts: {out}" + (f", report: {report}" if report else "")
    say(
        f"{tally.calls:,} calls scored, {skipped:,} skipped: {tally.flagged:,} flagged, {tally.warranted:,} warranted, "
        f"{tally.escalated:,} escalated, {tally.missed:,} missed. {files}"
    )
    return exit_code(problems)
