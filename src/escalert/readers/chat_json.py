"""Chats as JSON of nobody's: a list of messages, each with who wrote it, when, and what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of_documents, read_documents
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, object_of, objects, present
from escalert.readers.messages import gathered
from escalert.readers.notes import shown
from escalert.readers.source import Lines
from escalert.readers.vendors.posts import PostClock, post_text, worded
from escalert.readers.vocabulary import COLUMN_NAMES
from escalert.records import Call

EXAMPLE = """\
{"conversation_id": "b7c1", "transcript": [
   {"source": "agent", "timestamp": "2026-03-02T14:05:11Z", "message": "how can i help"},
   {"source": "customer", "timestamp": "2026-03-02T14:05:20Z", "message": "by sending a manager"}]}
"""
LISTS = ("transcript", "messages", "conversation", "chat", "history")
WHO = ("source", "role", "sender", "author", "speaker", "from", "participant")
SAID = ("message", "text", "content", "body", "utterance")
WHEN = ("timestamp", "time", "created_at", "sent_at", "date")
NESTED = (dict, list)
OF_CALL = ("agent_id", "queue", "customer_id", "channel", "language", "started_at", "escalated")


def _matches(sample: Sample) -> float:
    for name in LISTS:
        if _are_messages(sample, f"{name}."):
            return 0.6
    # A line that merely lacks its call is for the canonical format to explain.
    return 0.6 if sample.text.lstrip().startswith("[") and _are_messages(sample, "") else 0.0


def _are_messages(sample: Sample, before: str) -> bool:
    if not all(any(sample.has(f"{before}{name}") for name in names) for names in (WHO, SAID)):
        return False
    nested = tuple(f"{before}{name}." for name in WHO + SAID)
    return not any(path.startswith(nested) for path in sample.paths)


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    return calls_of_documents(_calls, gathered(read_documents(lines, context), _is_message, _conversation), context)


def _is_message(value: Any) -> bool:
    is_record = isinstance(value, dict) and not any(isinstance(value.get(name), list) for name in LISTS)
    return is_record and _member(value, WHO) is not None and isinstance(_member(value, SAID), str)


def _conversation(message: dict[str, Any]) -> Any:
    names = [name for name in COLUMN_NAMES["call_id"].split() if name != "id"]
    return _member(message, names)


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a chat")
    listed = next((record[name] for name in LISTS if isinstance(record.get(name), list)), None)
    if listed is None:
        raise UnreadableError(f"{shown(value)} without a list of messages under {', '.join(map(repr, LISTS))}")
    notes: list[str] = []
    messages = objects(listed, "messages", notes)
    plain = [_scalars(message) for message in messages]
    clock = PostClock(_first(message, WHEN) for message in plain)
    turns = worded((_turn(message, clock) for message in plain), notes)
    told = present({name: _member(record, COLUMN_NAMES[name].split()) for name in OF_CALL})
    fields = {"channel": "chat", "started_at": iso_time(clock.begun), **told}
    fields["started_at"] = iso_time(fields["started_at"]) or fields["started_at"]
    ids = (_member(record, COLUMN_NAMES["call_id"].split()), *map(_conversation, messages[:1]))
    yield RawCall(id_of(ids, context), turns, present(fields), notes=notes)


def _turn(message: dict[str, Any], clock: PostClock) -> RawTurn:
    who, said = _first(message, WHO), _first(message, SAID)
    text = post_text(said) if isinstance(said, str) else ""
    return RawTurn("" if who is None else who, text, clock.since(_first(message, WHEN)))


def _member(record: dict[str, Any], names: Sequence[str]) -> Any:
    """Give the first of these members that is no object or list, whatever the case of its name."""
    return _first(_scalars(record), names)


def _first(scalars: dict[str, Any], names: Sequence[str]) -> Any:
    return next((scalars[name] for name in map(_normal, names) if name in scalars), None)


def _scalars(record: dict[str, Any]) -> dict[str, Any]:
    """Give the members that are neither null nor object or list, under their names in lower case."""
    return {_normal(name): value for name, value in record.items() if value is not None and type(value) not in NESTED}


@lru_cache(maxsize=1024)
def _normal(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


FORMAT = Format(
    name="chat-json",
    title="Chats as JSON",
    description="A list of messages, or one under transcript, messages, conversation, chat or history; each has source,"
    " role, sender or author, message, text or content, and perhaps timestamp",
    keeps=("call_id", "channel", "language", "started_at", "agent_id", "queue", "customer_id", "escalated", "start"),
    export="What chat programs write for themselves; a line per chat, or a file per chat.",
    example=EXAMPLE,
    matches=_matches,
    read=_read,
)
