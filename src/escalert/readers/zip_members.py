"""What is in the members of a ZIP archive."""

from __future__ import annotations

import struct
import zlib
from typing import IO

from escalert.readers.source import Readable
from escalert.readers.zip_directory import STORED, ZipEntry

_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 2**16


class ZipContent:
    """The bytes of a member, whose size and checksum must come out as the directory has them.

    All that is wrong with it is raised as `OSError`, `EOFError` or `zlib.error` when it is read.
    """

    def __init__(self, archive: IO[bytes], entry: ZipEntry) -> None:
        packed = _Packed(archive, entry)
        self._content: Readable = packed if entry.method == STORED else _Inflated(packed)
        self._entry = entry
        self._size = 0
        self._checksum = 0

    def read1(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes."""
        found = self._content.read1(size)
        self._size += len(found)
        self._checksum = zlib.crc32(found, self._checksum)
        is_end = not found and size != 0
        if self._size > self._entry.size or (is_end and self._size < self._entry.size):
            raise OSError("its size is not the one in the directory of the archive")
        if is_end and self._checksum != self._entry.checksum:
            raise OSError("its checksum is wrong")
        return found


class _Packed:
    """The bytes of a member as they stand in the archive, wherever others read in it meanwhile."""

    def __init__(self, archive: IO[bytes], entry: ZipEntry) -> None:
        self._archive = archive
        self._entry = entry
        self._at: int | None = None
        self._left = entry.packed_size

    def read1(self, size: int = -1, /) -> bytes:
        if self._at is None:
            self._at = self._beginning()
        self._archive.seek(self._at)
        found = self._archive.read(min(size, self._left))
        if not found and size and self._left:
            raise EOFError("the archive ends within it")
        self._at += len(found)
        self._left -= len(found)
        return found

    def _beginning(self) -> int:
        try:
            self._archive.seek(self._entry.at)
            fixed = _LOCAL.unpack(self._archive.read(_LOCAL.size))
        except (OverflowError, ValueError, struct.error):
            fixed = (b"",)
        if fixed[0] != b"PK\x03\x04":
            raise OSError("it is not where the directory of the archive says")
        return self._entry.at + _LOCAL.size + int(fixed[9]) + int(fixed[10])


class _Inflated:
    """The bytes that a member was deflated from."""

    def __init__(self, packed: _Packed) -> None:
        self._packed = packed
        self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)

    def read1(self, size: int = -1, /) -> bytes:
        while not self._decoder.eof:
            packed = self._decoder.unconsumed_tail or self._packed.read1(_CHUNK)
            found = self._decoder.decompress(packed, size)
            if found or self._decoder.eof:
                return found
            if not packed:
                raise EOFError("its packed data ends too early")
        return b""
