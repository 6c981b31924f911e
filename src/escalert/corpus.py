"""Checks of a labelled corpus: how varied it is, and whether its labels agree with each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from escalert.records import ESCALATED, HANDOFF, WARRANTED, Call
from escalert.taxonomy import Taxonomy

NEAR_DUPLICATE = 0.4
"""Turns that share so much of their word trigrams are taken for copies of each other."""
COMMON = 60
"""Trigrams of more turns are everybody's, and comparing by them would take minutes."""
LONG_TURN_WORDS = 8
OPENING_WORDS = 5


@dataclass
class CorpusFindings:
    """What the checks found.

    Attributes
    ----------
    counts : dict
        Calls, turns, words, authors; positive turns and near misses by label.
    distinct_trigrams : float
        Distinct word trigrams among all.
    vocabulary : int
        Distinct words.
    near_duplicates : list of (str, str, float)
        Places of two long customers' turns that are nearly alike, and their resemblance.
    openings : Counter
        First words of calls that more than one call has.
    problems : list of str
        Labels on a speaker who cannot bear them, and call labels that contradict the turns.
    """

    counts: dict[str, Any]
    distinct_trigrams: float
    vocabulary: int
    near_duplicates: list[tuple[str, str, float]] = field(default_factory=list)
    openings: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def check_corpus(calls: Sequence[Call], taxonomy: Taxonomy) -> CorpusFindings:
    """Check labelled calls and contrast turns."""
    words = [_words(turn.text) for call in calls for turn in call.turns]
    trigrams = Counter(tuple(text[i : i + 3]) for text in words for i in range(len(text) - 2))
    openings = Counter(" ".join(_words(call.turns[0].text)[:OPENING_WORDS]) for call in calls if not call.is_contrast)
    return CorpusFindings(
        counts=count_corpus(calls, taxonomy),
        distinct_trigrams=len(trigrams) / max(sum(trigrams.values()), 1),
        vocabulary=len({word for text in words for word in text}),
        near_duplicates=find_near_duplicates(calls),
        openings=Counter({opening: n for opening, n in openings.items() if n > 1}),
        problems=[problem for call in calls for problem in contradictions(call, taxonomy)],
    )


def count_corpus(calls: Sequence[Call], taxonomy: Taxonomy) -> dict[str, Any]:
    """Count calls, turns, authors, and by label the positive turns and the near misses."""
    whole = [call for call in calls if not call.is_contrast]
    turns = [turn for call in calls for turn in call.turns]
    positive = Counter(label for turn in turns for label in turn.labels or ())
    near = Counter(label for turn in turns for label in turn.extra.get("near_miss", ()))
    return {
        "calls": len(whole),
        "turns": sum(len(call.turns) for call in whole),
        "contrast_turns": len(calls) - len(whole),
        "words": sum(len(turn.text.split()) for turn in turns),
        "authors": len({call.extra.get("author") for call in calls}),
        "queues": len({call.queue for call in whole}),
        "styles": dict(Counter(call.extra.get("style") for call in whole).most_common()),
        "labels": {label: {"positive": positive[label], "near_miss": near[label]} for label in taxonomy.labels},
    }


def find_near_duplicates(calls: Sequence[Call], *, least: float = NEAR_DUPLICATE) -> list[tuple[str, str, float]]:
    """Find pairs of customers' turns of `LONG_TURN_WORDS` or more that share most of their word trigrams.

    The two sides of a contrast pair share words on purpose and are not compared with each other.

    Notes
    -----
    The measure is the resemblance of Broder (1997), "On the resemblance and containment of documents".
    """
    from sklearn.feature_extraction.text import CountVectorizer

    found = [
        (f"{call.call_id}:{number}", str(call.extra.get("pair") or call.call_id), turn.text)
        for call in calls
        for number, turn in enumerate(call.turns)
        if turn.speaker == "customer" and len(_words(turn.text)) >= LONG_TURN_WORDS
    ]
    if not found:
        return []
    counter = CountVectorizer(ngram_range=(3, 3), binary=True, token_pattern=r"[\w']+")
    trigrams = counter.fit_transform(text for _, _, text in found)
    sizes, spread = trigrams.sum(axis=1).A1, trigrams.sum(axis=0).A1
    telling = trigrams[:, (spread > 1) & (spread <= COMMON)]
    shared = (telling @ telling.T).tocoo()
    pairs = []
    for row, column, n_shared in zip(shared.row, shared.col, shared.data, strict=True):
        resemblance = n_shared / (sizes[row] + sizes[column] - n_shared)
        if row < column and resemblance >= least and found[row][1] != found[column][1]:
            pairs.append((found[row][0], found[column][0], float(resemblance)))
    return pairs


def contradictions(call: Call, taxonomy: Taxonomy) -> Iterable[str]:
    """Yield labels that their speaker cannot bear, and call labels that the turns contradict.

    Messy transcripts give turns to the wrong speaker; there labels follow what is said.
    """
    labels = {label for turn in call.turns for label in turn.labels or ()}
    if call.extra.get("style") != "messy":
        for number, turn in enumerate(call.turns):
            for label in turn.labels or ():
                if turn.speaker not in (*taxonomy[label].speakers, "other", "unknown"):
                    yield f"{call.call_id}:{number}: {label} on a turn of the {turn.speaker}"
    if call.labels.get(ESCALATED, HANDOFF in labels) != (HANDOFF in labels):
        yield f"{call.call_id}: escalated is {call.labels[ESCALATED]}, but handoff turns: {HANDOFF in labels}"
    if call.labels.get(WARRANTED) and not labels:
        yield f"{call.call_id}: warranted without any trigger"


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())
