"""``escalert triggers``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from escalert.cli.console import Quiet, Verbose, show_table


def triggers_command(
    taxonomy: Annotated[Path | None, typer.Option("--taxonomy", help="A TOML file with triggers of your own.")] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List the triggers that are looked for, and what each means.

    Example: escalert triggers
    """
    from rich.table import Table

    from escalert.taxonomy import load_taxonomy

    table = Table("trigger", "group", "speaker", "weight", "meaning")
    for trigger in load_taxonomy(taxonomy):
        weight = f"{trigger.weight:g}{' urgent' if trigger.urgent else ''}"
        table.add_row(trigger.name, trigger.group, ", ".join(trigger.speakers), weight, trigger.meaning)
    show_table(table)
