"""CSV and TSV with one row per turn; the rows of a call stand together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from escalert.readers.building import RawCall, RawTurn, build_call
from escalert.readers.columns import Table, require_table, table_score
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.labels import read_mark
from escalert.readers.plain import NO_LABELS
from escalert.readers.rows import Row, Rows
from escalert.readers.source import Lines
from escalert.readers.speakers import Roles
from escalert.readers.times import parse_time
from escalert.readers.vocabulary import TURN_COLUMNS
from escalert.records import Call

NO_ID = "a row without a call id was taken for one of the call before it"
TOO_LARGE = "has more rows than a call can have (64 MB); left out: the table needs a column that tells calls apart"
# A call has to fit in memory, where a turn takes so much beside its text.
LARGEST_CALL = 64 * 2**20
TURN_BYTES = 400
UNSORTED = "its rows were not in order; they are sorted by {}"


class _Draft:
    """A call whose rows are being read."""

    def __init__(self, row: Row, call_id: str, table: Table) -> None:
        known = {name: row.get(at) for name, at in table.columns.items() if name not in ("call_id", *TURN_COLUMNS)}
        self.raw = RawCall(call_id, [], {name: value for name, value in known.items() if value}, row.line)
        self._table = table
        self._numbers: list[float | None] = []
        self._size = 0

    @property
    def is_too_large(self) -> bool:
        """Whether it is more than a call can be; its rows are then counted only."""
        return self._size > LARGEST_CALL

    def add(self, row: Row, roles: Roles, notes: list[str]) -> None:
        """Add the turn of a row, or its sentence to the turn before."""
        self._size += TURN_BYTES + sum(map(len, row.cells))
        if self.is_too_large:
            self.raw.turns.clear()
            return
        self.raw.notes += notes
        turn = self._turn(row, roles)
        number = _number(self._cell(row, "turn"))
        before = self.raw.turns[-1] if self.raw.turns else None
        is_same = number is not None and number == (self._numbers or [None])[-1] and "sentence" in self._table.columns
        if before is not None and is_same and before.speaker == turn.speaker:
            before.text, before.end = f"{before.text} {turn.text}".strip(), turn.end or before.end
            return
        self.raw.turns.append(turn)
        self._numbers.append(number)

    def finished(self) -> RawCall:
        """Give the call, its turns in order."""
        starts = [moment.seconds if (moment := parse_time(turn.start)) else None for turn in self.raw.turns]
        for keys, name in ((self._numbers, "turn number"), (starts, "start time")):
            if all(key is not None for key in keys):
                order = sorted(range(len(keys)), key=lambda index: keys[index] or 0.0)
                if order != list(range(len(keys))):
                    self.raw.turns = [self.raw.turns[index] for index in order]
                    self.raw.notes.append(UNSORTED.format(name))
                break
        if all(turn.speaker is None for turn in self.raw.turns):
            self.raw.notes.append(NO_LABELS)
        return self.raw

    def _turn(self, row: Row, roles: Roles) -> RawTurn:
        speaker, text = self._cell(row, "speaker"), self._cell(row, "text") or ""
        # Without a column for it, the speaker may stand at the beginning of the text.
        if speaker is None and (mark := read_mark(text, row.line, roles)).is_certain:
            speaker, text = mark.label, mark.text
        labels = self._cell(row, "labels")
        names = None if labels is None else [name.strip() for name in re.split("[;,]", labels) if name.strip()]
        extra = {name: row.cells[at] for name, at in self._table.others.items() if row.cells[at].strip()}
        return RawTurn(speaker, text, self._time(row, "start"), self._time(row, "end"), names, extra, row.line)

    def _time(self, row: Row, field: str) -> str | None:
        cell = self._cell(row, field)
        return f"{cell}ms" if cell and cell.isdigit() and self._table.is_in_ms(field) else cell

    def _cell(self, row: Row, field: str) -> str | None:
        return row.get(self._table.columns.get(field))


def _matches(sample: Sample) -> float:
    return table_score(sample, is_per_turn=True)


def calls_of_turns(
    rows: Iterable[Row], table: Table, context: Context, notes_at_end: Callable[[], list[str]] = list
) -> Iterator[Call]:
    """Read calls from a table whose rows are turns, of whatever file.

    Parameters
    ----------
    notes_at_end : callable
        Gives what there is to say of the last call, once its rows are read.
    """
    draft: _Draft | None = None
    for row in rows:
        call_id = row.get(table.columns.get("call_id"))
        if draft is not None and call_id and call_id != draft.raw.call_id:
            yield from _built(draft, context)
            draft = None
        if draft is None:
            draft = _Draft(row, context.stem if call_id is None else call_id, table)
        draft.add(row, context.roles, [note for note in (row.note, NO_ID if call_id == "" else "") if note])
    if draft is not None:
        draft.raw.notes += notes_at_end()
        yield from _built(draft, context)


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    table = require_table(context)
    return calls_of_turns(Rows(lines, table, context), table, context, lines.cut_notes)


def _built(draft: _Draft, context: Context) -> Iterator[Call]:
    if draft.is_too_large:
        context.skip(draft.raw.line, f"call {draft.raw.call_id!r} {TOO_LARGE}")
        return
    try:
        yield build_call(draft.finished(), context)
    except UnreadableError as error:
        context.skip(draft.raw.line, str(error))


def _number(cell: str | None) -> float | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        return None


FORMAT = Format(
    name="csv-turns",
    title="CSV or TSV, one row per turn",
    description="Columns for call id, speaker and text by their usual names; rows of a call together",
    example="call_id,speaker,start,end,text\nb7c1,agent,0.0,2.4,how can i help\nb7c1,customer,2.9,5.8,hi\n",
    matches=_matches,
    read=_read,
    keeps=("every field that has a column", "other columns"),
    export="Save a spreadsheet or the result of a query as CSV or TSV, with a row of column names.",
)
