"""What every section of ``nightly.toml`` has in common."""

from __future__ import annotations

import glob
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo


class Section(BaseModel):
    """A table of the configuration; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def folder_of(info: ValidationInfo) -> Path | None:
    """Give the folder of the file that is being read, None where there is none."""
    return (info.context or {}).get("folder")


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    folder = folder_of(info)
    if folder is None or str(path) == "-":
        return path
    given = path.expanduser()
    if glob.has_magic(str(given)) and not given.is_absolute() and not (folder / given).exists():
        return Path(glob.escape(str(folder))) / given
    return folder / given


FilePath = Annotated[Path, AfterValidator(_beside_the_file)]
"""A path or pattern, taken from the folder of the configuration file."""


def section_in(annotation: Any) -> type[BaseModel] | None:
    """Find the section that an annotation such as ``tuple[WebhookConfig, ...]`` or ``EmailConfig | None`` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, Union, UnionType, Annotated):
        return next((found for part in get_args(annotation) if (found := section_in(part))), None)
    return None
