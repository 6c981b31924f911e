"""Calls as the store keeps them: all that was read, as plain data, and a fingerprint of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from escalert.records import Call, Turn

FIELDS = ("channel", "language", "started_at", "agent_id", "queue", "customer_id", "escalated", "source")


def call_document(call: Call) -> dict[str, Any]:
    """Give the fields and turns of a call as plain data; what is absent is left out."""
    named = {name: value for name in FIELDS if (value := getattr(call, name)) is not None}
    others = {"labels": dict(call.labels), "extra": dict(call.extra)}
    return {"turns": [_turn_document(turn) for turn in call.turns], **named, **_present(others)}


def call_from_document(call_id: str, document: Mapping[str, Any], origin: str, warnings: tuple[str, ...]) -> Call:
    """Give the call that `call_document` wrote."""
    named = {name: document[name] for name in FIELDS if name in document}
    turns = tuple(_turn(turn) for turn in document["turns"])
    others = {"labels": document.get("labels", {}), "extra": document.get("extra", {})}
    return Call(call_id, turns, origin=origin, warnings=warnings, **named, **others)


def content_hash(call: Call) -> str:
    """Give a fingerprint of what a call holds: its fields and turns, not where it was read from or what was mended."""
    return fingerprint(call_document(call))


def fingerprint(data: Any) -> str:
    """Give the SHA-256 of plain data; the order of keys does not matter."""
    try:
        written = orjson.dumps(data, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # what orjson refuses: half surrogates, integers beyond 64 bits
        written = json.dumps(data, default=str, sort_keys=True).encode()
    return hashlib.sha256(written).hexdigest()


def moment_of(text: str | None) -> datetime | None:
    """Read an ISO time, in UTC unless it says otherwise; None if it is none."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _turn_document(turn: Turn) -> dict[str, Any]:
    document: dict[str, Any] = {"speaker": turn.speaker, "text": turn.text}
    if turn.start_s is not None:
        document["start"] = turn.start_s
    if turn.end_s is not None:
        document["end"] = turn.end_s
    if turn.labels is not None:
        document["labels"] = list(turn.labels)
    return document | ({"extra": dict(turn.extra)} if turn.extra else {})


def _turn(document: Mapping[str, Any]) -> Turn:
    labels = document.get("labels")
    return Turn(
        document["speaker"],
        document["text"],
        document.get("start"),
        document.get("end"),
        None if labels is None else tuple(labels),
        document.get("extra", {}),
    )


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
