"""What the name of a file tells of the call in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from escalert.errors import UsageError
from escalert.readers.epoch import iso_time
from escalert.records import Call

NAMED_FIELDS = ("call_id", "started_at", "agent_id", "queue", "customer_id", "channel", "language")
_UUID = r"(?P<call_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_DATE = re.compile(
    r"(?P<date>\d{4}[-_.]?\d\d[-_.]?\d\d)"
    r"(?:[T _-]?(?P<time>\d\d[:_.-]?\d\d(?:[:_.-]?\d\d)?)(?P<fraction>\.\d{1,6})?)?"
    r"[ _]?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class NamePattern:
    """How the files of one origin are named.

    Attributes
    ----------
    regex : str
        With named groups of `NAMED_FIELDS`; searched in the name of the file, or in its whole path if it has a ``/``.
    origin : str
        Who names files so.
    example : str
        Such a name.
    """

    regex: str
    origin: str = ""
    example: str = ""

    def fields(self, path: str) -> dict[str, str]:
        """Give what the path of a file tells; nothing if it is named otherwise."""
        posix = Path(path).as_posix()
        found = re.search(self.regex, posix if "/" in self.regex else posix.rsplit("/", 1)[-1])
        named = found.groupdict() if found else {}
        told = {name: value.strip() for name, value in named.items() if value and value.strip()}
        return told | ({"started_at": iso_date(told["started_at"])} if "started_at" in told else {})


DEFAULT_PATTERNS = (
    NamePattern(
        rf"(?i){_UUID}_analysis(?:_redacted)?_(?P<started_at>\d{{4}}-\d\d-\d\dT[\d:_.-]+Z)",
        "Amazon Connect Contact Lens",
        "3f1c9a2e-5b7d-4e8f-9a0b-1c2d3e4f5a6b_analysis_redacted_2026-09-02T00:17:10Z.json",
    ),
    NamePattern(
        rf"(?i){_UUID}_(?P<started_at>\d{{8}}T\d\d[:_]?\d\d_UTC)",
        "Amazon Connect recordings, and what is transcribed from them",
        "3f1c9a2e-5b7d-4e8f-9a0b-1c2d3e4f5a6b_20260902T00:17_UTC.json",
    ),
    NamePattern(
        rf"(?i)conversation_id={_UUID}/",
        "Genesys Cloud bulk export",
        "year=2026/month=9/day=2/hour=0/conversation_id=3f1c9a2e-5b7d-4e8f-9a0b-1c2d3e4f5a6b/recording.json",
    ),
    NamePattern(
        r"(?P<call_id>CA[0-9a-f]{32})",
        "Twilio, call",
        "CA00112233445566778899aabbccddeeff_RE00112233445566778899aabbccddeeff.json",
    ),
    NamePattern(
        r"(?P<call_id>(?:GT|RE)[0-9a-f]{32})",
        "Twilio, transcript or recording",
        "GT00112233445566778899aabbccddeeff.json",
    ),
)
"""Tried one after the other where the user gives no pattern."""


class FileNames:
    """Reads the names of files by the user's pattern, else by `DEFAULT_PATTERNS`.

    Raises
    ------
    UsageError
        If the pattern is no regular expression, or names no field or an unknown one.
    """

    def __init__(self, pattern: str | None = None) -> None:
        self._patterns = DEFAULT_PATTERNS if pattern is None else (NamePattern(_checked(pattern)),)
        self.is_given = pattern is not None

    def fields(self, path: str) -> dict[str, str]:
        """Give what the path of a file tells of its call."""
        return next((found for pattern in self._patterns if (found := pattern.fields(path))), {})


def with_named(call: Call, named: Mapping[str, str]) -> Call:
    """Give the call with what the name of its file tells, where the file itself is silent."""
    missing: dict[str, Any] = {
        name: value for name, value in named.items() if name != "call_id" and getattr(call, name) is None
    }
    return replace(call, **missing) if missing else call


def iso_date(text: str) -> str:
    """Give a date as names of files spell it, such as ``20260902T00_17_10Z``, as ISO 8601; else as it stands."""
    match = _DATE.fullmatch(text)
    if match is None:
        return iso_time(text) or text
    digits = [re.sub(r"\D", "", match[name] or "") for name in ("date", "time")]
    date, time = (re.findall("..", each) for each in digits)
    written = f"{''.join(date[:2])}-{date[2]}-{date[3]}"
    if time:
        zone = "Z" if (match["zone"] or "").upper() in ("Z", "UTC") else match["zone"] or ""
        written += f"T{':'.join(time) if len(time) > 2 else ':'.join([*time, '00'])}{match['fraction'] or ''}{zone}"
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return text
    return written


def _checked(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groupindex
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"name pattern {pattern!r} is no regular expression: {error}") from None
    if not groups:
        raise UsageError(f"name pattern {pattern!r} names no field; write one as in (?P<call_id>[^_]+); {_known()}")
    for name in groups:
        if name not in NAMED_FIELDS:
            close = difflib.get_close_matches(name, NAMED_FIELDS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UsageError(f"name pattern {pattern!r} names {name!r}, which is no field{hint}; {_known()}")
    return pattern


def _known() -> str:
    return f"known are: {', '.join(NAMED_FIELDS)}"
