"""SRT: numbered cues, one call per file; cues without numbers will do."""

from __future__ import annotations

from collections.abc import Iterator

from escalert.readers.building import RawCall, build_call
from escalert.readers.cues import TIMING, Cue, converse, read_cues
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.source import Lines
from escalert.records import Call


def _matches(sample: Sample) -> float:
    return 0.95 if any(TIMING.match(line) for line in sample.lines[:6]) else 0.0


def _read(lines: Lines, context: Context) -> Iterator[Call]:
    cues: list[Cue] = []
    for cue in read_cues(lines):
        if cue.start:
            cues.append(cue)
        elif cues:
            cues[-1].payload += cue.payload
    if not cues:
        raise UnreadableError("SRT without a cue; a cue looks like 00:00:00,000 --> 00:00:03,200, then what is said")
    found = converse(cues, context.roles)
    yield build_call(RawCall(context.stem, found.turns, {}, 1, found.notes + lines.cut_notes()), context)


FORMAT = Format(
    name="srt",
    title="SRT subtitles",
    description="One call per file; speakers as [Agent] or Agent:",
    example="1\n00:00:00,000 --> 00:00:03,200\n[Agent] how can i help\n",
    matches=_matches,
    read=_read,
    keeps=("start", "end"),
    export="Download the subtitles of a recording as .srt; most recognisers write them.",
)
