"""How the nightly job speaks and is spoken to: its log, as text or as JSON, and the signals that end it."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import typer

from escalert.cli.console import INTERRUPTED, USAGE, code_of, show_error
from escalert.errors import EscalertError
from escalert.nightly.events import FIELDS, tell

FAILED = 1
STOPPED = "interrupted; what was stored is kept, and the next start goes on from there"


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, event, message, and the figures of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": "log",
            "message": " ".join(record.getMessage().split()),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps({**line, **getattr(record, FIELDS, {})}, ensure_ascii=False, default=str)


@contextmanager
def job_log(*, as_json: bool) -> Iterator[None]:
    """Log as JSON while the block runs, if that is wanted; an error that ends it is a line then, too."""
    # What Alembic says of each table and plugin is of no use to who runs the job.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if not as_json:
        try:
            yield
        except KeyboardInterrupt:
            show_error(STOPPED)
            raise typer.Exit(INTERRUPTED) from None
        return
    with _json_handler():
        try:
            yield
        except KeyboardInterrupt:
            tell("interrupted", STOPPED, logging.ERROR, exit_code=INTERRUPTED)
            raise typer.Exit(INTERRUPTED) from None
        except (EscalertError, OSError) as error:
            code = code_of(error) if isinstance(error, EscalertError) else USAGE
            tell("failed", _sentence(error), logging.ERROR, error=type(error).__name__, exit_code=code)
            raise typer.Exit(code) from error
        except Exception:
            logging.getLogger("escalert").exception("an error that was not foreseen")
            raise typer.Exit(FAILED) from None


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that a service that is stopped gives its lease back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # Whoever stops a service may send the signal again; what it interrupts then is the tidying up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _json_handler() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("escalert")
    handlers, level = root.handlers[:], own.level
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root.handlers[:] = [handler]
    own.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        own.setLevel(level)


def _sentence(error: EscalertError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    return str(error)
