"""The command line: thin over the library; the only place that prints and exits."""

from __future__ import annotations

from escalert.cli.app import main

__all__ = ["main"]
