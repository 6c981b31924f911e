"""Bytes to lines: in whatever encoding, never more than one line in memory."""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from typing import IO, Protocol

HEAD_BYTES = 16_384
MAX_LINE = 64 * 2**20
CUT_NOTE = "the file breaks off in this call; its end is missing"
FOREIGN_BYTES = "bytes that are not UTF-8 were read as Windows-1252"
CUT_SHORT = (EOFError, zlib.error, OSError)

# The longer marks first: that of UTF-32 begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")


class Readable(Protocol):
    """A binary stream that gives what it has."""

    def read1(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes, and none only at the end."""


class Joined(io.RawIOBase):
    """The head that was taken off a stream, then the rest; ends where the stream is damaged.

    Parameters
    ----------
    stream : Readable
        What is read.
    file : binary stream, optional
        The same, if one can go back and forth in it, as in a file on disk.

    Attributes
    ----------
    damage : str
        Why the stream ended early; empty if it did not.
    taken : int
        How many bytes were read from it.
    """

    def __init__(self, stream: Readable, file: IO[bytes] | None = None) -> None:
        super().__init__()
        self._stream = stream
        self._file = file
        self._origin = file.tell() if file is not None else 0
        self._ahead = b""
        self.damage = ""
        self.taken = 0

    def readable(self) -> bool:
        """Say that it can be read from."""
        return True

    def seekable(self) -> bool:
        """Say whether one can go back and forth in it."""
        return self._file is not None

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place in the file, counted from where it stood at first."""
        if self._file is None:
            raise io.UnsupportedOperation("seek")
        forth = {io.SEEK_SET: self._origin, io.SEEK_CUR: -len(self._ahead), io.SEEK_END: 0}[whence]
        self._ahead = b""
        return self._file.seek(offset + forth, whence) - self._origin

    def peek(self, size: int) -> bytes:
        """Give the first `size` bytes and keep them."""
        while len(self._ahead) < size and (more := self._next(size - len(self._ahead))):
            self._ahead += more
        return self._ahead[:size]

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as one read goes."""
        size = len(buffer)
        if self._ahead:
            found, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            found = self._next(size)
        buffer[: len(found)] = found
        return len(found)

    def _next(self, size: int) -> bytes:
        if self.damage:
            return b""
        try:
            found = self._stream.read1(size)
        except CUT_SHORT as error:
            self.damage = str(error) or type(error).__name__
            return b""
        self.taken += len(found)
        return found


def encoding_of(head: bytes) -> str:
    """Name the encoding by the byte order mark; UTF-8 where there is none."""
    return next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8")


def decode_head(head: bytes, encoding: str) -> str:
    """Decode a head that may end in the middle of a character."""
    decoder = codecs.getincrementaldecoder(encoding)(errors=_errors(encoding))
    text = decoder.decode(head).replace("\r\n", "\n").replace("\r", "\n")
    return _ESCAPED_BYTE.sub(_windows_1252, text).replace("\0", "")


class Lines:
    """The lines of a text, one at a time, counted from 1.

    Attributes
    ----------
    number : int
        Of the line that was given last.
    notes : list of pairs
        What had to be mended since the list was last emptied: the number of the line, and what.
    first_foreign : int
        The number of the first line with bytes that are not UTF-8; 0 if there is none.
    too_long : list of int
        The numbers of lines that were passed over because they do not fit in memory.
    """

    def __init__(self, joined: Joined, encoding: str) -> None:
        buffered = io.BufferedReader(joined, 2**16)
        self._text = io.TextIOWrapper(buffered, encoding=encoding, errors=_errors(encoding))
        self._joined = joined
        self._is_ended = False
        self.number = 0
        self.notes: list[tuple[int, str]] = []
        self.first_foreign = 0
        self.too_long: list[int] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while line := self._text.readline(MAX_LINE + 1):
            self.number += 1
            if line[-1] == "\n" or len(line) <= MAX_LINE:
                self._is_ended = line[-1] != "\n"
                return self._mended(line, self.number)
            self.too_long.append(self.number)
            while (rest := self._text.readline(2**20)) and rest[-1] != "\n":
                pass
        self._is_ended = True
        raise StopIteration

    def rest(self) -> str:
        """Give what is left, as far as `MAX_LINE` characters and one more."""
        first, text = self.number + 1, self._text.read(MAX_LINE + 1)
        self.number += text.count("\n") + (not text.endswith("\n")) if text else 0
        self._is_ended = True
        return self._mended(text, first)

    @property
    def is_cut(self) -> bool:
        """Whether the text broke off at the last line given."""
        return self._is_ended and bool(self._joined.damage)

    def cut_notes(self) -> list[str]:
        """Give the warning that belongs on a call at whose last line the text broke off."""
        return [CUT_NOTE] if self.is_cut else []

    def _mended(self, text: str, first: int) -> str:
        """Mend the text of one or more lines, the first of which has this number."""
        if "\0" in text:
            self.notes.append((first + text.count("\n", 0, text.index("\0")), "NUL characters were removed"))
            text = text.replace("\0", "")
        if not text.isascii() and (foreign := _ESCAPED_BYTE.search(text)):
            number = first + text.count("\n", 0, foreign.start())
            text = _ESCAPED_BYTE.sub(_windows_1252, text)
            self.notes.append((number, FOREIGN_BYTES))
            self.first_foreign = self.first_foreign or number
        return text


def _errors(encoding: str) -> str:
    # Escaped bytes can be told from text later on, and be read as Windows-1252 one by one.
    return "surrogateescape" if encoding.startswith("utf-8") else "replace"


def _windows_1252(match: re.Match[str]) -> str:
    return match[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")
