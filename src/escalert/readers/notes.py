"""What was mended in a call, in words."""

from __future__ import annotations

from functools import lru_cache
from shlex import quote

MOST_NOTES = 30


class Notes:
    """What was mended in one call; a thing that is wrong in many turns is noted once, and counted."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._found: dict[str, tuple[str, int]] = {}
        self._left_out = 0

    def add(self, message: str, where: str = "") -> None:
        """Note `message`, at `where` or at the call as a whole."""
        if message in self._found:
            first, times = self._found[message]
            self._found[message] = (first, times + 1)
        elif len(self._found) < MOST_NOTES:
            self._found[message] = (where or self._where, 1)
        else:
            self._left_out += 1

    def has(self, message: str) -> bool:
        """Tell whether it is noted, so that another place of it need not be named."""
        return message in self._found

    def lines(self) -> tuple[str, ...]:
        """Give one line for each different message."""
        lines = [
            f"{where}: {message}" + (f" ({times} times in this call)" if times > 1 else "")
            for message, (where, times) in self._found.items()
        ]
        more = [f"{self._where}: {self._left_out} more of the kind"] if self._left_out else []
        return tuple(lines + more)


def shown(value: object) -> str:
    """Name what stands in the place of something else."""
    if value is None:
        return "empty (null)"
    kinds = {dict: "an object", list: "a list", bool: str(value).lower(), str: f"{str(value)[:40]!r}"}
    return kinds.get(type(value), str(value)[:40])


@lru_cache(maxsize=1024)
def unknown_speaker(label: str) -> str:
    """Say that a label tells no role, and what to do."""
    option = quote(f"agent={label[:40]}")
    return f"speaker {label[:40]!r} is read as unknown; name its role, as in --speaker {option}"
