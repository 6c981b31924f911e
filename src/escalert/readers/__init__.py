"""Read call transcripts of many formats into `Call` records."""

from __future__ import annotations

from escalert.readers.canonical import call_to_dict
from escalert.readers.format import Context, Format, ReadOptions, Sample, UnreadableError
from escalert.readers.inputs import find_files
from escalert.readers.reading import log_problem, read_calls
from escalert.readers.speakers import parse_roles, parse_speakers
from escalert.readers.summary import ReadSummary
from escalert.readers.table import FORMATS, format_named, formats

__all__ = [
    "FORMATS",
    "Context",
    "Format",
    "ReadOptions",
    "ReadSummary",
    "Sample",
    "UnreadableError",
    "call_to_dict",
    "find_files",
    "format_named",
    "formats",
    "log_problem",
    "parse_roles",
    "parse_speakers",
    "read_calls",
]
