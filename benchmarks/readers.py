"""Measure how fast each format is read, beside orjson's own parse of the same JSON.

    python benchmarks/readers.py [--megabytes 4] [--rounds 3] [FORMAT ...]

Prints the table of docs/performance.md. Each file is one call per line of 40 turns or more with the corpus's words:
of recognisers as `vendor_files` writes them, each word with its times; of other formats the examples that ``escalert
formats`` shows, their turns multiplied. Cleaning and the naming of roles are switched off: they cost the same per turn
for every format.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson
import pandas
from vendor_files import WRITERS, said

from escalert.dataset import corpus_folder
from escalert.readers import FORMATS, ReadOptions, read_calls

N_TURNS = 40
PLAIN = ReadOptions(keep=frozenset({"all"}), name_roles=False)
SPOKEN = ("text", "content", "transcript", "message", "utterance", "body", "markdown", "word", "display", "lexical")


def utterances() -> Iterator[str]:
    texts = [
        turn.text
        for path in sorted(corpus_folder().glob("*.jsonl"))[:4]
        for call in read_calls([path])
        for turn in call.turns
    ]
    random.Random(7).shuffle(texts)
    return cycle(texts)


def enlarged(value: Any, texts: Iterator[str], grown: bool = False) -> Any:
    """Give an example with its longest lists of objects multiplied and its texts replaced."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        times = 1 if grown else -(-N_TURNS // len(value))
        return [enlarged(copy.deepcopy(item), texts, True) for _ in range(times) for item in value]
    if isinstance(value, list):
        return [enlarged(item, texts, grown) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, member in value.items():
        is_said = isinstance(member, str) and " " in member and key.lower() in SPOKEN and "\n" not in member
        found[key] = next(texts) if is_said else enlarged(member, texts, grown)
    return found


def recognised(form: str, size: int, texts: Iterator[str]) -> bytes | None:
    """Give calls as a recogniser writes them, one per line; None for formats of others."""
    if (write := WRITERS.get(form)) is None:
        return None
    lines: list[bytes] = []
    while size > 0:
        turns, at = [], 0.0
        for n in range(N_TURNS):
            turns.append(said(n % 2, round(at, 2), next(texts)))
            at = turns[-1].end + 0.5
        lines.append(orjson.dumps(write(f"c{len(lines)}", turns)))
        size -= len(lines[-1])
    return b"\n".join(lines)


def json_lines(example: str, call_id: bytes, size: int, texts: Iterator[str]) -> bytes | None:
    try:
        value = json.loads(example)
    except ValueError:
        return None
    lines: list[bytes] = []
    while size > 0:
        line = orjson.dumps(enlarged(value, texts))
        # A call that is read twice is left out.
        lines.append(line.replace(call_id, call_id + str(len(lines)).encode()) + b"\n" if call_id else line + b"\n")
        size -= len(line)
    return b"".join(lines)


def tables(size: int, texts: Iterator[str]) -> dict[str, bytes]:
    """Give the formats that are not JSON, one call per table group or file."""
    turns = [(("agent", "customer")[n % 2], n * 3.0, next(texts)) for n in range(size // 60)]
    frame = pandas.DataFrame(turns, columns=["speaker", "start", "text"])
    frame.insert(0, "call_id", [f"c{n // N_TURNS}" for n in range(len(turns))])
    frame["start"] = frame["start"] % (3.0 * N_TURNS)
    folder = Path(tempfile.mkdtemp())
    frame.to_parquet(folder / "p")
    frame.head(len(frame) // 4).to_excel(folder / "x.xlsx", index=False)
    lines = [f"{who.title()}: {text}" for who, _, text in turns]
    calls = [" \n".join(lines[at : at + N_TURNS]) for at in range(0, len(lines), N_TURNS)]
    cues = [f"{_clock(at)} --> {_clock(at + 2)}\n" for _, at, _ in turns]
    return {
        "csv-turns": frame.to_csv(index=False).encode(),
        "csv-calls": pandas.DataFrame({"call_id": range(len(calls)), "transcript": calls}).to_csv(index=False).encode(),
        "xlsx": (folder / "x.xlsx").read_bytes(),
        "parquet": (folder / "p").read_bytes(),
        "plain": "\n".join(lines).encode(),
        "webvtt": (
            "WEBVTT\n\n" + "\n".join(f"{cue}<v {who}>{text}\n" for cue, (who, _, text) in zip(cues, turns, strict=True))
        ).encode(),
        "srt": "\n".join(
            f"{n}\n{cue.replace('.', ',')}{who}: {text}\n"
            for n, (cue, (who, _, text)) in enumerate(zip(cues, turns, strict=True), 1)
        ).encode(),
        "email": _mails(turns),
    }


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}"


def _mails(turns: list[tuple[str, float, str]]) -> bytes:
    head = (
        "From x Mon Mar  2 14:05:11 2026\nFrom: {0} <{0}@shop.example>\nTo: b <b@shop.example>\n"
        "Date: Mon, 2 Mar 2026 14:05:11 +0000\nMessage-ID: <{1}@x>\nSubject: order {2}\n\n{3}\n\n"
    )
    quarter = turns[: len(turns) // 4]
    return "".join(head.format(who, n, n // 4, text) for n, (who, _, text) in enumerate(quarter)).encode()


def best_of(rounds: int, work: Callable[[], Any]) -> float:
    """Give the shortest processor time, which other work on the machine disturbs least."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)


def parse_all(lines: bytes) -> None:
    for line in lines.splitlines():
        orjson.loads(line)


def read_all(path: Path, form: str, options: ReadOptions) -> int:
    return sum(
        len(call.turns) for call in read_calls([path], replace(options, format=form), on_problem=lambda problem: None)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*")
    parser.add_argument("--megabytes", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    texts, size = utterances(), int(options.megabytes * 1e6)
    found = tables(size, texts) if not options.formats else {}
    print("| format | MB/s | thousand turns/s | orjson, MB/s | share of orjson |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMATS:
            if options.formats and form.name not in options.formats:
                continue
            path = Path(folder) / form.name
            path.write_text(form.example)
            ids = [call.call_id.encode() for call in read_calls([path], PLAIN, on_problem=lambda problem: None)]
            lines = recognised(form.name, size, texts) or json_lines(form.example, (ids or [b""])[0], size, texts)
            content = lines or found.get(form.name)
            if content is None:
                continue
            path.write_bytes(content)
            n_turns = read_all(path, form.name, PLAIN)
            taken = best_of(options.rounds, partial(read_all, path, form.name, PLAIN))
            cells = [f"{len(content) / 1e6 / taken:.1f}", f"{n_turns / taken / 1e3:.0f}", "", ""]
            if lines:
                parsed = best_of(options.rounds, partial(parse_all, lines))
                cells[2:] = [f"{len(content) / 1e6 / parsed:.0f}", f"{parsed / taken:.2f}"]
            print(f"| {form.name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
