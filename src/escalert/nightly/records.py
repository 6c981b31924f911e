"""Read what telephony or CRM say of calls: from tables in files (CSV, Parquet), or by an SQL query."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from escalert.errors import ReadProblem
from escalert.nightly.config import NightlyConfig, RecordSource
from escalert.nightly.record_sections import RecordField
from escalert.nightly.record_tables import RecordTable, file_tables, query_tables
from escalert.nightly.store import CallRecord
from escalert.readers import UnreadableError
from escalert.readers.format import OnProblem

FIELDS: tuple[RecordField, ...] = get_args(RecordField)
YES, NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
SHOWN = 3
"""Values that a message names."""


def read_records(config: NightlyConfig, for_date: date, on_problem: OnProblem) -> Iterator[CallRecord]:
    """Read the records of all sources, one by one; a source that cannot be read costs itself alone.

    Parameters
    ----------
    for_date : date
        What ``:date`` means in a query.
    on_problem : callable
        Is told of sources and rows that are left out, and of values that say nothing.

    Raises
    ------
    UsageError
        If the URL of a database stands in an environment variable that is not set.
    """
    for number, source in enumerate(config.inputs.records):
        key = f"inputs.records[{number}]"
        tables = file_tables(source, on_problem) if source.path else query_tables(config, source, key, for_date)
        yield from _records_of(tables, source, key, on_problem)


def _records_of(
    tables: Iterator[RecordTable], source: RecordSource, key: str, on_problem: OnProblem
) -> Iterator[CallRecord]:
    name = key
    try:
        for table in tables:
            name = table.name
            try:
                yield from _RecordReader(table, source).read(on_problem)
            except UnreadableError as error:
                on_problem(ReadProblem(name, str(error)))
    except UnreadableError as error:
        on_problem(ReadProblem(name, str(error)))


@dataclass
class _RecordReader:
    """Reads the rows of one table."""

    table: RecordTable
    source: RecordSource
    columns: dict[RecordField, int] = field(init=False)
    others: dict[str, int] = field(init=False)
    unclear: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.columns = _columns(self.table, self.source.columns)
        places = set(self.columns.values())
        self.others = {name: at for at, name in enumerate(self.table.columns) if at not in places and name}
        self._means_yes = YES | {value.strip().casefold() for value in self.source.escalated_values}

    def read(self, on_problem: OnProblem) -> Iterator[CallRecord]:
        nameless = uneven = 0
        for number, cells in self.table.rows:
            if len(cells) > len(self.table.columns):
                uneven += 1
            elif record := self._record(number, cells):
                yield record
            else:
                nameless += 1
        for n, what in ((nameless, "without a call id"), (uneven, "with more cells than there are columns")):
            if n:
                on_problem(ReadProblem(self.table.name, f"{n:,} rows {what}; they are left out"))
        if self.unclear:
            on_problem(ReadProblem(self.table.name, self._unclear_values(), skipped=False))

    def _record(self, number: int, cells: Sequence[Any]) -> CallRecord | None:
        found = {name: plain(cells[at]) for name, at in self.columns.items() if at < len(cells)}
        call_id = _text(found.get("call_id"))
        if call_id is None:
            return None
        others = {name: plain(cells[at]) for name, at in self.others.items() if at < len(cells)}
        return CallRecord(
            call_id,
            self._is_escalated(found.get("escalated")),
            _text(found.get("transferred_to")),
            _text(found.get("disposition")),
            _text(found.get("customer_id")),
            origin=f"{self.table.name}:{number}",
            extra={name: value for name, value in others.items() if value not in (None, "")},
        )

    def _is_escalated(self, value: Any) -> bool | None:
        text = (_text(value) or "").casefold()
        if not text or isinstance(value, bool):
            return value if isinstance(value, bool) else None
        if text in self._means_yes:
            return True
        if text in NO or self.source.escalated_values:
            return False
        self.unclear[_text(value) or ""] += 1
        return None

    def _unclear_values(self) -> str:
        named = ", ".join(repr(value) for value, _ in self.unclear.most_common(SHOWN))
        return (
            f"{self.unclear.total():,} rows say neither yes nor no in the column of escalated (such as {named}) and "
            "settle nothing; name the values that mean yes in escalated_values"
        )


def plain(value: Any) -> Any:
    """Give a cell as plain data: text, number, yes or no, or None."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) else float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace").strip()
    return str(value).strip()


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _columns(table: RecordTable, renamed: Mapping[RecordField, str]) -> dict[RecordField, int]:
    """Find the columns of the fields, under the names that the configuration gives or under their own."""
    exact = _places(table.columns)
    loose = _places(name.strip().casefold() for name in table.columns)
    wanted: dict[RecordField, str] = {name: renamed.get(name, name) for name in FIELDS}
    found = {name: exact.get(its, loose.get(its.strip().casefold())) for name, its in wanted.items()}
    lacking = [its for name, its in wanted.items() if found[name] is None and (name in renamed or name == "call_id")]
    shown = ", ".join(name for name in table.columns if name) or "none"
    if lacking:
        raise UnreadableError(
            f"no column {' or '.join(map(repr, lacking))}; there are: {shown}. Name the right one in columns of its "
            "[[inputs.records]]"
        )
    columns = {name: at for name, at in found.items() if at is not None}
    if len(columns) == 1:
        raise UnreadableError(f"no column but the call id says anything of a call, of {', '.join(FIELDS[1:])}: {shown}")
    return columns


def _places(names: Iterable[str]) -> dict[str, int]:
    """Give the place of each name, of the first if it comes twice."""
    places: dict[str, int] = {}
    for at, name in enumerate(names):
        places.setdefault(name, at)
    return places
