"""Conversations that left Google Conversational Insights: rows of BigQuery, and resources of the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.channels import channel_speaker
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context
from escalert.readers.members import id_of, members, objects, present, text_in, time_of
from escalert.readers.plain import parted_lines, read_conversation
from escalert.readers.vendors.google_json import duration_s, epoch_s, field_of
from escalert.readers.vendors.order import in_order
from escalert.readers.vendors.recordings import public_address
from escalert.readers.words import seconds

MEDIA = {"PHONE_CALL": "phone", "CHAT": "chat", "1": "phone", "2": "chat"}
# The Python client may write the numbers of the roles.
ROLES = {"1": "HUMAN_AGENT", "2": "AUTOMATED_AGENT", "3": "END_USER", "4": "ANY_AGENT", "0": "", "ROLE_UNSPECIFIED": ""}
HANDED_TO = "live agent"


def call_of_row(row: dict[str, Any], context: Context) -> RawCall:
    """Read a conversation as its export to BigQuery has it, a sentence a turn."""
    notes: list[str] = []
    sentences = objects(row.get("sentences"), "sentences", notes, "sentence")
    turns = in_order(_turns_of_sentences(sentences))
    if not turns and isinstance(row.get("transcript"), str):
        found = read_conversation(parted_lines(row["transcript"]), 1, context.roles)
        turns, notes = found.turns, [*notes, *found.notes]
    agents = [text_in(agent, "agentId") for agent in objects(row.get("agents"), "agents", notes)]
    begun = epoch_s(row.get("startTimestamp"))
    fields = {
        "channel": MEDIA.get(str(row.get("medium"))),
        "language": text_in(row, "languageCode"),
        "started_at": iso_time(row.get("startTimestampUtc") if begun is None else begun),
        "agent_id": text_in(row, "agentId") or next(filter(None, agents), None),
        "source": public_address(row.get("audioFileUri")),
        "duration": seconds(row.get("durationNanos"), 1e9),
        "transfers": _transfers(row, turns, agents) or None,
    }
    return RawCall(id_of([_last_part(row.get("conversationName"))], context), turns, present(fields), notes=notes)


def call_of_resource(record: dict[str, Any], context: Context) -> RawCall:
    """Read a conversation as the API gives it."""
    notes: list[str] = []
    segments = objects(field_of(members(record["transcript"]), "transcriptSegments"), "segments", notes, "text")
    metadata = members(field_of(record, "callMetadata"))
    agents = objects(field_of(members(field_of(record, "qualityMetadata")), "agentInfo"), "agents", notes)
    recording = members(field_of(members(field_of(record, "dataSource")), "gcsSource"))
    fields = {
        "channel": MEDIA.get(str(record.get("medium"))),
        "language": text_in(record, "languageCode", "language_code"),
        "started_at": iso_time(epoch_s(field_of(record, "startTime"))),
        "agent_id": next(filter(None, (text_in(each, "agentId", "agent_id") for each in [record, *agents])), None),
        "source": public_address(field_of(recording, "audioUri")),
        "duration": duration_s(record.get("duration")),
    }
    turns = in_order(_turns_of_segments(segments, field_of(metadata, "agentChannel"), context))
    return RawCall(id_of([_last_part(record.get("name"))], context), turns, present(fields), notes=notes)


def _turns_of_sentences(sentences: list[dict[str, Any]]) -> Iterable[RawTurn]:
    # Chats have no offsets, or only zeros.
    has_offsets = any(seconds(sentence.get("startOffsetNanos")) for sentence in sentences)
    created = [seconds(sentence.get("createTimeNanos"), 1e9) for sentence in sentences]
    first = min((stamp for stamp in created if stamp is not None), default=0.0)
    for sentence, stamp in zip(sentences, created, strict=True):
        speaker = _role(sentence.get("participantRole")) or sentence.get("participantId") or sentence.get("speakerTag")
        start, end = (time_of(sentence.get(f"{name}OffsetNanos"), 1e9) for name in ("start", "end"))
        if not has_offsets and stamp is not None:
            start, end = round(stamp - first, 6), None
        yield RawTurn("" if speaker is None else speaker, sentence.get("sentence"), start, end)


def _transfers(row: dict[str, Any], turns: list[RawTurn], agents: list[str | None]) -> list[dict[str, Any]]:
    """Give the records of a transfer: from the virtual agent to a human, and from one human agent to the next."""
    transfers = [{"to": agent} for agent in agents[1:] if agent]
    if str(row.get("liveAgentHandoff")).lower() != "true":
        return transfers
    speakers = [turn.speaker for turn in turns]
    bot = speakers.index("AUTOMATED_AGENT") if "AUTOMATED_AGENT" in speakers else 0
    taken_over = next((turn.start for turn in turns[bot:] if turn.speaker == "HUMAN_AGENT"), None)
    return [present({"at": taken_over, "to": HANDED_TO}), *transfers]


def _turns_of_segments(segments: list[dict[str, Any]], agent_channel: Any, context: Context) -> Iterable[RawTurn]:
    sent = [epoch_s(field_of(segment, "messageTime")) for segment in segments]
    first = min((stamp for stamp in sent if stamp is not None), default=0.0)
    for segment, stamp in zip(segments, sent, strict=True):
        words = objects(segment.get("words"), "words", [])
        start = duration_s(field_of(words[0], "startOffset")) if words else None
        end = duration_s(field_of(words[-1], "endOffset")) if words else None
        if start is None and stamp is not None:
            start = round(stamp - first, 6)
        # Zero stands for no estimate.
        confidence = segment.get("confidence")
        extra = {"confidence": confidence} if isinstance(confidence, float) and confidence else {}
        yield RawTurn(_speaker(segment, agent_channel, context), segment.get("text"), start, end, extra=extra)


def _speaker(segment: dict[str, Any], agent_channel: Any, context: Context) -> object:
    participant = members(field_of(segment, "segmentParticipant"))
    if role := _role(participant.get("role")):
        return role
    channel = field_of(segment, "channelTag")
    if channel and agent_channel and context.options.agent_channel is None:
        return "AGENT" if channel == agent_channel else "CUSTOMER"
    return channel_speaker(channel, context) if channel else text_in(participant, "userId", "user_id") or ""


def _role(value: Any) -> str:
    """Give the name of a role; empty if none is told."""
    name = "" if value is None or isinstance(value, dict | list) else str(value).strip()
    return ROLES.get(name, name)


def _last_part(name: Any) -> str | None:
    """Give the id at the end of ``projects/…/conversations/ID``."""
    return name.rsplit("/", 1)[-1] or None if isinstance(name, str) else None
