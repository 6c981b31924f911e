"""The response of Deepgram to a recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import LONGEST_PAUSE, channel_notes, channel_speaker, turns_of_channels
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in, time_of
from escalert.readers.notes import shown
from escalert.readers.recognised import measures, spoken, words_of
from escalert.readers.vendors.order import in_order
from escalert.readers.words import Word, turns_of_words

EXAMPLE = """\
{"metadata": {"request_id": "b7c1", "duration": 5.1, "channels": 1},
 "results": {"channels": [{"alternatives": [{"transcript": "how can i help by sending a manager", "words": []}]}],
  "utterances": [
   {"start": 0.0, "end": 2.4, "channel": 0, "speaker": 0, "confidence": 0.97, "transcript": "how can i help"},
   {"start": 2.9, "end": 5.1, "channel": 0, "speaker": 1, "confidence": 0.95, "transcript": "by sending a manager"}]}}
"""
# What callers of the API may attach to a request, and find again in the response.
ATTACHED = ("agent_id", "queue", "customer_id", "started_at")

# What was heard on a channel, and whose channel it is, if each party has its own.
Labelled = tuple[dict[str, Any], str | None]


def _matches(sample: Sample) -> float:
    # Surer than the formats that look for any text somewhere among 'results'.
    return 0.97 if sample.has("results.channels") or sample.has("results.utterances.transcript") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a response of Deepgram")
    results = record.get("results")
    if not isinstance(results, dict):
        raise UnreadableError(f"'results' is {shown(results)} and not an object with 'channels'")
    notes: list[str] = []
    listed = results.get("channels")
    channels = [members(channel) for channel in listed] if isinstance(listed, list) else []
    metadata = members(record.get("metadata"))
    attached = members(metadata.get("extra"))
    fields = {
        "channel": "phone",
        "language": next((text for each in channels if (text := text_in(each, "detected_language"))), None),
        "transcribed_at": text_in(metadata, "created"),
        **{name: text_in(attached, name) for name in ATTACHED},
    }
    call_id = id_of((attached.get("call_id"), metadata.get("request_id")), context)
    yield RawCall(call_id, _turns(results, channels, notes, context), present(fields), notes=notes)


def _turns(
    results: dict[str, Any], channels: list[dict[str, Any]], notes: list[str], context: Context
) -> list[RawTurn]:
    """Give the turns from the best that there is: utterances, paragraphs, words, or the bare text."""
    utterances = objects(results.get("utterances"), "utterances", notes, "transcript")
    numbers = {str(number) for number in range(len(channels))} | {str(each.get("channel", 0)) for each in utterances}
    has_channels = len(numbers) > 1
    if has_channels:
        notes.extend(channel_notes(numbers, context))
    if not utterances:
        labels = [channel_speaker(index, context) if has_channels else None for index in range(len(channels))]
        best = [(_best(channel), label) for channel, label in zip(channels, labels, strict=True)]
        turns = _paragraphs(best, notes) or _by_words(best, notes) or _bare(best)
    elif has_channels:
        turns = [_utterance(each, channel_speaker(each.get("channel"), context)) for each in utterances]
    else:
        turns = [turn for each in utterances for turn in _parted(each)]
    return in_order(turns)


def _best(channel: dict[str, Any]) -> dict[str, Any]:
    alternatives = channel.get("alternatives")
    return members(alternatives[0]) if isinstance(alternatives, list) and alternatives else {}


def _utterance(item: dict[str, Any], speaker: Any) -> RawTurn:
    start, end = time_of(item.get("start")), time_of(item.get("end"))
    return RawTurn(speaker, item.get("transcript"), start, end, extra=measures(item, "confidence"))


def _parted(item: dict[str, Any]) -> Iterable[RawTurn]:
    """Give an utterance, parted where its words have another speaker: a short answer is often heard into it."""
    words = objects(item.get("words"), "words", [])
    speakers = {str(word.get("speaker")) for word in words}
    if len(speakers) > 1 and "None" not in speakers:
        return turns_of_words(_words(words, None))
    return [_utterance(item, item.get("speaker"))]


def _paragraphs(best: list[Labelled], notes: list[str]) -> list[RawTurn]:
    return [
        _paragraph(paragraph, label)
        for alternative, label in best
        for paragraph in objects(members(alternative.get("paragraphs")).get("paragraphs"), "paragraphs", notes)
    ]


def _paragraph(item: dict[str, Any], label: str | None) -> RawTurn:
    sentences = objects(item.get("sentences"), "sentences", [])
    text = " ".join(text for each in sentences if (text := spoken(each, "text")))
    speaker = item.get("speaker") if label is None else label
    return RawTurn(speaker, text, time_of(item.get("start")), time_of(item.get("end")))


def _by_words(best: list[Labelled], notes: list[str]) -> list[RawTurn]:
    channels = [_words(objects(alternative.get("words"), "words", notes), label) for alternative, label in best]
    if len(channels) > 1:
        return turns_of_channels(channels)
    words = channels[0] if channels else []
    is_diarised = any(word.speaker is not None for word in words)
    return list(turns_of_words(words, None if is_diarised else LONGEST_PAUSE))


def _words(items: list[dict[str, Any]], label: str | None) -> list[Word]:
    return words_of(items, ("punctuated_word", "word"), lambda item: item.get("speaker") if label is None else label)


def _bare(best: list[Labelled]) -> list[RawTurn]:
    return [RawTurn(label, text) for alternative, label in best if (text := spoken(alternative, "transcript"))]


FORMAT = Format(
    name="deepgram",
    vendor="Deepgram",
    title="Deepgram",
    description="The JSON response for a recording, with utterances, paragraphs or words, diarised or by channel",
    keeps=("call_id", "channel", "language", *ATTACHED, "start", "end", "confidence", "transcribed_at"),
    export="Save the response of POST https://api.deepgram.com/v1/listen; ask for punctuate=true&utterances=true, and"
    " for multichannel=true where each party has a channel, else for diarize=true. What is attached to the request as"
    " extra=call_id:…, agent_id, queue, customer_id or started_at is read.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
