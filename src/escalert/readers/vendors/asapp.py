"""Messages of ASAPP AutoTranscribe, each an utterance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of_documents, read_documents
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context, Format, Sample
from escalert.readers.members import id_of, members, object_of, objects, present, text_in, time_of
from escalert.readers.messages import gathered
from escalert.readers.source import Lines
from escalert.readers.vendors.posts import PostClock, worded
from escalert.records import Call

EXAMPLE = """\
{"type": "transcript", "externalConversationId": "b7c1", "sender": {"externalId": "a-1", "role": "agent"},
 "autotranscribeResponse": {"message": "transcript", "start": 0, "end": 2400,
  "utterance": [{"text": "how can i help"}]}}
"""
KEYS = ("externalConversationId", "conversationId")
RESPONSE = "autotranscribeResponse"


def _matches(sample: Sample) -> float:
    for before in ("", "messages."):
        if sample.has(f"{before}sender.role") and (
            sample.has(f"{before}{RESPONSE}") or sample.has(f"{before}text", f"{before}sender.externalId")
        ):
            return 0.95
    return 0.0


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    return calls_of_documents(_calls, gathered(read_documents(lines, context), _is_message, _conversation), context)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "messages" not in value and isinstance(value.get("sender"), dict)


def _conversation(message: dict[str, Any]) -> Any:
    return next((message[key] for key in KEYS if message.get(key)), None)


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a message of ASAPP")
    notes: list[str] = []
    messages = objects(record.get("messages"), "messages", notes, "text")
    clock = PostClock(message.get("timestamp") for message in messages)
    agents = _agents(messages)
    customer = next((_sender(each) for each in messages if _role(each) == "customer"), None)
    fields = {
        "channel": "phone",
        "started_at": iso_time(clock.begun),
        "agent_id": next(iter(agents), None),
        "customer_id": customer,
        "transfers": [present({"at": at, "to": agent}) for agent, at in _joined(agents, clock)] or None,
    }
    ids = (record.get("id"), *(_conversation(each) for each in (record, *messages[:1])))
    yield RawCall(
        id_of(ids, context), worded((_turn(each, clock) for each in messages), notes), present(fields), notes=notes
    )


def _turn(message: dict[str, Any], clock: PostClock) -> RawTurn:
    response = members(message.get(RESPONSE))
    start, end = (time_of(response.get(name), 1000) for name in ("start", "end"))
    return RawTurn(
        _role(message), _text(message), clock.since(message.get("timestamp")) if start is None else start, end
    )


def _text(message: dict[str, Any]) -> str:
    utterance = members(message.get(RESPONSE)).get("utterance")
    if isinstance(utterance, str):
        return utterance
    parts = objects(utterance if isinstance(utterance, list) else [utterance], "utterances", [])
    return " ".join(filter(None, (text_in(part, "text") for part in parts))) or text_in(message, "text") or ""


def _role(message: dict[str, Any]) -> str:
    return text_in(members(message.get("sender")), "role") or ""


def _sender(message: dict[str, Any]) -> str | None:
    return text_in(members(message.get("sender")), "externalId")


def _agents(messages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give the first message of each agent."""
    agents: dict[str, dict[str, Any]] = {}
    for message in messages:
        if _role(message) == "agent" and (sender := _sender(message)):
            agents.setdefault(sender, message)
    return agents


def _joined(agents: dict[str, dict[str, Any]], clock: PostClock) -> Iterator[tuple[str, Any]]:
    """Give the agents after the first, and when they are first heard."""
    for agent, message in list(agents.items())[1:]:
        yield agent, _turn(message, clock).start


FORMAT = Format(
    name="asapp",
    vendor="ASAPP",
    title="ASAPP AutoTranscribe messages",
    description="Transcript messages, as a list, or a line each with those of a call together; a further agent is a"
    " transfer",
    keeps=("call_id", "channel", "started_at", "agent_id", "customer_id", "start", "end", "transfers"),
    export="Fetch GET /conversation/v1/conversation/messages for a call, or keep what the webhook is sent, sorted by"
    " externalConversationId.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=_read,
)
