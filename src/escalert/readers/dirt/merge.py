"""Turns that a recogniser broke in pieces, put together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from escalert.readers.dirt.draft import Draft, party
from escalert.records import Turn

LONGEST_PAUSE_S = 2.0
"""Seconds; after a longer pause a new turn begins."""

MOST_WORDS = 60
"""Words of a merged turn; of the turns that escalert was trained on, one in a thousand is longer."""

WORD_S = 0.4
"""Seconds that a spoken word takes (150 words a minute), for the end of turns that have only a start."""


def merge_neighbours(draft: Draft) -> int:
    """Merge neighbouring turns of one speaker; give how many turns were merged into the one before them."""
    breaks = _transfer_times(draft.call.extra)
    merged: list[Turn] = []
    run: list[Turn] = []
    n_words = 0
    for turn in draft.turns:
        words = turn.text.count(" ") + 1
        if run and n_words + words <= MOST_WORDS and _goes_on(run[-1], turn, breaks):
            n_words += words
        else:
            merged += _joined(run)
            run, n_words = [], words
        run.append(turn)
    merged += _joined(run)
    count = len(draft.turns) - len(merged)
    if count:
        draft.turns = merged
    return count


def _goes_on(before: Turn, turn: Turn, breaks: Sequence[float]) -> bool:
    if before.speaker != turn.speaker:
        return False
    # Of turns of others or of unknown speakers without a label, nothing says that they are of one speaker.
    speaker, label = who = party(turn)
    if who != party(before) or speaker == "other" or (speaker == "unknown" and not label):
        return False
    if before.start_s is None or turn.start_s is None:
        return True
    end = before.end_s
    if end is None:
        end = before.start_s + WORD_S * (before.text.count(" ") + 1)
    is_parted = any(before.start_s < at <= turn.start_s for at in breaks)
    return turn.start_s - end <= LONGEST_PAUSE_S and not is_parted


def _joined(run: list[Turn]) -> list[Turn]:
    if len(run) < 2:
        return run
    ends = [turn.end_s for turn in run if turn.end_s is not None]
    text = " ".join(turn.text for turn in run)
    return [Turn(run[0].speaker, text, run[0].start_s, max(ends, default=None), None, _common(run))]


def _common(run: Sequence[Turn]) -> Mapping[str, Any]:
    """Give what holds for all of the turns; of their confidences, the lowest."""
    first = run[0].extra
    if not any(turn.extra != first for turn in run):
        return first
    extra = {name: value for name, value in first.items() if all(turn.extra.get(name) == value for turn in run)}
    known = [turn.extra["confidence"] for turn in run if isinstance(turn.extra.get("confidence"), int | float)]
    return {**extra, "confidence": min(known)} if known else extra


def _transfer_times(extra: Mapping[str, Any]) -> list[float]:
    """Give when the call was passed on: the agents before and after that are not one speaker."""
    transfers = extra.get("transfers")
    if not isinstance(transfers, list):
        return []
    times = [transfer.get("at") for transfer in transfers if isinstance(transfer, dict)]
    return [at for at in times if isinstance(at, int | float)]
