"""Who speaks on a channel of a recording that has one per party, and what is a turn there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from escalert.readers.building import RawTurn
from escalert.readers.format import Context
from escalert.readers.words import Word, turns_of_words

_BEFORE_NUMBER = re.compile(r"^(?:ch|chan|channel)?[\s_-]*(?=\d)", re.I)
# Seconds; long enough for drawing breath, short enough to show where the other party had its say.
LONGEST_PAUSE = 1.0


def channel_speaker(channel: object, context: Context) -> str:
    """Give the speaker label for a channel, however a format writes it (``0``, ``"ch_0"``, ``"AGENT"``).

    Returns
    -------
    str
        ``agent`` or ``customer`` if the options say on which channel the agent speaks; else the channel's own label,
        with a bare number as ``ch_0``.
    """
    name = _name(channel)
    if name and context.options.agent_channel is not None:
        return "agent" if name == _name(context.options.agent_channel) else "customer"
    return f"ch_{name}" if name.isdecimal() else "" if channel is None else str(channel)


def channel_notes(channels: Iterable[object], context: Context) -> list[str]:
    """Give what belongs in the notes of a call none of whose channels is the one that the options name."""
    wanted = context.options.agent_channel
    names = sorted({name for channel in channels if (name := _name(channel))})
    if wanted is None or not names or _name(wanted) in names:
        return []
    message = f"the agent's channel is to be {wanted!r}, but there are only {', '.join(names)}"
    return [f"{message}; all are read as the customer's"]


def turns_of_channels(channels: Iterable[Iterable[Word]], longest_pause: float = LONGEST_PAUSE) -> list[RawTurn]:
    """Give the turns of all channels in order of time, each channel with its words in order.

    People talk at the same time; a turn goes on through what others say meanwhile, and ends where its speaker pauses.
    """
    timed: list[tuple[float, RawTurn]] = []
    for words in channels:
        last = 0.0
        for turn in turns_of_words(words, longest_pause):
            last = turn.start if isinstance(turn.start, float) else last
            timed.append((last, turn))
    return [turn for _, turn in sorted(timed, key=lambda pair: pair[0])]


def _name(channel: object) -> str:
    """Give a channel's number if it has one, so that 0, ``"0"`` and ``"ch_0"`` are the same."""
    return "" if channel is None else _BEFORE_NUMBER.sub("", str(channel).strip().lower())
