"""Find escalation triggers in call transcripts, and the escalations that were warranted and missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from escalert.classifier import EscalationClassifier
    from escalert.readers import read_calls
    from escalert.records import Call, CallVerdict, Turn

__all__ = ["Call", "CallVerdict", "EscalationClassifier", "Turn", "read_calls"]
__version__ = "0.1.0"

_HOMES = {
    "EscalationClassifier": "classifier",
    "read_calls": "readers",
    "Call": "records",
    "CallVerdict": "records",
    "Turn": "records",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are asked for, so that the command line starts at once."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'escalert' has no attribute {name!r}")
    return getattr(import_module(f"escalert.{_HOMES[name]}"), name)
