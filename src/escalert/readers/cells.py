"""Rows of cells with types, as workbooks and Parquet have them, to the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from escalert.readers.columns import SAMPLE_ROWS, Table, table_of, without_text
from escalert.readers.csv_calls import calls_of_calls
from escalert.readers.csv_turns import calls_of_turns
from escalert.readers.format import Context, UnreadableError
from escalert.readers.packed import Budget
from escalert.readers.rows import Row
from escalert.records import Call

# A title, a date and the like may stand above the header.
MOST_ABOVE_HEADER = 10
# What a row counts beside its text, lest a small file holds millions that say the same.
ROW_BYTES = 200


def calls_of_cells(rows: Iterable[Row], size: int, context: Context) -> Iterator[Call]:
    """Read calls from rows of which one of the first names the columns.

    Parameters
    ----------
    size : int
        Of the file; a cell may be told of a thousand times in a few bytes of it.

    Raises
    ------
    UnreadableError
        If none does, if no column holds what is said, or if it is too much for the size of the file.
    """
    filled = (row for row in _paid(rows, size) if any(row.cells))
    head = list(islice(filled, MOST_ABOVE_HEADER + SAMPLE_ROWS))
    at, table = _header(head)
    below = (_fitted(row, len(table.header)) for row in chain(head[at + 1 :], filled))
    return calls_of_turns(below, table, context) if table.is_per_turn else calls_of_calls(below, table, context)


def text_of_cell(value: Any) -> str:
    """Write a value as a CSV file would have it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return text_of_cell(value.total_seconds())
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return ";".join(map(text_of_cell, value)) if isinstance(value, list) else str(value)


def _paid(rows: Iterable[Row], size: int) -> Iterator[Row]:
    budget = Budget(lambda: size)
    for row in rows:
        budget.spend(ROW_BYTES + sum(map(len, row.cells)))
        yield row


def _header(head: Sequence[Row]) -> tuple[int, Table]:
    width = max([2, *(len(row.cells) for row in head)])
    cells = [[*row.cells, *[""] * (width - len(row.cells))] for row in head]
    found = [(at, table_of(cells[at : at + SAMPLE_ROWS])) for at in range(min(len(cells), MOST_ABOVE_HEADER))]
    tables = [(at, table) for at, table in found if table is not None and table.is_readable]
    if tables:
        return max(tables, key=lambda pair: pair[1].is_sure)
    raise UnreadableError(without_text(head[0].cells) if head else "a table without rows")


def _fitted(row: Row, width: int) -> Row:
    row.cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
    return row
