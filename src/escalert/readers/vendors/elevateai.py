"""The transcripts of ElevateAI by NICE: phrase by phrase, or punctuated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample
from escalert.readers.members import id_of, members, object_of, objects, time_of
from escalert.readers.vendors.order import in_order

EXAMPLE = """\
{"participantOne": {"phrases": ["how can i help"], "phraseSegments": [
  {"startTimeOffset": 0, "endTimeOffset": 2400, "phraseIndex": 0, "score": 0.97}]},
 "participantTwo": {"phrases": ["by sending a manager"], "phraseSegments": [
  {"startTimeOffset": 2900, "endTimeOffset": 5100, "phraseIndex": 0, "score": 0.95}]},
 "redactionSegments": []}
"""
PARTICIPANTS = ("participantOne", "participantTwo")
# Holds all that was said where nobody was told apart.
EVERYBODY = "allParticipants"
MARKS = (
    "sentenceSegments.startTimeOffset",
    *(f"{who}.{what}" for who in (*PARTICIPANTS, EVERYBODY) for what in ("phrases", "phraseSegments")),
)


def _matches(sample: Sample) -> float:
    return 0.95 if not sample.paths.isdisjoint(MARKS) else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a transcript of ElevateAI")
    notes: list[str] = []
    sentences = objects(record.get("sentenceSegments"), "sentences", notes, "phrase")
    turns = [_turn(each, each.get("participant"), each.get("phrase")) for each in sentences]
    if not turns:
        turns = [turn for who in PARTICIPANTS for turn in _phrases(record, who, who, notes)]
    if not turns:
        turns = _phrases(record, EVERYBODY, None, notes)
    call_id = id_of((record.get("interactionIdentifier"), record.get("externalIdentifier")), context)
    yield RawCall(call_id, in_order(turns), {"channel": "phone"}, notes=notes)


def _phrases(record: dict[str, Any], key: str, speaker: str | None, notes: list[str]) -> list[RawTurn]:
    """Give the turns of a participant, whose phrases are listed once each, and then when each was said."""
    participant = members(record.get(key))
    listed = participant.get("phrases")
    phrases = dict(enumerate(listed)) if isinstance(listed, list) else {}
    segments = objects(participant.get("phraseSegments"), "phrase segments", notes)
    found = [(each, _phrase(phrases, each.get("phraseIndex"))) for each in segments]
    missing = sum(text is None for _, text in found)
    if missing:
        notes.append(f"{missing} of {len(segments)} phrase segments of {key} point to no phrase; left out")
    return [_turn(segment, speaker, text) for segment, text in found if text is not None]


def _phrase(phrases: dict[int, Any], index: Any) -> str | None:
    text = phrases.get(index) if isinstance(index, int) and not isinstance(index, bool) else None
    return text if isinstance(text, str) else None


def _turn(item: dict[str, Any], speaker: Any, text: Any) -> RawTurn:
    start, end = time_of(item.get("startTimeOffset"), 1000), time_of(item.get("endTimeOffset"), 1000)
    return RawTurn(speaker, text, start, end)


FORMAT = Format(
    name="elevateai",
    vendor="NICE",
    title="ElevateAI",
    description="The JSON transcript of an interaction, punctuated (which is the better one) or phrase by phrase",
    keeps=("call_id", "channel", "start", "end"),
    export="Save the answer of GET https://api.elevateai.com/v1/interactions/{id}/transcripts/punctuated, named after"
    " the call: the answer holds no id.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
