"""The directory of a ZIP archive, one member at a time.

The zipfile of the standard library holds the whole directory in memory, which archives of a million small files, and
forged ones, make large.
"""

from __future__ import annotations

import io
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from escalert.readers.format import UnreadableError

ENCRYPTED = "locked with a password; unpack it yourself"
NO_FILE = "a link or a device, and no file; left out"
UNKNOWN_METHOD = "packed in a way that is not known; pack it anew, with Deflate as the method"
DAMAGED = "a ZIP archive that breaks off or is damaged: {}"

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_EXTRA = struct.Struct("<2H")
_LONGEST_COMMENT = 2**16
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_IN_EXTRA = 0xFFFFFFFF
_MADE_ON_UNIX = (3, 19)
STORED, DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """What the directory says of a member.

    Attributes
    ----------
    at : int
        Where its own header stands in the archive.
    """

    name: str
    method: int
    checksum: int
    packed_size: int
    size: int
    at: int
    is_encrypted: bool = False
    mode: int = 0

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.name.endswith(("/", "\\")) or stat.S_ISDIR(self.mode)

    @property
    def fault(self) -> str:
        """Why it cannot be read; empty if it can."""
        if self.is_encrypted:
            return ENCRYPTED
        if stat.S_IFMT(self.mode) not in (0, stat.S_IFREG):
            return NO_FILE
        return "" if self.method in (STORED, DEFLATED) else UNKNOWN_METHOD


def zip_entries(archive: IO[bytes]) -> Iterator[ZipEntry]:
    """Go through the directory of an archive.

    Raises
    ------
    UnreadableError
        If it is damaged.
    """
    at, size, shift = _directory(archive)
    end = at + size
    while at < end:
        archive.seek(at)
        fixed = _ENTRY.unpack(exactly(archive, _ENTRY.size, "its directory is cut"))
        if fixed[0] != b"PK\x01\x02":
            raise UnreadableError(DAMAGED.format("its directory holds something else"))
        lengths = fixed[10:13]
        rest = exactly(archive, sum(lengths), "its directory is cut")
        yield _entry(fixed, rest[: lengths[0]], rest[lengths[0] : lengths[0] + lengths[1]], shift)
        at += _ENTRY.size + len(rest)


def directory_size(archive: IO[bytes]) -> int:
    """Give the size of the directory in bytes, each member of which takes 46 and more.

    Raises
    ------
    UnreadableError
        If it is damaged.
    """
    return _directory(archive)[1]


def _directory(archive: IO[bytes]) -> tuple[int, int, int]:
    """Give where the directory begins, its size, and by how much places are off for what stands before the archive."""
    size = archive.seek(0, io.SEEK_END)
    begin = max(0, size - _LONGEST_COMMENT - _END.size)
    archive.seek(begin)
    tail = archive.read(size - begin)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise UnreadableError(DAMAGED.format("it has no directory at its end"))
    directory_size, noted_at = _END.unpack_from(tail, at)[5:7]
    directory_end = begin + at
    if (large := _large_directory(archive, directory_end)) is not None:
        directory_end, directory_size, noted_at = large
    found_at = directory_end - directory_size
    if found_at < noted_at:
        raise UnreadableError(DAMAGED.format("its directory is not where its end says"))
    return found_at, directory_size, found_at - noted_at


def _large_directory(archive: IO[bytes], end: int) -> tuple[int, int, int] | None:
    """Give the same for an archive of over 4 GB or 65,535 members (ZIP64); None if it is none."""
    if end < _LOCATOR_64.size + _END_64.size:
        return None
    archive.seek(end - _LOCATOR_64.size)
    if _LOCATOR_64.unpack(archive.read(_LOCATOR_64.size))[0] != b"PK\x06\x07":
        return None
    at = end - _LOCATOR_64.size - _END_64.size
    archive.seek(at)
    fixed = _END_64.unpack(archive.read(_END_64.size))
    if fixed[0] != b"PK\x06\x06":
        raise UnreadableError(DAMAGED.format("its directory is not where its end says"))
    return at, fixed[8], fixed[9]


def _entry(fixed: tuple[Any, ...], name: bytes, extra: bytes, shift: int) -> ZipEntry:
    made_on, flags, method, checksum, packed_size, size = fixed[1] >> 8, *fixed[3:5], *fixed[7:10]
    at = fixed[16]
    if _IN_EXTRA in (packed_size, size, at):
        size, packed_size, at = _large(extra, [size, packed_size, at])
    return ZipEntry(
        _decoded(name),
        method,
        checksum,
        packed_size,
        size,
        at + shift,
        bool(flags & _ENCRYPTED),
        fixed[15] >> 16 if made_on in _MADE_ON_UNIX else 0,
    )


def _large(extra: bytes, values: list[int]) -> list[int]:
    """Give numbers that do not fit in 32 bits from where they stand instead."""
    while len(extra) >= _EXTRA.size:
        kind, size = _EXTRA.unpack_from(extra)
        field, extra = extra[_EXTRA.size : _EXTRA.size + size], extra[_EXTRA.size + size :]
        if kind == 1:
            numbers = iter([int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field), 8)])
            return [next(numbers, value) if value == _IN_EXTRA else value for value in values]
    return values


def _decoded(name: bytes) -> str:
    # The flag that says so is often forgotten.
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


def exactly(archive: IO[bytes], size: int, otherwise: str) -> bytes:
    """Read so many bytes.

    Raises
    ------
    UnreadableError
        If there are fewer; says `otherwise`.
    """
    found = archive.read(size)
    if len(found) < size:
        raise UnreadableError(DAMAGED.format(otherwise))
    return found
