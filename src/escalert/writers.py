"""Verdicts → JSON Lines, CSV, Parquet: streamed, and whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from escalert.errors import UsageError
from escalert.records import CallVerdict
from escalert.wholefile import refuse_existing, whole_file

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run a cell that begins so as a formula (OWASP, "CSV injection")."""


class VerdictSink(Protocol):
    """Takes verdicts one batch at a time."""

    def write(self, verdicts: list[CallVerdict]) -> None:
        """Append verdicts."""

    def close(self) -> None:
        """Finish the file."""


def check_output(path: Path, *, overwrite: bool) -> None:
    """Refuse an output that could not be written, before any work.

    Raises
    ------
    UsageError
        If the ending of the name tells no format, or the file exists and may not be replaced.
    """
    if path.suffix.lower() not in SINKS:
        raise UsageError(
            f"{path}: the ending tells the format; it can be {', '.join(SINKS)}, found {path.suffix or 'none'!r}"
        )
    refuse_existing(path, overwrite=overwrite)


@contextmanager
def open_sink(path: Path, *, turns: bool = False, overwrite: bool = False) -> Iterator[VerdictSink]:
    """Open a verdict file by the ending of its name; it takes that name when the block ends well.

    A block that is interrupted (Ctrl-C) leaves what was complete under the name with ``.partial`` put in.

    Parameters
    ----------
    turns : bool
        Whether each verdict is written with the probabilities of all its turns.
    """
    check_output(path, overwrite=overwrite)
    try:
        with whole_file(path) as temporary:
            sink = SINKS[path.suffix.lower()](temporary, turns)
            try:
                yield sink
            except KeyboardInterrupt:
                sink.close()
                with whole_file(partial_path(path)) as kept:
                    temporary.replace(kept)
                raise
            sink.close()
    except OSError as error:
        raise UsageError(f"{path} could not be written ({error.strerror or error}); nothing was changed") from error


def partial_path(path: Path) -> Path:
    """Name the file that keeps what was complete at an interruption: ``calls.jsonl`` → ``calls.partial.jsonl``."""
    return path.with_suffix(f".partial{path.suffix}")


class JsonLines:
    """One JSON object per call, in the published shape."""

    def __init__(self, path: Path, turns: bool) -> None:
        self._file = path.open("wb")
        self._turns = turns

    def write(self, verdicts: list[CallVerdict]) -> None:
        """Append verdicts."""
        for verdict in verdicts:
            self._file.write(json_bytes(verdict.to_dict(turns=self._turns)) + b"\n")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class Csv:
    """One row per call, cells that a spreadsheet would run defused."""

    def __init__(self, path: Path, turns: bool) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer: csv.DictWriter[str] | None = None
        self._turns = turns

    def write(self, verdicts: list[CallVerdict]) -> None:
        """Append verdicts."""
        for verdict in verdicts:
            row = flat_row(verdict, turns=self._turns)
            if self._writer is None:
                self._writer = csv.DictWriter(self._file, list(row))
                self._writer.writeheader()
            self._writer.writerow({name: safe_cell(value) for name, value in row.items()})

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class Parquet:
    """One row per call, zstd-compressed, a row group per batch."""

    def __init__(self, path: Path, turns: bool) -> None:
        self._path = path
        self._turns = turns
        self._writer: Any = None

    def write(self, verdicts: list[CallVerdict]) -> None:
        """Append verdicts."""
        if not verdicts:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = [flat_row(verdict, turns=self._turns) for verdict in verdicts]
        types = [(name, _arrow_type(pa, name)) for name in rows[0]]
        table = pa.Table.from_pylist(rows, schema=pa.schema(types))
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file; one without any verdict has no columns."""
        if self._writer is None:
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table({"call_id": pa.array([], pa.string())}), self._path)
        else:
            self._writer.close()


SINKS: dict[str, Callable[[Path, bool], VerdictSink]] = {
    ".jsonl": JsonLines,
    ".csv": Csv,
    ".parquet": Parquet,
}


def flat_row(verdict: CallVerdict, *, turns: bool = False) -> dict[str, Any]:
    """Give a verdict as one flat row: the same fields, names joined by underscores."""
    first = verdict.first_evidence
    row: dict[str, Any] = {
        "call_id": verdict.call_id,
        "priority": verdict.priority,
        "missed": verdict.missed,
        "warranted": verdict.warranted.flagged,
        "warranted_probability": round(verdict.warranted.probability, 4),
        "escalated": verdict.escalated.flagged,
        "escalated_probability": round(verdict.escalated.probability, 4),
        "escalated_source": verdict.escalated.source,
        "triggers": " ".join(verdict.flagged_triggers),
        "first_turn": first.turn if first else None,
        "first_start_s": first.start_s if first else None,
        "quote": first.text if first else "",
        "reasons": "; ".join(verdict.reasons),
    }
    for name in ("queue", "channel", "agent_id", "started_at"):
        row[name] = verdict.metadata.get(name)
    for label, finding in verdict.triggers.items():
        row[f"{label}_flagged"] = finding.flagged
        row[f"{label}_probability"] = round(finding.probability, 4)
        row[f"{label}_turns"] = " ".join(str(turn.turn) for turn in finding.evidence)
    row |= {
        "warnings": "; ".join(verdict.warnings),
        "model": verdict.model.get("name", ""),
        "model_version": verdict.model.get("version", ""),
    }
    if turns:
        row["turns"] = json.dumps(verdict.to_dict().get("turns", []))
    return row


def _arrow_type(pa: Any, name: str) -> Any:
    if name in ("missed", "warranted", "escalated") or name.endswith("_flagged"):
        return pa.bool_()
    if name.endswith(("_probability", "_start_s")):
        return pa.float64()
    return pa.int64() if name == "first_turn" else pa.string()


def safe_cell(value: Any) -> Any:
    """Give a value as a cell of CSV that no spreadsheet runs as a formula."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def json_bytes(data: dict[str, Any]) -> bytes:
    """Give plain data as one line of JSON, whatever it holds."""
    import orjson

    try:
        return orjson.dumps(data, default=str)
    except TypeError:  # integers beyond 64 bits in fields that are handed through
        return json.dumps(data, default=str).encode("utf-8", "replace")
