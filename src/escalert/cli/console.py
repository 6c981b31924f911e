"""What every command shares: consoles, progress, exit codes, options."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.errors import ModelError, NothingReadError, ReadProblem
from escalert.nightly.errors import LeaseHeldError, LeaseLostError, StoreError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

USAGE, NOTHING_READ, UNUSABLE_MODEL, SKIPPED, INTERRUPTED = 2, 3, 4, 5, 130
DRIFT, PENDING, LEASE_HELD, STORE, MANY_MISSED = 6, 7, 8, 9, 10
CODES: dict[type[BaseException], int] = {
    NothingReadError: NOTHING_READ,
    ModelError: UNUSABLE_MODEL,
    LeaseHeldError: LEASE_HELD,
    LeaseLostError: LEASE_HELD,
    StoreError: STORE,
}
PATIENCE_S = 2.0
"""Work that is over sooner shows no progress bar."""
MOST_PROBLEMS = 20
PLAIN_WIDTH = 160
"""Columns where there is no terminal to ask."""

_verbosity = {"quiet": False}


def _be_quiet(value: bool) -> bool:
    _verbosity["quiet"] = value
    return value


def _set_logging(value: bool) -> bool:
    logging.basicConfig(format="%(message)s", level=logging.INFO if value else logging.WARNING)
    return value


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.", callback=_be_quiet)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say what is being done.", callback=_set_logging)]


def console(*, errors: bool = False) -> Console:
    """Give the console for results, or the one for errors and progress."""
    from rich.console import Console

    made = Console(stderr=errors, quiet=_verbosity["quiet"] and not errors, highlight=False)
    if not made.is_terminal:
        made.width = PLAIN_WIDTH
    return made


def say(text: str) -> None:
    """Print a line unless the user wants quiet."""
    if not _verbosity["quiet"]:
        typer.echo(text)


def show_error(text: str) -> None:
    """Print one line to standard error."""
    typer.echo(f"escalert: {' '.join(text.split())}", err=True)


def code_of(error: BaseException) -> int:
    """Give the exit code of an error that was raised on purpose."""
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), USAGE)


def show_table(table: Table) -> None:
    """Print a table."""
    console().print(table)


def show_problems(problems: Sequence[ReadProblem]) -> None:
    """Name what was skipped or mended, the first `MOST_PROBLEMS` of each."""
    for skipped, title in ((True, "skipped"), (False, "mended")):
        named = [problem for problem in problems if problem.skipped is skipped]
        for problem in named[:MOST_PROBLEMS]:
            if skipped or not _verbosity["quiet"]:
                typer.echo(f"{title}: {problem}", err=True)
        if len(named) > MOST_PROBLEMS:
            typer.echo(f"{title}: {len(named) - MOST_PROBLEMS:,} more", err=True)


@contextmanager
def progress(doing: str, unit: str = "calls") -> Iterator[Callable[[int], None]]:
    """Show a counting bar once the work takes longer than `PATIENCE_S`; nothing where there is no terminal."""
    out = console(errors=True)
    if not out.is_terminal or _verbosity["quiet"]:
        yield lambda n: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} " + unit),
        TimeElapsedColumn(), console=out, transient=True,
    )  # fmt: skip
    task = bar.add_task(doing, total=None)
    began = time.monotonic()

    def advance(n: int) -> None:
        bar.advance(task, n)
        if not bar.live.is_started and time.monotonic() - began > PATIENCE_S:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show the step that a long work is at; nothing where there is no terminal."""
    out = console(errors=True)
    if not out.is_terminal or _verbosity["quiet"]:
        yield lambda step: logging.getLogger("escalert").info("%s", step)
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=out, transient=True
    ) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda step: bar.update(task, description=step)
