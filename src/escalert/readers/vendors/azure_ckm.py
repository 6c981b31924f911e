"""Conversation Knowledge Mining of Azure: a call as one text, mostly in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, object_of, present, text_in
from escalert.readers.notes import shown
from escalert.readers.vendors.azure_content import read_transcript
from escalert.readers.words import seconds

EXAMPLE = r"""
{"ClientId": "10013", "ConversationId": "b7c1", "StartTime": "2026-03-02 14:05:00", "EndTime": "2026-03-02 14:09:00",
 "Content": "**Agent:** how can i help\n\n**Customer:** by sending a manager"}
""".lstrip()
MINED = ("topic", "sentiment", "satisfied", "complaint")


def _matches(sample: Sample) -> float:
    return 0.95 if sample.has("ConversationId", "Content") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a conversation")
    content = record.get("Content")
    if not isinstance(content, str):
        raise UnreadableError(f"'Content' is {shown(content)}; it must be the text of the conversation")
    found = read_transcript(content, context)
    if not found.turns:
        raise UnreadableError("nothing is said in 'Content'; a call needs at least one turn")
    call_id = id_of([record.get("ConversationId"), found.fields.pop("call_id", None)], context)
    yield RawCall(call_id, found.turns, {**found.fields, **present(_fields(record))}, notes=found.notes)


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    minutes = seconds(record.get("Duration"), 1 / 60)
    client = record.get("ClientId")
    return {
        "customer_id": str(client) if isinstance(client, str | int) and client != "" else None,
        "started_at": _iso(text_in(record, "StartTime")),
        "ended_at": _iso(text_in(record, "EndTime")),
        "duration": None if minutes is None else round(minutes, 3),
        **{name: text_in(record, name) for name in MINED},
    }


def _iso(moment: str | None) -> str | None:
    return None if moment is None else moment.strip().replace(" ", "T", 1)


FORMAT = Format(
    name="azure-ckm",
    vendor="Microsoft Azure",
    title="Azure Conversation Knowledge Mining",
    description="A call, or a list of them, with its text in `Content`: `**Agent:** …`, WebVTT, or without speakers",
    keeps=("call_id", "customer_id", "started_at", "ended_at", "duration", *MINED),
    export="The files of the solution accelerator lie in the data container of its storage account, under"
    " call_transcripts; processed_data of its database, saved as JSON, is read as well.",
    example=EXAMPLE,
    matches=_matches,
    read=partial(calls_of, _calls),
)
