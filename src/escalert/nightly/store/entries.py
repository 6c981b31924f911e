"""Calls, verdicts and records, as they go into the store and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from escalert.records import Call, CallVerdict


@dataclass(frozen=True, slots=True)
class ScoredCall:
    """A call with its verdict, as it goes into the store.

    Attributes
    ----------
    call : Call
        As read, before anything was joined from records.
    verdict : CallVerdict
        May rest on a record that overrules the transcript.
    content_hash : str
        `content_hash(call)`, by which the next run knows it again.
    """

    call: Call
    verdict: CallVerdict
    content_hash: str


@dataclass(frozen=True, slots=True)
class BatchWritten:
    """What writing a batch changed.

    Attributes
    ----------
    new : int
        Calls that the store did not hold.
    corrected : int
        Calls whose content differs from what the store held.
    rescored : int
        Calls of the same content with another verdict: another model, other thresholds, another record.
    unchanged : int
        Calls that were there with this very verdict.
    """

    new: int = 0
    corrected: int = 0
    rescored: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict with what is needed of its call to list, link and count it.

    Attributes
    ----------
    day : date
        The day of the call: of its start in UTC where that is known, else of the run that brought it.
    run_id : str
        The run that gave this verdict.
    verdict : CallVerdict
        With probabilities and thresholds of all labels, and the evidence of the flagged ones; without the scores of
        single turns. The texts of the evidence are empty once they were deleted.
    said_escalated : bool
        Whether an escalation took place by the transcript alone.
    is_current : bool
        False in the history.
    n_turns : int
    """

    call_id: str
    day: date
    started_at: datetime | None
    queue: str | None
    agent_id: str | None
    customer_id: str | None
    channel: str | None
    origin: str
    n_turns: int
    run_id: str
    created_at: datetime
    content_hash: str
    verdict: CallVerdict
    said_escalated: bool
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class CallOutline:
    """The little of a call and its current verdict that is enough to link it or to draw it.

    Attributes
    ----------
    at : datetime
        When it began, or the beginning of its day where that is not known; in UTC.
    record : bool or None
        What its own record says of the escalation.
    """

    call_id: str
    customer_id: str | None
    at: datetime
    priority: str
    missed: bool
    record: bool | None


@dataclass(frozen=True, slots=True)
class CallFigures:
    """The figures of a call by its current verdict, from which drift and flag rates are told.

    Attributes
    ----------
    counts : mapping of str to int
        As in the verdict; empty if it counted nothing.
    probabilities : mapping of str to float
        Of all labels, and of the call's outcomes.
    flagged : tuple of str
        The triggers that are flagged.
    """

    call_id: str
    day: date
    counts: Mapping[str, int]
    probabilities: Mapping[str, float]
    flagged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which current verdicts are meant; what is None is not asked for.

    Attributes
    ----------
    since, until : date or None
        Days of the calls, both inclusive.
    run_id : str or None
        Verdicts that this run gave.
    brought_by : str or None
        Calls that this run was the first to read, whichever run gave their verdict.
    queue : str or None
    missed : bool or None
    flagged : bool or None
        Whether any trigger is flagged.
    call_ids, customer_ids : tuple of str or None
    """

    since: date | None = None
    until: date | None = None
    run_id: str | None = None
    brought_by: str | None = None
    queue: str | None = None
    missed: bool | None = None
    flagged: bool | None = None
    call_ids: tuple[str, ...] | None = None
    customer_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What telephony or CRM say of a call.

    Attributes
    ----------
    origin : str
        Where it was read from, ``path:line`` or the name of the query.
    received_at : datetime or None
        When the store got it, in UTC; filled in by the store.
    extra : mapping
        Other columns, untouched.
    """

    call_id: str
    escalated: bool | None = None
    transferred_to: str | None = None
    disposition: str | None = None
    customer_id: str | None = None
    origin: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    received_at: datetime | None = None
