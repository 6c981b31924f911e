"""What a run says while it works: lines of the log, each with the name of its event and its figures."""

from __future__ import annotations

import logging
from typing import Any

FIELDS = "escalert_fields"
"""The attribute of a log record that holds them."""

log = logging.getLogger("escalert")


def tell(event: str, text: str, level: int = logging.INFO, **figures: Any) -> None:
    """Log a line.

    Parameters
    ----------
    event : str
        What happened, in a word that stays the same: ``begun``, ``skipped``, ``scored``, …
    text : str
        The same for people.
    figures : Any
        Numbers and names, for the structured form of the log.
    """
    log.log(level, "%s", text, extra={FIELDS: {"event": event, **figures}})
