"""The steps of cleaning, in the order in which they are done, and what they do to a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from escalert.errors import UsageError
from escalert.readers.dirt.announcements import tell_announcements
from escalert.readers.dirt.draft import Draft
from escalert.readers.dirt.echo import drop_echoes
from escalert.readers.dirt.loops import cut_loops
from escalert.readers.dirt.masks import settle_masks
from escalert.readers.dirt.merge import merge_neighbours
from escalert.readers.dirt.noises import take_out_noises
from escalert.readers.dirt.phantoms import drop_phantoms
from escalert.records import Call


@dataclass(frozen=True, slots=True)
class Step:
    """One step of cleaning.

    Attributes
    ----------
    does : str
        What it does, in a sentence.
    counted : tuple of str
        What it counts: for one, and for several.
    clean : callable
        Cleans a call and gives how much there was to clean.
    """

    does: str
    counted: tuple[str, str]
    clean: Callable[[Draft], int]


STEPS: Mapping[str, Step] = {
    "announcements": Step(
        "give what a machine says (menus, queues, hold) to the speaker other",
        ("announcement", "announcements"),
        tell_announcements,
    ),
    "masks": Step("bring masked words and data to one form each", ("mask", "masks"), settle_masks),
    "noises": Step("take marks of noises out of the text", ("noise", "noises"), take_out_noises),
    "loops": Step("cut what a recogniser says over and over", ("loop", "loops"), cut_loops),
    "phantoms": Step("drop turns that recognisers hear in silence", ("phantom turn", "phantom turns"), drop_phantoms),
    "echo": Step("drop what is heard on the other channel as well", ("echo", "echoes"), drop_echoes),
    "merge": Step("merge neighbouring turns of one speaker", ("merged", "merged"), merge_neighbours),
}
"""Every step is done by default; `ReadOptions.keep` names those that are not."""

ALL = "all"
"""Names every step."""

NOTHING_LEFT = "nothing that was said is left after cleaning"


OnCleaned = Callable[[Mapping[str, int]], None]


class Cleaner:
    """Cleans calls of what speech recognisers leave in them.

    Parameters
    ----------
    keep : iterable of str
        The names of steps that are not to be done, or `ALL`.
    on_cleaned : callable
        Is told of each call that was cleaned, how much there was by step.

    Raises
    ------
    UsageError
        If there is no such step.
    """

    def __init__(self, keep: Iterable[str] = (), on_cleaned: OnCleaned = lambda counts: None) -> None:
        kept = set(keep)
        if unknown := sorted(kept - {*STEPS, ALL}):
            raise UsageError(
                f"there is no cleaning step {unknown[0]!r} to keep from; known are: {', '.join(STEPS)}, {ALL}"
            )
        self._steps = [(name, step.clean) for name, step in STEPS.items() if not kept & {name, ALL}]
        self._on_cleaned = on_cleaned

    def clean(self, call: Call) -> Call:
        """Give the call cleaned; one with labelled turns stays as it is.

        What was done is told in a warning of the call. A call of which nothing is left keeps its first turn, empty.
        """
        if any(turn.labels is not None for turn in call.turns):
            return call
        draft = Draft.of(call)
        counts = {name: count for name, clean in self._steps if (count := clean(draft))}
        if not counts:
            return call
        self._on_cleaned(counts)
        if not draft.turns:
            draft.turns = [replace(call.turns[0], text="")]
            draft.notes.append(NOTHING_LEFT)
        notes = [f"{call.origin}: {note}" for note in (f"cleaned: {cleaning_summary(counts)}", *draft.notes)]
        return replace(call, turns=tuple(draft.turns), warnings=(*call.warnings, *notes))


def cleaning_summary(counts: Mapping[str, int]) -> str:
    """Say how much was cleaned, as in ``3 phantom turns, 12 loops, 40 merged``."""
    parts = []
    for name, step in STEPS.items():
        if count := counts.get(name):
            one, several = step.counted
            parts.append(f"{count:,} {one if count == 1 else several}")
    return ", ".join(parts)
