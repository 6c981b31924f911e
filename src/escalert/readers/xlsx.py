"""Excel workbooks (.xlsx): the same tables as in CSV files, on any sheet."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import IO, Any, TypeVar
from xml.parsers.expat import ExpatError

from escalert.readers.cells import calls_of_cells, text_of_cell
from escalert.readers.containers import seekable
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.magic import ZIP
from escalert.readers.packed import TooMuchError
from escalert.readers.rows import Row
from escalert.readers.source import Lines
from escalert.readers.workbook import WatchedZip
from escalert.records import Call

MOST_COLUMNS = 512
# Excel holds no more characters in a cell.
LONGEST_CELL = 32_767
CUT_CELL = f"a cell is as long as Excel lets it be ({LONGEST_CELL} characters); its end may be missing"
# What openpyxl raises on parts that are missing, broken, or not what they should be.
BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    ExpatError,
)
_OTHER_DOCUMENTS = {
    "xl/workbook.bin": "an Excel workbook in its binary form (.xlsb)",
    "word/document.xml": "a Word document; save the transcript as plain text",
    "ppt/presentation.xml": "a PowerPoint document",
    "mimetype": "an OpenDocument file",
}
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)

Found = TypeVar("Found")


def _read_bytes(stream: IO[bytes], context: Context) -> Iterator[Call]:
    if not context.sample.head.startswith(ZIP):
        raise UnreadableError("no workbook of Excel (.xlsx)")
    with seekable(stream) as file:
        sheets = _sheets(file)
        for sheet in sheets:
            rows = _rows(sheet)
            if (first := next(rows, None)) is not None:
                stem = context.stem if len(sheets) == 1 else f"{context.stem}-{sheet.title}"
                named = replace(context, path=f"{context.path}/{sheet.title}", stem=stem)
                yield from _calls(chain([first], rows), file.seek(0, io.SEEK_END), named)


def _calls(rows: Iterator[Row], size: int, context: Context) -> Iterator[Call]:
    try:
        yield from calls_of_cells(rows, size, context)
    except TooMuchError:
        raise
    except UnreadableError as error:
        context.skip(None, str(error))


def _sheets(file: IO[bytes]) -> list[Any]:
    """Open a workbook.

    Raises
    ------
    UnreadableError
        If it is none, or of another kind.
    """

    def load() -> list[Any]:
        from openpyxl.reader.excel import ExcelReader

        reader = ExcelReader(io.BytesIO(_EMPTY_ZIP), read_only=True, data_only=True, keep_links=False)
        reader.archive = WatchedZip(file)
        reader.valid_files = reader.archive.namelist()
        for part, kind in _OTHER_DOCUMENTS.items():
            if part in reader.valid_files:
                raise UnreadableError(f"{kind}; save it as .xlsx or CSV")
        reader.read()
        return list(reader.wb.worksheets)

    return _attempted(load)


def _rows(sheet: Any) -> Iterator[Row]:
    # What a sheet says of its size is often wrong, and may be forged.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while (values := _attempted(lambda: next(rows, None))) is not None:
        number += 1
        cells = [text_of_cell(value).replace("_x000D_", "") for value in values[:MOST_COLUMNS]]
        yield Row(number, cells, CUT_CELL if any(len(cell) == LONGEST_CELL for cell in cells) else "")


def _attempted(step: Callable[[], Found]) -> Found:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return step()
    except BROKEN as error:
        raise UnreadableError(
            f"a broken workbook ({type(error).__name__}: {str(error)[:100]}); save it anew"
        ) from error


def _matches(sample: Sample) -> float:
    # Archives that are no documents were opened before.
    return 1.0 if sample.head.startswith(ZIP) else 0.0


def _read(_lines: Lines, _context: Context) -> Iterator[Call]:
    raise UnreadableError("a workbook is read from bytes")


FORMAT = Format(
    name="xlsx",
    title="Excel workbook (.xlsx, .xlsm)",
    description="A row per turn or a row per call on any sheet, with the columns of CSV; a title may stand above them",
    keeps=(
        "call_id",
        "channel",
        "language",
        "started_at",
        "agent_id",
        "queue",
        "customer_id",
        "escalated",
        "start",
        "end",
    ),
    export="Save as Excel Workbook (.xlsx); from older ones (.xls) and from .xlsb and .ods save a copy as .xlsx first.",
    example="",
    matches=_matches,
    read=_read,
    read_bytes=_read_bytes,
)
