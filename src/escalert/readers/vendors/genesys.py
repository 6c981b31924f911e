"""The transcript of a conversation in Genesys Cloud, which may go over several legs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import channel_notes, channel_speaker
from escalert.readers.documents import calls_of
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, object_of, objects, present, text_in
from escalert.readers.notes import shown
from escalert.readers.recognised import measures, spoken
from escalert.readers.vendors.genesys_times import Clock, legs_in_sequence
from escalert.readers.vendors.order import in_order

EXAMPLE = """\
{"conversationId": "b7c1", "communicationId": "m1", "mediaType": "voice", "conversationStartTime": 1772460311000,
 "participants": [{"participantPurpose": "customer"}, {"participantPurpose": "agent", "userId": "A17"}],
 "transcripts": [{"transcriptId": "t1", "language": "en-us", "phrases": [
  {"text": "how can i help", "startTimeMs": 1772460311000, "duration": {"milliseconds": 2400},
   "participantPurpose": "internal"},
  {"text": "by sending a manager", "startTimeMs": 1772460313900, "duration": {"milliseconds": 2200},
   "participantPurpose": "external"}]}]}
"""
CHANNELS = {
    **dict.fromkeys(("voice", "call", "callback"), "phone"),
    **dict.fromkeys(("chat", "message", "webchat", "webmessaging", "sms"), "chat"),
    **dict.fromkeys(("facebook", "instagram", "line", "twitter", "whatsapp"), "social"),
    "email": "email",
}
# A user is one of the centre's own there, and a flow is a machine that talks.
SPEAKERS = {"user": "agent", "botflow": "bot", "voicesurveyflow": "bot", "inboundflow": "bot"}
AGENTS = ("agent", "user")
ANNOUNCERS = ("acd", "ivr", "voicemail", "workflow", *SPEAKERS.keys() - set(AGENTS))


def _matches(sample: Sample) -> float:
    is_ours = sample.has("transcripts.phrases") or sample.has("conversationId", "transcripts.transcriptId")
    return 0.95 if is_ours else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a transcript of Genesys Cloud")
    if not isinstance(record.get("transcripts"), list):
        raise UnreadableError(f"'transcripts' is {shown(record.get('transcripts'))} and not a list with 'phrases'")
    notes: list[str] = []
    participants = objects(record.get("participants"), "participants", notes)
    transcripts = objects(record["transcripts"], "transcripts", notes)
    phrases = [objects(each.get("phrases"), "phrases", notes, "text") for each in transcripts]
    clock = Clock(record.get("conversationStartTime"), [phrase for leg in phrases for phrase in leg])
    speakers = _Speakers(participants, clock, context)
    legs = [[_turn(phrase, speakers, clock) for phrase in leg] for leg in phrases]
    if not clock.is_absolute:
        notes.extend(legs_in_sequence(legs))
    channels = {str(channel) for leg in phrases for phrase in leg if (channel := phrase.get("channel")) is not None}
    notes.extend(channel_notes(channels, context))
    fields = {
        **_fields(record, participants),
        "language": next((text for each in transcripts if (text := text_in(each, "language"))), None),
        "transfers": _transfers(participants, legs, clock) or None,
    }
    turns = in_order([turn for leg in legs for turn in leg])
    yield RawCall(id_of([record.get("conversationId")], context), turns, present(fields), notes=notes)


class _Speakers:
    """Who spoke a phrase: one says of it that it came from inside, and the participants tell if that was a machine."""

    def __init__(self, participants: list[dict[str, Any]], clock: Clock, context: Context) -> None:
        self._context = context
        self._has_machines = any(_purpose(each) in ANNOUNCERS for each in participants)
        self._spans = [
            (_purpose(each), start, float("inf") if end is None else end)
            for each in participants
            if (start := clock.seconds(each.get("startTimeMs"))) is not None
            for end in [clock.seconds(each.get("endTimeMs"))]
        ]

    def label(self, phrase: dict[str, Any], start: float | None) -> str:
        """Give the label of its speaker; of a machine, what it is."""
        purpose = _purpose(phrase)
        if self._context.options.agent_channel is not None and phrase.get("channel") is not None:
            return channel_speaker(phrase["channel"], self._context)
        if self._has_machines and purpose == "internal" and start is not None:
            there = [each for each, begin, end in self._spans if begin <= start < end]
            machines = [each for each in there if each in ANNOUNCERS]
            purpose = machines[0] if machines and not any(each in AGENTS for each in there) else purpose
        return purpose or channel_speaker(phrase.get("channel"), self._context)


def _turn(phrase: dict[str, Any], speakers: _Speakers, clock: Clock) -> RawTurn:
    start, end = clock.span(phrase)
    label = speakers.label(phrase, start if isinstance(start, float) else None)
    extra: dict[str, Any] = measures(phrase, "confidence")
    if label in ANNOUNCERS:
        extra["is_announcement"] = True
    return RawTurn(SPEAKERS.get(label, label), _text(phrase), start, end, extra=extra)


def _text(phrase: dict[str, Any]) -> Any:
    words = phrase.get("words")
    if (text := spoken(phrase, "decoratedText", "text")) or not isinstance(words, list):
        return text or phrase.get("text")
    return " ".join(word for each in words if isinstance(each, dict) and (word := spoken(each, "word")))


def _fields(record: dict[str, Any], participants: list[dict[str, Any]]) -> dict[str, Any]:
    agents = [each for each in participants if _purpose(each) in AGENTS]
    queues = (text_in(each, "queueId") for each in participants)
    return {
        "channel": CHANNELS.get(str(record.get("mediaType")).lower()),
        "started_at": iso_time(record.get("conversationStartTime")),
        "agent_id": next((user for each in agents if (user := text_in(each, "userId"))), None),
        "queue": next((queue for queue in queues if queue), None),
        "escalated": any("supervisor" in _purpose(each) for each in participants) or None,
        "communication_id": text_in(record, "communicationId"),
    }


def _transfers(participants: list[dict[str, Any]], legs: list[list[RawTurn]], clock: Clock) -> list[dict[str, Any]]:
    """Give every agent after the first; or, where they are not told apart, every leg after the first with an agent."""
    joined: dict[str, float | None] = {}
    for each in participants:
        if _purpose(each) in AGENTS and (user := text_in(each, "userId")):
            joined.setdefault(user, clock.seconds(each.get("startTimeMs")))
    if len(joined) > 1:
        return [present({"at": at, "to": user}) for user, at in list(joined.items())[1:]]
    manned = [leg for leg in legs if any(turn.speaker in ("internal", *AGENTS) for turn in leg)]
    starts = [[turn.start for turn in leg if isinstance(turn.start, float)] for leg in manned]
    return [present({"at": min(found, default=None)}) for found in starts[1:]]


def _purpose(item: dict[str, Any]) -> str:
    purpose = item.get("participantPurpose")
    return purpose.strip().lower() if isinstance(purpose, str) else ""


FORMAT = Format(
    name="genesys-cloud",
    vendor="Genesys",
    title="Genesys Cloud",
    description="The JSON transcript of a conversation; further agents or legs are kept as transfers, what queue and"
    " IVR say becomes other",
    keeps=(
        *("call_id", "channel", "language", "started_at", "agent_id", "queue", "escalated"),
        *("start", "end", "confidence", "transfers", "communication_id"),
    ),
    export="GET /api/v2/speechandtextanalytics/conversations/{conversationId}/communications/{communicationId}/"
    "transcripturl, and save what is at the URL that it gives, within ten minutes.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
