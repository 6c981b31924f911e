"""WebVTT: cues with voices, one call per file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from escalert.readers.building import RawCall, build_call
from escalert.readers.cues import Cue, converse, read_cues
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.plain import header_field
from escalert.readers.source import Lines
from escalert.records import Call

_BESIDE_CUES = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|\Z)")
_FIELD = re.compile(r"(?P<name>[A-Za-z][\w -]{0,30}?)\s*[:=]\s*(?P<value>\S.*)\Z")


def _matches(sample: Sample) -> float:
    return 1.0 if re.match(r"\s*WEBVTT(?:\s|\Z)", sample.text) else 0.0


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    fields: dict[str, str] = {}
    cues: list[Cue] = []
    for cue in read_cues(lines):
        if cue.start:
            cues.append(cue)
        elif _BESIDE_CUES.match(cue.payload[0][1]):
            fields |= _fields(cue)
        elif cues:
            cues[-1].payload += cue.payload
    if not cues:
        raise UnreadableError("WebVTT without a cue; a cue looks like 00:00:00.000 --> 00:00:03.200, then what is said")
    found = converse(cues, context.roles)
    call_id = fields.pop("call_id", context.stem)
    yield build_call(RawCall(call_id, found.turns, fields, 1, found.notes + lines.cut_notes()), context)


def _fields(block: Cue) -> dict[str, str]:
    """Read ``name: value`` lines of the header and of notes."""
    head = block.payload[0][1]
    if head.startswith(("STYLE", "REGION")):
        return {}
    lines = [re.sub(r"\A(?:NOTE|WEBVTT)\s*", "", head), *(line for _, line in block.payload[1:])]
    fields = {}
    for line in lines:
        if known := header_field(line):
            fields[known[0]] = known[1]
        elif match := _FIELD.match(line):
            fields[re.sub(r"[\s-]+", "_", match["name"].strip().lower())] = match["value"].strip()
    return fields


FORMAT = Format(
    name="webvtt",
    title="WebVTT subtitles",
    description="One call per file; speakers as <v Agent>, [Agent], (Agent) or Agent:",
    example="WEBVTT\n\n00:00.000 --> 00:03.200\n<v Agent>how can i help\n",
    matches=_matches,
    read=_read,
    keeps=("start", "end", "fields in the header and in notes"),
    export="Download the captions of a recording as .vtt; most recognisers and meeting tools write them.",
)
