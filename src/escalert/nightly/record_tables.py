"""The tables that records stand in: files, and results of queries, row by row."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from escalert.errors import ReadProblem
from escalert.nightly.config import NightlyConfig, RecordSource
from escalert.nightly.secrets import resolve
from escalert.readers import UnreadableError, find_files
from escalert.readers.containers import Member, members_of, seekable
from escalert.readers.format import OnProblem
from escalert.readers.inputs import shown_path
from escalert.readers.magic import PARQUET, binary_kind
from escalert.readers.source import HEAD_BYTES, MAX_LINE, Joined, Lines, encoding_of

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import URL

DELIMITERS = ",;\t|"
AT_ONCE = 1000
_PATIENCE = {"postgresql": {"connect_timeout": 10}}
"""A server that is not there must not hold the night up; of other databases the driver decides."""


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table of records.

    Attributes
    ----------
    name : str
        The file, or the key of the query, for messages.
    columns : sequence of str
    rows : iterator of pairs
        The number of the line or row, and its cells.
    """

    name: str
    columns: Sequence[str]
    rows: Iterator[tuple[int, Sequence[Any]]]


def file_tables(source: RecordSource, on_problem: OnProblem) -> Iterator[RecordTable]:
    """Open the files of a source one after the other; archives and compressed files are unpacked."""
    for path in find_files([source.path or ""], on_problem):
        name = shown_path(path)
        try:
            with path.open("rb") as stream:
                for member in members_of(Joined(stream, stream), name, on_problem):
                    yield from _tables_in(member)
        except UnreadableError as error:
            on_problem(ReadProblem(name, str(error)))
        except OSError as error:
            on_problem(ReadProblem(name, f"cannot be read: {error.strerror or error}"))


def query_tables(config: NightlyConfig, source: RecordSource, key: str, for_date: date) -> Iterator[RecordTable]:
    """Ask a database; its answer is fetched some rows at a time.

    Raises
    ------
    UnreadableError
        If it does not answer, or refuses the query; never names the password.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    url = _url(config, resolve(source.url or "", f"{key}.url"), key)
    try:
        engine = create_engine(url, connect_args=_PATIENCE.get(url.get_backend_name(), {}))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UnreadableError(f"the database of {key} cannot be asked: {_first_line(error)}") from error
    try:
        yield from _answer(engine, source, key, for_date)
    finally:
        engine.dispose()


def _tables_in(member: Member) -> Iterator[RecordTable]:
    head = member.content.peek(HEAD_BYTES)
    if head.startswith(PARQUET):
        yield from _parquet_table(member)
    elif kind := binary_kind(head):
        raise UnreadableError(f"{kind}; records are read from CSV or Parquet")
    elif head.strip():
        yield _csv_table(member, encoding_of(head))
    else:
        raise UnreadableError("an empty file; records need a row of column names")


def _csv_table(member: Member, encoding: str) -> RecordTable:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    lines = Lines(member.content, encoding)
    header = next(lines, "")
    rows = csv.reader(itertools.chain([header], lines), delimiter=max(DELIMITERS, key=header.count))
    numbered = _csv_rows(rows, member.content)
    _, columns = next(numbered, (0, []))
    return RecordTable(member.name, [cell.strip() for cell in columns], numbered)


def _csv_rows(rows: Any, content: Joined) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from ((rows.line_num, cells) for cells in rows if any(cells))
    except csv.Error as error:
        raise UnreadableError(f"breaks off at line {rows.line_num}: {error}; what came before was read") from error
    if content.damage:
        raise UnreadableError(f"breaks off or is damaged ({content.damage}); what came before was read")


def _parquet_table(member: Member) -> Iterator[RecordTable]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    with seekable(io.BufferedReader(member.content)) as file:
        try:
            table = ParquetFile(file)
            yield RecordTable(member.name, table.schema_arrow.names, _parquet_rows(table))
        except (ArrowException, OSError, ValueError) as error:
            raise UnreadableError(f"a broken Parquet file ({_first_line(error)}); write it anew") from error


def _parquet_rows(table: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    number = 0
    for batch in table.iter_batches(AT_ONCE, use_threads=False):
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            number += 1
            yield number, cells


def _answer(engine: Engine, source: RecordSource, key: str, for_date: date) -> Iterator[RecordTable]:
    from sqlalchemy import Date, bindparam, text
    from sqlalchemy.exc import SQLAlchemyError

    query = text(source.query or "")
    if "date" in query.compile().params:
        query = query.bindparams(bindparam("date", for_date, Date()))
    try:
        with engine.connect().execution_options(stream_results=True, max_row_buffer=AT_ONCE) as connection:
            result = connection.execute(query)
            if not result.returns_rows:
                raise UnreadableError(f"the query of {key} gives no rows: it has to be a SELECT")
            yield RecordTable(key, list(result.keys()), enumerate(map(tuple, result), start=1))
    except SQLAlchemyError as error:
        raise UnreadableError(
            f"the query of {key} failed: {_first_line(getattr(error, 'orig', None) or error)}"
        ) from error


def _url(config: NightlyConfig, given: str, key: str) -> URL:
    """Read a URL; an SQLite file is taken from the folder of the configuration, and has to be there."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(given)
    except ArgumentError as error:
        raise UnreadableError(f"the URL of {key} is none; write it as SQLAlchemy's are") from error
    if url.get_backend_name() != "sqlite":
        return url
    path = config.folder / (url.database or "")
    if not path.is_file():
        # SQLite would create it.
        raise UnreadableError(f"the database of {key} is not there: {path}")
    return url.set(database=str(path))


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
