"""The members of a tar archive, one at a time, read from front to back."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from typing import IO

from escalert.readers.format import UnreadableError

# What stands before a member is held in memory: its long name, its attributes. No system takes a name of over 4 kB.
LARGEST_HEADER = 2**18
_CHUNK = 2**16
_MANY_DIGITS = re.compile(rb"\d{300}")
_DAMAGED = "a tar archive that breaks off or is damaged; what came before was read"


def tar_members(stream: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, TarContent]]:
    """Go through an archive; each member can be read until the next is asked for.

    Raises
    ------
    UnreadableError
        If it breaks off or is damaged, after what came before.
    """
    onward = _Onward(stream)
    try:
        archive = tarfile.TarFile(fileobj=onward, errors="surrogateescape")  # type: ignore[arg-type]
        info = archive.next()
        while info is not None:
            if info.size < 0:
                raise EOFError("a member of a negative size")
            yield info, TarContent(onward, info)
            # Without this, the archive remembers all it ever saw.
            archive.members.clear()  # type: ignore[attr-defined]
            archive.pax_headers.clear()  # type: ignore[attr-defined]
            onward.header_size = 0
            info = archive.next()
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
        raise UnreadableError(_DAMAGED) from error
    if onward.last.strip(b"\0") or not onward.last:
        raise UnreadableError(_DAMAGED)


class _Onward:
    """A stream in which one can only go forth, and where headers are short, whatever they say of themselves."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at = 0
        self.last = b""
        self.header_size = 0

    def tell(self) -> int:
        return self._at

    def seek(self, at: int) -> int:
        if at < self._at:
            raise EOFError("a member that is said to stand before the one before it")
        while self._at < at:
            if not self.take(min(_CHUNK, at - self._at)):
                raise EOFError("the archive ends within a member")
        return at

    def read(self, size: int = -1) -> bytes:
        """Read a part of a header."""
        if not 0 <= size <= LARGEST_HEADER - self.header_size:
            raise EOFError("a header of a size that no archive has")
        self.header_size += size
        self.last = self.take(size)
        # Until Python 3.11.10, tarfile takes time that grows with the square of these.
        if _MANY_DIGITS.search(self.last):
            raise EOFError("a header with a number that nobody needs")
        return self.last

    def take(self, size: int) -> bytes:
        """Read what is no header."""
        found = self._stream.read(size)
        self._at += len(found)
        return found


class TarContent:
    """The bytes of one member.

    Attributes
    ----------
    is_cut : bool
        Whether the archive was found to end within it.
    """

    def __init__(self, onward: _Onward, info: tarfile.TarInfo) -> None:
        self.is_cut = False
        self._onward = onward
        self._at = info.offset_data
        self._left = info.size

    def read1(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes."""
        if not self._left or not size:
            return b""
        self._onward.seek(self._at)
        found = self._onward.take(min(size, self._left, _CHUNK))
        if not found:
            self.is_cut = True
            raise EOFError("the archive ends within it")
        self._at += len(found)
        self._left -= len(found)
        return found
