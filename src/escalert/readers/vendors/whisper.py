"""The JSON that Whisper and its kin write, and WhisperX, which adds speakers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample
from escalert.readers.members import object_of, objects, present, text_in, time_of
from escalert.readers.recognised import measures, spoken, words_of
from escalert.readers.words import turns_of_words

EXAMPLE = """\
{"text": " how can i help by sending a manager", "language": "en", "segments": [
 {"id": 0, "seek": 0, "start": 0.0, "end": 2.4, "text": " how can i help", "compression_ratio": 0.8,
  "no_speech_prob": 0.01},
 {"id": 1, "seek": 0, "start": 2.9, "end": 5.1, "text": " by sending a manager", "compression_ratio": 0.9,
  "no_speech_prob": 0.02}]}
"""
WITH_SPEAKERS_EXAMPLE = """\
{"segments": [
  {"start": 0.0, "end": 2.4, "text": " how can i help", "speaker": "SPEAKER_00", "words": []},
  {"start": 2.9, "end": 5.1, "text": " by sending a manager", "speaker": "SPEAKER_01", "words": []}],
 "word_segments": [], "language": "en"}
"""
MARKS = ("segments.seek", "segments.avg_logprob", "segments.compression_ratio", "segments.no_speech_prob")
SPEAKER_MARKS = ("word_segments", "segments.speaker", "segments.words.score", "segments.words.speaker")
# By these the cleaning step tells loops and phantom phrases.
MEASURES = ("compression_ratio", "no_speech_prob")


def _matches(sample: Sample) -> float:
    if not sample.whole and sample.paths == {"text"}:
        # The text of a long call comes first and fills the whole head.
        return 0.6
    if not sample.has("segments.text"):
        return 0.0
    return 0.95 if not sample.paths.isdisjoint(MARKS) else 0.8 if sample.has("segments.start") else 0.0


def _matches_with_speakers(sample: Sample) -> float:
    return 0.96 if sample.has("segments.text") and not sample.paths.isdisjoint(SPEAKER_MARKS) else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a transcript of Whisper")
    notes: list[str] = []
    segments = objects(record.get("segments"), "segments", notes, "text")
    turns = [turn for segment in segments for turn in _segment(segment)]
    if any(turn.speaker is not None for turn in turns):
        # Where some are named, nobody's turn is worth a warning.
        turns = [replace(turn, speaker="") if turn.speaker is None else turn for turn in turns]
    text = spoken(record, "text")
    if not segments and text:
        turns = [RawTurn(None, text)]
    yield RawCall(context.stem, turns, present({"language": text_in(record, "language")}), notes=notes)


def _segment(item: dict[str, Any]) -> list[RawTurn]:
    """Give the turn of a segment; where only its words have speakers, one for each of them."""
    start, end, speaker = item.get("start"), item.get("end"), item.get("speaker")
    text = item.get("text")
    extra = measures(item, *MEASURES)
    if item.get("words") and (speaker is None or start is None):
        words = words_of(objects(item.get("words"), "words", []), ("word",), lambda word: word.get("speaker"))
        if speaker is None and any(word.speaker is not None for word in words):
            return [replace(turn, extra=extra) for turn in turns_of_words(words)]
        start = next((word.start for word in words if word.start is not None), start)
        end = next((word.end for word in reversed(words) if word.end is not None), end)
    text = text.strip() if isinstance(text, str) else text
    return [RawTurn(speaker, text, time_of(start), time_of(end), extra=extra)]


FORMAT = Format(
    name="whisper",
    vendor="OpenAI",
    title="Whisper",
    description="The JSON of openai-whisper, of the API as verbose_json, or of kin such as faster-whisper; no speakers",
    keeps=("language", "start", "end", *MEASURES),
    export="Run `whisper call.wav --output_format json`, or ask the transcription API for"
    " response_format=verbose_json. The call is named after the file.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
WITH_SPEAKERS_FORMAT = Format(
    name="whisperx",
    vendor="",
    title="WhisperX",
    description="The JSON of WhisperX, with or without speakers",
    keeps=("language", "start", "end"),
    export="Run `whisperx call.wav --diarize --output_format json`. The call is named after the file.",
    example=WITH_SPEAKERS_EXAMPLE,
    is_recognised=True,
    matches=_matches_with_speakers,
    read=partial(calls_of, _calls),
)
