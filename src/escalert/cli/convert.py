"""``escalert convert``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.cli.console import Quiet, Verbose, progress, say, show_problems, show_table
from escalert.cli.inputs import (
    AgentChannel,
    FormatName,
    Inputs,
    Keep,
    NamePattern,
    NoNameRoles,
    RoleNames,
    SpeakerNames,
    exit_code,
    nothing_read,
    open_calls,
    reading_options,
    say_cleaned,
)
from escalert.errors import ReadProblem, UsageError

if TYPE_CHECKING:
    from collections import Counter

    from escalert.readers import ReadOptions, ReadSummary
    from escalert.records import Call

MOST_REASONS = 3


def convert_command(
    inputs: Inputs,
    out: Annotated[Path, typer.Option("--out", "-o", help="Calls in the canonical format: .jsonl or .jsonl.gz.")],
    speaker: SpeakerNames = None,
    roles: RoleNames = None,
    agent_channel: AgentChannel = None,
    no_name_roles: NoNameRoles = False,
    format: FormatName = None,
    name_pattern: NamePattern = None,
    keep: Keep = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Write calls of any format as JSON Lines, one call per line, and say what was read of each format.

    Example: escalert convert exports/ more.csv --out calls.jsonl
    """
    from escalert.convert import open_call_file
    from escalert.readers import ReadSummary

    _refuse_own_input(out, inputs)
    problems: list[ReadProblem] = []
    summary = ReadSummary()
    options = reading_options(speaker, format, name_pattern, keep, roles, agent_channel, no_name_roles)
    calls = _with_roles(open_calls(inputs, problems, replace(options, name_roles=False), summary), summary, options)
    with open_call_file(out, overwrite=overwrite) as write, progress("converting") as advance:
        for call in calls:
            write(call)
            advance(1)
        if not summary.calls:
            raise nothing_read(problems)
    _show(summary)
    show_problems(problems)
    say_cleaned(summary)
    say(f"{summary.calls:,} calls with {summary.turns:,} turns converted, {summary.skipped:,} skipped. Calls: {out}")
    return exit_code(problems)


def _with_roles(calls: Iterable[Call], summary: ReadSummary, options: ReadOptions) -> Iterator[Call]:
    """Name the roles of speakers, but leave what is canonical already as it is, unknown speakers included."""
    from escalert.readers.canonical import FORMAT
    from escalert.readers.roles import name_roles

    for call in calls:
        yield name_roles(call) if options.name_roles and summary.form != FORMAT.name else call


def _refuse_own_input(out: Path, inputs: Iterable[str]) -> None:
    """Refuse to read, with a folder, what an earlier run wrote."""
    for folder in inputs:
        if out.exists() and Path(folder).is_dir() and out.resolve().is_relative_to(Path(folder).resolve()):
            raise UsageError(
                f"{out} lies in {folder} and would be read as input; write it elsewhere, or delete it first"
            )


def _show(summary: ReadSummary) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("format")
    for heading in ("files", "calls", "turns", "skipped"):
        table.add_column(heading, justify="right")
    table.add_column("why", overflow="fold")
    for name, counts in summary.formats.items():
        read = [f"{each:,}" for each in (counts.files, counts.calls, counts.turns)] if name else ["", "", ""]
        table.add_row(name or "not read", *read, f"{counts.skipped:,}", escape(_reasons(counts.reasons)))
    show_table(table)


def _reasons(reasons: Counter[str]) -> str:
    lines = [f"{number:,} × {reason}" for reason, number in reasons.most_common(MOST_REASONS)]
    more = len(reasons) - MOST_REASONS
    return "\n".join([*lines, f"{more} more kinds"] if more > 0 else lines)
