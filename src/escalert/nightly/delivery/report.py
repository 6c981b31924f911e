"""The HTML report of a night: what a team lead opens in the morning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from escalert.nightly.delivery.charts import Gauge, RateChart, gauges, rate_charts
from escalert.nightly.delivery.lines import (
    began,
    headline,
    listing,
    n_calls,
    n_missed,
    quote_of,
    quoted,
    said_at,
    why_audited,
    with_repeat,
)
from escalert.nightly.delivery.outgoing import Outgoing
from escalert.nightly.night import AuditCall, CallGroupEntry, ListedCall
from escalert.nightly.store import StoredVerdict
from escalert.records import PRIORITIES, Call, CallVerdict
from escalert.report.detail import build_detail
from escalert.report.page import json_for_html, render_page
from escalert.report.rows import Row, build_row
from escalert.report.wording import percent, shorten
from escalert.taxonomy import Taxonomy

SCRIPTS = ("detail.js", "filter.js", "table.js", "night.js")
STYLES = ("style.css", "night.css")
ROWS_PER_PAGE = 100
FIRST_LINES = 10
"""Lines of a list that are shown at once; the rest unfolds."""
LINES_LISTED = 500
EXAMPLE_CHARACTERS = 200
VERDICT_FACTS = ("Escalation warranted", "Escalated")


@dataclass(frozen=True, slots=True)
class MissedRow:
    """A missed escalation as the table shows it."""

    call: ListedCall
    row: Row
    began: str
    reasons: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A call of the audit sample; its detail leaves the verdict out, so that the reviewer is not led by it."""

    call_id: str
    queue: str
    agent: str
    began: str
    why: str
    detail: str


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """An example call of a group."""

    call_id: str
    quote: str
    quote_from: str
    is_listed: bool


def night_page(outgoing: Outgoing, taxonomy: Taxonomy) -> str:
    """Render the report; the same night gives the same bytes."""
    return "".join(render_page("night.html", _context(outgoing, taxonomy), SCRIPTS, STYLES))


def _context(outgoing: Outgoing, taxonomy: Taxonomy) -> dict[str, Any]:
    night = outgoing.night
    missed = [_missed_row(call, outgoing, taxonomy) for call in night.missed]
    audit = [_audit_row(call, outgoing, taxonomy) for call in night.audit]
    listed = {row.row.call_id for row in missed} | {row.call_id for row in audit}
    return {
        "title": f"Missed escalations, {night.for_date:%A} {night.for_date.day} {night.for_date:%B %Y}",
        "night": night,
        "headline": headline(night),
        "listing": listing(night),
        "n_calls": n_calls(night),
        "n_missed": n_missed(night),
        "missed": missed,
        "audit": audit,
        "repeats": [row for row in missed if row.call.repeat],
        "listed": listed,
        "groups": [(group, _examples(group, listed, taxonomy)) for group in night.groups],
        "rates": _rates(outgoing, taxonomy),
        "gauges": _gauges(outgoing),
        "taxonomy": [trigger for trigger in taxonomy if any(trigger.name in _labels(row) for row in missed)],
        "priorities": [priority for priority in PRIORITIES if any(row.call.priority == priority for row in missed)],
        "queues": sorted({row.row.queue for row in missed}, key=lambda name: (name.casefold(), name)),
        "page_size": ROWS_PER_PAGE,
        "first_lines": FIRST_LINES,
        "lines_listed": LINES_LISTED,
        "n_contradictions": night.counts.get("contradictions", len(night.contradictions)),
        "details": [*(row.row.detail for row in missed), *(row.detail for row in audit)],
    }


def _missed_row(call: ListedCall, outgoing: Outgoing, taxonomy: Taxonomy) -> MissedRow:
    verdict, transcript = with_repeat(call), _transcript(call.stored, outgoing)
    row = build_row(transcript, verdict, taxonomy)
    quoted_turn = quote_of(verdict, taxonomy)
    shown = replace(
        row,
        detail=_with_facts(row.detail, {"Missed": percent(call.probability), "Group": call.group}),
        quote_from=f"{quoted_turn.speaker}, {said_at(quoted_turn)}" if quoted_turn else "",
    )
    return MissedRow(call, shown, began(verdict), "; ".join(verdict.reasons))


def _audit_row(call: AuditCall, outgoing: Outgoing, taxonomy: Taxonomy) -> AuditRow:
    verdict = replace(call.stored.verdict, triggers={}, reasons=(f"Drawn at random: {why_audited(call)}.",))
    detail = json.loads(build_detail(_transcript(call.stored, outgoing), verdict, taxonomy))
    detail["facts"] = [fact for fact in detail["facts"] if fact[0] not in VERDICT_FACTS]
    stored = call.stored
    place = stored.call_id, stored.queue or "", stored.agent_id or "", began(verdict)
    return AuditRow(*place, why_audited(call), json_for_html(detail))


def _transcript(stored: StoredVerdict, outgoing: Outgoing) -> Call:
    """Give the call; one without turns where its text was deleted."""
    without = Call(
        stored.call_id, (), channel=stored.channel, agent_id=stored.agent_id, queue=stored.queue, origin=stored.origin
    )
    return outgoing.transcripts.get(stored.call_id, without)


def _with_facts(detail: str, facts: Mapping[str, str]) -> str:
    shown = json.loads(detail)
    shown["facts"] = [*([name, value] for name, value in facts.items() if value), *shown["facts"]]
    return json_for_html(shown)


def _examples(group: CallGroupEntry, listed: set[str], taxonomy: Taxonomy) -> list[ExampleRow]:
    return [_example(stored.verdict, stored.call_id in listed, taxonomy) for stored in group.examples]


def _example(verdict: CallVerdict, is_listed: bool, taxonomy: Taxonomy) -> ExampleRow:
    turn = quote_of(verdict, taxonomy)
    if turn is None:
        return ExampleRow(verdict.call_id, "", "", is_listed)
    words = shorten(quoted(turn), EXAMPLE_CHARACTERS)
    return ExampleRow(verdict.call_id, words, f"{turn.speaker}, {said_at(turn)}", is_listed)


def _labels(row: MissedRow) -> set[str]:
    return {chip.label for chip in row.row.chips}


def _rates(outgoing: Outgoing, taxonomy: Taxonomy) -> list[RateChart]:
    return rate_charts(outgoing.night.watch.rates, {trigger.name: trigger.title for trigger in taxonomy})


def _gauges(outgoing: Outgoing) -> list[Gauge]:
    return gauges(outgoing.night.watch.figures)
