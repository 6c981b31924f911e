"""What a reading gave, format by format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from escalert.errors import ReadProblem
from escalert.readers.format import Format
from escalert.records import Call

NOT_READ = ""
"""Stands for the format of what was in none."""
MOST_REASONS = 100
OTHER_REASONS = "other reasons"
_PARTICULAR = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|\d[\d,.]*")
_LONGEST_REASON = 90


@dataclass(slots=True)
class FormatCounts:
    """What was read as one format.

    Attributes
    ----------
    skipped : int
        Files and calls that were left out.
    reasons : Counter of str
        Why, without what is particular to each.
    """

    files: int = 0
    calls: int = 0
    turns: int = 0
    skipped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class ReadSummary:
    """Counts what is read, while it is read.

    Attributes
    ----------
    formats : dict of str to FormatCounts
        By the name of the format; `NOT_READ` has what is in none, or is not there.
    cleaned : Counter of str
        How much recogniser's dirt was cleaned, by the name of the step.
    form : str
        The name of the format of the call that came last.

    Examples
    --------
    >>> summary = ReadSummary()
    >>> calls = summary.counted(read_calls(["calls/"], on_problem=summary.note, on_file=summary.begin))
    """

    def __init__(self) -> None:
        self.formats: dict[str, FormatCounts] = {}
        self.cleaned: Counter[str] = Counter()
        self.form = NOT_READ
        self._file = ""

    @property
    def calls(self) -> int:
        """How many calls were read."""
        return sum(counts.calls for counts in self.formats.values())

    @property
    def turns(self) -> int:
        """How many turns they have."""
        return sum(counts.turns for counts in self.formats.values())

    @property
    def skipped(self) -> int:
        """How many files and calls were left out."""
        return sum(counts.skipped for counts in self.formats.values())

    def begin(self, file: str, form: Format) -> None:
        """Count a file; what is read and skipped from here on is its own."""
        self._file, self.form = file, form.name
        self._counts(form.name).files += 1

    def counted(self, calls: Iterable[Call]) -> Iterator[Call]:
        """Pass the calls on and count them."""
        for call in calls:
            counts = self._counts(self.form)
            counts.calls += 1
            counts.turns += len(call.turns)
            yield call

    def note(self, problem: ReadProblem) -> None:
        """Count what is left out."""
        if problem.skipped:
            is_inside = problem.where == self._file or problem.where.startswith(f"{self._file}:")
            counts = self._counts(self.form if is_inside else NOT_READ)
            counts.skipped += 1
            reason = _reason(problem.message)
            is_room = reason in counts.reasons or len(counts.reasons) < MOST_REASONS
            counts.reasons[reason if is_room else OTHER_REASONS] += 1

    def _counts(self, name: str) -> FormatCounts:
        return self.formats.setdefault(name, FormatCounts())


def _reason(message: str) -> str:
    """Give what many messages have in common."""
    first = message.split(";", 1)[0]
    return _PARTICULAR.sub("…", first)[:_LONGEST_REASON].strip()
