"""Runs and what comes of them: worklists, reviews, deliveries, counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

RunKind = Literal["nightly", "rescore"]
RunState = Literal["running", "finished", "failed"]
DeliveryState = Literal["pending", "delivered", "given_up"]
ListedAs = Literal["missed", "audit"]


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of the job.

    Attributes
    ----------
    run_id : str
        ``2026-03-02``, or ``2026-03-02-rescore-NAME-VERSION``: the same night is the same run, however often it was
        started.
    for_date : date
        The night it stands for.
    model_name, model_version : str
    started_at, finished_at : datetime or None
        In UTC, of the last start.
    attempts : int
        How often it was started.
    counts : mapping of str to int
        What it found, as given to `finish`.
    measures : mapping
        Drift and other figures, as given to `finish`.
    log : tuple of str
        What it has to say of itself: warnings, deletions.
    pending : int
        Its deliveries that are not made yet.
    """

    run_id: str
    for_date: date
    kind: RunKind
    state: RunState
    model_name: str
    model_version: str
    started_at: datetime
    finished_at: datetime | None = None
    attempts: int = 1
    counts: Mapping[str, int] = field(default_factory=dict)
    measures: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    pending: int = 0


@dataclass(frozen=True, slots=True)
class WorklistEntry:
    """A call that a run put before the team.

    Attributes
    ----------
    listed_as : str
        ``missed``, or ``audit`` for the random sample of unflagged calls.
    rank : int
        Its place in that list, from 1.
    priority : str
        As ranked, repeats included.
    inclusion_probability : float
        With which the draw took it; 1 for missed escalations.
    details : mapping
        Whatever else the list shows, such as linked calls.
    """

    call_id: str
    listed_as: ListedAs
    rank: int
    priority: str
    inclusion_probability: float = 1.0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to send to one place: a row of the outbox.

    Attributes
    ----------
    key : str
        The idempotency key; enqueuing the same key again changes nothing.
    kind : str
        ``report``, ``csv``, ``json``, ``webhook``, ``slack``, ``email``.
    target : str
        The folder or the name of the receiver, never a secret.
    payload : mapping or None
        What is sent, redacted already; None where `payload_ref` names a file.
    """

    key: str
    run_id: str
    kind: str
    target: str
    payload: Mapping[str, Any] | None = None
    payload_ref: str | None = None
    state: DeliveryState = "pending"
    attempts: int = 0
    created_at: datetime | None = None
    next_try_at: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A person's word on a call of a worklist.

    Attributes
    ----------
    run_id : str
        The run whose worklist it was on.
    warranted, escalated : bool
        What the reviewer found.
    """

    call_id: str
    run_id: str
    reviewer: str
    warranted: bool
    escalated: bool
    note: str = ""
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many of a period's calls have a trigger flagged.

    Attributes
    ----------
    period : date
        The day, or the Monday of the week.
    """

    period: date
    label: str
    calls: int
    flagged: int


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How the calls of a period ended, all or those of one queue or agent.

    Attributes
    ----------
    period : date
        The day, or the Monday of the week.
    group : str
        The queue or agent; empty where it is unknown or all are counted together.
    flagged : int
        Calls with any trigger.
    """

    period: date
    group: str
    calls: int
    flagged: int
    warranted: int
    escalated: int
    missed: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a retention deleted.

    Attributes
    ----------
    calls : int
        Calls that lost their texts.
    triggers : int
        Triggers of them that lost the words of their evidence, those of the history included.
    deliveries : int
        Deliveries that lost their payloads.
    remaining : int
        Calls of that age whose text is still there, counted afterwards: the proof that all is gone.
    """

    calls: int = 0
    triggers: int = 0
    deliveries: int = 0
    remaining: int = 0
