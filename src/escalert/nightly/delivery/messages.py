"""What is sent to people and programs: the body of a webhook, Slack's form of it, a mail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from escalert.nightly.delivery.document import message_document
from escalert.nightly.delivery.lines import (
    began,
    headline,
    listing,
    n_missed,
    quote_of,
    quoted,
    said_at,
    with_repeat,
)
from escalert.nightly.delivery.outgoing import Outgoing
from escalert.nightly.night import ListedCall, Night
from escalert.records import Evidence
from escalert.taxonomy import Taxonomy

SLACK_CALLS = 10
"""Calls in a Slack message; it may have 50 blocks, and nobody reads as many."""
SLACK_TEXT = 2900
"""Slack refuses a block of more than 3,000 characters."""
MAIL_CALLS = 50


def webhook_body(outgoing: Outgoing, taxonomy: Taxonomy, *, quotes: bool, key: str, revision: int) -> str:
    """Give the JSON body of a webhook; ``idempotency_key`` in it is covered by the signature."""
    document = message_document(outgoing, taxonomy, quotes=quotes)
    return to_json({"idempotency_key": key, "revision": revision, **document})


def slack_body(outgoing: Outgoing, taxonomy: Taxonomy, *, quotes: bool, revision: int) -> str:
    """Give the body for an incoming webhook of Slack: Block Kit, and a plain text for notifications."""
    night = outgoing.night
    title = f"{headline(night)}, {night.for_date.isoformat()}{_corrected(revision)}"
    shown = night.missed[:SLACK_CALLS]
    blocks: list[Mapping[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": title[:150]}},
        *(_section(_slack_call(call, taxonomy, quotes=quotes)) for call in shown),
    ]
    rest = [_more(night, len(shown)), *(f"Drift: {warning}" for warning in night.watch.warnings), night.recall.sentence]
    blocks.append(_section("\n".join(_escaped(line) for line in rest if line)))
    return to_json({"text": _escaped(title), "blocks": blocks})


def mail_text(outgoing: Outgoing, taxonomy: Taxonomy, *, quotes: bool, report: str) -> str:
    """Give the text of a mail.

    Parameters
    ----------
    report : str
        Where the HTML report lies; empty if there is none.
    """
    night = outgoing.night
    shown = night.missed[:MAIL_CALLS]
    lines = [f"{headline(night)}, night of {night.for_date.isoformat()}.", listing(night), ""]
    for call in shown:
        lines += [*_mail_call(call, taxonomy, quotes=quotes), ""]
    if len(shown) < len(night.missed):
        lines += [f"{len(night.missed) - len(shown):,} more of the list are in the report.", ""]
    lines += [f"To be reviewed beside them: {len(night.audit)} calls drawn at random."] if night.audit else []
    lines += [night.recall.sentence, *(f"Drift: {warning}" for warning in night.watch.warnings)]
    lines += [f"Report: {report}"] if report else []
    return "\n".join([*lines, "", f"Run {night.run_id}, model {night.model}", ""])


def mail_subject(night: Night, pattern: str, revision: int) -> str:
    """Fill the subject in."""
    filled = pattern.replace("{date}", night.for_date.isoformat()).replace("{missed}", str(n_missed(night)))
    return " ".join(filled.split()) + _corrected(revision)


def to_json(document: Any) -> str:
    """Give plain data as JSON of one line and of ASCII alone, the same for the same data."""
    return json.dumps(document, separators=(",", ":"))


def _corrected(revision: int) -> str:
    return f" (corrected, {revision})" if revision > 1 else ""


def _slack_call(call: ListedCall, taxonomy: Taxonomy, *, quotes: bool) -> str:
    place = " · ".join(_escaped(each) for each in _place(call))
    lines = [
        f"*{call.rank}. {call.priority.capitalize()}* · `{_escaped(call.stored.call_id)}`{' · ' * bool(place)}{place}"
    ]
    turn = quote_of(call.stored.verdict, taxonomy) if quotes else None
    if turn:
        lines.append(f">{_escaped(_quotation(turn))}")
    return "\n".join([*lines, _escaped("; ".join(with_repeat(call).reasons))])


def _mail_call(call: ListedCall, taxonomy: Taxonomy, *, quotes: bool) -> Iterator[str]:
    yield " · ".join([f"{call.rank}. {call.priority.upper()}", call.stored.call_id, *_place(call)])
    turn = quote_of(call.stored.verdict, taxonomy) if quotes else None
    if turn:
        yield f"   {_quotation(turn)}"
    for reason in with_repeat(call).reasons:
        yield f"   - {reason}"
    if quotes and call.group:
        yield f"   Group: {call.group}"


def _place(call: ListedCall) -> Iterator[str]:
    stored = call.stored
    named = (("queue", stored.queue), ("agent", stored.agent_id), ("began", began(stored.verdict)))
    return (f"{name} {value}" for name, value in named if value)


def _quotation(turn: Evidence) -> str:
    return f"“{quoted(turn)}” ({turn.speaker}, {said_at(turn)})"


def _more(night: Night, shown: int) -> str:
    rest = n_missed(night) - shown
    return f"{rest:,} more are in the report and the store." if rest > 0 else ""


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SLACK_TEXT] or "–"}}


def _escaped(text: str) -> str:
    """Escape as Slack asks for, so that no text can mention a channel or make a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
