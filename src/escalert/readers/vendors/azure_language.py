"""Azure Language: the conversations that are handed to it for analysis."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in
from escalert.readers.vendors.azure_speech import tick_span, unmasked

EXAMPLE = """\
{"displayName": "calls", "analysisInput": {"conversations": [
  {"id": "b7c1", "language": "en", "modality": "transcript", "conversationItems": [
    {"participantId": "Agent", "id": "0", "text": "how can i help", "lexical": "how can i help"},
    {"participantId": "Customer", "id": "1", "text": "by sending a manager", "lexical": "by sending a manager"}]}]}}
"""
CHANNELS = {"transcript": "phone", "text": "chat"}


def _matches(sample: Sample) -> float:
    is_input = sample.has("analysisInput.conversations") or sample.has("conversations.conversationItems")
    return 0.95 if is_input or sample.has("conversationItems") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "an input for Azure Language")
    body = members(record.get("analysisInput", record))
    conversations = body.get("conversations", [body])
    if not isinstance(conversations, list) or not conversations:
        raise UnreadableError("no 'conversations' under 'analysisInput'; each has an 'id' and 'conversationItems'")
    for index, conversation in enumerate(conversations):
        if isinstance(members(conversation).get("conversationItems"), list):
            yield _call(conversation, context)
        else:
            context.skip(None, f"conversation {index} has no list of 'conversationItems'")


def _call(conversation: dict[str, Any], context: Context) -> RawCall:
    notes: list[str] = []
    items = objects(conversation["conversationItems"], "items", notes, "text")
    modality = text_in(conversation, "modality") or next(filter(None, (text_in(it, "modality") for it in items)), "")
    turns = [_turn(item) for item in items]
    fields = {
        "channel": CHANNELS.get(modality.lower()),
        "language": text_in(conversation, "language"),
        "escalated": any("supervisor" in str(turn.speaker).lower() for turn in turns) or None,
    }
    return RawCall(id_of([conversation.get("id")], context), turns, present(fields), notes=notes)


def _turn(item: dict[str, Any]) -> RawTurn:
    role = text_in(item, "role")
    # "Generic" is the role of those who have none.
    speaker = item.get("participantId") if role is None or role.lower() == "generic" else role
    itn, lexical = text_in(item, "itn"), text_in(item, "lexical")
    text = unmasked(text_in(item, "text", "itn", "maskedItn", "lexical") or "", itn, lexical)
    return RawTurn("" if speaker is None else speaker, text, *_times(item))


def _times(item: dict[str, Any]) -> tuple[Any, Any]:
    whole = members(item.get("conversationItemLevelTiming"))
    words = objects(item.get("audioTimings"), "words", [])
    if whole or not words:
        return tick_span(_in_ticks(whole))
    return tick_span(_in_ticks(words[0]))[0], tick_span(_in_ticks(words[-1]))[1]


def _in_ticks(timing: dict[str, Any]) -> dict[str, Any]:
    return {"offsetInTicks": timing.get("offset"), "durationInTicks": timing.get("duration")}


FORMAT = Format(
    name="azure-language",
    vendor="Microsoft Azure",
    title="Azure Language conversations",
    description="The input of conversation analysis (summaries, PII): `conversations` with `conversationItems`",
    keeps=("call_id", "channel", "language", "escalated", "start", "end"),
    export="It is the JSON that is posted to `…/language/analyze-conversations/jobs`; the call centre samples of Azure"
    " write it beside their results. The service does not give it back.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
