"""The single messages in a file of mail, one at a time."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

# Text stands before attachments; what comes after so much of a message is attachment. The parser of the standard
# library looks at every line once per level of nesting.
LARGEST_MESSAGE = 16 * 2**20
MOST_LINES = 250_000
MOST_PARTS = 30
CUT = f"too large a mail, of which only the first {LARGEST_MESSAGE >> 20} MB, {MOST_PARTS} parts with parts were read"
LONGEST_PIECE = 2**16

_DATED = re.compile(
    rb"From (?=\S).{0,300}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{1,40}\d\d?:\d\d(?::\d\d)?.{0,20}\b(?:19|20)\d\d\b"
    rb"|From (?=\S).{0,300}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{1,20}(?:19|20)\d\d \d\d?:\d\d"
)
_UNDATED = re.compile(rb"From (?=\S)")
_PART = re.compile(rb"boundary\s*\*?0?\*?=", re.I)
_ESCAPED = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class Message:
    """The bytes of a message.

    Attributes
    ----------
    line : int
        The number of its first line in the file.
    is_cut : bool
        Whether more came, and was passed over.
    """

    data: bytes
    line: int
    is_cut: bool = False


def messages_in(stream: IO[bytes]) -> Iterator[Message]:
    """Give the messages of an mbox, or the only one of another file; holds no more than one in memory."""
    pieces, separator = _Pieces(1), None
    number, at_start, after_blank = 1, True, True
    while piece := stream.readline(LONGEST_PIECE):
        is_start, at_start = at_start, piece.endswith(b"\n")
        if not pieces.size:
            piece = piece.removeprefix(codecs.BOM_UTF8)
            separator = separator or _separator(piece)
        if is_start and separator and _separates(piece, separator, after_blank):
            yield from pieces.message()
            pieces = _Pieces(number + 1)
        else:
            pieces.add(piece[1:] if is_start and separator and _ESCAPED.match(piece) else piece)
        number += at_start
        after_blank = is_start and not piece.strip()
    yield from pieces.message()


def _separator(first: bytes) -> re.Pattern[bytes] | None:
    """Give what the lines between messages look like; None if the file is a single message."""
    if not first.startswith(b"From "):
        return None
    return _DATED if _DATED.match(first) else _UNDATED


def _separates(piece: bytes, separator: re.Pattern[bytes], after_blank: bool) -> bool:
    return piece.startswith(b"From ") and (after_blank or separator is _DATED) and bool(separator.match(piece))


class _Pieces:
    """A message while it is being collected."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._found: list[bytes] = []
        self._is_cut = False
        self.size = 0

    def add(self, piece: bytes) -> None:
        if self.size >= LARGEST_MESSAGE or len(self._found) >= MOST_LINES:
            self._is_cut = True
        elif piece.strip() or self.size:
            self._found.append(piece)
            self.size += len(piece)

    def message(self) -> Iterator[Message]:
        if self.size:
            data = b"".join(self._found)
            end = _end_of_parts(data)
            yield Message(data[:end], self._line, self._is_cut or end < len(data))


def _end_of_parts(data: bytes) -> int:
    """Give where one part too many begins."""
    starts = islice(_PART.finditer(data), MOST_PARTS, None)
    return next((start.start() for start in starts), len(data))
