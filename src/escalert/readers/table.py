"""The readable formats, and which of them a file is in."""

from __future__ import annotations

from escalert.errors import UsageError
from escalert.readers import canonical, csv_calls, csv_turns, plain, srt, webvtt
from escalert.readers.format import Format, Sample

FORMATS: tuple[Format, ...] = (
    canonical.FORMAT,
    csv_turns.FORMAT,
    csv_calls.FORMAT,
    webvtt.FORMAT,
    srt.FORMAT,
    plain.FORMAT,
)


def detect(sample: Sample) -> Format | None:
    """Give the format that fits the head of a file best; None if none does."""
    score, found = max(((form.matches(sample), form) for form in FORMATS), key=lambda pair: pair[0])
    return found if score > 0 else None


def format_named(name: str) -> Format:
    """Give a format by its name.

    Raises
    ------
    UsageError
        If there is none of that name; lists the names.
    """
    for form in FORMATS:
        if form.name == name:
            return form
    raise UsageError(f"there is no format {name!r}; known are: {known_formats()}")


def known_formats() -> str:
    """List the names of the formats."""
    return ", ".join(form.name for form in FORMATS)
