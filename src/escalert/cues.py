"""Find cue phrases in turns: a scikit-learn transformer over spaCy's PhraseMatcher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

MOST_WORDS = 300_000
"""spaCy keeps every word it has seen; past so many it is built anew, so that memory stays bounded."""


class CuePhrases(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Count, for each text and each named list of phrases, how many of the phrases' words it holds.

    Parameters
    ----------
    phrases : mapping of str to sequence of str
        Phrases by label; matched on whole tokens, whatever the case.

    Notes
    -----
    spaCy's token-pattern ``Matcher`` is some twenty times slower than the ``PhraseMatcher`` used here
    (docs/performance.md).
    """

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self.phrases = phrases

    def fit(self, X: Iterable[str], y: Any = None) -> Self:
        """Do nothing but note the labels; the phrases are given."""
        self.labels_ = tuple(self.phrases)
        return self

    def transform(self, X: Iterable[str]) -> sparse.csr_matrix:
        """Give a sparse matrix of counts, texts × labels."""
        nlp, matcher = self._matcher()
        column = {nlp.vocab.strings[label]: place for place, label in enumerate(self.phrases)}
        rows, columns, n_texts = [], [], 0
        for row, text in enumerate(X):
            n_texts = row + 1
            hits = [column[label] for label, _, _ in matcher(nlp.make_doc(text))] if text else []
            rows += [row] * len(hits)
            columns += hits
        shape = (n_texts, len(self.phrases))
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """Name the columns."""
        return np.asarray([f"cues_{label}" for label in self.phrases], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_built"}

    _built: tuple[Language, PhraseMatcher]

    def _matcher(self) -> tuple[Language, PhraseMatcher]:
        if not hasattr(self, "_built") or len(self._built[0].vocab.strings) > MOST_WORDS:
            import spacy
            from spacy.matcher import PhraseMatcher

            nlp = spacy.blank("en")
            matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
            for label, phrases in self.phrases.items():
                matcher.add(label, [nlp.make_doc(phrase) for phrase in phrases])
            self._built = (nlp, matcher)
        return self._built
