"""The sentences of a transcript of Twilio Conversational Intelligence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import channel_notes, channel_speaker
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in, time_of
from escalert.readers.notes import shown
from escalert.readers.recognised import measures
from escalert.readers.vendors.order import in_order
from escalert.readers.words import seconds

EXAMPLE = """\
{"sid": "b7c1", "language_code": "en-US", "channel": {"participants": [
  {"channel_participant": 1, "role": "Customer"}, {"channel_participant": 2, "role": "Agent", "user_id": "A17"}]},
 "sentences": [
  {"media_channel": 2, "sentence_index": 0, "start_time": "0.0", "end_time": "2.4", "transcript": "how can i help"},
  {"media_channel": 1, "sentence_index": 1, "start_time": "2.9", "end_time": "5.1", "transcript": "a manager"}]}
"""
# What the libraries call the members that the API has in snake case.
CAMEL_CASE = {
    "media_channel": "mediaChannel",
    "sentence_index": "sentenceIndex",
    "start_time": "startTime",
    "end_time": "endTime",
    "channel_participant": "channelParticipant",
}
_TRANSCRIPT_ID = re.compile(r"/Transcripts/(GT[0-9a-f]{32})\b", re.I)


def _matches(sample: Sample) -> float:
    return 0.95 if sample.has("sentences.media_channel") or sample.has("sentences.mediaChannel") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "the sentences of a Twilio transcript")
    if not isinstance(record.get("sentences"), list):
        found = shown(record.get("sentences"))
        raise UnreadableError(f"'sentences' is {found} and not a list; save the whole answer with its 'sentences'")
    notes: list[str] = []
    sentences = objects(record["sentences"], "sentences", notes, "transcript")
    participants = objects(_channel_of(record).get("participants"), "participants", notes)
    roles = {
        str(number): text_in(each, "role")
        for each in participants
        if (number := _either(each, "channel_participant")) is not None
    }
    sentences.sort(key=lambda each: seconds(_either(each, "sentence_index")) or 0.0)
    turns = in_order([_turn(each, roles, context) for each in sentences])
    notes.extend(channel_notes({str(_either(each, "media_channel")) for each in sentences}, context))
    if members(record.get("meta")).get("next_page_url"):
        notes.append("there are more pages of sentences (next_page_url); fetch all in one, with PageSize=1000")
    yield RawCall(id_of(_ids(record), context), turns, _fields(record, participants), notes=notes)


def _turn(item: dict[str, Any], roles: dict[str, str | None], context: Context) -> RawTurn:
    channel = _either(item, "media_channel")
    role = roles.get(str(channel)) if context.options.agent_channel is None else None
    start, end = time_of(_either(item, "start_time")), time_of(_either(item, "end_time"))
    extra = measures(item, "confidence")
    return RawTurn(role or channel_speaker(channel, context), item.get("transcript"), start, end, extra=extra)


def _channel_of(record: dict[str, Any]) -> dict[str, Any]:
    """Give what is known of the recording, wherever the transcript was put beside its sentences."""
    found = (members(holder.get("channel")) for holder in (record, members(record.get("transcript"))))
    return next(filter(None, found), record)


def _ids(record: dict[str, Any]) -> Iterator[Any]:
    for holder in (record, members(record.get("transcript"))):
        yield text_in(holder, "sid", "transcript_sid", "transcriptSid")
    for address in members(record.get("meta")).values():
        if match := _TRANSCRIPT_ID.search(str(address)):
            yield match[1]


def _fields(record: dict[str, Any], participants: list[dict[str, Any]]) -> dict[str, Any]:
    roles = [(str(each.get("role")).lower(), each) for each in participants]
    agents = [each for role, each in roles if "agent" in role]
    about = {**members(record.get("transcript")), **record}
    return present(
        {
            "channel": "phone",
            "language": text_in(about, "language_code", "languageCode"),
            "started_at": text_in(about, "media_start_time", "mediaStartTime"),
            "agent_id": next(filter(None, (text_in(each, "user_id", "userId", "full_name") for each in agents)), None),
            "escalated": any("supervisor" in role for role, _ in roles) or None,
            "customer_key": text_in(about, "customer_key", "customerKey"),
        }
    )


def _either(item: dict[str, Any], name: str) -> Any:
    return item[name] if name in item else item.get(CAMEL_CASE[name])


FORMAT = Format(
    name="twilio",
    vendor="Twilio",
    title="Twilio Conversational Intelligence",
    description="The sentences of a transcript; with the 'channel' of the transcript beside them, its participants'"
    " roles are used, else the channels",
    keeps=("call_id", "channel", "language", "started_at", "agent_id", "escalated", "start", "end", "confidence"),
    export="Save the answer of GET https://intelligence.twilio.com/v2/Transcripts/{sid}/Sentences?PageSize=1000; best"
    " add its list 'sentences' to the answer of GET …/Transcripts/{sid}, which names the participants.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
