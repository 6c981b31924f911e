"""Tickets of Zendesk Support with their comments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import object_of
from escalert.readers.vendors.zendesk_events import tickets_of_events
from escalert.readers.vendors.zendesk_ticket import call_of_ticket

EXAMPLE = """\
{"id": 17, "created_at": "2026-03-02T14:05:11Z", "subject": "Order 17", "via": {"channel": "email"},
 "requester": {"id": 2, "name": "Jo Park", "role": "end-user"}, "assignee": {"id": 1, "name": "Dana", "role": "agent"},
 "comments": [
   {"id": 101, "author_id": 1, "public": true, "body": "how can i help", "created_at": "2026-03-02T14:05:11Z"},
   {"id": 102, "author_id": 1, "public": false, "body": "third complaint", "created_at": "2026-03-02T14:06:00Z"},
   {"id": 103, "author_id": 2, "public": true, "body": "by sending a manager", "created_at": "2026-03-02T14:07:30Z"}]}
"""
LISTS = ("tickets", "ticket_events")


def _matches(sample: Sample) -> float:
    for before in ("", "tickets.", "ticket."):
        if sample.has(f"{before}comments.author_id"):
            return 0.95
    if sample.has("ticket_events.child_events"):
        return 0.95
    is_ticket = any(sample.has(f"{before}requester_id", f"{before}via") for before in ("", "tickets.", "ticket."))
    # The comments may stand behind the first kilobytes; without any, the reader says where they are to be had.
    return 0.9 if is_ticket else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a ticket of Zendesk")
    if not any(isinstance(record.get(name), list) for name in LISTS):
        ticket = record["ticket"] if isinstance(record.get("ticket"), dict) else {}
        yield call_of_ticket({**record, **ticket, "comments": record.get("comments", ticket.get("comments"))}, context)
        return
    listed = record["tickets"] if isinstance(record.get("tickets"), list) else tickets_of_events(record)
    if not listed:
        raise UnreadableError("a page without comments; fetch ticket_events.json with include=comment_events")
    for index, each in enumerate(listed):
        try:
            ticket = object_of(each, "a ticket of Zendesk")
            yield call_of_ticket({**ticket, "users": record.get("users"), "groups": record.get("groups")}, context)
        except UnreadableError as error:
            context.skip(None, f"ticket {index}: {error}")


FORMAT = Format(
    name="zendesk",
    vendor="Zendesk",
    title="Zendesk tickets",
    description="Tickets with their public comments, alone, as JSON Lines, or as pages of the API; private notes are"
    " left out, and comments that came by mail lose quotes and signatures",
    keeps=(
        *("call_id", "channel", "language", "started_at", "agent_id", "queue", "customer_id", "escalated"),
        *("start", "transfers", "subject", "priority", "satisfaction"),
    ),
    export="In the Admin Center under Account, Tools, Reports, Export, choose the JSON export of tickets, which has the"
    " comments; or fetch /api/v2/incremental/ticket_events.json?include=comment_events, or"
    " /api/v2/tickets/ID/comments.json?include=users for single tickets.",
    example=EXAMPLE,
    matches=_matches,
    read=partial(calls_of, _calls),
)
