"""A finished transcript of AssemblyAI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import LONGEST_PAUSE, channel_notes, channel_speaker, turns_of_channels
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, object_of, objects, present, text_in, time_of
from escalert.readers.notes import shown
from escalert.readers.recognised import MILLISECONDS, measures, spoken, words_of
from escalert.readers.vendors.order import in_order
from escalert.readers.words import seconds, turns_of_words

EXAMPLE = """\
{"id": "b7c1", "status": "completed", "language_code": "en_us", "audio_duration": 6,
 "text": "how can i help by sending a manager", "words": [],
 "utterances": [
  {"speaker": "A", "start": 0, "end": 2400, "confidence": 0.97, "text": "how can i help", "words": []},
  {"speaker": "B", "start": 2900, "end": 5100, "confidence": 0.95, "text": "by sending a manager", "words": []}]}
"""
MARKS = (
    "acoustic_model",
    "audio_channels",
    "audio_duration",
    "audio_url",
    "language_code",
    "language_model",
    "speech_model",
    "speech_models",
    "utterances.words.text",
    "words.text",
)
# With speaker labels within channels, a speaker is the number of the channel and a letter.
_CHANNEL = re.compile(r"(?:channel[\s_-]*)?(\d+)[A-Z]?", re.I)


def _matches(sample: Sample) -> float:
    if sample.has("utterances.words.text", "utterances.confidence", "utterances.start"):
        return 0.95
    return 0.95 if sample.has("id", "status", "text") and not sample.paths.isdisjoint(MARKS) else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a transcript of AssemblyAI")
    status = record.get("status", "completed")
    if status != "completed":
        reason = f" ({record['error']})"[:120] if record.get("error") else ""
        raise UnreadableError(f"the transcript's 'status' is {shown(status)}{reason}; it can be read once completed")
    notes: list[str] = []
    turns = _turns(record, notes, context)
    fields = present({"channel": "phone", "language": text_in(record, "language_code")})
    yield RawCall(id_of([record.get("id")], context), turns, fields, notes=notes)


def _turns(record: dict[str, Any], notes: list[str], context: Context) -> list[RawTurn]:
    utterances = objects(record.get("utterances"), "utterances", notes, "text")
    words = [] if utterances else objects(record.get("words"), "words", notes)
    has_channels = bool(record.get("multichannel")) or (seconds(record.get("audio_channels")) or 1) > 1
    if has_channels:
        notes.extend(channel_notes({str(_channel(each)) for each in utterances or words}, context))
    if utterances:
        turns = [_utterance(each, _speaker(each, has_channels, context)) for each in utterances]
    else:
        turns = _by_words(words, has_channels, context)
    text = spoken(record, "text")
    return in_order(turns) or ([RawTurn(None, text)] if text else [])


def _utterance(item: dict[str, Any], speaker: Any) -> RawTurn:
    start, end = time_of(item.get("start"), 1000), time_of(item.get("end"), 1000)
    return RawTurn(speaker, item.get("text"), start, end, extra=measures(item, "confidence"))


def _speaker(item: dict[str, Any], has_channels: bool, context: Context) -> Any:
    speaker = item.get("speaker")
    is_whole_channel = speaker is None or str(speaker) == str(_channel(item))
    if has_channels and (is_whole_channel or context.options.agent_channel is not None):
        return channel_speaker(_channel(item), context)
    return speaker


def _channel(item: dict[str, Any]) -> Any:
    """Give the channel of an utterance or a word, of which older transcripts only have it as the speaker."""
    if item.get("channel") is not None:
        return item["channel"]
    match = _CHANNEL.fullmatch(str(item.get("speaker")))
    return match[1] if match else item.get("speaker")


def _by_words(items: list[dict[str, Any]], has_channels: bool, context: Context) -> list[RawTurn]:
    words = words_of(items, ("text",), lambda item: _speaker(item, has_channels, context), MILLISECONDS)
    if has_channels:
        speakers = dict.fromkeys(str(word.speaker) for word in words)
        return turns_of_channels([word for word in words if str(word.speaker) == each] for each in speakers)
    is_diarised = any(word.speaker is not None for word in words)
    return list(turns_of_words(words, None if is_diarised else LONGEST_PAUSE))


FORMAT = Format(
    name="assemblyai",
    vendor="AssemblyAI",
    title="AssemblyAI",
    description="The JSON of a completed transcript, with speaker labels, by channel, or with words only",
    keeps=("call_id", "channel", "language", "start", "end", "confidence"),
    export="Save the response of GET https://api.assemblyai.com/v2/transcript/{id} once its status is completed; order"
    " the transcript with multichannel where each party has a channel, else with speaker_labels.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
