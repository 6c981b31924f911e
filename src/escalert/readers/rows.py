"""Rows of a table, one at a time, past whatever is wrong with single ones."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from escalert.readers.columns import Table
from escalert.readers.format import Context
from escalert.readers.source import MAX_LINE, Lines

# What an unclosed quote swallowed is read again; so many characters of it in all, lest that never ends.
MOST_AGAIN = 16 * MAX_LINE
SURPLUS = "a row has more cells than the header; the surplus was joined to its last cell"
BARE_QUOTE = "a row has a quote that is never closed; read without it"


@dataclass(slots=True)
class Row:
    """The cells of a row, as many as the header has.

    Attributes
    ----------
    line : int
        The line it begins on.
    is_cut : bool
        Whether the file breaks off in it.
    """

    line: int
    cells: list[str]
    note: str = ""
    is_cut: bool = False

    def get(self, index: int | None) -> str | None:
        """Give a cell without surrounding space; None for a column that is not there."""
        return None if index is None else self.cells[index].strip()


class Rows:
    """The rows below the header of a table; what cannot be mended is reported and passed over."""

    def __init__(self, lines: Lines, table: Table, context: Context) -> None:
        self._lines = lines
        self._table = table
        self._context = context
        self._again: deque[tuple[int, str]] = deque()
        self._held: list[tuple[int, str]] = []
        self._again_left = MOST_AGAIN
        self._is_lost = False
        # The limit of the csv module is one for the whole process; a turn may be larger than its default.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))

    def __iter__(self) -> Iterator[Row]:
        is_header = True
        while (row := self._next()) is not None:
            if not any(cell.strip() for cell in row.cells):
                continue
            if is_header:
                is_header = row.cells[0].startswith("sep=")
            elif self._fits(row):
                yield row

    def _next(self) -> Row | None:
        self._held = []
        try:
            cells = next(csv.reader(self._feed(), delimiter=self._table.delimiter, strict=True), None)
        except csv.Error as error:
            return self._repaired(is_open=len(self._held) > 1 or "unexpected end" in str(error))
        return None if cells is None else Row(self._held[0][0], cells, is_cut=self._lines.is_cut)

    def _feed(self) -> Iterator[str]:
        while self._again or (line := next(self._lines, None)) is not None:
            numbered = self._again.popleft() if self._again else (self._lines.number, line or "")
            self._held.append(numbered)
            yield numbered[1]

    def _repaired(self, *, is_open: bool) -> Row:
        """Read the first line of a broken row by itself, and what its quote swallowed once again."""
        number, line = self._held[0]
        if not is_open:
            return Row(number, next(csv.reader([line], delimiter=self._table.delimiter), []))
        self._again_left -= sum(len(text) for _, text in self._held)
        if self._again_left > 0:
            self._again.extendleft(reversed(self._held[1:]))
        else:
            self._context.skip(number, f"too many quotes that are never closed; {len(self._held) - 1} lines left out")
        cells = next(csv.reader([line], delimiter=self._table.delimiter, quoting=csv.QUOTE_NONE), [])
        if self._table.is_per_turn and len(cells) >= len(self._table.header):
            return Row(number, [cell.strip().removeprefix('"') for cell in cells], BARE_QUOTE)
        self._context.skip(number, "a quote in this row is never closed; left out up to the next whole row")
        self._is_lost = True
        return Row(number, [])

    def _fits(self, row: Row) -> bool:
        width, found = len(self._table.header), len(row.cells)
        if found < width and (self._is_lost or row.is_cut):
            return False
        self._is_lost = False
        if found > width and not any(cell.strip() for cell in row.cells[width:]):
            del row.cells[width:]
        elif found > width and self._table.columns.get("text") == width - 1:
            row.cells[width - 1 :] = [self._table.delimiter.join(row.cells[width - 1 :])]
            row.note = SURPLUS
        elif found > width:
            self._context.skip(row.line, f"a row of {found} cells under a header of {width}; put the text in quotes")
            return False
        row.cells += [""] * (width - found)
        return True
