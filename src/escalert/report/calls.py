"""Collect scored calls one by one, and write the report of them."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from escalert.errors import ReadProblem, UsageError
from escalert.records import PRIORITIES, Call, CallVerdict
from escalert.report.page import write_page
from escalert.report.rows import Row, Urgency, build_row, is_flagged, urgency
from escalert.report.tallies import Tallies, ranked
from escalert.taxonomy import Taxonomy

SCRIPTS = ("detail.js", "filter.js", "table.js")
ROWS_PER_PAGE = 100
PROBLEMS_LISTED = 1000


class CallReport:
    """The report of a run: counts of all calls, and the most urgent flagged ones in full.

    Parameters
    ----------
    taxonomy : Taxonomy
        The triggers to name; its order is the order in which the report shows them.
    title : str
        The heading of the page.
    most : int
        How many flagged calls to keep; so much memory is needed, however many calls are added.

    Examples
    --------
    >>> report = CallReport(load_taxonomy())  # doctest: +SKIP
    >>> for call, verdict in scored:  # doctest: +SKIP
    ...     report.add(call, verdict)
    >>> report.write(Path("report.html"))  # doctest: +SKIP
    """

    def __init__(self, taxonomy: Taxonomy, title: str = "Escalation report", most: int = 2000) -> None:
        if most < 0:
            raise UsageError(f"a report cannot show {most} calls; give 0 or more")
        self.taxonomy = taxonomy
        self.title = title
        self.most = most
        self.tallies = Tallies()
        self._model: Mapping[str, Any] = {}
        self._heap: list[tuple[Urgency, int, Row]] = []

    @property
    def rows(self) -> list[Row]:
        """The flagged calls that the report shows, most urgent first."""
        return [row for _, _, row in sorted(self._heap, key=lambda kept: kept[:2], reverse=True)]

    def add(self, call: Call, verdict: CallVerdict) -> None:
        """Count one scored call, and keep it if it is among the most urgent so far."""
        flagged = is_flagged(verdict, self.taxonomy)
        self.tallies.add(call, verdict, flagged=flagged)
        self._model = self._model or verdict.model
        # Of two equally urgent calls the earlier one ranks higher; no two share a number, so that a
        # comparison never reaches the row.
        rank = (urgency(verdict), -self.tallies.total.calls)
        if not flagged or not self._has_room(rank):
            return
        keep = heapq.heappush if len(self._heap) < self.most else heapq.heapreplace
        keep(self._heap, (*rank, build_row(call, verdict, self.taxonomy)))

    def write(self, path: Path, skipped: Sequence[ReadProblem] = (), model: Mapping[str, Any] | None = None) -> None:
        """Write the report as one HTML file, whole or not at all.

        Parameters
        ----------
        path : Path
            The file; an older one is replaced.
        skipped : sequence of ReadProblem
            What the readers left out or mended.
        model : mapping, optional
            ``name`` and ``version`` of the model; otherwise those of the first verdict.

        Raises
        ------
        UsageError
            If `path` is a folder.
        OSError
            If it cannot be written; an older file is untouched then.
        """
        write_page(path, "calls.html", self._context(skipped, model or self._model), SCRIPTS)

    def _has_room(self, rank: tuple[Urgency, int]) -> bool:
        if len(self._heap) < self.most:
            return True
        return bool(self._heap) and rank > self._heap[0][:2]

    def _context(self, problems: Sequence[ReadProblem], model: Mapping[str, Any]) -> dict[str, Any]:
        rows = self.rows
        return {
            "title": self.title,
            "when": datetime.now().astimezone(),
            "model": model,
            "tallies": self.tallies,
            "total": self.tallies.total,
            "taxonomy": self.taxonomy,
            "trigger_groups": list(dict.fromkeys(trigger.group for trigger in self.taxonomy)),
            "commonest": max(self.tallies.triggers.values(), default=0),
            "priorities": PRIORITIES,
            "queues": ranked(self.tallies.queues),
            "channels": ranked(self.tallies.channels),
            "rows": rows,
            "page_size": ROWS_PER_PAGE,
            "row_queues": sorted({row.queue for row in rows}, key=str.casefold),
            "problems": problems[:PROBLEMS_LISTED],
            "n_skipped": sum(problem.skipped for problem in problems),
            "n_mended": sum(not problem.skipped for problem in problems),
        }
