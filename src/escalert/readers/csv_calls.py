"""CSV and TSV with one row per call, its transcript in a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from escalert.readers.building import RawCall, build_call
from escalert.readers.columns import Table, require_table, table_score
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.plain import parted_lines, read_conversation
from escalert.readers.rows import Row, Rows
from escalert.readers.source import CUT_NOTE, Lines
from escalert.records import Call


def _matches(sample: Sample) -> float:
    return table_score(sample, is_per_turn=False)


def calls_of_calls(rows: Iterable[Row], table: Table, context: Context) -> Iterator[Call]:
    """Read calls from a table whose rows are calls, of whatever file."""
    for number, row in enumerate(rows, start=1):
        try:
            yield build_call(_raw_call(row, number, table, context), context)
        except UnreadableError as error:
            context.skip(row.line, str(error))


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    table = require_table(context)
    return calls_of_calls(Rows(lines, table, context), table, context)


def _raw_call(row: Row, number: int, table: Table, context: Context) -> RawCall:
    cells = {name: row.get(index) for name, index in table.columns.items()}
    found = read_conversation(parted_lines(cells.pop("text") or ""), row.line, context.roles)
    if not found.turns:
        raise UnreadableError("a row without a transcript; a call needs at least one turn")
    call_id = cells.pop("call_id", f"{context.stem}-{number}")
    # A row that is a call can only mean the start of the call.
    cells["started_at"] = cells.get("started_at") or cells.pop("start", None)
    others = {name: row.cells[index].strip() for name, index in table.others.items() if row.cells[index].strip()}
    fields = {**found.fields, **others, **{name: value for name, value in cells.items() if value}}
    notes = [*found.notes, *([row.note] if row.note else []), *([CUT_NOTE] if row.is_cut else [])]
    found.fields.pop("call_id", None)
    return RawCall(call_id, found.turns, fields, row.line, notes)


FORMAT = Format(
    name="csv-calls",
    title="CSV or TSV, one row per call",
    description="A column for the call id and one for the transcript, in any of the layouts of plain text",
    example='call_id,transcript\nb7c1,"Agent: how can i help\nCustomer: my bill is wrong again"\n',
    matches=_matches,
    read=_read,
    keeps=("every field of a call that has a column", "start and end where the transcript has them", "other columns"),
    export="Save a spreadsheet or the result of a query as CSV or TSV, with a row of column names.",
)
