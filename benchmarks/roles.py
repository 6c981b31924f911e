"""Train the classifier of speakers' roles, and measure it.

    python benchmarks/roles.py --train                     writes src/escalert/readers/roles/weights.tsv
    python benchmarks/roles.py [--calls FILE ...]          prints the tables of docs/roles.md

Learns from the corpus's train authors; measures on its test authors with the speakers' labels hidden, on the same with
a fifth of all words wrong, and on the labelled calls named. Thresholds were chosen on the validation authors
(``--part validation``).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from escalert.dataset import corpus_folder, shipped_data
from escalert.noise import Noise, add_noise
from escalert.readers import ReadOptions, call_to_dict, read_calls
from escalert.readers.roles.ngrams import LONGEST_WORD, MOST_WORDS, ngrams
from escalert.readers.roles.weights import DAMPING, FILE, INPUTS, INTERCEPT, ROLES, scaled
from escalert.records import Call, Speaker

WEIGHTS = Path(__file__).parents[1] / "src" / "escalert" / "readers" / "roles" / FILE
SEED = 7
MIN_AUTHORS = 8
"""An n-gram that fewer authors use is a name, or a subject of theirs."""
C = 30.0
N_SPANS = 2
SPANS = (3, 6, 12)
OPENINGS = (3, 4, 6)
PART_WEIGHT = 0.5
CONTRAST_WEIGHT = 0.2
"""Of a turn that stands alone, beside a whole call; there are ten times as many."""
SETTINGS = (
    MOST_WORDS,
    LONGEST_WORD,
    DAMPING,
    SEED,
    MIN_AUTHORS,
    C,
    N_SPANS,
    SPANS,
    OPENINGS,
    PART_WEIGHT,
    CONTRAST_WEIGHT,
)
SPELLINGS = "It’s 44-19, [PII] ****! [profanity] für you?"
"""One of each kind, so that what `ngrams` makes of them belongs to the fingerprint."""
WRONG_WORDS = Noise(word_error_rate=0.2, speakers_lost=0.0, speakers_swapped=0.0)
WRONG_SPEAKERS = Noise(word_error_rate=0.1, speakers_lost=0.0, speakers_swapped=0.1)

HEAD = "# Made by benchmarks/roles.py --train. A row: n-gram, its weight for the agent, its weight for another party."

Row = tuple[Speaker, str, float, set[str]]
"""The role, the author, the weight, the n-grams."""


def corpus_calls(part: str) -> list[Call]:
    """Read the calls of the authors of one part of the corpus."""
    parts = json.loads(shipped_data("splits.json").read_text("utf-8"))
    files = [corpus_folder() / f"{author}.jsonl" for author in sorted(parts) if parts[author] == part]
    return list(read_calls(files, ReadOptions(name_roles=False)))


def fingerprint(calls: Iterable[Call]) -> str:
    """Give a fingerprint of all that the weights are learned from."""
    digest = hashlib.sha256(repr((SETTINGS, sorted(ngrams([SPELLINGS])))).encode())
    for call in sorted(calls, key=lambda call: call.call_id):
        said = [(turn.speaker, turn.text) for turn in call.turns]
        digest.update(repr((call.call_id, call.extra["author"], said)).encode())
    return digest.hexdigest()[:16]


def training_rows(calls: Iterable[Call]) -> Iterator[Row]:
    """Give whole calls, their openings, and spans out of their middle, speaker by speaker."""
    rng = random.Random(SEED)
    for call in calls:
        if call.is_contrast:
            yield from _rows(call, slice(None), CONTRAST_WEIGHT)
            continue
        yield from _rows(call, slice(None), 1.0)
        yield from _rows(call, slice(rng.choice(OPENINGS)), PART_WEIGHT)
        for _ in range(N_SPANS):
            first = rng.randrange(max(1, len(call.turns) - SPANS[1]))
            yield from _rows(call, slice(first, first + rng.choice(SPANS)), PART_WEIGHT)


def _rows(call: Call, span: slice, weight: float) -> Iterator[Row]:
    said: dict[Speaker, list[str]] = defaultdict(list)
    for turn in call.turns[span]:
        if turn.speaker in ROLES:
            said[turn.speaker].append(turn.text)
    for role, texts in said.items():
        yield role, call.extra["author"], weight, ngrams(texts)


def train_weights(calls: Sequence[Call]) -> str:
    """Fit the logistic regression; give the table of its weights."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = list(training_rows(calls))
    vocabulary = _vocabulary(rows)
    column = {ngram: number for number, ngram in enumerate(vocabulary)}
    starts, columns, values = [0], [], []
    for *_, found in rows:
        known = sorted(column[ngram] for ngram in found if ngram in column)
        columns += known
        values += [scaled(len(found))] * len(known)
        starts.append(len(columns))
    X = csr_matrix((values, columns, starts), shape=(len(rows), len(vocabulary)))
    y = np.array([ROLES.index(role) for role, *_ in rows])
    weight = np.array([weight for _, _, weight, _ in rows])
    weight *= (weight.sum() / np.bincount(y, weight) / len(ROLES))[y]
    model = LogisticRegression(C=C, max_iter=3000).fit(X, y, sample_weight=weight)
    agent, customer, other = np.column_stack([model.intercept_, model.coef_])
    table = zip((INTERCEPT, *vocabulary), agent - customer, other - customer, strict=True)
    return f"{HEAD}\n{INPUTS}{fingerprint(calls)}\n" + "".join(
        f"{ngram}\t{one:.2f}\t{another:.2f}\n" for ngram, one, another in table
    )


def _vocabulary(rows: Iterable[Row]) -> list[str]:
    authors: dict[str, set[str]] = defaultdict(set)
    for _, author, _, found in rows:
        for ngram in found:
            authors[ngram].add(author)
    return sorted(ngram for ngram, using in authors.items() if len(using) >= MIN_AUTHORS)


def hide_roles(call: Call) -> Call:
    """Give the call as a recogniser labels it: speakers are told apart in the order in which they speak."""
    speakers = list(dict.fromkeys(turn.speaker for turn in call.turns if turn.speaker in ROLES))
    turns = [
        replace(turn, speaker="unknown", extra={"speaker_label": f"spk_{speakers.index(turn.speaker)}"})
        if turn.speaker in ROLES
        else turn
        for turn in call.turns
    ]
    return replace(call, turns=tuple(turns))


def swap_roles(call: Call) -> Call:
    """Give the call with agent and customer mistaken for each other."""
    swapped: dict[Speaker, Speaker] = {"agent": "customer", "customer": "agent"}
    turns = [replace(turn, speaker=swapped.get(turn.speaker, turn.speaker)) for turn in call.turns]
    return replace(call, turns=tuple(turns))


def read_back(calls: Iterable[Call]) -> list[Call]:
    """Write calls to a file and read that as a user would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.jsonl"
        path.write_text("".join(json.dumps(call_to_dict(call)) + "\n" for call in calls), "utf-8")
        return list(read_calls([path], on_problem=lambda problem: None))


@dataclass(frozen=True)
class Outcome:
    """How a call's roles were named.

    Attributes
    ----------
    is_named : bool
        Whether both agent and customer were.
    is_right : bool
        Whether both were, and rightly.
    """

    is_named: bool
    is_right: bool


def outcomes(calls: Sequence[Call]) -> list[Outcome]:
    """Hide the roles of calls, read them, and compare."""
    hidden = read_back(map(hide_roles, calls))
    return [_outcome(call, found) for call, found in zip(calls, hidden, strict=True)]


def _outcome(call: Call, found: Call) -> Outcome:
    pairs = {(turn.speaker, named.speaker) for turn, named in zip(call.turns, found.turns, strict=True)}
    sides = [named for role, named in pairs if role in ("agent", "customer")]
    is_named = "unknown" not in sides
    return Outcome(is_named, is_named and {("agent", "agent"), ("customer", "customer")} <= pairs)


def two_sided(calls: Iterable[Call]) -> list[Call]:
    """Give the conversations in which both an agent and a customer speak."""
    return [
        call
        for call in calls
        if not call.is_contrast and {"agent", "customer"} <= {turn.speaker for turn in call.turns}
    ]


def interval(k: int, n: int) -> tuple[float, float]:
    """Give the 95 % interval of a share of `k` in `n` (Wilson 1927)."""
    z = 1.96
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(k: int, n: int) -> str:
    """Show a share with its interval."""
    if not n:
        return "–"
    low, high = interval(k, n)
    return f"{100 * k / n:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def row(name: str, calls: Sequence[Call]) -> str:
    """Measure calls; give a row of the table of accuracy."""
    found = outcomes(calls)
    n_named = sum(each.is_named for each in found)
    n_right = sum(each.is_right for each in found)
    return f"| {name} | {len(found)} | {share(n_named, len(found))} | {share(n_right, n_named)} |"


def swap_row(name: str, calls: Sequence[Call]) -> str:
    """Measure the warning about swapped roles; give a row of its table."""
    seen, false = (
        sum(any("look swapped" in line for line in call.warnings) for call in read_back(given))
        for given in (map(swap_roles, calls), calls)
    )
    return f"| {name} | {len(calls)} | {share(seen, len(calls))} | {share(false, len(calls))} |"


def tables(part: str, files: Sequence[str]) -> Iterator[str]:
    """Give the lines of the tables."""
    calls = two_sided(corpus_calls(part))
    sets = {f"corpus, {part} authors": calls}
    for style in sorted({call.extra["style"] for call in calls}):
        sets[f"– {style}"] = [call for call in calls if call.extra["style"] == style]
    sets |= {
        "– two speakers": [call for call in calls if len({turn.speaker for turn in call.turns} & set(ROLES)) == 2],
        "– three speakers": [call for call in calls if len({turn.speaker for turn in call.turns} & set(ROLES)) == 3],
        "first 6 turns": two_sided(replace(call, turns=call.turns[:6]) for call in calls),
        "6 turns from the ninth on": two_sided(replace(call, turns=call.turns[8:14]) for call in calls),
        "20 % of words wrong": add_noise(calls, WRONG_WORDS, seed=SEED),
        "10 % of turns under the wrong speaker, 10 % of words wrong": add_noise(calls, WRONG_SPEAKERS, seed=SEED),
    }
    for file in files:
        sets[Path(file).stem] = two_sided(read_calls([file], ReadOptions(name_roles=False)))
    yield from ("| calls | n | both sides named | of these, rightly |", "|---|---|---|---|")
    yield from (row(name, each) for name, each in sets.items())
    yield from ("", "| calls | n | swapped: noticed | not swapped: warned of |", "|---|---|---|---|")
    yield from (swap_row(name, each) for name, each in sets.items() if not name.startswith("–"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true", help="fit the weights and write them into the package")
    parser.add_argument("--part", default="test", choices=("validation", "test"), help="whose calls are measured")
    parser.add_argument("--calls", nargs="*", default=[], metavar="FILE", help="more labelled calls to measure on")
    given = parser.parse_args()
    if given.train:
        WEIGHTS.write_text(train_weights(corpus_calls("train")), "utf-8")
        print(f"{WEIGHTS}: {WEIGHTS.stat().st_size / 1000:.0f} kB")
        return
    for line in tables(given.part, given.calls):
        print(line, flush=True)


if __name__ == "__main__":
    main()
