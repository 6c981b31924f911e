"""Texts → TF-IDF → clusters of texts about the same thing, by agglomerative clustering with average linkage.

What is kept of the clusters, and why this way, says `escalert.nightly.groups`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalert.nightly.stopwords import CALL_WORDS

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]
WORD = r"(?u)\b[^\W\d_](?:[^\W\d_]|'(?!s\b)){2,}\b"
"""Three letters at least; ``don't`` is one word, ``router's`` is ``router``."""
TERM_TEXTS = 5
"""A term counts if so many texts have it …"""
MOST_COMMON = 0.6
"""… and not more than this share of them, which an outage may reach in a bad night."""
DISTANCE = 0.85
"""Average cosine distance up to which texts are one cluster."""
ALIKE = 0.5
"""Clusters whose centres have this cosine are one."""
NEAR = 0.3
"""A text whose cosine to a cluster's centre is this belongs to it too."""
BLOCK = 500


def weigh_terms(texts: Sequence[str], fewest: int) -> tuple[Any, NDArray[Any]] | None:
    """Give TF-IDF, texts × terms, and the terms that `fewest` texts have at least; None where no term is left."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

    vectorizer = TfidfVectorizer(
        lowercase=False,
        token_pattern=WORD,
        stop_words=sorted(ENGLISH_STOP_WORDS | CALL_WORDS),
        ngram_range=(1, 2),
        min_df=min(fewest, TERM_TEXTS),
        max_df=MOST_COMMON,
        sublinear_tf=True,
        dtype=np.float32,
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # how scikit-learn says that no term is left
        return None
    return matrix.tocsr(), vectorizer.get_feature_names_out()


def cluster_texts(matrix: Any) -> Labels:
    """Put each row of a TF-IDF matrix into a cluster, numbered from 0; all distances are held at once."""
    from sklearn.cluster import AgglomerativeClustering

    n_texts = matrix.shape[0]
    distances = np.empty((n_texts, n_texts), dtype=np.float32)
    for first in range(0, n_texts, BLOCK):
        distances[first : first + BLOCK] = 1 - (matrix[first : first + BLOCK] @ matrix.T).toarray()
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=DISTANCE
    )
    return np.asarray(model.fit_predict(np.clip(distances, 0, None, out=distances)), dtype=np.int64)


def members_of(labels: Labels) -> Iterator[Labels]:
    """Give the rows of each cluster; -1 is none."""
    for label in range(labels.max(initial=-1) + 1):
        rows = np.flatnonzero(labels == label)
        if len(rows):
            yield rows


def join_alike(labels: Labels, matrix: Any) -> Labels:
    """Make one of clusters that are alike, the most alike first."""
    joined = labels.copy()
    while len(clusters := list(members_of(joined))) > 1:
        middle = centres(matrix, clusters)
        cosines = np.triu(middle @ middle.T, k=1)
        one, other = np.unravel_index(cosines.argmax(), cosines.shape)
        if cosines[one, other] < ALIKE:
            break
        joined[clusters[int(other)]] = joined[clusters[int(one)][0]]
    return joined


def add_near(labels: Labels, matrix: Any) -> Labels:
    """Add the texts of no cluster to the one whose centre they are near."""
    clusters = list(members_of(labels))
    if not clusters:
        return labels
    cosines = np.asarray(matrix @ centres(matrix, clusters).T)
    names = np.array([labels[rows[0]] for rows in clusters])
    is_near = (labels < 0) & (cosines.max(axis=1) >= NEAR)
    return np.where(is_near, names[cosines.argmax(axis=1)], labels)


def centres(matrix: Any, clusters: Sequence[Labels]) -> Floats:
    """Give the normalised mean of each cluster."""
    sums = np.vstack([np.asarray(matrix[rows].sum(axis=0), dtype=float).ravel() for rows in clusters])
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))


def term_shares(matrix: Any, rows: Labels) -> tuple[Floats, Floats]:
    """Give for each term the share of a cluster's texts that have it, and how many times that of the others it is."""
    n_texts, n_terms = matrix.shape
    everywhere = np.bincount(matrix.indices, minlength=n_terms)
    here = np.bincount(matrix[rows].indices, minlength=n_terms)
    inside, outside = here / len(rows), (everywhere - here + 0.5) / (n_texts - len(rows) + 1)
    return inside, inside / outside
