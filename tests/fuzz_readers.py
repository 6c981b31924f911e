"""Fuzz the readers for as long as one likes, guided by which code the inputs reach: ``make fuzz``.

    python tests/fuzz_readers.py [--seconds 600] [--megabytes 40] [CORPUS_FOLDER]

Reads long lines and bombs of the size given first, then whatever atheris (extra ``fuzz``) makes of sound files of all
formats. The first byte of an input chooses the format that is forced, none if it is past the last; the rest is the
file. Ends with an error at the first exception, silent loss or input that takes too long or too much memory, which it
leaves as ``crash-…``, ``timeout-…`` or ``oom-…`` in the folder it runs in.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from multiprocessing import Process
from pathlib import Path

import atheris

# Whatever imports escalert first decides whether its code is followed.
with atheris.instrument_imports(include=["escalert"]):
    import hostile

    from escalert.readers import FORMATS, ReadOptions, call_to_dict, read_calls

import orjson

LONGEST_S = 30
MOST_MEMORY_MB = 1_000
"""Of the fuzzer with its corpus; what a reader may take is bounded in test_readers_fuzz.py."""
FOLDER = Path(tempfile.mkdtemp())


def read(content: bytes, form: str | None = None) -> None:
    path, problems = FOLDER / "anything", []
    path.write_bytes(content)
    found = 0
    for call in read_calls([path], ReadOptions(format=form), on_problem=problems.append):
        found += 1
        orjson.dumps(call_to_dict(call))
        "\n".join(call.warnings).encode()
    assert found or problems, "neither a call nor a word on why"
    assert all(len(str(problem).splitlines()) == 1 for problem in problems), problems
    assert [path] == list(FOLDER.iterdir()), "a file was written"


def read_any(data: bytes) -> None:
    chosen = data[0] if data else 255
    read(data[1:], FORMATS[chosen].name if chosen < len(FORMATS) else None)


def read_large(size: int) -> None:
    """Read long lines and bombs, and say what each cost."""
    cases = {
        f"{stutter!r} {n}": content
        for stutter in ("a", " ", "[", '"')
        for n, content in enumerate(hostile.long_lines(stutter, size))
    }
    for name, content in {**cases, **hostile.bombs(size), **hostile.entities()}.items():
        begun = time.process_time()
        read(content)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        sys.stdout.write(f"{name}: {time.process_time() - begun:.1f} s, {memory} MB at most so far\n")
        sys.stdout.flush()


def corpus(folder: Path) -> None:
    """Write the sound files as a corpus to begin with, each as its own format and as any."""
    numbers = {form.name: number for number, form in enumerate(FORMATS)}
    for name, content in hostile.seeds().items():
        (folder / f"{name}.any").write_bytes(b"\xff" + content)
        if name in numbers:
            (folder / f"{name}.own").write_bytes(bytes([numbers[name]]) + content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--megabytes", type=int, default=40)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    large = Process(target=read_large, args=(options.megabytes << 20,))
    large.start()
    large.join()
    if large.exitcode:
        sys.exit("a large input failed")
    corpus(folder)
    limits = [f"-max_total_time={options.seconds}", f"-timeout={LONGEST_S}", f"-rss_limit_mb={MOST_MEMORY_MB}"]
    atheris.Setup([sys.argv[0], *limits, "-max_len=65536", str(folder)], read_any)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
