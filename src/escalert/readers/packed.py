"""What is compressed with gzip or zstd, and how much may come out of it."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable

import zstandard

from escalert.readers.format import UnreadableError
from escalert.readers.magic import GZIP, ZSTD
from escalert.readers.source import Joined, Readable

# Transcripts shrink to a tenth, tables of them to a thirtieth at best; bombs to a thousandth and less.
HIGHEST_RATIO = 100
# So much is unpacked of any input, whatever the ratio: a small file may well say one thing over and over.
ALWAYS_UNPACKED = 64 * 2**20
MOST_UNPACKED = 256 * 2**30
# What a member counts beside its bytes, lest a small archive holds millions of empty ones.
MEMBER_BYTES = 2**11
# A file that is compressed twice happens by mistake, one that is compressed thrice does not.
MOST_LAYERS = 2

# zstd has no way to ask for only so many bytes; of so many packed ones, 32 MB can come at most.
_ZSTD_STEP = 1024
_CHUNK = 2**16


class TooMuchError(UnreadableError):
    """More comes out of an input than it can honestly hold; the rest of it is given up."""


class Budget:
    """How much may be unpacked out of one input, with all that is packed within it.

    Parameters
    ----------
    size : callable
        Gives the bytes of the input itself, as far as they are known.
    """

    def __init__(self, size: Callable[[], int]) -> None:
        self._size = size
        self._unpacked = 0
        self.is_spent = False

    def spend(self, n_bytes: int) -> None:
        """Count bytes that were unpacked.

        Raises
        ------
        TooMuchError
            If they are more than is left.
        """
        self._unpacked += n_bytes
        if self._unpacked > MOST_UNPACKED:
            self._refuse(f"more than {MOST_UNPACKED >> 30} GB")
        if self._unpacked > ALWAYS_UNPACKED and self._unpacked > HIGHEST_RATIO * self._size():
            self._refuse(f"more than {HIGHEST_RATIO} times its size, as bombs do")

    def _refuse(self, found: str) -> None:
        self.is_spent = True
        raise TooMuchError(f"unpacks to {found}; the rest is left out: unpack it yourself if you trust it")


class Bounded:
    """A stream whose bytes are taken from a budget."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read1(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes."""
        found = self._stream.read1(size)
        self._budget.spend(len(found))
        return found


def unpack(joined: Joined, budget: Budget) -> Joined:
    """Give the bytes of a stream, unpacked if they are compressed."""
    for _ in range(MOST_LAYERS):
        head = joined.peek(len(ZSTD))
        if head.startswith(GZIP):
            joined = Joined(Bounded(gzip.GzipFile(fileobj=io.BufferedReader(joined)), budget))
        elif head == ZSTD:
            joined = Joined(Bounded(_Zstd(io.BufferedReader(joined)), budget))
    return joined


class _Zstd:
    """Frames of zstd, one after the other."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._packed = b""
        self._unpacked = io.BytesIO()
        self._frame: zstandard.ZstdDecompressionObj | None = None

    def read1(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes.

        Raises
        ------
        OSError, EOFError
            If they are no zstd, or break off.
        """
        while not (found := self._unpacked.read(size)) and (self._packed or self._refill()):
            self._advance()
        return found

    def _refill(self) -> bool:
        self._packed = self._stream.read1(_CHUNK)
        if not self._packed and self._frame is not None:
            raise EOFError("zstd ends within a frame")
        return bool(self._packed)

    def _advance(self) -> None:
        step, self._packed = self._packed[:_ZSTD_STEP], self._packed[_ZSTD_STEP:]
        if self._frame is None:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            self._unpacked = io.BytesIO(self._frame.decompress(step))
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error
        if self._frame.eof:
            self._packed = self._frame.unused_data + self._packed
            self._frame = None
