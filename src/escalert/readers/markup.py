"""Text out of HTML, as mails, tickets and chats hold it.

By the parser of lxml, which hands over tags as it finds them: it takes time and memory in proportion to the text,
however deeply a page nests or whatever it leaves open, where that of the standard library may take the square of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

BLOCKS = (
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
HIDDEN = "head title script style template noscript object svg"
LONGEST_HTML = 2_000_000

_BLOCKS = frozenset(BLOCKS.split())
_HIDDEN = frozenset(HIDDEN.split())
_PARAGRAPH = re.compile(r"\s*<p(?:\s[^<>]*)?>([^<>&]*)</p>\s*", re.I)
# Who writes "press <Enter>" does not write HTML.
_TAG = re.compile(
    r"</?(?:html|body|div|p|br|span|a|b|i|u|em|strong|font|ul|ol|li|table|t[rdh]|h[1-6]|hr|img|pre|code|blockquote)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.I,
)


def has_markup(text: str) -> bool:
    """Tell whether a text that may be either is HTML."""
    return _TAG.search(text) is not None


def html_text(html: str) -> str:
    """Give what a reader of the page sees: a line per block, quotes marked with ``>`` as in plain mail."""
    # Most messages of a chat are no more than this, and lxml takes twenty times as long for it.
    if alone := _PARAGRAPH.fullmatch(html):
        return " ".join(alone[1].split())
    # Takes a tenth of a second, which nobody should wait for who reads no HTML.
    from lxml import etree

    lines = _VisibleLines()
    parser = etree.HTMLParser(target=lines, encoding="utf-8")
    try:
        parser.feed(html[:LONGEST_HTML].encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        # Nothing in it that could be a page; what was seen until then is kept.
        lines.close()
    return "\n".join(lines.found)


def text_of_html(body: str) -> str:
    """Give the text of a body that may be HTML, on one line."""
    return " ".join((html_text(body) if has_markup(body) else body).split())


class _VisibleLines:
    """Is told of tags and text in turn, as lxml wants it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._line: list[str] = []
        self._hidden = 0
        self._quotes = 0
        self._kept_breaks = 0

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        if tag in _BLOCKS:
            self._end_line()
        self._count(tag, 1)

    def end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line()
        self._count(tag, -1)

    def data(self, text: str) -> None:
        if self._hidden:
            return
        first, *others = text.split("\n") if self._kept_breaks else [text]
        self._line.append(first)
        for line in others:
            self._end_line()
            self._line.append(line)

    def close(self) -> None:
        self._end_line()

    def _count(self, tag: str, step: int) -> None:
        self._hidden += step if tag in _HIDDEN else 0
        self._quotes += step if tag == "blockquote" else 0
        self._kept_breaks += step if tag == "pre" else 0

    def _end_line(self) -> None:
        if text := " ".join("".join(self._line).split()):
            self.found.append(f"{'> ' * min(self._quotes, 3)}{text}")
        self._line.clear()
