"""The triggers escalert looks for: what each is called, means and weighs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from escalert.errors import UsageError

GROUPS = ("core", "extended", "outcome")
REQUIRED = ("title", "meaning", "speakers", "group")
OPTIONAL = ("weight", "urgent", "reason", "cues")


@dataclass(frozen=True, slots=True)
class Trigger:
    """One label that a turn can bear.

    Attributes
    ----------
    name : str
        The label as it stands in data and output.
    meaning : str
        One sentence; the annotation guide's, in short.
    speakers : tuple of str
        Who can bear it.
    group : str
        ``core``, ``extended`` or ``outcome``.
    weight : float
        Its share in the priority of a call.
    urgent : bool
        Whether it alone makes a missed escalation urgent.
    reason : str
        How a verdict words it.
    cues : tuple of str
        Phrases that betray it: the rules baseline, and a feature of the model.
    """

    name: str
    title: str
    meaning: str
    speakers: tuple[str, ...]
    group: str
    weight: float = 0.0
    urgent: bool = False
    reason: str = ""
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All labels, in the order in which every output shows them."""

    triggers: tuple[Trigger, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of all labels, outcomes included."""
        return tuple(trigger.name for trigger in self.triggers)

    def __iter__(self) -> Iterator[Trigger]:
        return iter(self.triggers)

    def __getitem__(self, label: str) -> Trigger:
        for trigger in self.triggers:
            if trigger.name == label:
                return trigger
        raise UsageError(f"there is no trigger {label!r}; known are: {', '.join(self.labels)}")

    def only(self, labels: tuple[str, ...]) -> Taxonomy:
        """Give the taxonomy of these labels alone."""
        return Taxonomy(tuple(trigger for trigger in self.triggers if trigger.name in labels))


def load_taxonomy(extra: Path | None = None) -> Taxonomy:
    """Read the taxonomy of the package, and add or replace the entries of a file.

    Parameters
    ----------
    extra : Path, optional
        A TOML file with tables ``[trigger.NAME]`` of the same keys as the package's ``taxonomy.toml``.

    Raises
    ------
    UsageError
        If the file cannot be read, or an entry has an unknown, missing or impossible key; names all of them.
    """
    entries = _read_toml(resources.files("escalert").joinpath("taxonomy.toml").read_text("utf-8"), "taxonomy.toml")
    if extra is not None:
        try:
            entries |= _read_toml(extra.read_text("utf-8"), str(extra))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{extra}: the taxonomy cannot be read: {error}") from error
    return Taxonomy(tuple(entries.values()))


def _read_toml(text: str, where: str) -> dict[str, Trigger]:
    try:
        tables = tomllib.loads(text).get("trigger", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: not valid TOML: {error}") from error
    problems = [problem for name, table in tables.items() for problem in _problems(name, table)]
    if problems or not tables:
        raise UsageError(f"{where}: " + ("; ".join(problems) or "no [trigger.NAME] table in it"))
    return {name: _trigger(name, table) for name, table in tables.items()}


def _problems(name: str, table: dict[str, Any]) -> Iterator[str]:
    known = REQUIRED + OPTIONAL
    for key in table.keys() - set(known):
        yield f"[trigger.{name}] has the unknown key {key!r}; known are: {', '.join(known)}"
    for key in set(REQUIRED) - table.keys():
        yield f"[trigger.{name}] lacks {key!r}"
    if table.get("group", "core") not in GROUPS:
        yield f"[trigger.{name}] group is {table['group']!r}; it can be: {', '.join(GROUPS)}"


def _trigger(name: str, table: dict[str, Any]) -> Trigger:
    lists = {key: tuple(table.get(key, ())) for key in ("speakers", "cues")}
    defaults = {"reason": f"{table['title'].lower()} in the call"}
    return Trigger(name=name, **{**defaults, **table, **lists})
