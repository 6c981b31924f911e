"""Google Speech-to-Text, v1 and v2: results by channel, words by speaker, or neither.

With diarisation, v1 repeats all words in its last result, where alone they have their speakers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import channel_notes, channel_speaker, turns_of_channels
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in
from escalert.readers.notes import shown
from escalert.readers.vendors.google_json import field_of
from escalert.readers.vendors.google_results import Result, result_of
from escalert.readers.vendors.order import in_order
from escalert.readers.vendors.recordings import public_address, recording_name
from escalert.readers.words import Word, turns_of_words

EXAMPLE = """\
{"results": [
  {"channelTag": 1, "languageCode": "en-us", "resultEndTime": "2.400s",
   "alternatives": [{"transcript": "how can i help", "confidence": 0.97}]},
  {"channelTag": 2, "languageCode": "en-us", "resultEndTime": "5.100s",
   "alternatives": [{"transcript": "by sending a manager", "confidence": 0.94}]}]}
"""
# Watson and Riva have results with alternatives too, in other units.
OF_OTHERS = ("result_index", "results.final", "results.alternatives.timestamps", "results.audio_processed")
_BATCH = re.compile(r"(?:response\.)?results\.gs://.+\.(?:transcript|inlineResult|inline_result|cloudStorageResult)")


def _matches(sample: Sample) -> float:
    if any(sample.has(path) for path in OF_OTHERS):
        return 0.0
    has_results = sample.has("results.alternatives") or sample.has("response.results.alternatives")
    return 0.95 if has_results or any(map(_BATCH.fullmatch, sample.paths)) else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a response of Google Speech-to-Text")
    body = members(record.get("response", record))
    results = body.get("results")
    if isinstance(results, list):
        yield _call(results, members(record.get("metadata")).get("uri"), context)
    elif isinstance(results, dict):
        yield from _calls_of_batch(results, context)
    else:
        why = members(record.get("error")).get("message")
        reason = f"the operation failed: {why!r:.120}" if why else f"'results' is {shown(results)} and not a list"
        raise UnreadableError(f"{reason}; only the response of an operation that is done can be read")


def _calls_of_batch(files: dict[str, Any], context: Context) -> Iterator[RawCall]:
    for address, outcome in files.items():
        inline = members(field_of(members(outcome), "inlineResult"))
        results = members(inline.get("transcript") or members(outcome).get("transcript")).get("results")
        if isinstance(results, list):
            yield _call(results, address, context)
        else:
            context.skip(None, f"{address!r:.120} has no transcript in this file; download the one its 'uri' names")


def _call(found: list[Any], address: Any, context: Context) -> RawCall:
    notes: list[str] = []
    messages = objects(found, "results", notes)
    results = [result_of(message, notes) for message in messages if field_of(message, "isFinal") is not False]
    languages = Counter(filter(None, (text_in(message, "languageCode", "language_code") for message in messages)))
    language = languages.most_common(1)[0][0] if languages else None
    fields = present({"channel": "phone", "language": language, "source": public_address(address)})
    turns = _turns(results, notes, context)
    return RawCall(id_of([recording_name(address)], context), turns, fields, notes=notes)


def _turns(results: list[Result], notes: list[str], context: Context) -> list[RawTurn]:
    channels = sorted({str(result.channel) for result in results if result.channel is not None})
    notes.extend(channel_notes(channels, context))
    if len(channels) > 1:
        return _turns_by_channel(results, context)
    results = _said_once(results)
    if any(result.has_speakers for result in results):
        return list(turns_of_words(word for result in results for word in _all_words(result)))
    return [_turn(result, context) for result in results if not result.says_nothing]


def _all_words(result: Result) -> list[Word]:
    return result.words or ([Word(None, result.text, None, result.end)] if result.text else [])


def _turns_by_channel(results: list[Result], context: Context) -> list[RawTurn]:
    ordered = sorted(results, key=lambda result: str(result.channel))
    grouped = [_said_once(list(group)) for _, group in groupby(ordered, key=lambda result: str(result.channel))]
    said = [[result for result in group if not result.says_nothing] for group in grouped]
    if all(result.start is not None for group in said for result in group):
        return turns_of_channels(_words_of_channel(group, context) for group in said if group)
    return in_order(_turn(result, context) for group in said for result in group)


def _words_of_channel(results: Sequence[Result], context: Context) -> Iterator[Word]:
    speaker = channel_speaker(results[0].channel, context)
    for result in results:
        for word in result.words:
            word.speaker = speaker
            yield word


def _turn(result: Result, context: Context) -> RawTurn:
    speaker = None if result.channel is None else channel_speaker(result.channel, context)
    text = result.text or " ".join(word.text for word in result.words)
    ends = [word.end for word in result.words if word.end is not None]
    return RawTurn(
        speaker, text, result.start, max(ends, default=result.end), extra=present({"confidence": result.confidence})
    )


def _said_once(results: list[Result]) -> list[Result]:
    """Drop the results whose words the last one repeats."""
    if len(results) < 2 or not results[-1].has_speakers:
        return results
    *earlier, last = results
    starts = [result.start for result in earlier if result.start is not None]
    if starts and last.start is not None:
        return [last] if last.start <= min(starts) else results
    return results if any(result.has_speakers for result in earlier) else [last]


FORMAT = Format(
    name="google-speech",
    vendor="Google Cloud",
    title="Google Speech-to-Text",
    description="A response of v1 or v2, by channels or with speakers, or an operation that holds it",
    keeps=("call_id", "channel", "language", "source", "start", "end", "confidence"),
    export="In the Speech-to-Text console under Transcriptions, open one and download it as JSON; or keep what"
    " `gcloud ml speech recognize-long-running` prints, or the JSON that batchRecognize writes to Cloud Storage. Ask"
    " for word time offsets, and for a channel per party or for diarisation.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
