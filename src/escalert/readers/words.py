"""Turns out of single words, as recognisers time and label them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from escalert.readers.building import RawTurn


@dataclass(slots=True)
class Word:
    """One recognised word, or a mark of punctuation.

    Attributes
    ----------
    is_attached : bool
        Whether it stands without a space before it, as punctuation does; it belongs to the word before it, whoever
        is named as its speaker.
    start, end : float or None
        Seconds.
    """

    speaker: object
    text: str
    start: float | None = None
    end: float | None = None
    is_attached: bool = False


def turns_of_words(words: Iterable[Word], longest_pause: float | None = None) -> Iterator[RawTurn]:
    """Give a turn for each run of words of one speaker.

    Parameters
    ----------
    longest_pause : float, optional
        A pause of more seconds between two words of one speaker begins a new turn.
    """
    run: list[Word] = []
    for word in words:
        if run and not word.is_attached and (word.speaker != run[0].speaker or _pauses(run, word, longest_pause)):
            yield _turn(run)
            run = []
        run.append(word)
    if run:
        yield _turn(run)


def in_order_of_time(words: Iterable[Word]) -> list[Word]:
    """Interleave words of several channels by their start; those without one stay behind the word before them."""
    timed: list[tuple[float, Word]] = []
    last = 0.0
    for word in words:
        last = last if word.start is None else word.start
        timed.append((last, word))
    return [word for _, word in sorted(timed, key=lambda pair: pair[0])]


def seconds(value: Any, per_second: float = 1.0) -> float | None:
    """Read a number of any type, such as ``"4.87"``, ``"1.4s"`` or 1400 milliseconds, as seconds; None if it is none.

    Parameters
    ----------
    per_second : float
        How many of the value's unit make a second.
    """
    if isinstance(value, bool) or value is None:
        return None
    try:
        # By far most values need no more, and words come by the million.
        return float(value) / per_second
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return float(str(value).strip().rstrip("s")) / per_second
    except ValueError:
        return None


def _pauses(run: list[Word], word: Word, longest_pause: float | None) -> bool:
    if longest_pause is None or word.start is None:
        return False
    last = run[-1].end
    if last is None:
        last = next((each.end for each in reversed(run) if each.end is not None), None)
    return last is not None and word.start - last > longest_pause


def _turn(run: list[Word]) -> RawTurn:
    text = "".join([word.text if word.is_attached else f" {word.text}" for word in run]).strip()
    starts = [word.start for word in run if word.start is not None]
    ends = [word.end for word in run if word.end is not None]
    return RawTurn(run[0].speaker, text, min(starts, default=None), max(ends, default=None))
