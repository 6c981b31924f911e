"""The headers of a mail, in whatever state they are."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

# What the standard library raises on headers and bodies that it did not foresee.
DAMAGE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MessageError)

LONGEST_HEADER = 8_000
LONGEST_DATE = 200
MOST_ADDRESSES = 50
MOST_REFERENCES = 60
LONGEST_ID = 250

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,100}@[^\s<>()\[\],;:\"]{1,150}")
_ID = re.compile(rf"<([^<>\s]{{1,{LONGEST_ID}}})>")
# Text encodings only; and what is declared as the first of these is written as the second more often than not.
_ENDED_CODECS = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")
_READ_AS = {"iso8859-1": "cp1252", "ascii": "utf-8"}


def decode_bytes(data: bytes, charset: str | None) -> str:
    """Decode text in the charset that is declared, or else as UTF-8 or Windows-1252."""
    for name in (charset or "utf-8", "utf-8"):
        try:
            known = codecs.lookup(name.strip("'\" ")).name
            if known not in _ENDED_CODECS:
                return data.decode(_READ_AS.get(known, known)).removeprefix("\ufeff")
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


class Headers:
    """The first header of each name, and what it says."""

    def __init__(self, message: Message) -> None:
        self._raw: dict[str, str] = {}
        for name, value in message.raw_items():
            self._raw.setdefault(name.lower(), _readable(str(value)[:LONGEST_HEADER]))

    def __len__(self) -> int:
        return len(self._raw)

    def raw(self, name: str) -> str:
        """Give a header as it stands, on one line; empty if there is none."""
        return " ".join(self._raw.get(name, "").split())

    def text(self, name: str) -> str:
        """Give a header with encoded words decoded."""
        return _decoded(self.raw(name))

    def addresses(self, *names: str) -> list[tuple[str, str]]:
        """Give name and address of everyone in the first of these headers that names anyone."""
        for name in names:
            if found := _addresses(self.raw(name)):
                return found
        return []

    def ids(self, name: str) -> list[str]:
        """Give the message ids in a header."""
        raw = self.raw(name)
        found = _ID.findall(raw)
        if not found and "@" in raw and " " not in raw:
            found = [raw.strip("<>")[:LONGEST_ID]]
        return found if len(found) <= MOST_REFERENCES else [found[0], *found[-MOST_REFERENCES:]]

    def date(self) -> datetime | None:
        """Give when it was sent, or else received; UTC where no zone is given."""
        for text in (self.raw("date"), self.raw("received").rpartition(";")[2], self.raw("delivery-date")):
            if moment := _date(text[:LONGEST_DATE]):
                return moment
        return None


def _readable(value: str) -> str:
    if value.isascii():
        return value
    return decode_bytes(value.encode("utf-8", "surrogateescape"), None)


def _decoded(raw: str) -> str:
    if "=?" not in raw:
        return raw
    try:
        parts = decode_header(raw)
    except DAMAGE:
        return raw
    texts = (part if isinstance(part, str) else decode_bytes(part, charset) for part, charset in parts)
    return " ".join("".join(texts).split())


def _addresses(raw: str) -> list[tuple[str, str]]:
    try:
        pairs = [(_decoded(name), address) for name, address in getaddresses([raw])]
    except DAMAGE:
        pairs = []
    found = [(name, address.lower()) for name, address in pairs if _ADDRESS.fullmatch(address)]
    return (found or [("", address.lower()) for address in _ADDRESS.findall(raw)])[:MOST_ADDRESSES]


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.timestamp()
    except (*DAMAGE, OSError):
        return None
    return moment
