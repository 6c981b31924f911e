"""Speed of ``escalert score`` beside its peers, in one run on the same generated calls; and its peak memory.

    python benchmarks/speed.py [--model models/demo] [--calls 2000] [--memory-calls 1000 20000]

Needs the extra ``bench``. Prints a Markdown table; docs/performance.md holds one. Compare within a table only:
absolute figures differ from machine to machine and from hour to hour.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from escalert.dataset import corpus_folder
from escalert.readers import call_to_dict, read_calls

REPEATS = 3


def write_calls(path: Path, n_calls: int, seed: int = 0) -> int:
    """Write calls whose turns are drawn from the corpus, speaker by speaker; give the number of words."""
    rng = random.Random(seed)
    whole = [call for call in read_calls([corpus_folder()]) if not call.is_contrast]
    by_speaker: dict[str, list[str]] = {}
    for turn in itertools.chain.from_iterable(call.turns for call in whole):
        by_speaker.setdefault(turn.speaker, []).append(turn.text)
    n_words = 0
    with path.open("wb") as file:
        for number in range(n_calls):
            call = call_to_dict(rng.choice(whole))
            turns = [
                {"speaker": turn["speaker"], "text": rng.choice(by_speaker[turn["speaker"]])} for turn in call["turns"]
            ]
            n_words += sum(len(turn["text"].split()) for turn in turns)
            file.write(orjson.dumps({"call_id": f"call-{number}", "turns": turns}) + b"\n")
    return n_words


def score_command(path: Path, model: str, out: Path) -> list[str]:
    """Give the command line as a user types it."""
    options = ["--out", str(out), "--model", model, "--overwrite", "--quiet"]
    return [sys.executable, "-m", "escalert", "score", str(path), *options]


def score(path: Path, model: str, out: Path, *options: str) -> None:
    """Run the command line."""
    subprocess.run([*score_command(path, model, out), *options], check=True)


def median_seconds(work: Callable[[], object]) -> float:
    """Time some work `REPEATS` times."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def peers(path: Path, scratch: Path) -> dict[str, Callable[[], object]]:
    """Prepare the peers; each reads nothing but the texts of the same turns."""
    import fasttext
    import profanity_check
    from sklearn.feature_extraction.text import TfidfVectorizer

    lines = path.read_bytes().splitlines()
    texts = [turn["text"] for line in lines for turn in orjson.loads(line)["turns"]]
    words = TfidfVectorizer(ngram_range=(1, 2)).fit(texts[:20_000])
    characters = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), max_features=200_000).fit(texts[:20_000])
    training = scratch / "fasttext.txt"
    labelled = (turn for call in read_calls([corpus_folder()]) for turn in call.turns if turn.labels is not None)
    training.write_text(
        "".join(
            f"{' '.join(f'__label__{name}' for name in turn.labels or ('none',))} {turn.text}\n" for turn in labelled
        )
    )
    fast = fasttext.train_supervised(str(training), epoch=5, wordNgrams=2, loss="ova", verbose=0)
    flat = [text.replace("\n", " ") for text in texts]
    return {
        "orjson parse alone": lambda: [orjson.loads(line) for line in lines],
        "TfidfVectorizer, words (1, 2), transform alone": lambda: words.transform(texts),
        "TfidfVectorizer, characters (2, 5), transform alone": lambda: characters.transform(texts),
        "fastText, predict alone": lambda: fast.predict(flat, k=-1, threshold=0.5),
        "alt-profanity-check, predict alone": lambda: profanity_check.predict_prob(texts),
    }


def peak_memory_mb(path: Path, model: str, out: Path) -> float:
    """Give the peak resident memory of one scoring, in MB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *score_command(path, model, out)], capture_output=True, text=True, check=True
    )
    return float(answer.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="models/demo")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--memory-calls", type=int, nargs="*", default=[1000, 20_000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        path, few, out = scratch / "calls.jsonl", scratch / "few.jsonl", scratch / "out.jsonl"
        n_words = write_calls(path, given.calls)
        write_calls(few, 1)
        print(f"{given.calls:,} calls, {n_words:,} words, {path.stat().st_size / 1e6:.1f} MB; medians of {REPEATS}\n")
        print("| | calls/s | thousand words/s | times escalert |\n|---|---|---|---|")
        start = median_seconds(lambda: score(few, given.model, out))
        ours = median_seconds(lambda: score(path, given.model, out))
        rows = {
            "**escalert score**, end to end": ours,
            "escalert score, less start-up and loading": max(ours - start, 1e-9),
        }
        rows["escalert score --workers 2, end to end"] = median_seconds(
            lambda: score(path, given.model, out, "--workers", "2")
        )
        rows["escalert score --model rules, end to end"] = median_seconds(lambda: score(path, "rules", out))
        rows |= {name: median_seconds(work) for name, work in peers(path, scratch).items()}
        for name, seconds in rows.items():
            print(f"| {name} | {given.calls / seconds:,.0f} | {n_words / seconds / 1000:,.0f} | {ours / seconds:.2f} |")
        print(f"\nStart-up and loading the model: {start:.1f} s.\n\n| calls | peak memory, MB |\n|---|---|")
        for n_calls in given.memory_calls:
            write_calls(path, n_calls)
            print(f"| {n_calls:,} | {peak_memory_mb(path, given.model, out):,.0f} |")


if __name__ == "__main__":
    main()
