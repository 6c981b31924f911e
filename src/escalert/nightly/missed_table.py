"""Missed escalations of several nights as they may leave the machine: the CSV of the nights, and lines to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from escalert.nightly.config import PrivacyConfig
from escalert.nightly.delivery.lines import quote_of, quoted, taxonomy_of
from escalert.nightly.delivery.outgoing import outgoing_night
from escalert.nightly.delivery.table import night_table
from escalert.nightly.missed_list import UNLISTED, MissedCall
from escalert.nightly.night import ListedCall, Night
from escalert.nightly.store import Store

LINE_END = "\r\n"


def nights_table(store: Store, nights: Sequence[Night], privacy: PrivacyConfig) -> Iterator[str]:
    """Give the rows of nights, one after the other, below one header: the columns are those of a night's own CSV."""
    for number, night in enumerate(nights or [_night(())]):
        outgoing = outgoing_night(store, night, privacy)
        text = night_table(outgoing, taxonomy_of(outgoing.night))
        yield text.partition(LINE_END)[2] if number else text


def shown_calls(store: Store, calls: Sequence[MissedCall], privacy: PrivacyConfig) -> Iterator[tuple[ListedCall, str]]:
    """Give calls redacted, each with the words to quote; empty where no text is left."""
    outgoing = outgoing_night(store, _night(tuple(call.listed for call in calls)), privacy)
    taxonomy = taxonomy_of(outgoing.night)
    for listed in outgoing.night.missed:
        turn = quote_of(listed.stored.verdict, taxonomy)
        yield listed, quoted(turn) if turn else ""


def _night(missed: tuple[ListedCall, ...]) -> Night:
    return Night(UNLISTED, date.max, "", {}, missed=missed)
