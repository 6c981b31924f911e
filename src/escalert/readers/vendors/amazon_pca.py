"""The parsed output of AWS Post-Call Analytics (PCA)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in, time_of
from escalert.readers.notes import shown

EXAMPLE = """\
{"ConversationAnalytics": {"GUID": "b7c1", "Agent": "A17", "ConversationTime": "2026-03-02 14:05:11",
  "LanguageCode": "en-US", "SpeakerLabels": [{"Speaker": "spk_0", "DisplayText": "Agent"},
                                             {"Speaker": "spk_1", "DisplayText": "Customer"}]},
 "SpeechSegments": [
  {"SegmentSpeaker": "spk_0", "SegmentStartTime": 0.0, "SegmentEndTime": 2.4, "DisplayText": "how can i help"},
  {"SegmentSpeaker": "spk_1", "SegmentStartTime": 2.9, "SegmentEndTime": 5.1, "DisplayText": "by sending a manager"}]}
"""


def _matches(sample: Sample) -> float:
    return 0.95 if sample.has("ConversationAnalytics") or sample.has("SpeechSegments.SegmentSpeaker") else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a call of Post-Call Analytics")
    if not isinstance(record.get("SpeechSegments"), list):
        raise UnreadableError(f"'SpeechSegments' is {shown(record.get('SpeechSegments'))} and not a list of segments")
    notes: list[str] = []
    header = members(record.get("ConversationAnalytics"))
    segments = objects(record["SpeechSegments"], "segments", notes, "DisplayText")
    labels = _labels(header, notes)
    agents = [name for name in _list(header, "Agents") if isinstance(name, str)]
    turns = [_turn(segment, labels, agents) for segment in segments]
    job = [members(each.get("TranscribeJobInfo")) for each in objects(header.get("SourceInformation"), "sources", [])]
    ids = (header.get("GUID"), *(each.get("TranscriptionJobName") for each in job))
    fields = present({**_fields(header), "transfers": _transfers(agents, segments, labels) or None})
    yield RawCall(id_of(ids, context), turns, fields, notes=notes)


def _labels(header: dict[str, Any], notes: list[str]) -> dict[str, str]:
    """Give the shown name of each speaker."""
    listed = objects(header.get("SpeakerLabels"), "speaker labels", notes)
    return {
        speaker: shown_name
        for each in listed
        if (speaker := text_in(each, "Speaker")) and (shown_name := text_in(each, "DisplayText"))
    }


def _turn(segment: dict[str, Any], labels: dict[str, str], agents: list[str]) -> RawTurn:
    start, end = time_of(segment.get("SegmentStartTime")), time_of(segment.get("SegmentEndTime"))
    text = segment.get("DisplayText", segment.get("OriginalText"))
    if segment.get("IVRSegment") in (True, "true", "True"):
        return RawTurn("ivr", text, start, end, extra={"is_announcement": True})
    speaker = text_in(segment, "SegmentSpeaker") or ""
    label = labels.get(speaker, speaker)
    return RawTurn("agent" if label in agents else label, text, start, end)


def _transfers(agents: list[str], segments: list[dict[str, Any]], labels: dict[str, str]) -> list[dict[str, Any]]:
    """Give the agents after the first, who are listed in the order in which they first spoke."""
    starts: dict[str, Any] = {}
    for segment in segments:
        speaker = text_in(segment, "SegmentSpeaker") or ""
        starts.setdefault(labels.get(speaker, speaker), time_of(segment.get("SegmentStartTime")))
    return [present({"at": starts.get(name), "to": name}) for name in agents[1:]]


def _fields(header: dict[str, Any]) -> dict[str, Any]:
    categories = objects(header.get("CategoriesDetected"), "categories", [])
    # Categories that were looked for and not found are listed, too, with no instances.
    found = [name for each in categories if each.get("Instances") and (name := text_in(each, "Name"))]
    return {
        "channel": "phone",
        "language": text_in(header, "LanguageCode"),
        "started_at": _iso(text_in(header, "ConversationTime")),
        "agent_id": text_in(header, "Agent"),
        "customer_id": text_in(header, "Cust"),
        "queue": _queue(header),
        "categories": found or None,
    }


def _queue(header: dict[str, Any]) -> str | None:
    queues = [queue for each in members(header.get("Telephony")).values() for queue in _list(members(each), "queueIds")]
    return next((queue for queue in queues if isinstance(queue, str)), None)


def _list(record: dict[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []


def _iso(text: str | None) -> str | None:
    try:
        return None if text is None else datetime.fromisoformat(text).isoformat()
    except ValueError:
        return text


FORMAT = Format(
    name="amazon-pca",
    vendor="Amazon Web Services",
    title="AWS Post-Call Analytics (PCA)",
    description="The parsed JSON that the PCA solution writes; what its IVR says becomes other",
    keeps=(
        "call_id",
        "channel",
        "language",
        "started_at",
        "agent_id",
        "customer_id",
        "queue",
        "start",
        "end",
        "transfers",
        "categories",
    ),
    export="In the output bucket of the PCA stack, take the files under parsedFiles/ (`aws s3 cp --recursive`).",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
