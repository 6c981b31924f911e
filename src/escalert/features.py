"""Turns → matrix: the table of turns in their context, and the scikit-learn transformers over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler

from escalert.characters import CharacterNgrams
from escalert.cues import CuePhrases
from escalert.records import SPEAKERS, Call
from escalert.unmask import MASKED, plain_text, shorten

if TYPE_CHECKING:
    from escalert.config import FeatureConfig
    from escalert.taxonomy import Taxonomy

Floats = NDArray[np.float64]

TABLE_COLUMNS = ("raw", "text", "speaker", "turn", "n_turns", "before", "after", "own_before")
WORD_PATTERN = r"(?u)\b\w[\w']*|[!?]+|[😀-🫿]"
STYLE_FEATURES = (
    "n_words_log", "n_characters_log", "capital_share", "is_shouted", "n_exclamations", "n_questions", "n_elongations",
    "n_masked", "digit_share", "has_punctuation", "ends_in_question", "n_emoji",
)  # fmt: skip
PLACE_FEATURES = (
    "from_start_log", "from_end_log", "place", "n_turns_log", *(f"is_{speaker}" for speaker in SPEAKERS),
    *(f"is_after_{speaker}" for speaker in SPEAKERS), "repeats_speaker",
)  # fmt: skip

FEW_TURNS = 5_000
"""With so many turns for each occurrence asked of it, an n-gram that comes only once can be spared."""

_CAPITAL, _LETTER, _DIGIT = re.compile("[A-Z]"), re.compile("[A-Za-z]"), re.compile("[0-9]")
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_ELONGATED = re.compile(r"([a-z])\1\1", re.IGNORECASE)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")


def turn_table(calls: Iterable[Call], lexicon: Sequence[str] = ()) -> pd.DataFrame:
    """Lay the turns of calls out as a table, one row per turn, in the order of the calls.

    Parameters
    ----------
    lexicon : sequence of str
        The swear words that disguises stand for; see `escalert.unmask.plain_text`.

    Returns
    -------
    DataFrame
        Columns ``raw`` (as transcribed), ``text`` (plain), ``speaker``, ``turn`` (its index in the call),
        ``n_turns``, and the rows of its neighbours: ``before``, ``after`` and ``own_before`` (the same
        speaker's last turn), -1 where there is none.
    """
    words = tuple(lexicon)
    columns: dict[str, list[Any]] = {name: [] for name in TABLE_COLUMNS}
    for call in calls:
        first, n_turns = len(columns["turn"]), len(call.turns)
        rows = range(first, first + n_turns)
        columns["raw"] += [shorten(turn.text) for turn in call.turns]
        columns["text"] += [plain_text(turn.text, words) for turn in call.turns]
        columns["speaker"] += [turn.speaker for turn in call.turns]
        columns["turn"] += range(n_turns)
        columns["n_turns"] += [n_turns] * n_turns
        columns["before"] += [-1, *rows[:-1]][:n_turns]
        columns["after"] += [*rows[1:], -1][:n_turns]
        columns["own_before"] += _own_before([turn.speaker for turn in call.turns], first)
    return pd.DataFrame(columns)


def _own_before(speakers: Sequence[str], first: int) -> list[int]:
    last: dict[str, int] = {}
    before = []
    for row, speaker in enumerate(speakers, first):
        before.append(last.get(speaker, -1))
        last[speaker] = row
    return before


def style_features(texts: pd.Series[str]) -> Floats:
    """Describe how each text is written, in the columns `STYLE_FEATURES`; an empty text gives zeros."""
    return np.array([_style(text) for text in texts], dtype=float).reshape(len(texts), len(STYLE_FEATURES))


def _style(text: str) -> tuple[float, ...]:
    if not text:
        return (0.0,) * len(STYLE_FEATURES)
    capitals, letters = len(_CAPITAL.findall(text)), len(_LETTER.findall(text))
    words = text.split()
    shouted = len(_SHOUTED.findall(text)) if capitals > 5 else 0
    return (
        np.log1p(len(words)),
        np.log1p(len(text)),
        capitals / max(letters, 1),
        float(shouted >= 2 and capitals < letters),
        min(text.count("!"), 5),
        min(text.count("?"), 5),
        min(len(_ELONGATED.findall(text)), 3),
        min(text.count("**"), 3),
        len(_DIGIT.findall(text)) / len(text),
        float(text.rstrip()[-1:] in (".", "!", "?")),
        float(text.rstrip().endswith("?")),
        min(len(_EMOJI.findall(text)), 3),
    )


def place_features(table: pd.DataFrame) -> Floats:
    """Describe where in its call each turn stands and who speaks, in the columns `PLACE_FEATURES`."""
    turn, n_turns = table["turn"].to_numpy(float), table["n_turns"].to_numpy(float)
    speaker = table["speaker"].to_numpy(object)
    before = np.append(speaker, "")[table["before"].to_numpy()]
    columns = [np.log1p(turn), np.log1p(n_turns - 1 - turn), (turn + 0.5) / n_turns, np.log1p(n_turns)]
    columns += [speaker == name for name in SPEAKERS]
    columns += [before == name for name in SPEAKERS]
    return np.column_stack([*columns, speaker == before]).astype(float)


class TurnFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The matrix of a turn table: n-grams of the turn and of its neighbours, style, place, cue phrases.

    A turn's words are counted once; its neighbours borrow its row, at the weight of their block.

    Parameters
    ----------
    config : FeatureConfig
        The weight of each block; a block of weight 0 is left out.
    phrases : mapping of str to sequence of str
        Cue phrases by label.
    """

    def __init__(self, config: FeatureConfig, phrases: Mapping[str, Sequence[str]]) -> None:
        self.config = config
        self.phrases = phrases

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn the vocabulary and its weights from a turn table."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: pd.DataFrame, y: Any = None) -> sparse.csr_matrix:
        """Learn from a turn table, and give its matrix."""
        config = self.config
        self.words_ = TfidfVectorizer(
            lowercase=False, token_pattern=WORD_PATTERN, ngram_range=config.word_ngrams,
            min_df=self._min_turns(len(X)), sublinear_tf=True, dtype=np.float32,
        )  # fmt: skip
        shortest, longest = config.character_ngrams
        self.characters_ = make_pipeline(
            CharacterNgrams(shortest, longest, config.character_bits), TfidfTransformer(sublinear_tf=True)
        )
        self.cues_ = make_pipeline(CuePhrases(self.phrases), MaxAbsScaler())
        self.style_, self.place_ = _scaled(style_features), _scaled(place_features)
        return self._blocks(X, "fit_transform")

    @property
    def known_words(self) -> frozenset[str] | None:
        """The single words of the vocabulary; None if it holds pairs of words only."""
        shortest, _ = self.config.word_ngrams
        return frozenset(word for word in self.words_.vocabulary_ if " " not in word) if shortest == 1 else None

    def _min_turns(self, n_turns: int) -> int:
        """Give how often an n-gram must occur: where turns are few, even a single occurrence tells something."""
        return max(1, min(self.config.min_turns_word, n_turns // FEW_TURNS))

    def transform(self, X: pd.DataFrame) -> sparse.csr_matrix:
        """Give the matrix of a turn table, turns × features."""
        return self._blocks(X, "transform")

    def _blocks(self, table: pd.DataFrame, method: str) -> sparse.csr_matrix:
        config = self.config
        words = getattr(self.words_, method)(table["text"])
        weighted: list[tuple[float, Callable[[], Any]]] = [
            (config.words, lambda: words),
            (config.characters, lambda: getattr(self.characters_, method)(table["text"])),
            (config.before, lambda: _rows(words, table["before"])),
            (config.after, lambda: _rows(words, table["after"])),
            (config.own_before, lambda: _rows(words, table["own_before"])),
            (config.style, lambda: getattr(self.style_, method)(table["raw"])),
            (config.place, lambda: getattr(self.place_, method)(table)),
            (config.cues, lambda: getattr(self.cues_, method)(table["text"])),
        ]
        blocks = [sparse.csr_matrix(block(), dtype=np.float32) * weight for weight, block in weighted if weight > 0]
        return sparse.hstack(blocks, format="csr", dtype=np.float32)


def _rows(matrix: sparse.csr_matrix, rows: pd.Series[int]) -> sparse.csr_matrix:
    """Take rows of a matrix, an empty one for -1."""
    empty = sparse.csr_matrix((1, matrix.shape[1]), dtype=matrix.dtype)
    return sparse.vstack([matrix, empty], format="csr")[rows.to_numpy()]


def build_features(config: FeatureConfig, taxonomy: Taxonomy) -> TurnFeatures:
    """Build the unfitted transformer of turn tables."""
    return TurnFeatures(config, build_phrases(taxonomy))


def build_phrases(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """List the cue phrases by label; a masked swear word is one of profanity."""
    masked = {"profanity": (MASKED,)}
    return {trigger.name: (*trigger.cues, *masked.get(trigger.name, ())) for trigger in taxonomy if trigger.cues}


def _scaled(function: Any) -> Any:
    return make_pipeline(FunctionTransformer(function), MaxAbsScaler())
