"""``escalert trends``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from escalert.cli.console import Quiet, Verbose, console, say, show_table
from escalert.cli.stores import DEFAULT_CONFIG, ConfigFile, open_config_store
from escalert.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from escalert.nightly.trends import Trend

MOST_SHOWN = 40
WEEK_WIDTH = 8
"""Columns of a week in the terminal."""
OTHER_WIDTH = 48
"""Columns of all else in a row."""


class By(StrEnum):
    """What the calls are counted by."""

    QUEUE = "queue"
    AGENT = "agent"
    TRIGGER = "trigger"


def trends_command(
    by: Annotated[By | None, typer.Option("--by", help="Count by queue, agent or trigger.")] = None,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=520, help="Weeks, the present one included.")] = 12,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day; default: today.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the numbers of each week as CSV.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show how missed escalations, or with --by trigger the flags, went over the weeks.

    Example: escalert trends --by queue --weeks 12
    """
    from escalert.nightly.trends import trends

    if out is not None and out.suffix.lower() != ".csv":
        raise UsageError(f"{out}: the weeks are written as .csv, found {out.suffix or 'none'!r}")
    last = until.date() if until else date.today()
    _, store = open_config_store(config)
    with store:
        found = trends(store, by.value if by else None, weeks, last)
    if out is not None:
        _write(found, by, out, overwrite=overwrite)
    elif not found:
        say(f"There is no call in the {weeks:,} weeks up to {last}.")
    elif by is None:
        show_table(_by_week(found[0]))
    else:
        _show_groups(found, by, weeks, last)


def _by_week(trend: Trend) -> Table:
    from rich.table import Table

    table = Table("week from", *(_right(name) for name in ("calls", "flagged", "warranted", "escalated", "missed")))
    for week in trend.weeks:
        counts = [*week.outcomes, week.n_found]
        table.add_row(str(week.week), f"{week.n_calls:,}", *(_counted(n, week.n_calls) for n in counts))
    return table


def _show_groups(found: Sequence[Trend], by: By, weeks: int, until: date) -> None:
    from escalert.nightly.trends import mondays

    n_weeks = min(weeks, max(1, (console().width - OTHER_WIDTH) // WEEK_WIDTH))
    show_table(_by_group(found[:MOST_SHOWN], by, mondays(n_weeks, until)))
    what = "calls in which it is flagged" if by is By.TRIGGER else "missed escalations"
    say(f"Below each Monday: {what} as a share of the calls of its week, up to {until}.")
    if n_weeks < weeks:
        say(f"The {weeks - n_weeks:,} weeks before count in the totals: see them with --out FILE.csv")
    if len(found) > MOST_SHOWN:
        say(f"{len(found) - MOST_SHOWN:,} more: see them with --out FILE.csv")


def _by_group(found: Sequence[Trend], by: By, shown: Sequence[date]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    what = "flagged" if by is By.TRIGGER else "missed"
    columns = ("calls", what, "share", *(f"{monday:%m-%d}" for monday in shown))
    table = Table(by.value, *(_right(name) for name in columns))
    for trend in found:
        shares = {week.week: f"{week.share:.1%}" for week in trend.weeks}
        totals = (f"{trend.n_calls:,}", f"{trend.n_found:,}", f"{trend.share:.1%}")
        table.add_row(escape(trend.group), *totals, *(shares.get(monday, "–") for monday in shown))
    return table


def _right(name: str) -> Any:
    from rich.table import Column

    return Column(name, justify="right", no_wrap=True)


def _counted(n: int, n_calls: int) -> str:
    return f"{n:,} ({n / n_calls:.1%})" if n_calls else f"{n:,}"


def _write(found: Sequence[Trend], by: By | None, out: Path, *, overwrite: bool) -> None:
    from escalert.wholefile import whole_file
    from escalert.writers import safe_cell

    rows = list(_rows(found, by))
    with (
        whole_file(out, overwrite=overwrite) as temporary,
        temporary.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        csv.writer(file).writerows([safe_cell(cell) for cell in row] for row in rows)
    say(f"{len(rows) - 1:,} rows: {out}")


def _rows(found: Sequence[Trend], by: By | None) -> Iterator[list[Any]]:
    outcomes = [] if by is By.TRIGGER else ["flagged", "warranted", "escalated"]
    what = "flagged" if by is By.TRIGGER else "missed"
    yield ["week", *([by.value] if by else []), "calls", *outcomes, what, f"{what}_share"]
    for trend in found:
        for week in trend.weeks:
            group = [trend.group] if by else []
            yield [str(week.week), *group, week.n_calls, *week.outcomes, week.n_found, round(week.share, 4)]
