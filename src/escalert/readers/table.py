"""The readable formats, and which of them a file is in."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache

from escalert.errors import UsageError
from escalert.readers import canonical, chat_json, csv_calls, csv_turns, mails, parquet, plain, srt, webvtt, xlsx
from escalert.readers.documents import key_paths
from escalert.readers.format import Format, Sample, UnreadableError
from escalert.readers.magic import binary_kind
from escalert.readers.plugins import third_party_formats
from escalert.readers.vendors import (
    abcd,
    amazon_call_analytics,
    amazon_contact_lens,
    amazon_pca,
    amazon_transcribe,
    asapp,
    assemblyai,
    azure_ckm,
    azure_content,
    azure_language,
    azure_speech,
    deepgram,
    elevateai,
    genesys,
    google_insights,
    google_speech,
    intercom,
    twilio,
    uniphore,
    whisper,
    zendesk,
    zendesk_messaging,
)

FORMATS: tuple[Format, ...] = (
    canonical.FORMAT,
    csv_turns.FORMAT,
    csv_calls.FORMAT,
    xlsx.FORMAT,
    parquet.FORMAT,
    webvtt.FORMAT,
    srt.FORMAT,
    plain.FORMAT,
    mails.FORMAT,
    chat_json.FORMAT,
    amazon_call_analytics.FORMAT,
    amazon_contact_lens.FORMAT,
    amazon_contact_lens.CHAT_FORMAT,
    amazon_pca.FORMAT,
    amazon_transcribe.FORMAT,
    azure_ckm.FORMAT,
    azure_content.FORMAT,
    azure_language.FORMAT,
    azure_speech.FORMAT,
    google_insights.FORMAT,
    google_speech.FORMAT,
    deepgram.FORMAT,
    assemblyai.FORMAT,
    twilio.FORMAT,
    genesys.FORMAT,
    whisper.FORMAT,
    whisper.WITH_SPEAKERS_FORMAT,
    elevateai.FORMAT,
    uniphore.FORMAT,
    abcd.FORMAT,
    asapp.FORMAT,
    zendesk.FORMAT,
    zendesk_messaging.FORMAT,
    intercom.FORMAT,
)


MOST_KEYS = 8
LONGEST_HEADER = 60
ENOUGH_ALIKE = 0.25
"""From this share of the keys of a format's example on, a file counts as near to it."""


@cache
def formats() -> tuple[Format, ...]:
    """Give all formats: those of escalert, and those that installed packages add."""
    return (*FORMATS, *third_party_formats(form.name for form in FORMATS))


def detect(sample: Sample) -> Format:
    """Give the format that fits the head of a file best.

    Raises
    ------
    UnreadableError
        If none does, or two do equally well; says what was seen, and what would be needed.
    """
    scores = [(form.matches(sample), form) for form in formats()]
    best = max(score for score, _ in scores)
    fitting = [form for score, form in scores if score == best]
    if best <= 0 or (fitting == [canonical.FORMAT] and _is_foreign_json(sample)):
        raise UnreadableError(f"{_seen(sample)}, which is none of the known formats; {_needed(sample)}")
    if len(fitting) > 1:
        names = " and ".join(form.name for form in fitting)
        raise UnreadableError(f"{_seen(sample)}, which fits {names} equally well; name one with --format")
    return fitting[0]


def format_named(name: str) -> Format:
    """Give a format by its name.

    Raises
    ------
    UsageError
        If there is none of that name; names those that are near, and all.
    """
    for form in formats():
        if form.name == name:
            return form
    close = get_close_matches(name, [form.name for form in formats()], n=2)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UsageError(f"there is no format {name!r}{hint}; known are: {known_formats()}")


def known_formats() -> str:
    """List the names of the formats."""
    return ", ".join(form.name for form in formats())


def _is_foreign_json(sample: Sample) -> bool:
    # Broken or cut, JSON still passes for canonical, whose reader names the line and what it lacks.
    return bool(sample.keys) and not any(f'"{name}"' in sample.text for name in ("call_id", "turns"))


def _seen(sample: Sample) -> str:
    if kind := binary_kind(sample.head):
        return kind
    if sample.keys:
        more = len(sample.keys) - MOST_KEYS
        return f"JSON with the keys {_quoted(sample.keys[:MOST_KEYS])}" + (f" and {more} more" if more > 0 else "")
    return f"begins with {sample.text.strip()[:LONGEST_HEADER]!r}"


def _needed(sample: Sample) -> str:
    nearest = max(formats(), key=lambda form: _likeness(sample, form))
    hint = "'escalert formats' shows each with an example"
    if _likeness(sample, nearest) < ENOUGH_ALIKE:
        return f"needed are transcripts as {known_formats()}; {hint}"
    lacking = sorted(_example_paths(nearest) - sample.paths, key=lambda path: (path.count("."), path))
    top = [path for path in lacking if not any(path.startswith(f"{other}.") for other in lacking)]
    return f"nearest is {nearest.name}, of which it lacks {_quoted(top[:MOST_KEYS])}; {hint}"


def _likeness(sample: Sample, form: Format) -> float:
    paths = _example_paths(form)
    return len(paths & sample.paths) / len(paths) if paths else 0.0


@cache
def _example_paths(form: Format) -> frozenset[str]:
    return key_paths(form.example) if form.example.lstrip()[:1] in ("{", "[") else frozenset()


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name[:40]) for name in names)
