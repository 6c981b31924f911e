"""Azure Speech: the result files of batch transcription, and the responses of fast transcription."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import channel_notes, channel_speaker
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, object_of, objects, present, text_in
from escalert.readers.notes import shown
from escalert.readers.vendors.order import in_order
from escalert.readers.vendors.recordings import public_address, recording_name
from escalert.readers.words import seconds

EXAMPLE = """\
{"source": "https://example.org/b7c1.wav", "durationInTicks": 51000000, "duration": "PT5.1S", "recognizedPhrases": [
  {"recognitionStatus": "Success", "channel": 0, "offset": "PT0S", "duration": "PT2.4S",
   "nBest": [{"confidence": 0.93, "lexical": "how can i help", "display": "how can i help"}]},
  {"recognitionStatus": "Success", "channel": 1, "offset": "PT2.9S", "duration": "PT2.2S",
   "nBest": [{"confidence": 0.91, "lexical": "by sending a manager", "display": "by sending a manager"}]}]}
"""
TICKS = 1e7
_DURATION = re.compile(
    r"PT?(?:(?P<days>\d{1,3})DT?)?(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8}(?:\.\d+)?)S)?"
)
_UNIT_S = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
_MASK = re.compile(r"\*{2,}")


def unmasked(shown_text: str, *others: str | None) -> str:
    """Put back the words that are masked in the text for display, where another form of the same text has them.

    Parameters
    ----------
    others : str or None
        The same text in other forms, such as the words as recognised; of little worth for their lack of punctuation.
    """
    if not _MASK.search(shown_text):
        return shown_text
    for other in others:
        if other and not _MASK.search(other):
            tokens, said = shown_text.split(), other.split()
            if len(tokens) != len(said):
                return other
            return " ".join(map(_revealed, tokens, said))
    return shown_text


def tick_span(record: dict[str, Any]) -> tuple[Any, Any]:
    """Give start and end in seconds, from an offset and a duration in ticks, ISO 8601 or milliseconds."""
    start, length = _span_of(record, "offset"), _span_of(record, "duration")
    end = start + length if isinstance(start, float) and isinstance(length, float) else None
    return start, end


def _revealed(token: str, word: str) -> str:
    """Put a word in the place of the mask, with the punctuation around it."""
    return word.strip(".,;:!?").join(_MASK.split(token, maxsplit=1))


def _matches(sample: Sample) -> float:
    is_batch = sample.has("recognizedPhrases") or sample.has("combinedRecognizedPhrases")
    return 0.95 if is_batch or sample.has("combinedPhrases", "phrases") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "the result of a transcription")
    found = record.get("recognizedPhrases", record.get("phrases"))
    if not isinstance(found, list):
        raise UnreadableError(f"'recognizedPhrases' is {shown(found)} and not a list of phrases")
    notes: list[str] = []
    phrases = objects(found, "phrases", notes)
    channels = {str(each["channel"]) for each in [*phrases, *_combined(record)] if each.get("channel") is not None}
    notes.extend(channel_notes(channels, context))
    heard = [phrase for phrase in phrases if _text(phrase)]
    if len(heard) < len(phrases):
        statuses = {text_in(phrase, "recognitionStatus") or "empty" for phrase in phrases if not _text(phrase)}
        kinds = ", ".join(sorted(statuses))[:80]
        notes.append(f"{len(phrases) - len(heard)} of {len(phrases)} phrases have no text ({kinds}); left out")
    turns = in_order(_turn(phrase, len(channels) > 1, context) for phrase in heard)
    call_id = id_of([recording_name(record.get("source"))], context)
    yield RawCall(call_id, turns, present(_fields(record, phrases)), notes=notes)


def _turn(phrase: dict[str, Any], is_by_channel: bool, context: Context) -> RawTurn:
    best = _best(phrase)
    channel, speaker = phrase.get("channel"), phrase.get("speaker", best.get("speaker"))
    label = None if speaker is None else str(speaker)
    # A channel is one party for sure; speakers are guessed.
    if channel is not None and (is_by_channel or (label is None and context.options.agent_channel is not None)):
        label = channel_speaker(channel, context)
    start, end = tick_span(phrase)
    confidence = best.get("confidence")
    return RawTurn(label, _text(phrase), start, end, extra=present({"confidence": confidence}))


def _best(phrase: dict[str, Any]) -> dict[str, Any]:
    """Give the likeliest reading of a phrase; fast transcription gives no other."""
    return next(iter(objects(phrase.get("nBest"), "readings", [])), phrase)


def _text(phrase: dict[str, Any]) -> str:
    if str(phrase.get("recognitionStatus", "Success")).lower() != "success":
        return ""
    best = _best(phrase)
    itn, lexical = text_in(best, "itn"), text_in(best, "lexical")
    return unmasked(text_in(best, "display", "text", "itn", "maskedITN", "lexical") or "", itn, lexical)


def _fields(record: dict[str, Any], phrases: list[dict[str, Any]]) -> dict[str, Any]:
    languages = Counter(filter(None, (text_in(phrase, "locale") for phrase in phrases)))
    length = _span_of(record, "duration")
    return {
        "channel": "phone",
        "language": languages.most_common(1)[0][0] if languages else text_in(record, "locale"),
        "source": public_address(record.get("source")),
        "duration": length if isinstance(length, float) else None,
        # Not the start of the call, which is told nowhere.
        "transcribed_at": text_in(record, "timestamp"),
    }


def _combined(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the texts by channel, where channels on which nobody spoke are listed, too."""
    return objects(record.get("combinedRecognizedPhrases", record.get("combinedPhrases")), "channels", [])


def _span_of(record: dict[str, Any], name: str) -> Any:
    """Give seconds, or what stands there if it cannot be understood."""
    given = record.get(name)
    ways = (
        seconds(record.get(f"{name}InTicks"), TICKS),
        _iso_duration(given) if isinstance(given, str) else seconds(given, 1000),
        seconds(record.get(f"{name}Milliseconds"), 1000),
    )
    return next((way for way in ways if way is not None), given)


def _iso_duration(text: str) -> float | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    return sum(float(match[unit] or 0) * length for unit, length in _UNIT_S.items())


FORMAT = Format(
    name="azure-speech",
    vendor="Microsoft Azure",
    title="Azure Speech, batch and fast transcription",
    description="A result file of a batch transcription, or the response of a fast one; by channels or with speakers",
    keeps=("call_id", "channel", "language", "source", "start", "end", "confidence", "duration", "transcribed_at"),
    export="Fetch `GET …/transcriptions/{id}/files` of the Speech to text REST API, or `spx batch transcription list"
    " --files`, and download the contentUrl of each file of the kind Transcription. Ask for stereo recordings, or for"
    " diarizationEnabled, and for profanityFilterMode None.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
