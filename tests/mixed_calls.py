"""What the days of a contact centre bring: calls of the corpus in many formats, records of them, files that are broken.

All of it follows from a seed. Nothing of the corpus's labels is written.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from escalert.dataset import corpus_folder

MOST_TURNS = 7
CUSTOMERS = 5
"""Calls per customer, on average: so that some come back unsettled."""


@dataclass(frozen=True, slots=True)
class Written:
    """A call as it is to be written: who said what, and the fields that formats have room for."""

    call_id: str
    turns: tuple[tuple[str, str], ...]
    customer_id: str
    queue: str
    agent_id: str
    started_at: str

    @property
    def fields(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("call_id", "customer_id", "queue", "agent_id", "started_at")}


@cache
def days_of_calls(n_calls: int, n_days: int, seed: int) -> list[list[Written]]:
    """Share calls out over days."""
    rng = random.Random(seed)
    lines = [line for path in sorted(corpus_folder().glob("*.jsonl")) for line in path.read_bytes().splitlines()]
    said = list(filter(None, (_said(orjson.loads(line)) for line in lines)))
    calls = [
        _call(turns, f"c{number:05d}", number * n_days // n_calls, n_calls, rng)
        for number, turns in enumerate(rng.choices(said, k=n_calls))
    ]
    return [calls[day * n_calls // n_days : (day + 1) * n_calls // n_days] for day in range(n_days)]


def _said(record: dict) -> list[tuple[str, str]]:
    turns = ((turn["speaker"], " ".join(turn["text"].split())) for turn in record.get("turns", ()))
    return [(who, text) for who, text in turns if who in ("agent", "customer") and text]


def _call(said: list[tuple[str, str]], call_id: str, day: int, n_calls: int, rng: random.Random) -> Written:
    first = rng.randrange(max(1, len(said) - MOST_TURNS + 1))
    return Written(
        call_id,
        tuple(said[first : first + MOST_TURNS]),
        f"k{rng.randrange(max(1, n_calls // CUSTOMERS))}",
        rng.choice(("billing", "outages", "moving")),
        f"A{rng.randrange(20)}",
        f"2026-03-{2 + day:02d}T{rng.randrange(8, 20):02d}:{rng.randrange(60):02d}:00Z",
    )


def write_day(folder: Path, calls: list[Written], rng: random.Random) -> None:
    """Write a day's calls, each in one of the formats, and a file that is none."""
    folder.mkdir(parents=True)
    parts = {name: [] for name in (*TOGETHER, *ALONE)}
    for call in calls:
        # Formats of one call per file are rarer: files cost more than calls.
        name = rng.choice(list(TOGETHER)) if rng.random() < 0.9 else rng.choice(list(ALONE))
        parts[name].append(call)
    for name, write in TOGETHER.items():
        if parts[name]:
            (folder / name).write_bytes(write(parts[name]))
    for name, write in ALONE.items():
        for call in parts[name]:
            (folder / f"{call.call_id}{name}").write_bytes(write(call))
    (folder / "broken.json").write_text('{"turns": [')


def write_records(path: Path, calls: list[Written], rng: random.Random) -> None:
    """Write what a CRM says of some calls, and not always what was said in them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("call_id", "escalated", "disposition"))
        for call in calls:
            if rng.random() < 0.3:
                table.writerow((call.call_id, rng.choice(("yes", "no", "")), rng.choice(("closed", "open"))))


def corrected(call: Written) -> Written:
    """Give the transcript that a second recogniser made of a call."""
    turns = (*call.turns, ("customer", "i have asked three times now put me through to your supervisor"))
    return Written(call.call_id, turns, call.customer_id, call.queue, call.agent_id, call.started_at)


def _canonical(call: Written) -> bytes:
    turns = [{"speaker": who, "text": text, "start": 5.0 * n} for n, (who, text) in enumerate(call.turns)]
    return json.dumps({**call.fields, "turns": turns}).encode()


def _json_lines(calls: list[Written]) -> bytes:
    return b"".join(_canonical(call) + b"\n" for call in calls)


def _rows(calls: list[Written]) -> bytes:
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(("call_id", "queue", "agent_id", "started_at", "customer_id", "speaker", "start", "text"))
    for call in calls:
        own = (call.call_id, call.queue, call.agent_id, call.started_at, call.customer_id)
        table.writerows((*own, who, 5 * n, text) for n, (who, text) in enumerate(call.turns))
    return file.getvalue().encode()


def _cells(calls: list[Written]) -> bytes:
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow((*calls[0].fields, "transcript"))
    table.writerows((*call.fields.values(), _labelled(call)) for call in calls)
    return file.getvalue().encode()


def _labelled(call: Written) -> str:
    return "\n".join(f"{who.title()}: {text}" for who, text in call.turns)


def _text(call: Written) -> bytes:
    return f"Call ID: {call.call_id}\nQueue: {call.queue}\nDate: {call.started_at}\n\n{_labelled(call)}\n".encode()


def _web_vtt(call: Written) -> bytes:
    notes = "\n".join(f"{name}: {value}" for name, value in call.fields.items())
    cues = (
        f"00:{5 * n // 60:02d}:{5 * n % 60:02d}.000 --> 00:{5 * n // 60:02d}:{5 * n % 60 + 4:02d}.000\n"
        f"<v {who.title()}>{text}</v>\n"
        for n, (who, text) in enumerate(call.turns)
    )
    return "\n".join((f"WEBVTT\n\nNOTE\n{notes}\n", *cues)).encode()


def _deepgram(call: Written) -> bytes:
    spoken = [
        {"start": 5.0 * n, "end": 5.0 * n + 4, "channel": 0, "speaker": int(who == "customer"), "transcript": text}
        for n, (who, text) in enumerate(call.turns)
    ]
    extra = {name: value for name, value in call.fields.items() if name != "call_id"}
    metadata = {"request_id": call.call_id, "duration": 60, "channels": 1, "extra": extra}
    return json.dumps({"metadata": metadata, "results": {"channels": [], "utterances": spoken}}).encode()


def _contact_lens(call: Written) -> bytes:
    said = [
        {"ParticipantId": who, "Content": text, "BeginOffsetMillis": 5000 * n, "EndOffsetMillis": 5000 * n + 4000}
        for n, (who, text) in enumerate(call.turns)
    ]
    parties = [{"ParticipantId": who, "ParticipantRole": who.upper()} for who in ("agent", "customer")]
    head = {"Version": "1.1.0", "Channel": "VOICE", "LanguageCode": "en-US"}
    contact = {"CustomerMetadata": {"ContactId": call.call_id}, "Participants": parties, "Transcript": said}
    return json.dumps({**head, **contact}).encode()


def _zip(calls: list[Written]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for call in calls:
            archive.writestr(zipfile.ZipInfo(f"{call.call_id}.json"), _contact_lens(call))
    return file.getvalue()


def _tar(calls: list[Written]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for call in calls:
            text, entry = _text(call), tarfile.TarInfo(f"{call.call_id}.txt")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    return gzip.compress(file.getvalue(), mtime=0)


TOGETHER = {
    "calls.jsonl": _json_lines,
    "packed.jsonl.gz": lambda calls: gzip.compress(_json_lines(calls), mtime=0),
    "turns.csv": _rows,
    "cells.csv": _cells,
    "lens.zip": _zip,
    "texts.tar.gz": _tar,
}
ALONE = {
    ".txt": _text,
    ".vtt": _web_vtt,
    ".vtt.gz": lambda call: gzip.compress(_web_vtt(call), mtime=0),
    ".json": _deepgram,
}
