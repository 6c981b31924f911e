"""Google Conversational Insights: conversation files, rows exported from BigQuery, and what its API gives."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import isfinite
from typing import Any

from escalert.readers.building import RawCall, RawTurn
from escalert.readers.documents import calls_of
from escalert.readers.epoch import iso_time
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.members import members, object_of, objects, present, text_in, time_of
from escalert.readers.vendors.google_insights_export import call_of_resource, call_of_row
from escalert.readers.vendors.google_json import field_of
from escalert.readers.vendors.order import in_order

EXAMPLE = """\
{"conversation_info": {"categories": [{"display_name": "billing"}]}, "entries": [
  {"start_timestamp_usec": 1675813229000000, "text": "how can i help", "role": "AGENT", "user_id": 2},
  {"start_timestamp_usec": 1675813232600000, "text": "by sending a manager", "role": "CUSTOMER", "user_id": 1}]}
"""
# Any one of these sets of keys.
MARKS = (
    ("entries.start_timestamp_usec",),
    ("entries.text", "entries.role"),
    ("conversation_info", "entries"),
    ("sentences.sentence", "sentences.participantRole"),
    ("conversationName", "startTimestampUtc"),
    ("conversationName", "sentences.sentence"),
    ("transcript.transcriptSegments.text",),
    ("transcript.transcript_segments.text",),
    ("conversations.transcript.transcriptSegments",),
    ("name", "dataSource.gcsSource"),
    ("name", "dataSource.dialogflowSource"),
)
UNSORTED = "its entries were not in the order of time; they are sorted"


def _matches(sample: Sample) -> float:
    return 0.95 if any(sample.has(*paths) for paths in MARKS) else 0.0


def _calls(value: Any, context: Context) -> Iterator[RawCall]:
    record = object_of(value, "a conversation")
    if isinstance(record.get("conversations"), list):
        yield from _calls_of_list(record["conversations"], context)
    else:
        yield _call(record, context)


def _calls_of_list(conversations: list[Any], context: Context) -> Iterator[RawCall]:
    for index, conversation in enumerate(conversations):
        try:
            yield _call(object_of(conversation, "a conversation"), context)
        except UnreadableError as error:
            context.skip(None, f"conversation {index}: {error}")


def _call(record: dict[str, Any], context: Context) -> RawCall:
    if isinstance(record.get("entries"), list):
        return _call_of_file(record, context)
    if isinstance(record.get("sentences"), list) or isinstance(record.get("transcript"), str):
        return call_of_row(record, context)
    if isinstance(record.get("transcript"), dict):
        return call_of_resource(record, context)
    keys = ", ".join(repr(key[:40]) for key in list(record)[:8]) or "none at all"
    raise UnreadableError(f"a conversation with neither 'entries', 'sentences' nor 'transcript'; its keys are {keys}")


def _call_of_file(record: dict[str, Any], context: Context) -> RawCall:
    notes: list[str] = []
    entries = objects(record["entries"], "entries", notes, "text")
    stamps = [time_of(entry.get("start_timestamp_usec"), 1e6) for entry in entries]
    # Before the call, or 1970: either way they count from the first.
    first = min((stamp for stamp in stamps if isinstance(stamp, float) and isfinite(stamp)), default=0.0)
    turns = [_turn(entry, stamp, first) for entry, stamp in zip(entries, stamps, strict=True)]
    ordered = in_order(turns)
    if ordered != turns:
        notes.append(UNSORTED)
    fields = {"started_at": iso_time(first), "categories": _categories(record, notes)}
    return RawCall(context.stem, ordered, present(fields), notes=notes)


def _turn(entry: dict[str, Any], stamp: Any, first: float) -> RawTurn:
    # Some generators write " AGENT".
    role = text_in(entry, "role")
    speaker = role.strip() if role else entry.get("user_id", "")
    start = round(stamp - first, 6) if isinstance(stamp, float) else stamp
    return RawTurn("" if speaker is None else speaker, entry.get("text"), start)


def _categories(record: dict[str, Any], notes: list[str]) -> list[str] | None:
    info = members(field_of(record, "conversationInfo"))
    found = objects(info.get("categories"), "categories", notes)
    return [name for each in found if (name := text_in(each, "display_name", "displayName"))] or None


FORMAT = Format(
    name="google-insights",
    vendor="Google Cloud",
    title="Google Conversational Insights",
    description="A conversation file (`entries`), rows exported from BigQuery (`sentences`), or what the API gives",
    keeps=(
        *("call_id", "channel", "language", "started_at", "agent_id", "source", "start", "end", "confidence"),
        *("transfers", "duration", "categories"),
    ),
    export="In the Conversational Insights console, select conversations and Export to BigQuery, then `bq extract"
    " --destination_format NEWLINE_DELIMITED_JSON`; or `GET v1/{conversation}?view=FULL` of its API. Conversation"
    " files are those that were uploaded from Cloud Storage.",
    example=EXAMPLE,
    is_recognised=True,
    matches=_matches,
    read=partial(calls_of, _calls),
)
