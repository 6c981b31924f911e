"""How the weeks went: missed escalations by queue or agent, flags by trigger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from escalert.nightly.store import Store

TrendGroup = Literal["queue", "agent", "trigger"]
ALL = "all calls"
UNKNOWN = "(unknown)"


@dataclass(frozen=True, slots=True)
class WeekCount:
    """A week of a queue, an agent or a trigger.

    Attributes
    ----------
    week : date
        Its Monday.
    n_calls : int
        Of the queue or agent; of a trigger: all calls.
    n_found : int
        Missed escalations; of a trigger: calls in which it is flagged.
    outcomes : tuple of int
        Calls that are flagged, warranted and escalated, in this order; empty for a trigger.
    """

    week: date
    group: str
    n_calls: int
    n_found: int
    outcomes: tuple[int, ...] = ()

    @property
    def share(self) -> float:
        """The share of the calls."""
        return self.n_found / self.n_calls if self.n_calls else 0.0


@dataclass(frozen=True, slots=True)
class Trend:
    """The weeks of a queue, an agent or a trigger, oldest first; weeks without calls are left out."""

    group: str
    weeks: tuple[WeekCount, ...]

    @property
    def n_calls(self) -> int:
        """Calls of all weeks."""
        return sum(week.n_calls for week in self.weeks)

    @property
    def n_found(self) -> int:
        """Missed or flagged calls of all weeks."""
        return sum(week.n_found for week in self.weeks)

    @property
    def share(self) -> float:
        """Their share of the calls."""
        return self.n_found / self.n_calls if self.n_calls else 0.0


def mondays(weeks: int, until: date) -> tuple[date, ...]:
    """Give the Mondays of so many weeks, the last one that of `until`."""
    last = until - timedelta(days=until.weekday())
    return tuple(last - timedelta(weeks=n) for n in reversed(range(weeks)))


def trends(store: Store, by: TrendGroup | None, weeks: int, until: date) -> list[Trend]:
    """Count the weeks up to a day; the group with the most missed or flagged calls first.

    Parameters
    ----------
    by : str or None
        ``queue``, ``agent`` or ``trigger``; None counts all calls together.
    """
    counted: dict[str, list[WeekCount]] = {}
    for count in _counts(store, by, mondays(weeks, until)[0], until):
        counted.setdefault(count.group, []).append(count)
    found = [Trend(group, tuple(sorted(counts, key=lambda count: count.week))) for group, counts in counted.items()]
    return sorted(found, key=lambda trend: (-trend.n_found, -trend.n_calls, trend.group))


def _counts(store: Store, by: TrendGroup | None, since: date, until: date) -> Iterator[WeekCount]:
    if by == "trigger":
        for flag in store.counts.flags(since, until, "week"):
            yield WeekCount(flag.period, flag.label, flag.calls, flag.flagged)
        return
    for count in store.counts.outcomes(since, until, "week", by):
        group = (count.group or UNKNOWN) if by else ALL
        yield WeekCount(
            count.period, group, count.calls, count.missed, (count.flagged, count.warranted, count.escalated)
        )
