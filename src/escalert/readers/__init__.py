"""Read call transcripts of many formats into `Call` records."""

from __future__ import annotations

from escalert.readers.canonical import call_to_dict
from escalert.readers.format import Context, Format, ReadOptions, Sample, UnreadableError
from escalert.readers.inputs import find_files
from escalert.readers.reading import log_problem, read_calls
from escalert.readers.speakers import parse_speakers
from escalert.readers.table import FORMATS

__all__ = [
    "FORMATS",
    "Context",
    "Format",
    "ReadOptions",
    "Sample",
    "UnreadableError",
    "call_to_dict",
    "find_files",
    "log_problem",
    "parse_speakers",
    "read_calls",
]
