"""The tables of the store. A change here needs a migration in ``migrations/versions``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, ForeignKey, Index, MetaData, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from escalert.nightly.store.types import Json, PlainText, UtcDateTime

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}
CURRENT = text("is_current")


class Base(DeclarativeBase):
    """What the tables share: types by annotation, and names of constraints that migrations can refer to."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012
        str: PlainText,
        float: Float(53),
        date: Date,
        datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class RunRow(Base):
    """A run of the job."""

    __tablename__ = "runs"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    for_date: Mapped[date] = mapped_column(index=True)
    kind: Mapped[str]
    state: Mapped[str]
    model_name: Mapped[str]
    model_version: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int]
    counts: Mapped[dict[str, Any]]
    log: Mapped[list[Any]]
    measures: Mapped[dict[str, Any] | None]


class CallRow(Base):
    """A call as it was last read; its text is NULL once it was deleted."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_day", "day", "call_id"),
        Index("ix_calls_customer_id", "customer_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(unique=True)
    content_hash: Mapped[str]
    origin: Mapped[str]
    source: Mapped[str | None]
    channel: Mapped[str | None]
    language: Mapped[str | None]
    queue: Mapped[str | None]
    agent_id: Mapped[str | None]
    customer_id: Mapped[str | None]
    started_at: Mapped[datetime | None]
    day: Mapped[date]
    n_turns: Mapped[int]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"))
    received_at: Mapped[datetime]
    details: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]]
    transcript: Mapped[dict[str, Any] | None]


class VerdictRow(Base):
    """A verdict; one of each call is current, the others are its history."""

    __tablename__ = "verdicts"
    __table_args__ = (
        UniqueConstraint("call_pk", "basis"),
        Index("uq_verdicts_current", "call_pk", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    basis: Mapped[str]
    content_hash: Mapped[str]
    model_name: Mapped[str]
    model_version: Mapped[str]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"), index=True)
    created_at: Mapped[datetime]
    is_current: Mapped[bool]
    priority: Mapped[str]
    flagged: Mapped[bool]
    warranted: Mapped[bool]
    escalated: Mapped[bool]
    said_escalated: Mapped[bool]
    missed: Mapped[bool]
    record: Mapped[bool | None]
    probabilities: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any] | None]
    reasons: Mapped[list[Any]]
    warnings: Mapped[list[Any]]


class TriggerRow(Base):
    """A flagged trigger of a verdict, with its evidence."""

    __tablename__ = "triggers"

    verdict_id: Mapped[int] = mapped_column(ForeignKey("verdicts.id"), primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    probability: Mapped[float]
    evidence: Mapped[list[Any]]


class RecordRow(Base):
    """What telephony or CRM said of a call; it may come before the call."""

    __tablename__ = "records"
    __table_args__ = (UniqueConstraint("call_id", "content_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str]
    content_hash: Mapped[str]
    is_current: Mapped[bool]
    escalated: Mapped[bool | None]
    transferred_to: Mapped[str | None]
    disposition: Mapped[str | None]
    customer_id: Mapped[str | None]
    origin: Mapped[str]
    extra: Mapped[dict[str, Any]]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"))
    received_at: Mapped[datetime]


class WorklistRow(Base):
    """A call that a run put before the team."""

    __tablename__ = "worklists"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"), primary_key=True)
    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    listed_as: Mapped[str]
    rank: Mapped[int]
    priority: Mapped[str]
    inclusion_probability: Mapped[float]
    details: Mapped[dict[str, Any]]


class ReviewRow(Base):
    """A person's word on a call of a worklist."""

    __tablename__ = "reviews"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"), primary_key=True)
    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    reviewer: Mapped[str] = mapped_column(primary_key=True)
    warranted: Mapped[bool]
    escalated: Mapped[bool]
    note: Mapped[str]
    reviewed_at: Mapped[datetime]


class DeliveryRow(Base):
    """A row of the outbox."""

    __tablename__ = "deliveries"

    key: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"), index=True)
    kind: Mapped[str]
    target: Mapped[str]
    payload: Mapped[dict[str, Any] | None]
    payload_ref: Mapped[str | None]
    state: Mapped[str] = mapped_column(index=True)
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class LeaseRow(Base):
    """Who may write; one row, made by the first migration."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str | None]
    token: Mapped[str | None]
    acquired_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
