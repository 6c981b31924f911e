"""Which words moved the model: leave each out, and see how far the log-odds fall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from escalert.classifier import EscalationClassifier
from escalert.linear import safe_logit
from escalert.records import Call, CallVerdict

AROUND = 5
"""Turns before and after an evidence turn that are kept while its words are left out one by one."""
MOST_WORDS = 80
"""Longer turns are cut into so many pieces of several words."""


@dataclass(frozen=True, slots=True)
class WordInfluence:
    """How far a word, or a piece of several, moved a label's log-odds; positive speaks for the label."""

    word: str
    influence: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one turn bears one label; words in the order of the turn."""

    turn: int
    label: str
    probability: float
    words: tuple[WordInfluence, ...]

    def strongest(self, most: int = 6) -> list[WordInfluence]:
        """Give the words that moved the model most, either way."""
        return sorted(self.words, key=lambda word: -abs(word.influence))[:most]


def explain_call(classifier: EscalationClassifier, call: Call, verdict: CallVerdict) -> list[Explanation]:
    """Explain every evidence turn of a verdict by occlusion.

    Notes
    -----
    Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks"; for text Li, Monroe and
    Jurafsky (2016), "Understanding neural networks through representation erasure".
    """
    by_turn: dict[int, list[str]] = {}
    for label, finding in verdict.triggers.items():
        for evidence in finding.evidence if finding.flagged else ():
            by_turn.setdefault(evidence.turn, []).append(label)
    return [found for turn in sorted(by_turn) for found in _explain_turn(classifier, call, turn, by_turn[turn])]


def _explain_turn(classifier: EscalationClassifier, call: Call, turn: int, labels: Sequence[str]) -> list[Explanation]:
    first = max(0, turn - AROUND)
    window, place = replace(call, turns=call.turns[first : turn + AROUND + 1]), turn - first
    pieces = split_words(call.turns[turn].text)
    texts = [" ".join(pieces), *(" ".join(pieces[:i] + pieces[i + 1 :]) for i in range(len(pieces)))]
    variants = [_with_text(window, place, text) for text in texts]
    probabilities, _ = classifier.probabilities(variants)
    odds = safe_logit(probabilities[place :: len(window.turns)])
    return [_explanation(classifier, turn, label, pieces, odds) for label in labels]


def _explanation(
    classifier: EscalationClassifier, turn: int, label: str, pieces: Sequence[str], odds: object
) -> Explanation:
    import numpy as np
    from scipy.special import expit

    column = np.asarray(odds)[:, classifier.taxonomy.labels.index(label)]
    words = tuple(
        WordInfluence(word, float(column[0] - without)) for word, without in zip(pieces, column[1:], strict=True)
    )
    return Explanation(turn, label, float(expit(column[0])), words)


def split_words(text: str) -> list[str]:
    """Split a text into words, or into `MOST_WORDS` pieces if it has more."""
    words = text.split()
    size = -(-len(words) // MOST_WORDS) if words else 1
    return [" ".join(words[i : i + size]) for i in range(0, len(words), size)]


def _with_text(call: Call, turn: int, text: str) -> Call:
    return replace(call, turns=(*call.turns[:turn], replace(call.turns[turn], text=text), *call.turns[turn + 1 :]))
