"""What is new among the calls of a night: told by content and call id, never by a file's time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from escalert.classifier import batches
from escalert.nightly.store import content_hash
from escalert.nightly.store.types import storable
from escalert.records import Call

KnownHashes = Callable[[Sequence[str]], Mapping[str, str]]

LOOKUP_TURNS = 4_000
"""Calls of about so many turns are looked up together."""
PROBED = 8
_NUMBERED = re.compile(r"(?P<base>.+)~(?P<number>\d+)", re.DOTALL)
"""An id as the readers give it to a call whose own was used before: see `escalert.readers.duplicates`."""


class NewCalls:
    """Passes on the calls that the store does not hold in this very form: new ones and corrected ones.

    Where several inputs use one call id for different calls, the readers number them (``7``, ``7~2``) in the order of
    reading. A file that is added or taken away changes that order, so such a call is known again under any of the
    numbered ids, and never takes the place of another that was read tonight.

    Parameters
    ----------
    known_hashes : callable
        Gives the content hashes of those of some calls that are stored: `escalert.nightly.store` has it.
    advance : callable
        Is told how many calls were read since it was told last.

    Attributes
    ----------
    n_read, n_new, n_corrected : int
        Calls that were read, and how many of them were passed on.
    """

    def __init__(self, known_hashes: KnownHashes, advance: Callable[[int], None] = lambda n: None) -> None:
        self.n_read = self.n_new = self.n_corrected = 0
        self._known_hashes = known_hashes
        self._advance = advance
        self._hashes: dict[str, str] = {}
        self._taken: set[str] = set()

    def among(self, calls: Iterable[Call]) -> Iterator[Call]:
        """Go through `calls` and give those that are to be scored."""
        for batch in batches(map(_under_storable_id, calls), LOOKUP_TURNS):
            self.n_read += len(batch)
            self._advance(len(batch))
            stored = self._known_hashes([call.call_id for call in batch])
            for call in batch:
                content = content_hash(call)
                if stored.get(call.call_id) != content and (found := self._to_score(call, content, stored)):
                    self._hashes[found.call_id] = content
                    yield found

    def hash_of(self, call: Call) -> str:
        """Give the content hash of a call that was passed on; it is forgotten then."""
        return self._hashes.pop(call.call_id, None) or content_hash(call)

    def _to_score(self, call: Call, content: str, stored: Mapping[str, str]) -> Call | None:
        """Give the call under the id that it is stored as; None if it is stored already."""
        match = _NUMBERED.fullmatch(call.call_id)
        if match is None and call.call_id not in stored:
            self.n_new += 1
            return call
        family = self._family(match["base"] if match else call.call_id)
        if own := next((name for name, its in family.items() if its == content), None):
            self._taken.add(own)
            return None
        name = call.call_id if call.call_id not in self._taken else self._free_id(call.call_id, family)
        self._taken.add(name)
        self.n_corrected += name in family
        self.n_new += name not in family
        return call if name == call.call_id else replace(call, call_id=name)

    def _family(self, base: str) -> dict[str, str]:
        """Give the content hashes of the calls that are stored under an id and its numbered ones."""
        found: dict[str, str] = {}
        for first in count(1, PROBED):
            names = [base if n == 1 else f"{base}~{n}" for n in range(first, first + PROBED)]
            known = self._known_hashes(names)
            found |= known
            if len(known) < len(names):
                break
        return found

    def _free_id(self, call_id: str, family: Mapping[str, str]) -> str:
        match = _NUMBERED.fullmatch(call_id)
        base = match["base"] if match else call_id
        names = (f"{base}~{number}" for number in count(2))
        return next(name for name in names if name not in family and name not in self._taken)


def _under_storable_id(call: Call) -> Call:
    name = storable(call.call_id)
    return call if name == call.call_id else replace(call, call_id=name)
