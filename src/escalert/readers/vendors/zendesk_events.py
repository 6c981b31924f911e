"""The incremental export of ticket events of Zendesk, put together to tickets."""

from __future__ import annotations

from typing import Any

from escalert.readers.building import text_of_id
from escalert.readers.members import objects


def tickets_of_events(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the tickets that a page of events tells of, with the comments, changes of group and fields told there."""
    tickets: dict[str, dict[str, Any]] = {}
    for event in objects(record.get("ticket_events"), "events", []):
        ticket_id = text_of_id(event.get("ticket_id"))
        if ticket_id is None:
            continue
        ticket = tickets.setdefault(ticket_id, {"id": ticket_id, "comments": [], "changes_of_group": []})
        for child in objects(event.get("child_events"), "changes", []):
            _apply(ticket, child, event)
    return [ticket for ticket in tickets.values() if ticket["comments"]]


def _apply(ticket: dict[str, Any], child: dict[str, Any], event: dict[str, Any]) -> None:
    stamp = event.get("created_at") or event.get("timestamp")
    if "Comment" in (child.get("event_type"), child.get("type")):
        ticket["comments"].append({"created_at": stamp, "author_id": event.get("updater_id"), **child})
        return
    if child.get("group_id") and child.get("previous_value"):
        ticket["changes_of_group"].append({"at": stamp, "to": child["group_id"]})
    told = ("requester_id", "assignee_id", "group_id", "subject", "priority", "tags", "via")
    ticket.update({name: child[name] for name in told if child.get(name)})
