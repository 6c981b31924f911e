"""Write files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from escalert.errors import UsageError


@contextmanager
def whole_file(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its name when the block ends well.

    Parameters
    ----------
    path : Path
        The final name; its folder is made if it is missing.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    UsageError
        If `path` exists and `overwrite` is false.
    OSError
        If the folder cannot be written to or the disk is full; `path` is untouched then.
    """
    refuse_existing(path, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise `UsageError` if `path` exists and may not be replaced."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already: choose another name or add --overwrite")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
