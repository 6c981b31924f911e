"""A self-contained HTML page of tables and figures, for the evaluation of a model."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from escalert.report.page import write_page

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headers; the first cell of a row names it.

    Attributes
    ----------
    rows : sequence of sequences
        Texts are shown as they are, fractions with three decimals, None as a dash.
    caption, note : str
        What stands above and below.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    note: str = ""

    @property
    def numeric(self) -> list[bool]:
        """Whether each column holds numbers only, and is set flush right."""
        columns = [[row[at] for row in self.rows if at < len(row)] for at in range(len(self.headers))]
        return [
            any(cell is not None for cell in column) and not any(isinstance(cell, str) for cell in column)
            for column in columns
        ]


@dataclass(frozen=True, slots=True)
class Figure:
    """A complete SVG document, as matplotlib saves it, and what it shows."""

    svg: str
    caption: str

    @property
    def source(self) -> str:
        """The picture as an address; as an image, unlike as markup, it can run nothing."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and under it paragraphs, tables and figures, in this order."""

    title: str = ""
    lines: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()


def write_evaluation_page(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write `sections` as one HTML file, whole or not at all.

    Raises
    ------
    UsageError
        If `path` is a folder.
    OSError
        If it cannot be written; an older file is untouched then.
    """
    write_page(path, "evaluation.html", {"title": title, "sections": sections, "show": show_cell})


def show_cell(cell: Cell) -> str:
    """Word one cell of a table."""
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
