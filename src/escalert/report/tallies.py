"""The running counts of a report; their size does not depend on how many calls were scored."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from escalert.records import Call, CallVerdict

GROUPS_COUNTED = 1000
OTHERS = "(all others)"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Tally:
    """How many calls of a set were flagged, warranted an escalation, got one, or missed one."""

    calls: int = 0
    flagged: int = 0
    warranted: int = 0
    escalated: int = 0
    missed: int = 0

    def add(self, verdict: CallVerdict, *, flagged: bool) -> None:
        """Count one more call."""
        self.calls += 1
        self.flagged += flagged
        self.warranted += verdict.warranted.flagged
        self.escalated += verdict.escalated.flagged
        self.missed += verdict.missed


@dataclass(slots=True)
class Tallies:
    """All counts of a report.

    Attributes
    ----------
    triggers, priorities : Counter
        Calls by flagged label and by priority.
    queues, channels : dict of str to Tally
        By the call's own field; ``""`` where it has none. From the thousandth name on, new names
        are counted together, since a damaged export may give every call a queue of its own.
    days : tuple of str
        The first and the last day on which a call began; empty where no call says.
    """

    total: Tally = field(default_factory=Tally)
    triggers: Counter[str] = field(default_factory=Counter)
    priorities: Counter[str] = field(default_factory=Counter)
    queues: dict[str, Tally] = field(default_factory=dict)
    channels: dict[str, Tally] = field(default_factory=dict)
    days: tuple[str, ...] = ()

    def add(self, call: Call, verdict: CallVerdict, *, flagged: bool) -> None:
        """Count one more call."""
        for tally in (self.total, _group(self.queues, call.queue), _group(self.channels, call.channel)):
            tally.add(verdict, flagged=flagged)
        self.triggers.update(verdict.flagged_triggers)
        self.priorities[verdict.priority] += 1
        if call.started_at and (day := _DAY.match(call.started_at)):
            days = (*self.days, day[0])
            self.days = (min(days), max(days))


def ranked(groups: dict[str, Tally]) -> list[tuple[str, Tally]]:
    """List groups by what needs attention first: missed escalations, then size, then name."""
    return sorted(groups.items(), key=lambda item: (-item[1].missed, -item[1].calls, item[0]))


def _group(groups: dict[str, Tally], name: str | None) -> Tally:
    known = (name or "") in groups or len(groups) < GROUPS_COUNTED
    return groups.setdefault((name or "") if known else OTHERS, Tally())
