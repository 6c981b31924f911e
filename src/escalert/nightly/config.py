"""The configuration of the nightly job, as read from ``nightly.toml``.

Every key has a default and an explanation; unknown keys are refused. Paths are relative to the folder of the file.
Secrets never stand in the file: they are written ``env:NAME`` and read from the environment when they are needed
(`escalert.nightly.secrets.resolve`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, PrivateAttr, ValidationError

from escalert.errors import UsageError
from escalert.nightly.delivery_sections import DeliveryConfig, EmailConfig, WebhookConfig
from escalert.nightly.example import example_of
from escalert.nightly.record_sections import RecordSource
from escalert.nightly.secrets import resolve
from escalert.nightly.section import Section, section_in
from escalert.nightly.sections import (
    DriftConfig,
    InputConfig,
    MissedConfig,
    ModelConfig,
    PrivacyConfig,
    RepeatConfig,
    StoreConfig,
    TrackingConfig,
)

__all__ = [
    "DeliveryConfig",
    "DriftConfig",
    "EmailConfig",
    "InputConfig",
    "MissedConfig",
    "ModelConfig",
    "NightlyConfig",
    "PrivacyConfig",
    "RecordSource",
    "RepeatConfig",
    "StoreConfig",
    "TrackingConfig",
    "WebhookConfig",
    "example",
    "load_nightly_config",
]

SQLITE = "sqlite:///"
CONFIDENTIAL = ("secret", "password", "url")
"""Keys whose wrong values are not shown: they may be the secret itself."""
EXAMPLE_VALUES: dict[tuple[str, ...], Any] = {
    ("inputs", "paths"): ["."],
    ("model", "name"): "rules",
    ("delivery", "report"): "reports",
}
"""What differs from the defaults in the example, so that it runs beside transcripts without a trained model."""


class NightlyConfig(Section):
    """All of ``nightly.toml``; `load_nightly_config` reads it.

    Examples
    --------
    >>> NightlyConfig().missed.capacity
    50
    """

    inputs: InputConfig = InputConfig()
    store: StoreConfig = StoreConfig()
    model: ModelConfig = ModelConfig()
    missed: MissedConfig = MissedConfig()
    repeats: RepeatConfig = RepeatConfig()
    delivery: DeliveryConfig = DeliveryConfig()
    drift: DriftConfig = DriftConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    tracking: TrackingConfig = TrackingConfig()
    _file: Path | None = PrivateAttr(None)

    @property
    def folder(self) -> Path:
        """The folder of the file, from which its paths are taken."""
        return self._file.parent if self._file else Path.cwd()

    def store_url(self) -> str:
        """Give the URL of the store, its secret read and an SQLite file's path made absolute.

        Raises
        ------
        UsageError
            If the URL stands in an environment variable that is not set.
        """
        url = resolve(self.store.url, "store.url")
        path = url.removeprefix(SQLITE)
        return f"{SQLITE}{self.folder / path}" if url.startswith(SQLITE) and path else url

    def own_files(self) -> tuple[Path, ...]:
        """Name what the job itself reads as configuration or writes: never transcripts, even if they lie among them."""
        places = [self._file, self.delivery.report, self.delivery.csv, self.delivery.json_folder]
        places += [source.path for source in self.inputs.records]
        places += [self.folder / name for name in ("mlflow.db", "mlruns")]
        if self.model.name is not None and Path(self.model.name).is_dir():
            places.append(Path(self.model.name))
        url = self.store_url()
        if url.startswith(SQLITE):
            places += [Path(f"{url.removeprefix(SQLITE)}{ending}") for ending in ("", "-wal", "-shm", "-journal")]
        return tuple(place for place in places if place is not None)


def load_nightly_config(path: Path) -> NightlyConfig:
    """Read the configuration of the nightly job.

    Parameters
    ----------
    path : Path
        The TOML file; relative paths in it, and an SQLite file, are taken from its folder.

    Raises
    ------
    UsageError
        If the file cannot be read, or with all its problems at once.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"there is no {path}: write one with 'escalert nightly --init'") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: the configuration cannot be read: {error}") from error
    file = path.absolute()
    sections: dict[str, Any] = {name: {} for name in NightlyConfig.model_fields}
    try:
        config = NightlyConfig.model_validate(sections | tables, context={"folder": file.parent})
    except ValidationError as error:
        raise UsageError(f"{path}: " + "; ".join(map(_problem, error.errors()))) from error
    config._file = file
    return config


def example() -> str:
    """Give the commented configuration of ``escalert nightly --init``.

    Every key stands in it with its explanation, at its default or, where it has none, as a comment. It runs as it is in
    a folder with transcripts: by the rules, into an SQLite file and a folder of reports.
    """
    return example_of(NightlyConfig, EXAMPLE_VALUES)


def _problem(found: Any) -> str:
    place, kind = ".".join(map(str, found["loc"])), found["type"]
    if kind == "extra_forbidden":
        known = ", ".join(_keys(_section_at(found["loc"][:-1])))
        return f"{place} is unknown; known here are: {known}"
    message = found["msg"].removeprefix("Value error, ")
    if kind in ("missing", "value_error") or found["loc"][-1] in CONFIDENTIAL:
        return f"{place}: {message}"
    return f"{place}: {message.lower()}, found {found['input']!r}"


def _section_at(place: Iterable[str | int]) -> type[BaseModel]:
    section: type[BaseModel] = NightlyConfig
    for part in place:
        for name, field in section.model_fields.items():
            if part in (name, field.alias):
                section = section_in(field.annotation) or section
    return section


def _keys(section: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]
