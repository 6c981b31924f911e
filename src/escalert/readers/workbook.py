"""What a workbook costs to read: openpyxl builds trees of XML, and whoever wrote the file says how large."""

from __future__ import annotations

import io
import zipfile
from typing import IO, Any
from xml.parsers import expat

from escalert.readers.format import UnreadableError
from escalert.readers.packed import Budget
from escalert.readers.zip_directory import directory_size

# What stands in a part beside rows, or in one row; the strings of all cells stand in one part.
LARGEST_PART = 64 * 2**20
# A tag is parsed anew with every few bytes until it ends.
LONGEST_TAG = 2**20
# What the objects made of one part may take, by the estimates below, which are those of openpyxl 3.1.
MOST_MEMORY = 256 * 2**20
# Excel has no more.
MOST_ROWS = 2**20
LARGEST_DIRECTORY = 2**22
DEEPEST = 100

_ELEMENT, _ELEMENT_IN_ITEM = 1000, 300
_PAST_ROW, _PAST_STYLED_ROW, _PAST_STRING = 100, 900, 160
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _STRING = f"{_NAMESPACE} row", f"{_NAMESPACE} si"
_PLAIN_ROW = {"r", "spans"}


class WatchedZip(zipfile.ZipFile):
    """The archive that a workbook is, each part of which is looked at before openpyxl gets it.

    Raises
    ------
    UnreadableError
        While it is read: if it unpacks to too much, would take too much memory, or defines entities.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        size = stream.seek(0, io.SEEK_END)
        if directory_size(stream) > LARGEST_DIRECTORY:
            raise UnreadableError("a workbook of more parts than any program writes")
        self._budget = Budget(lambda: size)
        super().__init__(stream)

    def open(self, name: Any, mode: Any = "r", *args: Any, **options: Any) -> Any:
        """Open a part."""
        return WatchedPart(super().open(name, mode, *args, **options), Watch(str(name)), self._budget)


class WatchedPart(io.RawIOBase):
    """A part of a workbook that is parsed as it is read, and refused once it grows too large."""

    def __init__(self, content: IO[bytes], watch: Watch, budget: Budget) -> None:
        super().__init__()
        self._content = content
        self._watch = watch
        self._budget = budget

    def readable(self) -> bool:
        """Say that it can be read from."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as the part goes."""
        found = self._content.read(len(buffer))
        self._budget.spend(len(found))
        self._watch.see(found)
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Close the part."""
        self._content.close()
        super().close()


class Watch:
    """Adds up what the tree of some XML takes in memory; rows are let go of once they are read."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._size = 0
        self._size_of_rows = 0
        self._n_rows = 0
        self._depth = 0
        self._memory = 0
        self._item_depth = 0
        self._item_at = 0
        self._memory_after = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._entity

    def see(self, data: bytes) -> None:
        """Take the next bytes; none at the end.

        Raises
        ------
        UnreadableError
            If it is too much by now.
        """
        self._size += len(data)
        self._parser.Parse(data, not data)
        is_long = self._size - self._parser.CurrentByteIndex > LONGEST_TAG
        if is_long or self._size - self._size_of_rows > LARGEST_PART:
            self._refuse("takes too much memory")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if not self._item_depth and tag in (_ROW, _STRING):
            self._begin_item(tag, attributes)
        self._memory += _ELEMENT_IN_ITEM if self._item_depth else _ELEMENT
        if self._memory > MOST_MEMORY or self._depth > DEEPEST:
            self._refuse("takes too much memory")

    def _begin_item(self, tag: str, attributes: dict[str, str]) -> None:
        # Rows need not say where they stand.
        self._n_rows += tag == _ROW
        if tag == _ROW and max(self._n_rows, float(attributes.get("r", 0))) > MOST_ROWS:
            self._refuse(f"has more than {MOST_ROWS} rows")
        # openpyxl keeps the attributes of rows, but for those of other namespaces.
        is_styled = any(name not in _PLAIN_ROW and " " not in name for name in attributes)
        past = _PAST_STRING if tag == _STRING else _PAST_STYLED_ROW if is_styled else _PAST_ROW
        self._item_depth, self._item_at = self._depth, self._parser.CurrentByteIndex
        self._memory_after = self._memory + past

    def _end(self, tag: str) -> None:
        if self._depth == self._item_depth:
            self._item_depth, self._memory = 0, self._memory_after
            if tag == _ROW:
                self._size_of_rows += self._parser.CurrentByteIndex - self._item_at
        self._depth -= 1

    def _entity(self, *_: object) -> None:
        self._refuse("defines entities, as no program that writes workbooks does")

    def _refuse(self, found: str) -> None:
        raise UnreadableError(f"a workbook that {found} ({self._name}); save the sheet as CSV")
