"""Calls of one customer that belong together, and the customers whose problem is still not settled."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalert.records import PRIORITIES

MOST_CALLS = 20
"""An id with more calls than this within the days is no customer: a switchboard, a test line, a filler."""
FILLERS = frozenset(
    (
        "",
        "0",
        "-",
        "none",
        "null",
        "nan",
        "n/a",
        "na",
        "unknown",
        "anonymous",
        "withheld",
        "private",
        "restricted",
        "test",
    )
)
"""What systems write, in any case, where they do not know the customer."""
ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class CustomerCall:
    """What is needed of a call to link it.

    Attributes
    ----------
    customer_id : str or None
        Calls without one are not linked.
    at : datetime
        When it began, all with a time zone or all without; where only the day is known, its beginning.
    is_unsettled : bool
        Whether the matter was open when the call ended: an escalation was warranted, and none took place. A matter
        that was settled, or dropped in content, does not warrant one, by the annotation guide.
    """

    call_id: str
    customer_id: str | None
    at: datetime
    is_unsettled: bool


@dataclass(frozen=True, slots=True)
class Repeat:
    """A call that follows others of the same customer.

    Attributes
    ----------
    number : int
        Which call of the customer it is within the days, from 2.
    days : int
        How far back calls were looked for.
    earlier : tuple of str
        The ids of the calls before it, oldest first.
    is_raised : bool
        Whether its priority is raised: it is still unsettled.
    """

    call_id: str
    customer_id: str
    number: int
    days: int
    earlier: tuple[str, ...]
    is_raised: bool

    @property
    def reason(self) -> str:
        """The link in words, for the reasons of the verdict."""
        ordinal = ORDINALS[self.number] if self.number < len(ORDINALS) else f"{self.number}th"
        still = ", still unsettled" if self.is_raised else ""
        return f"{ordinal} call of this customer in {self.days} days{still} (after {', '.join(self.earlier)})"

    def priority(self, before: str) -> str:
        """Give the priority of the call: one step above `before` if it is raised."""
        return PRIORITIES[max(PRIORITIES.index(before) - 1, 0)] if self.is_raised else before


def is_customer(customer_id: str) -> bool:
    """Tell whether an id names a customer, and is not what systems write where they know none."""
    return customer_id.strip().lower() not in FILLERS


def find_repeats(calls: Iterable[CustomerCall], days: int) -> dict[str, Repeat]:
    """Link each call to the calls of the same customer in the `days` days before it.

    Parameters
    ----------
    calls : iterable of CustomerCall
        Of the night and of the `days` days before, in any order.

    Returns
    -------
    dict of str to Repeat
        By call id; calls without an earlier one are not in it.
    """
    by_customer: dict[str, list[CustomerCall]] = defaultdict(list)
    for call in calls:
        if call.customer_id is not None and is_customer(call.customer_id):
            by_customer[call.customer_id.strip()].append(call)
    return {
        repeat.call_id: repeat
        for customer in sorted(by_customer)
        for repeat in _repeats(customer, by_customer[customer], days)
    }


def _repeats(customer: str, calls: list[CustomerCall], days: int) -> list[Repeat]:
    found: list[Repeat] = []
    window: deque[CustomerCall] = deque()
    for call in sorted(calls, key=lambda call: (call.at, call.call_id)):
        while window and window[0].at < call.at - timedelta(days=days):
            window.popleft()
        if len(window) >= MOST_CALLS:
            return []
        if window:
            earlier = tuple(each.call_id for each in window)
            found.append(Repeat(call.call_id, customer, len(window) + 1, days, earlier, call.is_unsettled))
        window.append(call)
    return found
