"""The output of a transcription job of Amazon Transcribe: words with speakers, with channels, or with neither."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import LONGEST_PAUSE, channel_notes, channel_speaker, turns_of_channels
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, object_of, objects, present, text_in, time_of
from escalert.readers.notes import shown
from escalert.readers.words import Word, seconds, turns_of_words

EXAMPLE = """\
{"jobName": "b7c1", "accountId": "111122223333", "status": "COMPLETED", "results": {
 "transcripts": [{"transcript": "how can i help"}],
 "speaker_labels": {"speakers": 1, "segments": [{"start_time": "0.0", "end_time": "2.4", "speaker_label": "spk_0"}]},
 "items": [
  {"type": "pronunciation", "alternatives": [{"content": "how"}], "start_time": "0.0", "speaker_label": "spk_0"},
  {"type": "pronunciation", "alternatives": [{"content": "can"}], "start_time": "0.6", "speaker_label": "spk_0"},
  {"type": "pronunciation", "alternatives": [{"content": "i"}], "start_time": "1.1", "speaker_label": "spk_0"},
  {"type": "pronunciation", "alternatives": [{"content": "help"}], "start_time": "1.5", "end_time": "2.4",
   "speaker_label": "spk_0"}]}}
"""
MARKS = (
    "results.transcripts",
    "results.items.alternatives",
    "results.speaker_labels",
    "results.channel_labels",
    "results.audio_segments",
)


def _matches(sample: Sample) -> float:
    # A little surer than formats that take any key under the results, as those do that list them by file.
    return 0.98 if not sample.paths.isdisjoint(MARKS) else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "the output of a transcription job")
    results = record.get("results")
    if not isinstance(results, dict):
        raise UnreadableError(
            f"'results' is {shown(results)} and not an object, 'status' is {shown(record.get('status'))};"
            " only the output of a job that is COMPLETED can be read"
        )
    notes: list[str] = []
    turns = list(_turns(results, notes, context))
    fields = present({"channel": "phone", "language": text_in(results, "language_code")})
    yield RawCall(id_of([record.get("jobName")], context), turns, fields, notes=notes)


def _turns(results: dict[str, Any], notes: list[str], context: Context) -> Iterator[RawTurn]:
    items = objects(results.get("items"), "items", notes)
    if isinstance(results.get("channel_labels"), dict):
        return iter(_turns_by_channel(results["channel_labels"], items, notes, context))
    if not items:
        return _turns_without_words(results, notes)
    if isinstance(results.get("speaker_labels"), dict):
        _give_speakers(items, results["speaker_labels"], notes)
        return turns_of_words(_words(items, notes))
    # Where nobody is named as the speaker, a pause is all that parts one turn from the next.
    return turns_of_words(_words(items, notes), LONGEST_PAUSE)


def _turns_by_channel(
    labels: dict[str, Any], items: list[dict[str, Any]], notes: list[str], context: Context
) -> list[RawTurn]:
    channels: dict[str, list[dict[str, Any]]] = {}
    for channel in objects(labels.get("channels"), "channels", notes):
        found = objects(channel.get("items"), "items", notes)
        channels.setdefault(_channel(channel), []).extend(found)
    if not channels:
        for item in items:
            channels.setdefault(_channel(item), []).append(item)
    notes.extend(channel_notes(channels, context))
    return turns_of_channels(_words(found, notes, channel_speaker(label, context)) for label, found in channels.items())


def _channel(record: dict[str, Any]) -> str:
    label = record.get("channel_label")
    return "" if label is None else str(label)


def _words(items: list[dict[str, Any]], notes: list[str], speaker: str | None = None) -> list[Word]:
    """Give the words; of that speaker, or of whom each item names."""
    words = [word for item in items if (word := _word(item, speaker)) is not None]
    if len(words) < len(items):
        notes.append(f"{len(items) - len(words)} of {len(items)} items have no word; left out")
    if untimed := sum(word.start is None and not word.is_attached for word in words):
        notes.append(f"{untimed} of {len(words)} words have no time that can be read")
    return words


def _word(item: dict[str, Any], speaker: str | None) -> Word | None:
    try:
        text = item["alternatives"][0]["content"]
    except (KeyError, IndexError, TypeError):
        return None
    if not isinstance(text, str):
        return None
    who = item.get("speaker_label") if speaker is None else speaker
    start, end = seconds(item.get("start_time")), seconds(item.get("end_time"))
    return Word(who, text, start, end, item.get("type") == "punctuation")


def _give_speakers(items: list[dict[str, Any]], labels: dict[str, Any], notes: list[str]) -> None:
    """Put a speaker on items that have none: by when they start, as in older outputs, else the one before."""
    if all("speaker_label" in item for item in items):
        return
    speakers = {
        str(each.get("start_time")): each.get("speaker_label")
        for segment in objects(labels.get("segments"), "segments", notes)
        for each in objects(segment.get("items"), "items", notes)
    }
    last, nameless = None, 0
    for item in items:
        named = item.get("speaker_label") or speakers.get(str(item.get("start_time")))
        nameless += not named and item.get("type") != "punctuation"
        last = item["speaker_label"] = named or last
    if nameless:
        notes.append(f"{nameless} of {len(items)} words name no speaker; read as said by the one before")


def _turns_without_words(results: dict[str, Any], notes: list[str]) -> Iterator[RawTurn]:
    segments = objects(results.get("audio_segments"), "segments", notes, "transcript")
    for segment in segments:
        start, end = time_of(segment.get("start_time")), time_of(segment.get("end_time"))
        yield RawTurn(segment.get("speaker_label"), segment.get("transcript"), start, end)
    if not segments:
        for each in objects(results.get("transcripts"), "transcripts", notes, "transcript"):
            if each.get("transcript"):
                yield RawTurn(None, each["transcript"])


FORMAT = Format(
    name="amazon-transcribe",
    vendor="Amazon Web Services",
    title="Amazon Transcribe",
    description="The JSON of a finished transcription job, with speaker labels, with channels, or with neither",
    keeps=("call_id", "language", "start", "end"),
    export="In the Amazon Transcribe console under Transcription jobs, open the job and download the transcript; or"
    " fetch TranscriptFileUri of `aws transcribe get-transcription-job`. Ask for speaker partitioning or, better, for"
    " channel identification when starting the job.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
