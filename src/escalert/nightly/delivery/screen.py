"""Redaction of everything that a delivery is made of: prose, what was said, identifiers, names of files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Self

from escalert.nightly.config import PrivacyConfig
from escalert.records import CallVerdict, TriggerFinding, Turn
from escalert.redaction import Redaction, redact_turns, redact_verdict
from escalert.report.wording import clean

_OPAQUE = re.compile(
    r"(?<![A-Za-z\d])(?:"
    r"[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}"  # a UUID
    r"|[A-Z]{0,2}(?=\d*[a-f])[\da-f]{16,64}"  # a hash, or a telephony provider's id
    r"|(?:19|20)\d{6}(?:[-_T]?\d{4,6})?"  # a date, with or without a time
    r"|(?:19|20)\d\d-\d\d-\d\d(?:T[\d:.+Z-]+)?"
    r")(?![A-Za-z\d])",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"(?:(?<=[/\\])|^)[A-Za-z]{0,4}\d+(?=(?:\.\w+)*(?::\d+)?(?:: |$))")
"""A file or call that has a number for a name."""
TAG_BYTES = 2
"""So few that many numbers have the same tag and none is found by it, yet calls of a night have different ones."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What texts must pass before they leave the machine.

    Parameters
    ----------
    redaction : Redaction or None
        None lets everything pass.
    folder : Path, optional
        That of the configuration: paths are named from there.
    """

    redaction: Redaction | None
    folder: Path | None = None

    @classmethod
    def of(cls, privacy: PrivacyConfig, folder: Path | None = None) -> Self:
        """Build the one that ``[privacy]`` asks for."""
        return cls(Redaction(privacy.kinds, privacy.region) if privacy.redact else None, folder)

    def prose(self, text: str, names: Sequence[str] = ()) -> str:
        """Redact a text; identifiers in it that are among `names` as `identifier` does."""
        if not names:
            return clean(text if self.redaction is None else self.redaction.redact(text))
        pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        parts = re.split(f"({pattern})", text)
        return "".join(self.identifier(part) if n % 2 else self.prose(part) for n, part in enumerate(parts))

    def named(self, text: str) -> str:
        """Redact an identifier or the name of a file, which may stand in a sentence.

        What systems count or draw at random says nothing of a person, even where it looks like an account: UUIDs,
        hashes, dates, and numbers that are the whole of a name stay, unless they are card numbers.
        """
        if self.redaction is None:
            return clean(text)
        cards = replace(self.redaction, kinds=tuple(kind for kind in self.redaction.kinds if kind == "card"))
        pieces, end = [], 0
        for found in sorted([*_OPAQUE.finditer(text), *_COUNTER.finditer(text)], key=lambda match: match.start()):
            if found.start() >= end:
                pieces += [self.redaction.redact(text[end : found.start()]), cards.redact(found[0])]
                end = found.end()
        return clean("".join([*pieces, self.redaction.redact(text[end:])]))

    def path(self, text: str) -> str:
        """Redact a place that was read, or a sentence that begins with it, and name it from the folder."""
        return self.named(text if self.folder is None else text.removeprefix(f"{self.folder}{os.sep}"))

    def identifier(self, name: str) -> str:
        """Redact an identifier; one that was changed gets a tag, so that it still differs from others.

        >>> Screen(Redaction()).identifier("jane.smith@example.org")
        '[EMAIL]~92a6'
        """
        shown = self.named(name)
        if shown == clean(name):
            return shown
        return f"{shown}~{blake2b(name.encode('utf-8', 'replace'), digest_size=TAG_BYTES).hexdigest()}"

    def turns(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """Redact all turns of a call together, and leave out their fields that escalert does not know."""
        shown = tuple(turns) if self.redaction is None else redact_turns(turns, self.redaction)
        return tuple(replace(turn, text=clean(turn.text), extra={}) for turn in shown)

    def verdict(self, verdict: CallVerdict, turns: Sequence[Turn] | None) -> CallVerdict:
        """Redact evidence, reasons and warnings of a verdict, with all the call's turns if they are known."""
        shown = verdict if self.redaction is None else redact_verdict(verdict, self.redaction, turns)
        return replace(
            shown,
            triggers={label: _cleaned(finding) for label, finding in shown.triggers.items()},
            reasons=tuple(map(self.prose, shown.reasons)),
            warnings=tuple(map(self.named, shown.warnings)),
        )


def _cleaned(finding: TriggerFinding) -> TriggerFinding:
    return replace(finding, candidates=tuple(replace(turn, text=clean(turn.text)) for turn in finding.candidates))
