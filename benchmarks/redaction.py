"""How well and how fast evidence is redacted: ``python benchmarks/redaction.py`` prints docs/privacy.md's table."""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from pathlib import Path

from escalert.dataset import corpus_folder
from escalert.readers import read_calls
from escalert.redaction import KINDS, Redaction, Span, redact_turns

SENTENCES = Path(__file__).parents[1] / "tests" / "data" / "redaction.txt"
SECRET = re.compile(r"\{(\w+)\|([^}]*)\}")


def marked_sentences(path: Path = SENTENCES) -> list[tuple[str, tuple[Span, ...]]]:
    """Read sentences, their secrets marked as ``{kind|secret}``, as text and spans."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [_unmarked(line) for line in lines]


def _unmarked(line: str) -> tuple[str, tuple[Span, ...]]:
    text, end, spans = "", 0, []
    for found in SECRET.finditer(line):
        text += line[end : found.start()]
        spans.append(Span(len(text), len(text) + len(found[2]), found[1]))
        text, end = text + found[2], found.end()
    return text + line[end:], tuple(spans)


def is_covered(text: str, secret: Span, found: tuple[Span, ...]) -> bool:
    """Tell whether no letter and no digit of a secret is left."""
    places = [place for place in range(secret.start, secret.end) if text[place].isalnum()]
    return all(any(span.start <= place < span.end for span in found) for place in places)


def is_right(span: Span, secrets: tuple[Span, ...]) -> bool:
    """Tell whether a span touches a secret."""
    return any(span.start < secret.end and secret.start < span.end for secret in secrets)


def measure(show: bool) -> None:
    """Print recall and precision by kind."""
    redaction = Redaction()
    n_secrets, n_removed, n_named, n_found, n_right = Counter(), Counter(), Counter(), Counter(), Counter()
    n_untouched = n_calm = 0
    for text, secrets in marked_sentences():
        found = redaction.find(text)
        n_calm += not secrets
        n_untouched += not secrets and not found
        for secret in secrets:
            n_secrets[secret.kind] += 1
            n_removed[secret.kind] += is_covered(text, secret, found)
            n_named[secret.kind] += any(span.kind == secret.kind and is_right(span, (secret,)) for span in found)
        for span in found:
            n_found[span.kind] += 1
            n_right[span.kind] += is_right(span, secrets)
        exact = {(span.start, span.end, span.kind) for span in secrets}
        if show and exact != {(span.start, span.end, span.kind) for span in found}:
            print(f"- {text}\n  {redaction.redact(text)}")
    print("| kind | secrets | removed | named rightly | placeholders | of them right |\n|---|---|---|---|---|---|")
    for kind in KINDS:
        shares = [n_removed[kind] / n_secrets[kind], n_named[kind] / n_secrets[kind], n_right[kind] / n_found[kind]]
        removed, named, right = (f"{share:.2f}" for share in shares)
        print(f"| {kind} | {n_secrets[kind]} | {removed} | {named} | {n_found[kind]} | {right} |")
    print(f"\nsentences without a secret: {n_untouched} of {n_calm} untouched")


def time_it() -> None:
    """Print the turns of the corpus per second of processor time, alone and in their calls."""
    calls = list(read_calls(sorted(corpus_folder().glob("a0*.jsonl"))))
    redaction = Redaction()
    redaction.redact("4111 1111 1111 1111 and 212 555 0187")
    n_turns = sum(len(call.turns) for call in calls)
    begin = time.process_time()
    for call in calls:
        for turn in call.turns:
            redaction.redact(turn.text)
    alone = time.process_time()
    for call in calls:
        redact_turns(call.turns, redaction)
    together = time.process_time()
    print(f"{n_turns:,} turns: {n_turns / (alone - begin):,.0f} a second, {n_turns / (together - alone):,.0f} in calls")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--show", action="store_true", help="print the sentences that are not redacted exactly as marked"
    )
    parser.add_argument("--speed", action="store_true", help="time the turns of the corpus, too")
    options = parser.parse_args()
    measure(options.show)
    if options.speed:
        time_it()
