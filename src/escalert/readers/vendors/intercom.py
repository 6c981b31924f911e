"""Conversations of Intercom."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn, text_of_id
from escalert.readers.documents import calls_of
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in
from escalert.readers.notes import shown
from escalert.readers.vendors.posts import PostClock, post_text, private_note, worded

EXAMPLE = """\
{"type": "conversation", "id": "b7c1", "created_at": 1772460311, "admin_assignee_id": 814860,
 "source": {"type": "conversation", "body": "<p>how can i help</p>", "author": {"type": "admin", "id": "814860"}},
 "contacts": {"contacts": [{"type": "contact", "id": "5ba6"}]},
 "conversation_parts": {"conversation_parts": [
   {"part_type": "comment", "created_at": 1772460320, "body": "<p>by sending a manager</p>",
    "author": {"type": "user", "id": "5ba6"}},
   {"part_type": "assignment", "created_at": 1772460330, "body": null, "author": {"type": "admin", "id": "814860"},
    "assigned_to": {"type": "team", "id": "991", "name": "Managers"}}]}}
"""
SPEAKERS = {"admin": "agent", "team": "agent", "user": "customer", "lead": "customer", "contact": "customer"}
CHANNELS = {"email": "email", "phone_call": "phone", "phone_switch": "phone", "facebook": "social", "twitter": "social"}
CHANNELS |= {"instagram": "social"}
# The first assignment, by rule and not by anyone.
BY_RULE = "default_assignment"
OPERATOR = "operator+"


def _matches(sample: Sample) -> float:
    for before in ("", "conversations.", "data.item."):
        if sample.has(f"{before}conversation_parts") and not sample.has("turns"):
            return 0.95
    return 0.9 if sample.has("source.delivered_as", "source.author") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a conversation of Intercom")
    if not isinstance(record.get("conversations"), list):
        item = members(record.get("data")).get("item")
        yield _call(object_of(item or record, "a conversation of Intercom"), context)
        return
    for index, each in enumerate(record["conversations"]):
        try:
            yield _call(object_of(each, "a conversation of Intercom"), context)
        except UnreadableError as error:
            context.skip(None, f"conversation {index}: {error}")


def _call(record: dict[str, Any], context: Context) -> RawCall:
    first = members(record.get("source")) or members(record.get("conversation_message"))
    parts = _parts(record)
    if not first and not parts:
        found = shown(record.get("conversation_parts"))
        raise UnreadableError(
            f"neither 'source' nor 'conversation_parts', which is {found}, holds a message; the list of conversations"
            " lacks them: retrieve each by its id"
        )
    opening = {"created_at": record.get("created_at"), "part_type": "comment", **first}
    said = [part for part in (opening, *parts) if _text(part)]
    private = [part for part in said if str(part.get("part_type")).startswith("note")]
    public = [part for part in said if part not in private]
    clock = PostClock(part.get("created_at") for part in (opening, *parts))
    channel = CHANNELS.get(str(first.get("type")), "chat")
    fields = {**_fields(record, first, parts), "channel": channel, "transfers": _transfers(parts, clock) or None}
    notes = [private_note(len(private))] if private else []
    turns = worded((_turn(part, clock, is_mail=channel == "email") for part in public), notes)
    return RawCall(id_of([record.get("id")], context), turns, present(fields), notes=notes)


def _parts(record: dict[str, Any]) -> list[dict[str, Any]]:
    parts = record.get("conversation_parts")
    return objects(members(parts).get("conversation_parts") if isinstance(parts, dict) else parts, "parts", [])


def _text(part: dict[str, Any]) -> str:
    return text_in(part, "body") or ""


def _turn(part: dict[str, Any], clock: PostClock, *, is_mail: bool) -> RawTurn:
    return RawTurn(_speaker(part), post_text(_text(part), is_mail=is_mail), clock.since(part.get("created_at")))


def _speaker(part: dict[str, Any]) -> str:
    author = members(part.get("author"))
    is_operator = str(author.get("email")).startswith(OPERATOR)
    if is_operator or author.get("from_ai_agent") is True or author.get("is_ai_answer") is True:
        return "bot"
    kind = author.get("type")
    return SPEAKERS.get(str(kind), str(kind or ""))


def _fields(record: dict[str, Any], first: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    contacts = objects(members(record.get("contacts")).get("contacts"), "contacts", [])
    authors = [author for part in (first, *parts) if (author := members(part.get("author"))).get("type") == "admin"]
    assignee = record.get("admin_assignee_id") or members(record.get("assignee")).get("id")
    people = (*contacts, members(record.get("user")))
    return {
        "started_at": iso_time(record.get("created_at")),
        "agent_id": text_of_id(assignee) or next((text_in(author, "id") for author in authors), None),
        "queue": text_of_id(record.get("team_assignee_id")),
        "customer_id": next((key for each in people if (key := text_of_id(each.get("id")))), None),
        "subject": post_text(text_in(first, "subject") or "") or text_in(record, "title"),
        "rating": members(record.get("conversation_rating")).get("rating"),
    }


def _transfers(parts: list[dict[str, Any]], clock: PostClock) -> list[dict[str, Any]]:
    """Give the assignments to a team, and those by which one agent hands over to another."""
    transfers = []
    for part in parts:
        to, author = members(part.get("assigned_to")), members(part.get("author"))
        is_handed_on = to.get("type") == "admin" and author.get("type") == "admin" and to.get("id") != author.get("id")
        if part.get("part_type") != BY_RULE and (to.get("type") == "team" or is_handed_on):
            name = text_in(to, "name") or f"{to['type']} {text_of_id(to.get('id')) or ''}".strip()
            transfers.append({"at": clock.since(part.get("created_at")), "to": name})
    return transfers


FORMAT = Format(
    name="intercom",
    vendor="Intercom",
    title="Intercom conversations",
    description="Conversations with their parts, alone, as JSON Lines, in pages or webhooks; private notes are left"
    " out, bots are other, and assignments to a team or another agent are transfers",
    keeps=(
        *("call_id", "channel", "started_at", "agent_id", "queue", "customer_id"),
        *("start", "transfers", "subject", "rating"),
    ),
    export="In Settings, Data, Imports and exports, export conversations as JSON to S3 or Google Cloud Storage; or"
    " fetch https://api.intercom.io/conversations/ID for each, a line per answer.",
    example=EXAMPLE,
    matches=_matches,
    read=partial(calls_of, _calls),
)
