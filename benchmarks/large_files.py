"""Read files of any size, and say in how much memory: JSON Lines, CSV, and a ZIP archive of many small files.

    python benchmarks/large_files.py [--gigabytes 1] [--members 100000]

Prints the table of docs/performance.md. Calls are cleaned and roles named as in any run. The peak is the VmHWM of
a process of its own, so it needs Linux.
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import orjson
from readers import utterances

N_TURNS = 40
READ = """
import sys, time
from pathlib import Path
from escalert.readers import read_calls
begun, calls = time.perf_counter(), 0
for call in read_calls(sys.argv[1:]):
    calls += 1
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(calls, time.perf_counter() - begun, int(peak.split()[1]) / 1024)
"""


def calls() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Give calls without end, of the corpus's words."""
    texts = utterances()
    for number in count():
        yield f"c{number}", [(("agent", "customer")[n % 2], next(texts)) for n in range(N_TURNS)]


def jsonl_call(call_id: str, turns: list[tuple[str, str]]) -> bytes:
    said = [{"speaker": speaker, "text": text} for speaker, text in turns]
    return orjson.dumps({"call_id": call_id, "turns": said}) + b"\n"


def csv_call(call_id: str, turns: list[tuple[str, str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows((call_id, speaker, said) for speaker, said in turns)
    return text.getvalue().encode()


def write_lines(path: Path, size: int, line: Callable[[str, list[tuple[str, str]]], bytes], head: bytes = b"") -> None:
    with path.open("wb") as file:
        file.write(head)
        for call_id, turns in calls():
            file.write(line(call_id, turns))
            if file.tell() >= size:
                return


def write_zip(path: Path, members: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for (call_id, turns), _ in zip(calls(), range(members), strict=False):
            archive.writestr(f"{call_id}.json", jsonl_call(call_id, turns[:6]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--members", type=int, default=100_000)
    given = parser.parse_args()
    print("| file | size, MB | calls | MB/s | peak memory, MB |\n|---|---|---|---|---|", flush=True)
    for share in (0.1, 1):
        with tempfile.TemporaryDirectory() as folder:
            size = int(given.gigabytes * share * 1e9)
            for name in ("calls.jsonl", "calls.csv", "calls.zip"):
                path = Path(folder) / name
                if name == "calls.jsonl":
                    write_lines(path, size, jsonl_call)
                elif name == "calls.csv":
                    write_lines(path, size, csv_call, b"call_id,speaker,text\n")
                else:
                    write_zip(path, int(given.members * share))
                done = subprocess.run([sys.executable, "-c", READ, path], capture_output=True, text=True, check=True)
                n_calls, seconds, peak = map(float, done.stdout.split())
                megabytes = path.stat().st_size / 1e6
                cells = f"{megabytes:,.0f} | {n_calls:,.0f} | {megabytes / seconds:.1f} | {peak:.0f}"
                print(f"| {name} | {cells} |", flush=True)
                path.unlink()


if __name__ == "__main__":
    main()
