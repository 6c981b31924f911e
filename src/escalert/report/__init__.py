"""Verdicts as self-contained HTML pages: the report of scored calls, and the page of an evaluation."""

from __future__ import annotations

from escalert.report.calls import CallReport
from escalert.report.evaluation import Figure, Section, Table, write_evaluation_page

__all__ = ["CallReport", "Figure", "Section", "Table", "write_evaluation_page"]
