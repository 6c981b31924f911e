"""One result of Google Speech-to-Text: what was recognised in one stretch of one channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from escalert.readers.members import objects, text_in
from escalert.readers.vendors.google_json import duration_s, field_of
from escalert.readers.words import Word

STARTS = ("startTime", "startOffset", "start_time", "start_offset")
ENDS = ("endTime", "endOffset", "end_time", "end_offset")
SPEAKERS = ("speakerLabel", "speakerTag", "speaker_label", "speaker_tag")


@dataclass(frozen=True)
class Result:
    """A result; its words are read when they are asked for, since those of many are repeated by a later one.

    Attributes
    ----------
    channel : int, str or None
        None where there is only one.
    items : list of dict
        The words as the file has them.
    confidence : float or None
        Of the recogniser, from 0 to 1.
    """

    channel: int | str | None
    text: str
    items: list[dict[str, Any]]
    end: float | None
    confidence: float | None

    @cached_property
    def words(self) -> list[Word]:
        """Its words; where one has no speaker, that of the word before goes on, since 0 names nobody."""
        start, end, speaker = (self._key(names) for names in (STARTS, ENDS, SPEAKERS))
        words: list[Word] = []
        who = None
        for item in self.items:
            who = item.get(speaker) or who
            words.append(Word(who, item["word"], duration_s(item.get(start)), duration_s(item.get(end))))
        if words and words[0].start is None and start in self.items[-1] and start not in self.items[0]:
            # A start of zero is left out.
            words[0].start = 0.0
        return words

    @cached_property
    def has_speakers(self) -> bool:
        """Whether its words have speakers."""
        speaker = self._key(SPEAKERS)
        return any(item.get(speaker) for item in self.items)

    @cached_property
    def start(self) -> float | None:
        """When its first word begins that has a time."""
        return next((word.start for word in self.words if word.start is not None), None)

    @property
    def says_nothing(self) -> bool:
        """Whether it has neither text nor words, as results of silence do."""
        return not self.text and not self.items

    def _key(self, names: tuple[str, ...]) -> str:
        """Give the name that its words use; the first words may lack what is zero."""
        return next((name for name in names if any(name in item for item in self.items[:10])), "")


def result_of(message: dict[str, Any], notes: list[str]) -> Result:
    """Read a result."""
    # Only the first alternative has speakers; the others are worse guesses at the same.
    best = next(iter(objects(message.get("alternatives"), "alternatives", notes)), {})
    items = objects(best.get("words"), "words", notes)
    spoken = [item for item in items if isinstance(item.get("word"), str)]
    if len(spoken) < len(items):
        notes.append(f"{len(items) - len(spoken)} of {len(items)} words are no text; left out")
    channel, confidence = field_of(message, "channelTag"), best.get("confidence")
    return Result(
        channel if isinstance(channel, int | str) and str(channel) != "0" else None,
        (text_in(best, "transcript") or "").strip(),
        spoken,
        duration_s(field_of(message, "resultEndTime") or field_of(message, "resultEndOffset")),
        # Zero stands for no estimate.
        confidence if isinstance(confidence, float) and confidence else None,
    )
