"""``escalert formats``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from escalert.cli.console import Quiet, Verbose, say, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalert.readers import Format


def formats_command(
    name: Annotated[str | None, typer.Argument(help="Show everything of this format, with an example.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List the transcript formats that can be read, what each keeps, and how to get such files.

    Example: escalert formats deepgram
    """
    from escalert.readers import format_named, formats

    shown = formats() if name is None else (format_named(name),)
    if as_json:
        found = [_record(each) for each in shown]
        say(json.dumps(found if name is None else found[0], indent=2, ensure_ascii=False))
    elif name is None:
        _show_all(shown)
    else:
        _show_one(shown[0])


def _show_all(shown: Sequence[Format]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_lines=True)
    for heading in ("format", "vendor", "what it is", "keeps", "how to get it"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "format")
    for each in shown:
        cells = (each.name, each.vendor, each.title, ", ".join(each.keeps), each.export)
        table.add_row(*(escape(cell) for cell in cells))
    show_table(table)


def _show_one(form: Format) -> None:
    say(f"{form.name}: {form.title}")
    if form.vendor:
        say(f"Vendor: {form.vendor}")
    say(f"What it is: {form.description}")
    if form.keeps:
        say(f"Keeps: {', '.join(form.keeps)}")
    if form.export:
        say(f"How to get it: {form.export}")
    if form.is_recognised:
        say("A speech recogniser wrote it, so the text is cleaned of what recognisers make up.")
    if form.example:
        say(f"Example:\n\n{form.example.rstrip()}")


def _record(form: Format) -> dict[str, Any]:
    return {
        "name": form.name,
        "vendor": form.vendor,
        "title": form.title,
        "description": form.description,
        "keeps": list(form.keeps),
        "export": form.export,
        "is_recognised": form.is_recognised,
        "example": form.example,
    }
