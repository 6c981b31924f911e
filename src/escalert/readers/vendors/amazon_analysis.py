"""What Amazon Transcribe Call Analytics and Amazon Connect Contact Lens have in common: turns with participants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.format import Context, Sample, UnreadableError
from escalert.readers.members import id_of, members, object_of, objects, present, text_in, time_of
from escalert.readers.notes import shown
from escalert.readers.vendors.amazon_chat import chat_fields, chat_turns

CHANNELS = {"VOICE": "phone", "CHAT": "chat"}
SHARED_KEYS = (
    "AccountId",
    "Categories",
    "Channel",
    "ContentMetadata",
    "ConversationCharacteristics",
    "JobStatus",
    "LanguageCode",
    "Participants",
    "Transcript",
)
OWN_KEYS = ("Categories.MatchedDetails", "Categories.MatchedCategories", "ConversationCharacteristics")
# Contact Lens names its files so; the time is when the agent was connected, and the offsets count from there.
_FILE_NAME = re.compile(r"(?P<contact>.+?)_analysis(?:_redacted)?_(?P<day>\d{4}-\d\d-\d\d)T(?P<time>[\d:_%A]+)Z")


def is_analysis(sample: Sample) -> bool:
    """Tell whether the head of a file has the keys of an analysed call, be it of the one product or of the other."""
    return sum(key in sample.paths for key in SHARED_KEYS) >= 3 or not sample.paths.isdisjoint(OWN_KEYS)


def calls(value: Any, context: Context) -> Iterator[RawCall]:
    """Read one analysed call or chat."""
    record = object_of(value, "an analysed call")
    if not isinstance(record.get("Transcript"), list):
        raise UnreadableError(
            f"'Transcript' is {shown(record.get('Transcript'))} and not a list of turns; 'JobStatus' is"
            f" {shown(record.get('JobStatus'))}, only the output of a job that is COMPLETED can be read"
        )
    notes: list[str] = []
    participants = objects(record.get("Participants"), "participants", notes)
    items = objects(record["Transcript"], "turns", notes, "Content")
    _give_roles(items, participants)
    is_chat = record.get("Channel") == "CHAT" or "AbsoluteTime" in (items or [{}])[0]
    contact, started_at = _file_name(context)
    fields = present({"started_at": started_at, **_fields(record, [*participants, *items])})
    if is_chat:
        fields |= {"channel": "chat", **chat_fields(items)}
    turns = chat_turns(items, notes) if is_chat else [_turn(item) for item in items]
    ids = (members(record.get("CustomerMetadata")).get("ContactId"), record.get("JobName"), contact)
    yield RawCall(id_of(ids, context), turns, fields, notes=notes)


def _give_roles(items: list[dict[str, Any]], participants: list[dict[str, Any]]) -> None:
    """Put a role on the items that have none: by the list of participants, else their id, which may be a role."""
    known = {
        each["ParticipantId"]: each["ParticipantRole"]
        for each in participants
        if isinstance(each.get("ParticipantId"), str) and isinstance(each.get("ParticipantRole"), str)
    }
    for item in items:
        if not isinstance(item.get("ParticipantRole"), str):
            who = item.get("ParticipantId")
            item["ParticipantRole"] = known.get(who, who) if isinstance(who, str) else ""


def _turn(item: dict[str, Any]) -> RawTurn:
    role = item["ParticipantRole"]
    start, end = time_of(item.get("BeginOffsetMillis"), 1000), time_of(item.get("EndOffsetMillis"), 1000)
    return RawTurn(role, item.get("Content"), start, end, extra={"is_announcement": True} if role == "SYSTEM" else {})


def _fields(record: dict[str, Any], everyone: list[dict[str, Any]]) -> dict[str, Any]:
    categories = members(record.get("Categories")).get("MatchedCategories")
    return {
        "channel": CHANNELS.get(str(record.get("Channel"))),
        "language": text_in(record, "LanguageCode"),
        "escalated": any(each.get("ParticipantRole") == "SUPERVISOR" for each in everyone) or None,
        "is_redacted": members(record.get("ContentMetadata")).get("Output") == "Redacted" or None,
        "categories": categories if categories and isinstance(categories, list) else None,
    }


def _file_name(context: Context) -> tuple[str | None, str | None]:
    match = _FILE_NAME.fullmatch(context.stem)
    if not match:
        return None, None
    clock = ":".join(re.findall(r"\d\d", match["time"].replace("%3A", ":")))
    return match["contact"], f"{match['day']}T{clock}Z"
