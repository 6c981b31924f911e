"""Secrets are named in the configuration and read from the environment when they are needed."""

from __future__ import annotations

import os
import re
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator

from escalert.errors import UsageError

PREFIX = "env:"
SECRET_HOSTS = ("hooks.slack.com",)
"""Hosts whose addresses are themselves the key."""


def _is_reference(value: str) -> str:
    if not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", value):
        # The value itself may be a secret: it is not shown.
        raise ValueError("a secret must not stand here; put it in the environment and write env:NAME")
    return value


def _holds_no_secret(value: str) -> str:
    if value.startswith(PREFIX):
        return _is_reference(value)
    parts = urlsplit(value)
    if parts.password or "password" in parse_qs(parts.query) or parts.hostname in SECRET_HOSTS:
        raise ValueError("this URL holds a secret; put the whole of it in the environment and write env:NAME")
    return value


Secret = Annotated[str, AfterValidator(_is_reference)]
SecretOrUrl = Annotated[str, AfterValidator(_holds_no_secret)]


def resolve(value: str, key: str) -> str:
    """Give the value of an ``env:NAME`` reference, or `value` itself if it is none.

    Parameters
    ----------
    key : str
        The key of the configuration it stands at, for the error, such as ``delivery.email.password``.

    Raises
    ------
    UsageError
        If the environment has no such variable, or an empty one.
    """
    if not value.startswith(PREFIX):
        return value
    name = value.removeprefix(PREFIX)
    found = os.environ.get(name)
    if not found:
        state = "is not set" if found is None else "is empty"
        raise UsageError(f"{key} is {value}, but the environment variable {name} {state}")
    return found
