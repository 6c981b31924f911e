"""What the store costs: ``escalert nightly`` beside ``escalert score`` on the same calls, and the memory of both.

    python benchmarks/nightly.py [--calls 100000] [--model rules] [--turns 6] [--repeats 1] [--store URL]

Both read the same file of short calls, a tenth of them first, and score by one process; the job makes its report, CSV
and JSON, into a store that is new each time. Seconds are of the clock and of the processor; times are medians. The
peak is the VmHWM that a process reads of itself at its end, so it needs Linux. Compare within a table only.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from escalert.dataset import corpus_folder
from escalert.readers import read_calls

MOST = 1.3
"""The store may add so much to the time of scoring."""
RUN = """
import os, sys, time
from pathlib import Path
from escalert.cli.app import run
began = time.perf_counter()
code = run(sys.argv[1:])
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
times = os.times()
print(code, time.perf_counter() - began, times.user + times.system, int(peak.split()[1]) / 1024, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the clock and of the processor, and the peak memory in MB."""

    clock_s: float
    processor_s: float
    peak_mb: float


def write_calls(path: Path, n_calls: int, n_turns: int) -> None:
    """Write calls whose turns are drawn from the corpus, speaker by speaker; every tenth customer calls twice."""
    rng, speakers = random.Random(0), ("agent", "customer")
    said: dict[str, list[str]] = {speaker: [] for speaker in (*speakers, "other", "unknown")}
    for turn in itertools.chain.from_iterable(call.turns for call in read_calls([corpus_folder()])):
        said[turn.speaker].append(turn.text)
    with path.open("wb") as file:
        for number in range(n_calls):
            turns = [{"speaker": speakers[n % 2], "text": rng.choice(said[speakers[n % 2]])} for n in range(n_turns)]
            customer = number % (n_calls * 9 // 10)
            fields = {"call_id": f"c{number}", "queue": f"q{number % 7}", "customer_id": f"k{customer}"}
            file.write(orjson.dumps({**fields, "started_at": "2026-03-02T09:00:00Z", "turns": turns}) + b"\n")


def cost_of(command: Sequence[str]) -> Cost:
    """Run the command line in a process of its own."""
    done = subprocess.run([sys.executable, "-c", RUN, *command], capture_output=True, text=True, check=True)
    code, *figures = map(float, done.stderr.splitlines()[-1].split())
    if code:
        raise SystemExit(f"{' '.join(command)}: exit code {code:.0f}\n{done.stderr}")
    return Cost(*figures)


def score(calls: Path, model: str) -> Cost:
    """Score into a file, as JSON Lines."""
    out = calls.with_suffix(".out.jsonl")
    return cost_of(["score", str(calls), "--out", str(out), "--model", model, "--overwrite", "--quiet"])


def nightly(calls: Path, model: str, store: str | None) -> Cost:
    """Do a night with a store of its own."""
    home = calls.parent / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    sections = {
        "inputs": {"paths": [str(calls)]},
        "store": {"url": store or f"sqlite:///{home}/escalert.db"},
        "model": {"name": model},
        "delivery": {name: str(home / "out") for name in ("report", "csv", "json")},
    }
    lines = (
        [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        for name, keys in sections.items()
    )
    config = home / "nightly.toml"
    config.write_text("\n".join(itertools.chain.from_iterable(lines)))
    return cost_of(["nightly", "--config", str(config), "--date", "2026-03-02", "--quiet"])


def medians(costs: Sequence[Cost]) -> Cost:
    """Give the median of each figure."""
    figures = zip(*((cost.clock_s, cost.processor_s, cost.peak_mb) for cost in costs), strict=True)
    return Cost(*map(statistics.median, figures))


def rows(given: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Measure, and give the rows of the table."""
    yield "| calls | command | seconds | of the processor | peak memory, MB |\n|---|---|---|---|---|"
    for n_calls in (given.calls // 10, given.calls):
        calls = folder / "calls.jsonl"
        write_calls(calls, n_calls, given.turns)
        pairs = [(score(calls, given.model), nightly(calls, given.model, given.store)) for _ in range(given.repeats)]
        scored, night = (medians(costs) for costs in zip(*pairs, strict=True))
        for name, cost in (("score", scored), ("nightly", night)):
            yield f"| {n_calls:,} | `{name}` | {cost.clock_s:.1f} | {cost.processor_s:.1f} | {cost.peak_mb:.0f} |"
        clock, processor = night.clock_s / scored.clock_s, night.processor_s / scored.processor_s
        yield f"| {n_calls:,} | ratio, at most {MOST} | {clock:.2f} | {processor:.2f} | |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--model", default="rules")
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--store", help="of PostgreSQL, empty; otherwise SQLite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(given, Path(folder)):
            print(row, flush=True)


if __name__ == "__main__":
    main()
