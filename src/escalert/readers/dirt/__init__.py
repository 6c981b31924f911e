"""Recogniser's dirt: what speech recognisers write that nobody said, and what they break in pieces.

Only calls of formats with `is_recognised` are cleaned; see ``docs/cleaning.md``.
"""

from __future__ import annotations

from escalert.readers.dirt.steps import ALL, STEPS, Cleaner, OnCleaned, Step, cleaning_summary

__all__ = ["ALL", "STEPS", "Cleaner", "OnCleaned", "Step", "cleaning_summary"]
