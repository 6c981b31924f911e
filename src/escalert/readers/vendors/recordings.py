"""What the address of a recording tells, and what of it may be kept."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

_SOUND_FILE = re.compile(
    r"\.(?:wav|mp[34]|m4a|aac|amr|flac|og[ga]|opus|webm|wm[av]|mov|mkv|raw|pcm|m?ulaw|gsm)\Z", re.I
)


def recording_name(address: Any) -> str | None:
    """Give the name of the recorded file, without folder and ending, to name the call by; None if there is none."""
    name = _SOUND_FILE.sub("", PurePosixPath(unquote(_path(address))).name)
    return name if any(map(str.isalnum, name)) else None


def public_address(address: Any) -> str | None:
    """Give the address without what follows ``?``: there stand the signatures that open the recording to anyone."""
    if recording_name(address) is None:
        return None
    return str(address).split("?")[0].split("#")[0]


def _path(address: Any) -> str:
    if not isinstance(address, str):
        return ""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""
