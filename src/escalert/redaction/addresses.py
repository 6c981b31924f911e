"""E-mail addresses, written (``j.smith@gmail.com``) and spoken (``j dot smith at gmail dot com``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from escalert.redaction.spans import HIDDEN, Span
from escalert.redaction.vocabulary import (
    ADDRESS_FILLERS,
    AMBIGUOUS_DOMAINS,
    BEFORE_ADDRESS,
    CONNECTORS,
    DETERMINERS,
    DOMAINS,
    NUMBER_WORDS,
    PROVIDERS,
    REMARKS,
)

_ADDRESS = re.compile(r"(?<![\w.+\-])[\w.+\-]*\w[\w.+\-]*@(?:\w[\w\-]*(?:\.\w[\w\-]*)*)?(?!\w)")
_PIECE = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]|_")

_LOCAL_WORDS = 3
_SHOPPING = re.compile(
    r"\b(?:buy|buying|bought|order\w*|saw|see|seen|look\w*|found|find|shop\w*|visit\w*|check\w*|availabl\w+|sold|sell\w*"
    r"|advertis\w+|listed|price\w*|website|site|web|paid|pay)\b"
)
_MAILING = re.compile(
    r"\be-?mail|\bmail|\baddress|\binbox|\blog-?in|\busername|\bsend|\bsent\b|\bwrite|\breach|\bcontact"
)
_SAID_OF_SPELLING = re.compile(
    r"[\s,.]*(?:all (?:one word|lower ?case|together)|one word|lower ?case|no spaces)[\s,]*\Z"
)
_HINT = re.compile(
    rf"(?:dot|point|period)\b|[.] ?(?:{'|'.join(sorted(word for word in DOMAINS if word.isalpha()))})\b"
    rf"| at (?:{'|'.join(sorted(PROVIDERS))}|g mail|hot mail)\b"
)
_LOOK, _LONGEST = 60, 40


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    text: str


def has_address(lowered: str) -> bool:
    """Tell, fast, whether a text in lower case may hold an address."""
    return "@" in lowered or ((" at " in lowered or " at, " in lowered) and _HINT.search(lowered) is not None)


def written_addresses(text: str) -> Iterator[Span]:
    """Find addresses with an ``@``, also such as break off after it."""
    if "@" in text:
        yield from (Span(found.start(), found.end(), "email") for found in _ADDRESS.finditer(text))


def spoken_addresses(text: str) -> Iterator[Span]:
    """Find addresses with an ``at`` and a ``dot``, wholly or partly in words."""
    if not has_address(text.lower()):
        return
    pieces = [_Piece(found.start(), found.end(), found[0].lower()) for found in _PIECE.finditer(text)]
    done = 0
    for index, piece in enumerate(pieces):
        if piece.text not in ("at", "@") or index < done:
            continue
        end, is_certain = _domain_end(pieces, index + 1)
        if end:
            start, is_spelled = _local_start(text, pieces, done, index)
            before = _before(text, pieces[start].start)
            if start < index and _is_meant(before, is_certain, is_spelled or piece.text == "@"):
                yield Span(pieces[start].start, pieces[end - 1].end, "email")
                done = end


def _is_meant(before: str, is_certain: bool, is_spelled: bool) -> bool:
    """Tell an address from a shop's name after an ordinary ``at``: ``i bought the chair at ikea dot com``."""
    if is_spelled or _MAILING.search(before):
        return True
    words = before.split()
    return is_certain and not _SHOPPING.search(before) and not (words and words[-1] in DETERMINERS)


def _before(text: str, start: int) -> str:
    before = text[max(0, start - _LOOK) : start].lower()
    return before[before.rfind(HIDDEN) + 1 :]


def _domain_end(pieces: Sequence[_Piece], begin: int) -> tuple[int, bool]:
    """Give the index after the domain that begins here, 0 if none does, and whether it is surely a domain."""
    n_words, n_provider = 0, 0
    for index in range(begin, min(len(pieces), begin + _LONGEST)):
        piece = pieces[index]
        if _is_dot(pieces, index):
            end, is_certain = _top_domain_end(pieces, index)
            if end and index > begin:
                return end, is_certain
        elif piece.text == "," or (piece.text[0].isalnum() and piece.text not in ("at", "and")):
            n_words += not (_is_sign(piece.text) or piece.text in CONNECTORS | ADDRESS_FILLERS | REMARKS)
            joined = "".join(each.text for each in pieces[begin : index + 1])
            n_provider = index + 1 if joined in PROVIDERS else n_provider
        elif piece.text not in ("-", "_"):
            break
        if n_words > 4:
            break
    return n_provider, False


def _is_dot(pieces: Sequence[_Piece], index: int) -> bool:
    if pieces[index].text != ".":
        return pieces[index].text in ("dot", "point", "period")
    if index + 1 >= len(pieces):
        return False
    is_loose = pieces[index - 1].end < pieces[index].start
    return is_loose or pieces[index].end == pieces[index + 1].start


def _top_domain_end(pieces: Sequence[_Piece], dot: int) -> tuple[int, bool]:
    """Give the index after ``dot com``, ``dot co dot uk``, ``dot c o m``; 0 if no top-level domain follows the dot."""
    end, is_certain, index = 0, False, dot + 1
    while index < len(pieces):
        name, after = _spelled_name(pieces, index)
        if name not in DOMAINS and name not in AMBIGUOUS_DOMAINS and (end or not _may_be_misheard(name)):
            break
        is_certain = is_certain or name in DOMAINS
        end = after
        if after < len(pieces) and _is_dot(pieces, after):
            index = after + 1
        elif name == "co" and after < len(pieces) and pieces[after].text in DOMAINS:
            index = after
        else:
            break
    return end, is_certain


def _spelled_name(pieces: Sequence[_Piece], begin: int) -> tuple[str, int]:
    """Give a word, or the word that letters spell (``c o m``), and the index after it."""
    end = begin
    while end < min(len(pieces), begin + 3) and len(pieces[end].text) == 1 and pieces[end].text.isalpha():
        end += 1
    spelled = "".join(piece.text for piece in pieces[begin:end])
    return (spelled, end) if spelled in DOMAINS else (pieces[begin].text, begin + 1)


def _may_be_misheard(name: str) -> bool:
    return name.isalpha() and len(name) in (2, 3) and name not in BEFORE_ADDRESS


def _local_start(text: str, pieces: Sequence[_Piece], least: int, at: int) -> tuple[int, bool]:
    """Give the index of the first piece before the ``at``, and whether it is spelled or put together with dots."""
    start = index = at - _n_remarks(text, pieces, at)
    n_words, is_spelled = 0, False
    while index > least:
        index -= 1
        word = pieces[index].text
        follows_connector = index + 1 < at and _is_connector(pieces, index + 1) and start == index + 1
        if _is_connector(pieces, index):
            is_spelled = True
        elif follows_connector or _is_connector(pieces, index - 1) or _is_sign(word):
            is_spelled = is_spelled or (_is_sign(word) and index + 1 < at and _is_sign(pieces[index + 1].text))
        elif word in ADDRESS_FILLERS:
            continue
        elif (
            word.removesuffix("'s") in BEFORE_ADDRESS
            or not word[0].isalnum()
            or n_words == _LOCAL_WORDS
            or start > index + 1
        ):
            break
        else:
            n_words += 1
        start = index
    return start, is_spelled


def _n_remarks(text: str, pieces: Sequence[_Piece], at: int) -> int:
    """Count the words between name and ``at`` that only say how it is written: ``all one word``."""
    found = _SAID_OF_SPELLING.search(text[: pieces[at].start].lower()[-_LOOK:])
    return sum(piece.start >= pieces[at].start - len(found[0]) for piece in pieces[:at]) if found else 0


def _is_connector(pieces: Sequence[_Piece], index: int) -> bool:
    piece = pieces[index]
    if piece.text not in CONNECTORS or index == 0:
        return False
    is_glued = pieces[index - 1].end == piece.start
    if piece.text == ".":
        has_next = index + 1 < len(pieces) and piece.end == pieces[index + 1].start
        return is_glued and (has_next or len(pieces[index - 1].text) == 1)
    return piece.text.isalpha() or piece.text in ("_", "+") or is_glued


def _is_sign(word: str) -> bool:
    """Tell whether a word is one letter, digits or a spoken number."""
    return (len(word) == 1 and word.isalnum()) or word.isdigit() or word in NUMBER_WORDS
