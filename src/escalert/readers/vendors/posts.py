"""What tickets and chats have in common: posts at points in time, whose text may be HTML or a mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from escalert.readers.building import RawTurn
from escalert.readers.format import UnreadableError
from escalert.readers.mails.replies import own_words
from escalert.readers.markup import has_markup, html_text
from escalert.readers.times import parse_time
from escalert.readers.vendors.order import in_order


class PostClock:
    """Counts from the first of the points in time of a conversation.

    Attributes
    ----------
    begun : float or None
        Unix time in seconds; None if no point in time is known.
    """

    def __init__(self, stamps: Iterable[Any]) -> None:
        self.begun = min((stamp for stamp in map(_epoch_s, stamps) if stamp is not None), default=None)

    def since(self, stamp: Any) -> Any:
        """Give seconds since then; what is no point in time as it stands, for the check of times to report."""
        seconds = _epoch_s(stamp)
        return stamp if seconds is None or self.begun is None else round(seconds - self.begun, 3)


def post_text(body: str, *, is_mail: bool = False) -> str:
    """Give what a post says, on one line: without tags, and of a mail without quotes and signature."""
    text = html_text(body) if has_markup(body) else body
    return " ".join((own_words(text) if is_mail else text).split())


def worded(turns: Iterable[RawTurn], notes: list[str]) -> list[RawTurn]:
    """Give the turns that say anything, in the order of time, and note how many do not.

    Raises
    ------
    UnreadableError
        If none does.
    """
    given = list(turns)
    found = in_order(turn for turn in given if turn.text)
    if not found:
        raise UnreadableError("nobody says anything in it; a call needs at least one turn")
    if len(found) < len(given):
        notes.append(f"{len(given) - len(found)} of {len(given)} messages have no words of their own; left out")
    return found


def private_note(count: int) -> str:
    """Say that notes among agents were left out."""
    return f"private notes, which the customer never saw, are left out: {count}"


def _epoch_s(stamp: Any) -> float | None:
    moment = parse_time(stamp)
    return moment.seconds if moment is not None and moment.since == "epoch" else None
