"""Parquet files: the same tables as in CSV files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any, TypeVar

from escalert.readers.cells import calls_of_cells, text_of_cell
from escalert.readers.containers import seekable
from escalert.readers.format import Context, Format, Sample, UnreadableError
from escalert.readers.magic import PARQUET
from escalert.readers.parquet_pages import check_footer, check_pages
from escalert.readers.rows import Row
from escalert.readers.source import Lines
from escalert.records import Call

BATCH_ROWS = 1000
BROKEN = (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
_BUFFER = 2**16

Found = TypeVar("Found")


def _read_bytes(stream: IO[bytes], context: Context) -> Iterator[Call]:
    with seekable(stream) as file:
        check_footer(file)
        size = file.seek(0, io.SEEK_END)
        yield from calls_of_cells(_rows(file), size, context)


def _rows(file: IO[bytes]) -> Iterator[Row]:
    """Give the names of the columns as a first row, then the rows, numbered from 1."""
    table = _attempted(lambda: _opened(file))
    names = [field.name for field in table.schema_arrow if _is_cell(field.type)]
    yield Row(0, names)
    number = 0
    for batch in _batches(file, table, names):
        for cells in zip(*_attempted(partial(_columns, batch)), strict=True):
            number += 1
            yield Row(number, list(cells))


def _opened(file: IO[bytes]) -> Any:
    from pyarrow.parquet import ParquetFile

    limits = {"thrift_string_size_limit": 2**24, "thrift_container_size_limit": 2**20}
    metadata = ParquetFile(file, **limits).metadata
    # Kept as dictionaries, a text that comes a thousand times does not take its memory a thousand times.
    texts = [field.name for field in metadata.schema.to_arrow_schema() if _is_text(field.type)]
    return ParquetFile(file, metadata=metadata, read_dictionary=texts, buffer_size=_BUFFER, pre_buffer=False, **limits)


def _batches(file: IO[bytes], table: Any, names: list[str]) -> Iterator[Any]:
    for number in range(table.num_row_groups):
        group = table.metadata.row_group(number)
        for chunk in map(group.column, range(group.num_columns)):
            if chunk.path_in_schema.split(".")[0] in names or chunk.path_in_schema in names:
                check_pages(file, chunk)
        batches = table.iter_batches(BATCH_ROWS, row_groups=[number], columns=names, use_threads=False)
        while (batch := _attempted(partial(next, batches, None))) is not None:
            yield batch


def _columns(batch: Any) -> list[list[str]]:
    return [_texts(column) for column in batch.columns]


def _texts(column: Any) -> list[str]:
    from pyarrow import duration, timestamp, types

    kind = column.type
    if types.is_dictionary(kind):
        texts = {at: text_of_cell(column.dictionary[at].as_py()) for at in set(column.indices.to_pylist()) - {None}}
        return [texts.get(at, "") for at in column.indices.to_pylist()]
    # Of nanoseconds, pyarrow would make objects of pandas.
    if types.is_timestamp(kind):
        column = column.cast(timestamp("us", kind.tz), safe=False)
    elif types.is_duration(kind):
        column = column.cast(duration("us"), safe=False)
    return [text_of_cell(value) for value in column.to_pylist()]


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind))


def _is_cell(kind: Any) -> bool:
    """Tell whether a column can stand in a table: single values, or lists of texts as labels are."""
    from pyarrow import types

    return not types.is_nested(kind) or (types.is_list(kind) and _is_text(kind.value_type))


def _attempted(step: Callable[[], Found]) -> Found:
    from pyarrow import ArrowException

    try:
        return step()
    except (ArrowException, *BROKEN) as error:
        shown = str(error).partition("\n")[0][:100]
        raise UnreadableError(f"a broken Parquet file ({type(error).__name__}: {shown}); write it anew") from error


def _matches(sample: Sample) -> float:
    return 1.0 if sample.head.startswith(PARQUET) else 0.0


def _read(_lines: Lines, _context: Context) -> Iterator[Call]:
    raise UnreadableError("a Parquet file is read from bytes")


FORMAT = Format(
    name="parquet",
    title="Parquet",
    description="A row per turn or a row per call, with the columns of CSV; columns of structures are passed over",
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
    export="DataFrame.to_parquet(), COPY … TO 'calls.parquet' (DuckDB), UNLOAD … FORMAT AS PARQUET (Redshift, Athena)",
    example="",
    matches=_matches,
    read=_read,
    read_bytes=_read_bytes,
)
