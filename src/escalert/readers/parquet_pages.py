"""How large the pages of a Parquet file are; pyarrow believes what their headers say and takes the memory for it."""

from __future__ import annotations

from typing import IO, Any

from escalert.readers.format import UnreadableError

LARGEST_PAGE = 64 * 2**20
LARGEST_FOOTER = 8 * 2**20
LONGEST_HEADER = 2**20
_TAIL = 8
_UNPACKED_SIZE, _PACKED_SIZE = 2, 3
_DEEPEST = 8


def check_footer(file: IO[bytes]) -> None:
    """Refuse a file whose description of itself is cut off or too large.

    Raises
    ------
    UnreadableError
        If so.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length > size:
        raise UnreadableError("a Parquet file that breaks off or is damaged: it does not end as one")
    if length > LARGEST_FOOTER:
        raise UnreadableError(f"a Parquet file whose footer takes {length >> 20} MB, which no table of calls does")


def check_pages(file: IO[bytes], chunk: Any) -> None:
    """Refuse a column of a row group with a page that is too large to be unpacked.

    Parameters
    ----------
    chunk : pyarrow.parquet.ColumnChunkMetaData
        Where its pages stand.

    Raises
    ------
    UnreadableError
        If there is one.
    """
    starts = [chunk.data_page_offset, chunk.dictionary_page_offset if chunk.has_dictionary_page else None]
    at = min(start for start in starts if start is not None)
    end = at + chunk.total_compressed_size
    while at < end:
        file.seek(at)
        header = _Thrift(file.read(LONGEST_HEADER))
        sizes = header.numbers()
        packed = sizes.get(_PACKED_SIZE, -1)
        if packed < 0:
            raise UnreadableError("a broken Parquet file; a page of it has no size")
        if sizes.get(_UNPACKED_SIZE, 0) > LARGEST_PAGE:
            raise UnreadableError(
                f"a Parquet file with a page of more than {LARGEST_PAGE >> 20} MB; write smaller ones"
            )
        at += header.at + packed


class _Thrift:
    """A struct in the compact form of Thrift."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def numbers(self, depth: int = 0) -> dict[int, int]:
        """Give the whole numbers among its fields, and go past its end."""
        found: dict[int, int] = {}
        field = 0
        while kind := self._byte():
            field = field + (kind >> 4) if kind >> 4 else self._zigzag()
            if (value := self._value(kind & 15, depth)) is not None:
                found[field] = value
        return found

    def _value(self, kind: int, depth: int) -> int | None:
        if depth > _DEEPEST:
            raise UnreadableError("a broken Parquet file; the header of a page is nested too deeply")
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind in (9, 10):
            self._list(depth)
        elif kind == 12:
            self.numbers(depth + 1)
        elif kind not in (1, 2):
            size = self._varint() if kind == 8 else {3: 1, 7: 8}.get(kind, LONGEST_HEADER)
            self.at += size
        return None

    def _list(self, depth: int) -> None:
        head = self._byte()
        for _ in range(self._varint() if head >> 4 == 15 else head >> 4):
            if head & 15 in (1, 2):
                self.at += 1
            else:
                self._value(head & 15, depth + 1)

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def _varint(self) -> int:
        number = shift = 0
        while (byte := self._byte()) & 128:
            number |= (byte & 127) << shift
            shift += 7
        return number | byte << shift

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise UnreadableError("a Parquet file that breaks off or is damaged: the header of a page is none")
        self.at += 1
        return self._data[self.at - 1]
