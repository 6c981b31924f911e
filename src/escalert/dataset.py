"""Labelled calls: what is annotated in them, how they are split, what they are counted as."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalert.errors import DataError
from escalert.records import CALL_LABELS, Call
from escalert.taxonomy import Taxonomy, load_taxonomy

Floats = NDArray[np.float64]


def corpus_folder() -> Path:
    """Find the corpus that ships with escalert: in the installed package, else in a clone beside ``src``."""
    return shipped_data("corpus")


def shipped_data(name: str) -> Path:
    """Find a file or folder of the data that ships with escalert."""
    package = Path(__file__).parent
    for path in (package / "data" / name, package.parents[1] / "data" / name):
        if path.exists():
            return path
    raise DataError(f"{name!r} is not in this installation's data; name your own data")


def check_labels(calls: Sequence[Call], taxonomy: Taxonomy) -> None:
    """Refuse labels that the taxonomy does not know, and calls without any label.

    Raises
    ------
    DataError
        Names the unknown labels with where each was first seen, and the known ones.
    """
    unknown: dict[str, str] = {}
    for call in calls:
        found = {label for turn in call.turns for label in turn.labels or ()} - set(taxonomy.labels)
        for label in sorted(found | (set(call.labels) - set(CALL_LABELS))):
            unknown.setdefault(label, call.origin or call.call_id)
    if unknown:
        named = "; ".join(f"{label!r} at {where}" for label, where in unknown.items())
        raise DataError(f"labels that the taxonomy does not know: {named}. Known are: {', '.join(taxonomy.labels)}")
    if not any(turn.labels is not None for call in calls for turn in call.turns) and not any(
        call.labels for call in calls
    ):
        raise DataError(f"none of the {len(calls)} calls is labelled: 'labels' is missing on turns and calls")


def annotated_labels(calls: Sequence[Call], taxonomy: Taxonomy) -> dict[str, frozenset[str]]:
    """Tell, for each file, which labels its annotators looked for.

    The labels of the package are looked for wherever turns are labelled; a trigger of the user's own only in
    files in which it occurs, since older files were annotated before it existed.
    """
    guide = set(load_taxonomy().labels) & set(taxonomy.labels)
    seen: dict[str, set[str]] = {}
    for call in calls:
        labels = seen.setdefault(_file_of(call), set(guide))
        labels.update(label for turn in call.turns for label in turn.labels or ())
    return {name: frozenset(labels) for name, labels in seen.items()}


def turn_targets(calls: Sequence[Call], taxonomy: Taxonomy) -> Floats:
    """Give the labels of all turns: 1, 0, or NaN where nobody annotated, turns × labels."""
    annotated = annotated_labels(calls, taxonomy)
    labels = taxonomy.labels
    rows = []
    for call in calls:
        known = [label in annotated[_file_of(call)] for label in labels]
        for turn in call.turns:
            if turn.labels is None:
                rows.append([np.nan] * len(labels))
            else:
                rows.append(
                    [float(label in turn.labels) if ok else np.nan for label, ok in zip(labels, known, strict=True)]
                )
    return np.array(rows, dtype=float).reshape(-1, len(labels))


def call_targets(calls: Sequence[Call]) -> Floats:
    """Give the labels of all calls, ``escalation_warranted`` and ``escalated``: 1, 0 or NaN, calls × 2."""
    rows = [
        [np.nan if (value := call.labels.get(label)) is None else float(value) for label in CALL_LABELS]
        for call in calls
    ]
    return np.array(rows, dtype=float).reshape(-1, len(CALL_LABELS))


def group_names(calls: Sequence[Call], by: str = "author") -> list[str]:
    """Name the group that each call must stay together with: its author if it has one, else itself."""
    return [str(call.extra.get("author") or call.call_id) if by == "author" else _call_group(call) for call in calls]


def _call_group(call: Call) -> str:
    return str(call.extra.get("pair") or call.call_id)


@dataclass(frozen=True)
class Split:
    """Calls that are trained on, and calls that no part of the training sees.

    Attributes
    ----------
    train, test : list of Call
    how : str
        In words, for reports.
    """

    train: list[Call]
    test: list[Call]
    how: str


def split_calls(calls: Sequence[Call], *, by: str, test_share: float, seed: int, splits: Path | None = None) -> Split:
    """Split by author or by call, never by turn.

    Parameters
    ----------
    by : str
        ``author`` keeps an author's calls together (calls without an author stand alone), ``call`` only each call.
    test_share : float
        Share of the groups that becomes the test set.
    splits : Path, optional
        A JSON file ``{author: "train" | "validation" | "test"}`` that fixes the split.
    """
    groups = group_names(calls, by)
    if splits is not None:
        names = read_splits(splits)
        held = {name for name, part in names.items() if part == "test"}
        how = f"test authors fixed in {splits.name}"
    else:
        ordered = sorted(set(groups), key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
        held = set(ordered[: round(test_share * len(ordered))])
        how = f"{len(held)} of {len(ordered)} groups (by {by}) held out at random, seed {seed}"
    train = [call for call, group in zip(calls, groups, strict=True) if group not in held]
    test = [call for call, group in zip(calls, groups, strict=True) if group in held]
    if not train:
        raise DataError("nothing is left to train on: the split holds every call out")
    return Split(train, test, how)


def read_splits(path: Path) -> dict[str, str]:
    """Read a file of fixed splits."""
    try:
        names = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: the splits cannot be read: {error}") from error
    wrong = (
        sorted(set(names.values()) - {"train", "validation", "test"})
        if isinstance(names, dict)
        else [type(names).__name__]
    )
    if wrong:
        raise DataError(f'{path}: expected {{"author": "train" | "validation" | "test"}}, found {wrong[0]!r}')
    return dict(names)


def fingerprint(calls: Iterable[Call]) -> str:
    """Give a SHA-256 over texts, speakers and labels; the order of the calls does not matter."""
    lines = sorted(f"{call_digest(call)} {_labels(call)}" for call in calls)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def call_digest(call: Call) -> str:
    """Give a digest of what was said and by whom, whatever the call's id and labels."""
    said = "\x00".join(f"{turn.speaker}\x01{turn.text}" for turn in call.turns)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def _labels(call: Call) -> str:
    return repr(([turn.labels for turn in call.turns], sorted(call.labels.items()), call.escalated))


def count_labels(calls: Sequence[Call], taxonomy: Taxonomy) -> dict[str, Any]:
    """Count calls, turns, words, and the turns that bear each label."""
    turns = [turn for call in calls for turn in call.turns]
    labels = Counter(label for turn in turns for label in turn.labels or ())
    conversations = [call for call in calls if not call.is_contrast]
    return {
        "calls": len(conversations),
        "contrast_turns": len(calls) - len(conversations),
        "turns": sum(len(call.turns) for call in conversations),
        "words": sum(len(turn.text.split()) for turn in turns),
        "authors": len({call.extra.get("author") for call in calls} - {None}),
        "labels": {label: labels[label] for label in taxonomy.labels},
        "calls_labelled": {name: sum(bool(call.labels.get(name)) for call in calls) for name in CALL_LABELS},
    }


def _file_of(call: Call) -> str:
    return call.origin.rsplit(":", 1)[0]
