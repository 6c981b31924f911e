"""Conversations of Zendesk messaging, known as Sunshine Conversations and Smooch."""

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
from escalert.readers.vendors.posts import PostClock, post_text, worded

EXAMPLE = """\
{"conversation": {"id": "b7c1", "type": "personal"}, "messages": [
   {"id": "m1", "received": "2026-03-02T14:05:11.000Z", "author": {"type": "business", "displayName": "Dana"},
    "content": {"type": "text", "text": "how can i help"}, "source": {"type": "zd:agentWorkspace"}},
   {"id": "m2", "received": "2026-03-02T14:05:20.000Z", "author": {"type": "user", "userId": "u-9"},
    "content": {"type": "text", "text": "by sending a manager"}, "source": {"type": "web"}}]}
"""
SOCIAL = ("messenger", "instagram", "twitter", "facebook")
MAIL = ("mailgun", "email")
# What the answer bot and business rules say comes from a business, too.
MACHINES = ("answerbot", "answer_bot", "ultimate", "switchboard", "trigger")
HANDED_OVER = "switchboard:passControl"


def _matches(sample: Sample) -> float:
    is_list = sample.has("messages.author.type") and sample.has("messages.content")
    is_webhook = sample.has("events.payload.message") or sample.has("events.payload.conversation")
    return 0.95 if is_list or is_webhook else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a conversation of Zendesk messaging")
    if isinstance(record.get("events"), list):
        yield from _calls_of_events(objects(record["events"], "events", []), context)
        return
    if not isinstance(record.get("messages"), list):
        raise UnreadableError(f"'messages' is {shown(record.get('messages'))} and not a list of messages")
    conversation = members(record.get("conversation"))
    yield _call(conversation.get("id"), record["messages"], [], context)


def _calls_of_events(events: list[dict[str, Any]], context: Context) -> Iterator[RawCall]:
    """Read the events of a webhook, by conversation."""
    by_conversation: dict[str | None, tuple[list[Any], list[Any]]] = {}
    for event in events:
        payload = members(event.get("payload"))
        key = text_of_id(members(payload.get("conversation")).get("id"))
        messages, handovers = by_conversation.setdefault(key, ([], []))
        if "message" in payload:
            messages.append(payload["message"])
        elif event.get("type") == HANDED_OVER:
            handovers.append({"at": event.get("createdAt"), "to": _receiver(payload)})
    for key, (messages, handovers) in by_conversation.items():
        try:
            yield _call(key, messages, handovers, context)
        except UnreadableError as error:
            context.skip(None, f"conversation {shown(key)}: {error}")


def _receiver(payload: dict[str, Any]) -> str | None:
    active = members(members(payload.get("conversation")).get("activeSwitchboardIntegration"))
    return text_in(active or members(payload.get("activeSwitchboardIntegration")), "name", "integrationType")


def _call(key: Any, listed: list[Any], handovers: list[dict[str, Any]], context: Context) -> RawCall:
    notes: list[str] = []
    messages = objects(listed, "messages", notes)
    clock = PostClock(message.get("received") for message in messages)
    customers = [author for each in messages if (author := members(each.get("author"))).get("type") == "user"]
    origins = (_origin(message) for message in messages if members(message.get("author")).get("type") == "user")
    fields = {
        "channel": next((_channel(origin) for origin in origins if origin), "chat"),
        "started_at": iso_time(clock.begun),
        "customer_id": next((user for each in customers if (user := text_in(each, "userExternalId", "userId"))), None),
        "transfers": [present({"at": clock.since(each["at"]), "to": each["to"]}) for each in handovers] or None,
    }
    turns = worded((_turn(each, clock) for each in messages), notes)
    return RawCall(id_of([key], context), turns, present(fields), notes=notes)


def _turn(message: dict[str, Any], clock: PostClock) -> RawTurn:
    speaker = _speaker(message)
    return RawTurn(speaker, post_text(_text(message)), clock.since(message.get("received")))


def _speaker(message: dict[str, Any]) -> str:
    author = members(message.get("author"))
    kind, subtypes = author.get("type"), author.get("subtypes")
    if kind != "business":
        return "customer" if kind == "user" else text_in(author, "displayName") or ""
    origin = _origin(message)
    is_machine = (isinstance(subtypes, list) and "AI" in subtypes) or any(each in origin for each in MACHINES)
    return "bot" if is_machine else "agent"


def _origin(message: dict[str, Any]) -> str:
    return str(members(message.get("source")).get("type") or "").lower()


def _channel(origin: str) -> str:
    return "social" if origin in SOCIAL else "email" if origin in MAIL else "chat"


def _text(message: dict[str, Any]) -> str:
    """Give what a message says; of a form or a choice, what was answered."""
    content = members(message.get("content"))
    if content.get("type") == "formResponse":
        answers = objects(content.get("fields"), "fields", [])
        return "; ".join(f"{text_in(each, 'label', 'name')}: {text}" for each in answers if (text := _answer(each)))
    return text_in(content, "text", "htmlText", "altText", "textFallback") or ""


def _answer(field: dict[str, Any]) -> str | None:
    chosen = [text_in(each, "label") for each in objects(field.get("select"), "choices", [])]
    return text_in(field, "text", "email") or ", ".join(filter(None, chosen)) or None


FORMAT = Format(
    name="zendesk-messaging",
    vendor="Zendesk",
    title="Zendesk messaging (Sunshine Conversations)",
    description="The messages of a conversation, or the events of a webhook; bots are other, a passed switchboard is a"
    " transfer",
    keeps=("call_id", "channel", "started_at", "customer_id", "start", "transfers"),
    export="Fetch /v2/apps/APP/conversations/ID/messages of the Conversations API, and put the conversation beside the"
    ' messages: {"conversation": {"id": …}, "messages": […]}; alone, the file names the call.',
    example=EXAMPLE,
    matches=_matches,
    read=partial(calls_of, _calls),
)
