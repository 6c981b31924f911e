"""What is redacted, and how found places are hidden from later steps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["card", "account", "ssn", "email", "phone"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PLACEHOLDERS: dict[Kind, str] = {kind: f"[{kind.upper()}]" for kind in KINDS}

HIDDEN = "\ue000"
"""Stands, character for character, for what is found already: part of no number, address or label."""

_MASKS = re.compile(r"\[[A-Z][A-Z _-]{0,30}\]")


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text that is to go.

    Attributes
    ----------
    start, end : int
        As in ``text[start:end]``.
    """

    start: int
    end: int
    kind: Kind


def hide(text: str, spans: Iterable[Span]) -> str:
    """Give the text with the spans hidden; it keeps its length."""
    for span in spans:
        text = f"{text[: span.start]}{HIDDEN * (span.end - span.start)}{text[span.end :]}"
    return text


def hide_masks(text: str) -> str:
    """Hide what is a placeholder already, so that its words label nothing: ``[CARD]``, ``[PII]``."""
    return _MASKS.sub(lambda found: HIDDEN * len(found[0]), text) if "[" in text else text


def replace(text: str, spans: Iterable[Span]) -> str:
    """Give the text with a placeholder for each span."""
    for span in sorted(spans, key=lambda span: span.start, reverse=True):
        text = f"{text[: span.start]}{PLACEHOLDERS[span.kind]}{text[span.end :]}"
    return text
