"""Tables: what their columns are called, and whether a row is a turn or a call."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from escalert.readers.format import Context, Sample, UnreadableError
from escalert.readers.labels import read_mark
from escalert.readers.plain import parted_lines
from escalert.readers.speakers import Roles
from escalert.readers.vocabulary import COLUMN_NAMES

DELIMITERS = ",\t;|"
SAMPLE_ROWS = 40
LONGEST_HEADING = 60
_ANYONE = Roles()


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of a table from its head.

    Attributes
    ----------
    header : tuple of str
        The column names as they stand in the file.
    columns : mapping of str to int
        Where each known field stands.
    is_per_turn : bool
        Whether a row is a turn; otherwise it is a call.
    others : mapping of str to int
        Where the columns stand that are not known.
    is_even : bool
        Whether all rows of the head are as long as its first.
    """

    delimiter: str
    header: tuple[str, ...]
    columns: Mapping[str, int]
    is_per_turn: bool = True
    others: Mapping[str, int] = field(default_factory=dict)
    is_even: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether there is a column with what is said."""
        return "text" in self.columns

    @property
    def is_sure(self) -> bool:
        """Whether a second column is known, so that the first line is no chance prose."""
        return self.is_readable and bool(self.columns.keys() & {"call_id", "speaker", "turn", "start"})

    @property
    def score(self) -> float:
        """How surely the file is a table."""
        if self.is_sure:
            return 0.8
        return (0.7 if self.is_even else 0.4) if self.is_readable else 0.3

    def is_in_ms(self, field: str) -> bool:
        """Tell whether a column's name says milliseconds; Whisper's own table counts in them, too."""
        is_whisper = self.delimiter == "\t" and self.header == ("start", "end", "text")
        return is_whisper or _normal(self.header[self.columns[field]]).endswith(("ms", "millis", "milliseconds"))


def table_score(sample: Sample, *, is_per_turn: bool) -> float:
    """Say how surely a file is a table whose rows are turns, or calls."""
    table = find_table(sample)
    if table is None or table.is_per_turn is not is_per_turn:
        return 0.0
    return table.score


def require_table(context: Context) -> Table:
    """Give the table of a file.

    Raises
    ------
    UnreadableError
        If it is none, or has no column with what is said.
    """
    table = find_table(context.sample)
    if table is None:
        raise UnreadableError("no table: the first line must name the columns, such as call_id,speaker,text")
    if not table.is_readable:
        raise UnreadableError(without_text(table.header))
    return table


def without_text(header: Sequence[str]) -> str:
    """Say that none of these columns holds what is said."""
    names = ", ".join(repr(name[:30]) for name in header[:12])
    return f"a table with the columns {names}, and none says {', '.join(COLUMN_NAMES['text'].split()[:7])}"


@lru_cache(maxsize=2)
def find_table(sample: Sample) -> Table | None:
    """Recognise a table by its head; None if it is none."""
    first = next(iter(sample.lines), "")
    tables = [
        table_of(sample_rows(sample, delimiter), delimiter)
        for delimiter in DELIMITERS
        if delimiter in first or first.startswith("sep=")
    ]
    found = [table for table in tables if table is not None]
    return max(found, key=lambda table: (table.is_sure, table.is_readable, len(table.columns)), default=None)


def sample_rows(sample: Sample, delimiter: str) -> list[list[str]]:
    """Parse the head of a table, without a row that may be cut off at its end."""
    text = re.sub(r"\Asep=.\n", "", sample.text.lstrip("\n"))
    rows = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    is_cut = not sample.whole and 1 < len(rows) <= SAMPLE_ROWS
    return [row for row in (rows[:-1] if is_cut else rows) if row]


def table_of(rows: list[list[str]], delimiter: str = "") -> Table | None:
    """Recognise a table by its first rows, the header among them; None if it is none."""
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if len(header) < 2 or max(map(len, header)) > LONGEST_HEADING:
        return None
    columns = _columns(header)
    if "text" not in columns and not _is_even(rows):
        return None
    table = Table(delimiter, header, columns)
    if _has_row_ids(table, rows[1:]):
        columns = {name: index for name, index in columns.items() if name != "call_id"}
    others = {name: at for at, name in enumerate(header) if name and at not in columns.values()}
    is_even = len(rows) > 1 and len({len(row) for row in rows}) == 1
    return Table(delimiter, header, columns, _is_per_turn(columns, rows[1:]), others, is_even)


def _columns(header: Sequence[str]) -> dict[str, int]:
    names = [_normal(name) for name in header]
    columns: dict[str, int] = {}
    for name, aliases in COLUMN_NAMES.items():
        for alias in map(_normal, aliases.split()):
            if alias in names and names.index(alias) not in columns.values():
                columns[name] = names.index(alias)
                break
    # A column `conversation` is an id beside a text, and a text beside an id.
    if "text" not in columns and _normal(header[columns.get("call_id", 0)]) in COLUMN_NAMES["text"].split():
        columns["text"] = columns.pop("call_id", 0)
    return columns


def _normal(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def _is_even(rows: list[list[str]]) -> bool:
    """Tell whether this is a table at all: several rows of one length, and none that talks."""
    talks = any(read_mark(row[0], 0, _ANYONE).is_certain for row in rows)
    return len(rows) >= 3 and len({len(row) for row in rows}) == 1 and not talks


def _has_row_ids(table: Table, rows: list[list[str]]) -> bool:
    """Tell whether a column that is merely called ``id`` numbers the rows and not the calls."""
    index = table.columns.get("call_id")
    if index is None or _normal(table.header[index]) != "id" or "speaker" not in table.columns:
        return False
    ids = [row[index] for row in rows if len(row) > index]
    return len(ids) >= 4 and len(set(ids)) == len(ids)


def _is_per_turn(columns: Mapping[str, int], rows: list[list[str]]) -> bool:
    if "speaker" in columns or "turn" in columns or "text" not in columns:
        return True
    if "call_id" not in columns:
        return {"start", "end"} <= columns.keys() and not _is_conversation(columns, rows)
    ids = [row[columns["call_id"]] for row in rows if len(row) > columns["call_id"]]
    return any(one == other for one, other in pairwise(ids))


def _is_conversation(columns: Mapping[str, int], rows: list[list[str]]) -> bool:
    cells = [row[columns["text"]] for row in rows if len(row) > columns["text"]]
    return any(sum(read_mark(line, 0, _ANYONE).is_certain for line in parted_lines(cell)) > 1 for cell in cells)
