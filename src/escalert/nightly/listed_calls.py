"""Find the call on a run's list that a row of a spreadsheet means, whatever the spreadsheet did to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from escalert.nightly.store import Store, WorklistEntry

DATES = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%Y", "%d-%b-%y")
"""What spreadsheets make of the id of a run, ``2026-03-02``."""
ROUNDED = 1e-5
"""Spreadsheets show long numbers to six digits: ``1.23457E+17``."""


class LostCallError(Exception):
    """The call of a row stands on no list; says why."""


class ListedCalls:
    """The lists of the store's runs, each read once.

    Parameters
    ----------
    shown : callable
        Gives a call id as files show it: redacted.
    """

    def __init__(self, store: Store, shown: Callable[[str], str]) -> None:
        self._store = store
        self._shown = shown
        self._entries: dict[str, list[WorklistEntry]] = {}

    def find(self, run_id: str, call_id: str, listed_as: str = "", rank: str = "") -> tuple[str, str]:
        """Give the run and the id of the call that is meant.

        Raises
        ------
        LostCallError
            If there is none, or more than one.
        """
        if not run_id:
            raise LostCallError(f"call {call_id!r} was on no list of a run: a review of it would tell nothing")
        lists = {name: entries for name in dict.fromkeys(_run_ids(run_id)) if (entries := self._of_run(name))}
        if not lists:
            raise LostCallError(f"there is no list of a run {run_id!r} in the store")
        found = [(name, entry) for name, entries in lists.items() for entry in self._matches(entries, call_id)]
        if not found:
            found = [
                (name, entry)
                for name, entries in lists.items()
                for entry in entries
                if _is_at(entry, listed_as, rank) and _may_be(entry.call_id, call_id)
            ]
        if len(found) > 1:
            found = [each for each in found if _is_at(each[1], listed_as, rank)]
        if len(found) != 1:
            raise LostCallError(f"call {call_id!r} is not on the list of the run {run_id!r}")
        return found[0][0], found[0][1].call_id

    def _matches(self, entries: Sequence[WorklistEntry], call_id: str) -> list[WorklistEntry]:
        return [entry for entry in entries if call_id in (entry.call_id, self._shown(entry.call_id))]

    def _of_run(self, run_id: str) -> list[WorklistEntry]:
        if run_id not in self._entries:
            self._entries[run_id] = self._store.worklists.of_run(run_id)
        return self._entries[run_id]


def _run_ids(cell: str) -> Iterator[str]:
    """Give the ids that a cell may have held before a spreadsheet took it for a date."""
    yield cell
    for form in DATES:
        try:
            yield datetime.strptime(cell, form).date().isoformat()
        except ValueError:
            continue


def _is_at(entry: WorklistEntry, listed_as: str, rank: str) -> bool:
    return (entry.listed_as, str(entry.rank)) == (listed_as.lower(), rank)


def _may_be(call_id: str, cell: str) -> bool:
    """Tell whether a spreadsheet may have made this cell of a call id that is a number."""
    try:
        number, shown = int(call_id), float(cell.replace(",", "."))
    except ValueError:
        return False
    return abs(number - shown) <= ROUNDED * abs(number)
