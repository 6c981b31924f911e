"""What could not be read in a night: told at once, and remembered in the run's log, so many lines at most."""

from __future__ import annotations

import logging
import re

from escalert.errors import ReadProblem
from escalert.nightly.events import tell
from escalert.nightly.store import RunEntry

MOST_KEPT = 200
MOST_TOLD = 20
PREFIX = "skipped: "
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"")
LONGEST = 300


class Skipped:
    """Takes what the readers report.

    Attributes
    ----------
    n_skipped, n_mended : int
        Files, calls and records that were left out, or put right and kept.
    """

    def __init__(self) -> None:
        self.n_skipped = self.n_mended = 0
        self._kept: list[str] = []

    def __call__(self, problem: ReadProblem) -> None:
        """Take one problem; the first ones of each kind are told."""
        if problem.skipped:
            self.n_skipped += 1
            if len(self._kept) < MOST_KEPT:
                self._kept.append(_line(problem))
        else:
            self.n_mended += 1
        kind, n_before = ("skipped", self.n_skipped) if problem.skipped else ("mended", self.n_mended)
        if n_before <= MOST_TOLD:
            level = logging.WARNING if problem.skipped else logging.INFO
            tell(kind, f"{kind}: {problem}", level, where=problem.where, reason=problem.message)

    def close(self) -> None:
        """Say how much more there was than was told."""
        for kind, n in (("skipped", self.n_skipped), ("mended", self.n_mended)):
            if n > MOST_TOLD:
                level = logging.WARNING if kind == "skipped" else logging.INFO
                tell(f"{kind}_more", f"{kind}: {n - MOST_TOLD:,} more", level, n=n)

    def lines(self) -> tuple[str, ...]:
        """Give what the run's log keeps of what was left out."""
        more = self.n_skipped - len(self._kept)
        return (*self._kept, *([f"{PREFIX}{more:,} more"] if more else []))


def skipped_of(run: RunEntry) -> tuple[str, ...]:
    """Give what a run could not read, and why, from its log."""
    return tuple(line.removeprefix(PREFIX) for line in run.log if line.startswith(PREFIX))


def _line(problem: ReadProblem) -> str:
    # The log outlives the texts that keep_days deletes: it must not quote them.
    return f"{PREFIX}{problem.where}: {_QUOTED.sub('…', problem.message)}"[:LONGEST]
