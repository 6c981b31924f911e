"""The store of the nightly job as commands name it: by its configuration."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from escalert.errors import UsageError

if TYPE_CHECKING:
    from escalert.nightly.config import NightlyConfig
    from escalert.nightly.store import Store

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The configuration of the nightly job.")]
DEFAULT_CONFIG = Path("nightly.toml")
UNITS = {"d": 1, "w": 7}


def open_config_store(path: Path) -> tuple[NightlyConfig, Store]:
    """Open the store that a configuration names; one that is not there is not made.

    Raises
    ------
    UsageError
        If there is no configuration, or no night was run yet.
    """
    from escalert.nightly.config import SQLITE, load_nightly_config
    from escalert.nightly.store import open_store

    config = load_nightly_config(path)
    url = config.store_url()
    if url.startswith(SQLITE) and not Path(file := url.removeprefix(SQLITE)).is_file():
        raise UsageError(f"there is no store {file} yet: 'escalert nightly --config {path}' makes it")
    return config, open_store(url, patience_s=config.store.patience_seconds)


def day_ago(text: str, today: date) -> date:
    """Read ``7d``, ``2w`` or a date.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    if match := re.fullmatch(r"(\d{1,4})([dw])", text.strip().lower()):
        return today - timedelta(days=int(match[1]) * UNITS[match[2]])
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--since takes 7d, 2w or a date like 2026-03-02, found {text!r}") from None
