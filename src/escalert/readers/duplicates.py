"""Call ids that come twice."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from escalert.errors import ReadProblem
from escalert.readers.format import OnProblem
from escalert.records import Call, Turn

SORT_HINT = "; if both are parts of one call, sort the table so that its rows stand together"


class Duplicates:
    """What was read so far: a fingerprint per call, not the calls themselves."""

    def __init__(self, on_problem: OnProblem) -> None:
        self._on_problem = on_problem
        self._files: dict[int, int] = {}
        self._contents: set[int] = set()
        self._counts: dict[str, int] = {}

    def resolve(self, call: Call, file: int) -> Call | None:
        """Give the call under an id of its own, or None if the very same call was read before.

        Parameters
        ----------
        file : int
            The number of the file that `call` is from.
        """
        content = hash((call.call_id, _content(call)))
        if content in self._contents:
            message = f"call {call.call_id!r} was read before, with the same content; this copy is left out"
            self._on_problem(ReadProblem(call.origin, message))
            return None
        self._contents.add(content)
        if self._files.setdefault(hash(call.call_id), -1) == -1:
            self._files[hash(call.call_id)] = file
            return call
        return self._renamed(call, file)

    def _renamed(self, call: Call, file: int) -> Call:
        free = self._free_id(call.call_id)
        hint = SORT_HINT if self._files[hash(call.call_id)] == file else ""
        message = f"call id {call.call_id!r} was used before by another call; this one is read as {free!r}{hint}"
        self._on_problem(ReadProblem(call.origin, message, skipped=False))
        self._files[hash(free)] = file
        return replace(call, call_id=free, warnings=(*call.warnings, f"{call.origin}: {message}"))

    def _free_id(self, call_id: str) -> str:
        number = self._counts.get(call_id, 1) + 1
        while hash(f"{call_id}~{number}") in self._files:
            number += 1
        self._counts[call_id] = number
        return f"{call_id}~{number}"


def _content(call: Call) -> Hashable:
    fields = (
        call.channel,
        call.language,
        call.started_at,
        call.agent_id,
        call.queue,
        call.customer_id,
        call.escalated,
        call.source,
    )
    return (*fields, repr(call.labels), repr(call.extra), tuple(map(_turn_content, call.turns)))


def _turn_content(turn: Turn) -> Hashable:
    return (
        turn.speaker,
        turn.text,
        turn.start_s,
        turn.end_s,
        turn.labels,
        repr(turn.extra) if turn.extra else "",
    )
