"""Subtitles: timed cues to turns, as WebVTT and SRT share them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from escalert.readers.labels import Mark, read_mark
from escalert.readers.layout import believe, fold
from escalert.readers.plain import NO_LABELS, Conversation, bounded
from escalert.readers.source import Lines
from escalert.readers.speakers import Roles
from escalert.readers.times import parse_time

TIMING = re.compile(r"\s*(?P<start>-?\d[\d:.,]{2,20})\s*-->\s*(?P<end>\S{1,25})(?:\s.*)?\Z")
UNSORTED = "its cues were not in the order of time; they are sorted"
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s+(?P<name>[^<>]*))?>")
_TAG = re.compile(r"</?(?:c|i|b|u|v|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|\{\\[^{}]*\}", re.I)
_DASH = re.compile(r"[-–—]\s*(?=\S)")

Block = list[tuple[int, str]]


@dataclass(slots=True)
class Cue:
    """The lines shown in a stretch of time; a block of lines outside of any cue has empty times.

    Attributes
    ----------
    line : int
        The number of its first line in the file.
    """

    line: int
    start: str = ""
    end: str = ""
    payload: Block = field(default_factory=list)

    @property
    def start_s(self) -> float | None:
        """When it begins, if that can be understood."""
        moment = parse_time(self.start)
        return moment.seconds if moment else None


def read_cues(lines: Lines) -> Iterator[Cue]:
    """Part lines into cues; blank lines and identifiers may be missing or too many."""
    for block in _blocks(lines):
        cue = Cue(block[0][0])
        for number, line in block:
            timing = TIMING.match(line)
            if timing is None:
                cue.payload.append((number, line))
                continue
            # What stands before the first timing of a block, or is a mere number, is an identifier.
            if cue.start and cue.payload and cue.payload[-1][1].strip().isdigit():
                cue.payload.pop()
            if cue.start:
                yield cue
            cue = Cue(number, timing["start"], timing["end"])
        if cue.start or not (len(cue.payload) == 1 and cue.payload[0][1].strip().isdigit()):
            yield cue


def converse(cues: Sequence[Cue], roles: Roles) -> Conversation:
    """Turn cues into turns; lines without a label go on with the turn before them."""
    notes = []
    if not _are_sorted(cues):
        cues = sorted(cues, key=lambda cue: cue.start_s or 0.0)
        notes.append(UNSORTED)
    has_voices = any(_VOICE.search(line) for cue in cues for _, line in cue.payload)
    marks = believe([mark for cue in cues for mark in _marks(cue, roles, has_voices)])
    if not any(mark.label is not None for mark in marks):
        notes.append(NO_LABELS)
        if not any(line.startswith(">>") for cue in cues for _, line in cue.payload):
            _open_each_cue(marks)
    return Conversation(fold(marks), notes=notes)


def _blocks(lines: Lines) -> Iterator[Block]:
    block: Block = []
    for line in bounded(lines):
        if line.strip():
            block.append((lines.number, line.strip()))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _are_sorted(cues: Sequence[Cue]) -> bool:
    starts = [cue.start_s for cue in cues]
    known = [start for start in starts if start is not None]
    return len(known) < len(starts) or all(one <= two for one, two in pairwise(known))


def _marks(cue: Cue, roles: Roles, has_voices: bool) -> list[Mark]:
    marks = [mark for number, line in cue.payload for mark in _marks_of_line(line, number, roles)]
    for mark in marks:
        mark.start, mark.end = cue.start or None, cue.end or None
    # Where voices are named, a cue without one has its own, unknown speaker.
    if marks and has_voices and cue.start:
        marks[0].opens = True
    return marks


def _marks_of_line(line: str, number: int, roles: Roles) -> list[Mark]:
    voices = _VOICE.split(line)
    before = _spoken(voices[0])
    marks = [_plain_mark(before, number, roles)] if before or len(voices) == 1 else []
    for name, text in zip(voices[1::2], voices[2::2], strict=True):
        label = html.unescape(name or "").strip() or None
        marks.append(Mark(_spoken(text), number, label, is_certain=label is not None, opens=True))
    return marks


def _plain_mark(text: str, number: int, roles: Roles) -> Mark:
    dash = _DASH.match(text)
    mark = read_mark(text[dash.end() :] if dash else text, number, roles)
    mark.opens = mark.opens or dash is not None
    return mark


def _spoken(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).replace("\xa0", " ").strip()


def _open_each_cue(marks: Sequence[Mark]) -> None:
    line = None
    for mark in marks:
        mark.opens = mark.opens or mark.start != line
        line = mark.start
