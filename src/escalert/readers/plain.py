"""Plain text: one call per file, its turns marked by labels, times, chevrons, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from escalert.readers.building import RawCall, RawTurn, build_call
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.labels import read_mark
from escalert.readers.layout import fold, in_sentences, read_marks, titles, unlabelled
from escalert.readers.source import Lines
from escalert.readers.speakers import Roles
from escalert.records import Call

LARGEST_TEXT = 64 * 2**20
LONGEST_HEADER = 40
NO_LABELS = "no speaker labels were found; every turn is of an unknown speaker"
IN_SENTENCES = "the text runs on without any mark of who speaks; every sentence is read as a turn"
HEADER_FIELDS = {
    "callid": "call_id",
    "conversationid": "call_id",
    "contactid": "call_id",
    "agentid": "agent_id",
    "agentname": "agent_id",
    "queue": "queue",
    "channel": "channel",
    "language": "language",
    "date": "started_at",
    "startedat": "started_at",
    "starttime": "started_at",
    "duration": "duration",
    "customerid": "customer_id",
    "casenumber": "case_number",
    "caseid": "case_number",
    "subject": "subject",
    "topic": "topic",
    "source": "source",
    "escalated": "escalated",
}
_HEADER = re.compile(r"[#*\s-]*(?P<name>[A-Za-z][A-Za-z _-]{2,20}?)\s*:\**\s+(?P<value>\S.{0,200})\Z")
_MARKUP = re.compile(r"\s*(?:<(?:\?xml|!doctype|html|tt|transcript|div|p|body)\b|\{\\rtf|%PDF)", re.I)


@dataclass(slots=True)
class Conversation:
    """What a text says: turns, fields of the call, and what was noticed."""

    turns: list[RawTurn]
    fields: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_conversation(lines: Sequence[str], first: int, roles: Roles) -> Conversation:
    """Read a text in any layout.

    Parameters
    ----------
    lines : sequence of str
        The text.
    first : int
        The number of its first line in the file.
    """
    fields, rest = _part_header(lines, roles)
    marks = read_marks(rest, first, roles)
    if not any(mark.label is not None or mark.opens for mark in marks):
        turns = unlabelled(marks)
        parted = in_sentences(turns)
        return Conversation(parted, fields, [NO_LABELS, IN_SENTENCES] if len(parted) > len(turns) else [NO_LABELS])
    before = titles(marks)
    if before:
        fields["preamble"] = " / ".join(mark.text for mark in before)
    return Conversation(fold(marks[len(before) :]), fields)


def parted_lines(text: str) -> list[str]:
    """Part a table's cell into lines, whatever stands for the line breaks."""
    text = re.sub(r"<br\s*/?>", "\n", text, flags=re.I)
    return (text if "\n" in text else text.replace("\\r", "").replace("\\n", "\n")).split("\n")


def header_field(line: str) -> tuple[str, str] | None:
    """Give name and value of a line such as ``Call ID: 17``; None if it is none that is known."""
    match = _HEADER.match(line)
    name = HEADER_FIELDS.get(re.sub(r"[^a-z]", "", match["name"].lower())) if match else None
    return (name, match["value"].strip(" *")) if match and name else None


def _part_header(lines: Sequence[str], roles: Roles) -> tuple[dict[str, str], list[str]]:
    """Take out the lines such as ``Call ID: 17`` that stand before the first turn."""
    fields: dict[str, str] = {}
    rest = list(lines)
    for index, line in enumerate(rest[:LONGEST_HEADER]):
        found = header_field(line)
        if found:
            fields.setdefault(*found)
            rest[index] = ""
        elif line.strip() and read_mark(line, index, roles).is_certain:
            break
    return fields, rest


def _matches(sample: Sample) -> float:
    if not sample.lines or _MARKUP.match(sample.text):
        return 0.0
    anyone = Roles()
    marks = [read_mark(line, 0, anyone) for line in sample.lines[:20]]
    return 0.6 if any(mark.is_certain or mark.opens for mark in marks) else 0.1


def bounded(lines: Lines) -> Iterator[str]:
    """Give the lines of a file that is one call, and so has to fit in memory."""
    size = 0
    for line in lines:
        size += len(line)
        if size > LARGEST_TEXT:
            raise UnreadableError("more than 64 MB of text, which cannot be one call; part it into one file per call")
        yield line.rstrip("\n")


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    found = read_conversation(list(bounded(lines)), 1, context.roles)
    if not found.turns:
        raise UnreadableError("nothing is said in it; a call needs at least one turn")
    call_id = found.fields.pop("call_id", context.stem)
    yield build_call(RawCall(call_id, found.turns, found.fields, 1, found.notes + lines.cut_notes()), context)


FORMAT = Format(
    name="plain",
    title="Plain text",
    description="One call per file; turns begin with Agent:, **Customer:**, [00:03:12] Rep:, >> or the like",
    example="[00:00:00] Agent: how can i help\n[00:00:03] Customer: my bill is wrong again\n",
    matches=_matches,
    read=_read,
    keeps=("start", "fields in lines above the first turn"),
    export="Copy a transcript into a text file, or save a document as plain text.",
)
