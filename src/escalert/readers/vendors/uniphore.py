"""The transcripts of Uniphore: turns of words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in
from escalert.readers.notes import shown
from escalert.readers.recognised import spoken, words_of
from escalert.readers.vendors.order import in_order
from escalert.readers.words import Word, seconds, turns_of_words

EXAMPLE = """\
{"conversationId": "b7c1", "lang": "en-us", "startTime": 1772460311000,
 "metadata": {"agentId": "A17", "customerId": "205", "conversationType": "voice"},
 "turns": [
  {"order": 1, "speaker": "Agent", "startOffset": 0, "endOffset": 2400, "words": [
   {"text": "how", "startOffset": 0, "endOffset": 600}, {"text": "can", "startOffset": 600, "endOffset": 1100},
   {"text": "i", "startOffset": 1100, "endOffset": 1500}, {"text": "help", "startOffset": 1500, "endOffset": 2400}]},
  {"order": 2, "speaker": "Customer", "startOffset": 2900, "endOffset": 3400, "words": [
   {"text": "hardly", "startOffset": 2900, "endOffset": 3400}]}]}
"""
CHANNELS = {"voice": "phone", "chat": "chat", "email": "email"}
MARKS = ("turns.startOffset", "turns.endOffset", "turns.words.startOffset", "turns.participantType")
OFFSETS = ("startOffset", "endOffset", 1000.0)


def _matches(sample: Sample) -> float:
    if sample.has("transcript.turns.words") or sample.has("transcript.turns.participantType"):
        return 0.95
    is_ours = sample.has("turns.words") and not sample.paths.isdisjoint(MARKS)
    return 0.95 if is_ours and not sample.has("turns.text") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a transcript of Uniphore")
    notes: list[str] = []
    listed = record.get("transcript")
    parts = objects(listed, "parts", notes) if isinstance(listed, list) else [members(listed) or record]
    if not any(isinstance(part.get("turns"), list) for part in parts):
        raise UnreadableError(f"'turns' is {shown(parts[0].get('turns') if parts else None)} and not a list of turns")
    turns = [turn for part in parts for turn in objects(part.get("turns"), "turns", notes)]
    turns.sort(key=lambda turn: seconds(turn.get("order")) or 0.0)
    if record.get("isChunk") is True:
        notes.append("this is only a part of a transcript (isChunk); fetch the whole one when the call has ended")
    fields = present(_fields({**parts[0], **record}))
    ids = (record.get(name) for name in ("conversationId", "sessionId"))
    yield RawCall(id_of(ids, context), in_order(map(_turn, turns)), fields, notes=notes)


def _turn(item: dict[str, Any]) -> RawTurn:
    speaker = item.get("speaker", item.get("participantType"))
    words = words_of(objects(item.get("words"), "words", []), ("text",), lambda _: None, OFFSETS)
    for word in words:
        word.is_attached = _is_mark(word)
    said = next(turns_of_words(words), RawTurn(None, spoken(item, "text")))
    start, end = seconds(item.get("startOffset"), 1000), seconds(item.get("endOffset"), 1000)
    # The end of a turn is often 0; that of its last word is right.
    is_known = end is not None and end > (start or 0.0)
    return RawTurn(speaker, said.text, said.start if start is None else start, end if is_known else said.end)


def _is_mark(word: Word) -> bool:
    return not any(character.isalnum() or character in "*#[]<>" for character in word.text)


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    about = {**members(record.get("metaData")), **members(record.get("metadata"))}
    kind = text_in(about, "conversationType", "contactType") or "voice"
    return {
        "channel": CHANNELS.get(kind.lower()),
        "language": text_in(record, "lang"),
        "started_at": iso_time(record.get("startTime", record.get("timestamp"))),
        "agent_id": text_in(about, "agentId"),
        "customer_id": text_in(about, "customerId"),
    }


FORMAT = Format(
    name="uniphore",
    vendor="Uniphore",
    title="Uniphore",
    description="The JSON transcript of a conversation or a contact, or of a call in U-Capture",
    keeps=("call_id", "channel", "language", "started_at", "agent_id", "customer_id", "start", "end"),
    export="Save the answer of GET https://api.{region}.cloud.uniphore.com/v2/transcripts/{conversationId}; in"
    " U-Capture, that of GET /transcript/post_call/{conversationID}.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
