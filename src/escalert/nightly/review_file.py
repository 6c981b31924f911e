"""The way back: the CSV of a night, filled in by a reviewer, becomes reviews in the store.

Spreadsheets do not leave such a file as it was: they write dates in their own way, and long numbers rounded. So a row
is found again by its run, its call id and, where these two have suffered, by its place on the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from escalert.errors import ReadProblem, UsageError
from escalert.nightly.config import RecordSource
from escalert.nightly.listed_calls import ListedCalls, LostCallError
from escalert.nightly.record_tables import RecordTable, file_tables
from escalert.nightly.store import Review, Store
from escalert.writers import FORMULA_STARTS

OnProblem = Callable[[ReadProblem], None]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "run_id": ("run_id",),
    "call_id": ("call_id",),
    "listed_as": ("listed_as", "list"),
    "rank": ("rank",),
    "reviewer": ("reviewer",),
    "warranted": ("warranted", "review_warranted"),
    "escalated": ("escalated", "review_escalated"),
    "note": ("note", "review_note"),
}
"""The columns that are read, and the names that they may have; all others are passed over."""
NEEDED = ("run_id", "call_id", "warranted", "escalated")
YES = frozenset({"yes", "y", "true", "t", "1", "x"})
NO = frozenset({"no", "n", "false", "f", "0"})
WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")


@dataclass(frozen=True, slots=True)
class ReviewsRead:
    """What a file of reviews held.

    Attributes
    ----------
    reviews : tuple of Review
    n_open : int
        Rows of a list that nobody filled in yet.
    """

    reviews: tuple[Review, ...]
    n_open: int


class _UnusableError(Exception):
    """A row that is no review; says why."""


def read_reviews(
    store: Store, path: Path, shown: Callable[[str], str], on_problem: OnProblem, reviewer: str | None = None
) -> ReviewsRead:
    """Read what a reviewer filled in: who, whether an escalation was warranted, whether one took place, a note.

    Parameters
    ----------
    shown : callable
        Gives a call id as the file may show it: redacted.
    on_problem : callable
        Is told of rows that cannot be used; the others are.
    reviewer : str, optional
        Of the rows that name none.

    Raises
    ------
    UsageError
        If the file is not there, lacks a column, or names no reviewer at all.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    if path.suffix.lower() in WORKBOOKS:
        raise UsageError(f"{path} is a workbook: save it as CSV")
    rows = [row for table in file_tables(RecordSource(path=path), on_problem) for row in _rows(table)]
    filled = [(where, cells) for where, cells in rows if cells["warranted"] or cells["escalated"]]
    if filled and not reviewer and not any(cells["reviewer"] for _, cells in filled):
        raise UsageError(f"{path} names no reviewer: fill in the column reviewer, or add --reviewer NAME")
    calls = ListedCalls(store, shown)
    reviews = []
    for where, cells in filled:
        try:
            reviews.append(_review(cells, calls, reviewer))
        except (_UnusableError, LostCallError) as error:
            on_problem(ReadProblem(where, str(error)))
    n_listed = sum(bool(cells["run_id"]) for _, cells in rows)
    return ReviewsRead(tuple(reviews), n_listed - sum(bool(cells["run_id"]) for _, cells in filled))


def _rows(table: RecordTable) -> Iterator[tuple[str, dict[str, str]]]:
    names = [name.strip().lower() for name in table.columns]
    places = {
        column: next((names.index(name) for name in known if name in names), None) for column, known in COLUMNS.items()
    }
    if missing := [column for column in NEEDED if places[column] is None]:
        raise UsageError(
            f"{table.name}: the columns {', '.join(missing)} are missing; fill in the CSV of a night, "
            "or that of 'escalert missed --out FILE.csv'"
        )
    for line, cells in table.rows:
        found = {
            column: "" if place is None or place >= len(cells) else _plain(cells[place])
            for column, place in places.items()
        }
        if any(found.values()):
            yield f"{table.name}:{line}", found


def _plain(cell: object) -> str:
    """Give a cell without what keeps spreadsheets from running it as a formula."""
    text = "" if cell is None else str(cell).strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _review(cells: Mapping[str, str], calls: ListedCalls, reviewer: str | None) -> Review:
    name = cells["reviewer"] or reviewer
    if not name:
        raise _UnusableError("names no reviewer: fill in the column, or add --reviewer NAME")
    warranted, escalated = _answer(cells, "warranted"), _answer(cells, "escalated")
    if warranted is None:
        raise _UnusableError("does not say whether an escalation was warranted")
    if warranted and escalated is None:
        raise _UnusableError("does not say whether an escalation took place")
    run_id, call_id = calls.find(cells["run_id"], cells["call_id"], cells["listed_as"], cells["rank"])
    return Review(call_id, run_id, name, warranted, bool(escalated), cells["note"])


def _answer(cells: Mapping[str, str], column: str) -> bool | None:
    word = cells[column].lower()
    if word and word not in YES | NO:
        raise _UnusableError(f"{column}: write yes or no, found {cells[column]!r}")
    return word in YES if word else None
