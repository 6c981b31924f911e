"""The night's lists as CSV, with columns for the reviewer to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from escalert.nightly.delivery.lines import quote_of, quoted, said_at, why_audited
from escalert.nightly.delivery.outgoing import Outgoing
from escalert.nightly.night import AuditCall, ListedCall
from escalert.taxonomy import Taxonomy
from escalert.writers import FORMULA_STARTS

REVIEW_COLUMNS = ("reviewer", "review_warranted", "review_escalated", "review_note")
"""Empty; ``escalert missed --reviews`` reads them, by run, list and rank."""
COLUMNS = (
    *("run_id", "list", "rank", "call_id", "priority", "probability"),
    *REVIEW_COLUMNS,
    *("started_at", "queue", "agent_id", "channel", "triggers", "quote", "quote_speaker", "quote_turn", "quote_at"),
    *("reasons", "repeat", "earlier", "group", "why_listed", "inclusion_probability"),
)
BYTE_ORDER_MARK = "\ufeff"
"""By which Excel tells UTF-8."""


def night_table(outgoing: Outgoing, taxonomy: Taxonomy) -> str:
    """Give the missed escalations, then the audit sample, a row each; the header alone where there are none."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, restval="")
    writer.writeheader()
    for row in _rows(outgoing, taxonomy):
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return BYTE_ORDER_MARK + file.getvalue()


def _rows(outgoing: Outgoing, taxonomy: Taxonomy) -> Iterator[dict[str, Any]]:
    night = outgoing.night
    for listed in night.missed:
        yield {"run_id": night.run_id, "list": "missed", **_call(listed), **_missed(listed, taxonomy)}
    for audited in night.audit:
        yield {"run_id": night.run_id, "list": "audit", **_call(audited), **_audit(audited)}


def _call(call: ListedCall | AuditCall) -> dict[str, Any]:
    stored = call.stored
    return {
        "rank": call.rank,
        "call_id": stored.call_id,
        "started_at": stored.verdict.metadata.get("started_at", ""),
        "queue": stored.queue,
        "agent_id": stored.agent_id,
        "channel": stored.channel,
    }


def _missed(call: ListedCall, taxonomy: Taxonomy) -> dict[str, Any]:
    verdict = call.stored.verdict
    row: dict[str, Any] = {
        "priority": call.priority,
        "probability": round(call.probability, 4),
        "triggers": " ".join(verdict.flagged_triggers),
        "reasons": "; ".join(verdict.reasons),
        "repeat": call.repeat,
        "earlier": " ".join(call.earlier),
        "group": call.group,
        "why_listed": "missed escalation",
        "inclusion_probability": 1,
    }
    if turn := quote_of(verdict, taxonomy):
        place = {"quote_speaker": turn.speaker, "quote_turn": turn.turn, "quote_at": said_at(turn)}
        row |= {"quote": quoted(turn), **place}
    return row


def _audit(call: AuditCall) -> dict[str, Any]:
    """Leave the verdict out, so that the reviewer is not led by it."""
    return {"why_listed": why_audited(call), "inclusion_probability": round(call.inclusion_probability, 6)}


def _cell(value: Any) -> Any:
    """Defuse what a spreadsheet would run."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
