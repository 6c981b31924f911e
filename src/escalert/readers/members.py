"""Members of JSON objects that others wrote, in which anything may stand anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from escalert.readers.building import text_of_id
from escalert.readers.format import Context, UnreadableError
from escalert.readers.notes import shown
from escalert.readers.words import seconds


def object_of(value: Any, what: str) -> dict[str, Any]:
    """Give the object that `value` must be.

    Raises
    ------
    UnreadableError
        If it is none; says that it is not `what`.
    """
    if isinstance(value, dict):
        return value
    raise UnreadableError(f"{shown(value)} and not {what}")


def members(value: Any) -> dict[str, Any]:
    """Give an object that may be missing."""
    return value if isinstance(value, dict) else {}


def objects(value: Any, what: str, notes: list[str], text: str = "") -> list[dict[str, Any]]:
    """Give the objects in a list that may be missing.

    Parameters
    ----------
    what : str
        How a note names other things that are left out.
    text : str
        A member that holds a text if it is there; objects in which it holds more than that are left out.
    """
    items = value if isinstance(value, list) else []
    found = [item for item in items if isinstance(item, dict)]
    if text:
        found = [item for item in found if not isinstance(item.get(text), dict | list)]
    if len(found) < len(items):
        notes.append(f"{len(items) - len(found)} of {len(items)} {what} are not laid out as in this format; left out")
    return found


def present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None."""
    return {name: value for name, value in fields.items() if value is not None}


def text_in(record: dict[str, Any], *names: str) -> str | None:
    """Give the first of these members that is a text and not empty, nor the word None."""
    found = (record.get(name) for name in names)
    return next((text for text in found if isinstance(text, str) and text.strip() not in ("", "None")), None)


def id_of(candidates: Iterable[Any], context: Context) -> str:
    """Give the first of these that can be a call id, else the name of the file."""
    found = (text_of_id(value) for value in candidates)
    return next((text for text in found if text is not None and text != "None"), context.stem)


def time_of(value: Any, per_second: float = 1.0) -> Any:
    """Give a number of any type as seconds; what is none as it stands, for the check of times to report."""
    found = seconds(value, per_second)
    return value if found is None else found
