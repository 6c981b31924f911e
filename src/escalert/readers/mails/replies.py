"""What a sender wrote: a mail without the mails that it quotes, and without signature.

Quotes are found by quotequail. Of the libraries for it, it alone knows how mail programs of many languages and both
plain and Outlook style introduce a quote, is kept up, and takes no more than the square of the length; the regular
expressions of mail-parser-reply and email-reply-parser run for minutes on 20 kB of blank lines or of "On …", and take a
list with hyphens for a signature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

# As quotequail takes the square of the length, it is shown as much as its task needs: a line that introduces a quote
# is short, and stands near the top.
MOST_LINES = 300
LONGEST_LINE = 200
LINES_OF_QUOTE = 3
LINES_OF_SIGNATURE = 8
LONGEST_OF_SIGNATURE = 80
SHORTEST_DISCLAIMER = 60
LONGEST_DISCLAIMER = 2_000

_QUOTED = re.compile(r"\s*>")
_SHOWS_QUOTE = re.compile(r"^\s*>|:|^[_-]{3}|<[^<>@]{1,100}@")
_PLACE = re.compile("\ue000(\\d+)\ue000")
_ABOVE_THIS_LINE = re.compile(r"^[> \t]{0,8}##-[^\n]{1,100}-##[ \t]*$", re.M)
_DELIMITER = re.compile(r"--\s*\Z")
_SENT_FROM = re.compile(
    r"\W{0,3}(?:sent from (?:my|outlook|mail|yahoo|proton|samsung|gmail)|get outlook for|sent via"
    r"|von meinem|gesendet (?:mit|von)|diese nachricht wurde von meinem|envoyé de(?:puis)? mon|enviado desde mi"
    r"|inviato da(?:l mio)?|verzonden vanaf mijn)\b.{0,80}\Z",
    re.I,
)
_SIGN_OFF = re.compile(
    r"(?:(?:(?:with )?(?:best|kind|kindest|warm|warmest|many)?\s?(?:regards|wishes))|best|all the best|sincerely"
    r"|(?:yours|very) (?:sincerely|truly|faithfully)|cheers|respectfully|(?:many )?thanks|thank you|thx"
    r"|(?:thanks|thank you) and (?:best |kind )?regards"
    r"|(?:mit )?(?:freundlichen?|besten?|vielen|herzlichen?|liebe|viele|schöne) (?:grüßen?|grüssen?|dank)|mfg|lg"
    r"|(?:bien )?cordialement|(?:un )?saludos?(?: cordiales)?|(?:cordiali|distinti) saluti|met vriendelijke groeten?"
    r")\s?[,.!]{0,2}\Z",
    re.I,
)
_POSTSCRIPT = re.compile(r"p\.?\s?s\b", re.I)
_LEGAL = re.compile(r"\b(?:confidential|privileged|intended (?:only |solely )?for|vertrauliche?)\b", re.I)
_OF_THIS_MAIL = re.compile(r"\b(?:this|diese) (?:e-?mail|message|communication|transmission|nachricht)\b", re.I)


def own_words(text: str) -> str:
    """Give a mail's text without quoted mails, signature and disclaimer; line breaks stay.

    Of a mail that says nothing itself and passes another one on, give what is passed on.
    """
    if "\n" not in text and not _QUOTED.match(text):
        return text.strip()
    above = _ABOVE_THIS_LINE.split(text.replace("\ue000", ""))
    # Ticket systems put the line on top of what they send, and it comes back above the quote.
    lines = _shortened_quotes(next(filter(str.strip, above), "").strip().splitlines())
    return "\n".join(_without_signature(_without_quotes(lines))).strip()


def _shortened_quotes(lines: Sequence[str]) -> list[str]:
    """Leave so many lines of each quote as tell it from lines that begin with ``>`` by chance."""
    kept: list[str] = []
    quoted, enough, last = 0, LINES_OF_QUOTE, ""
    for line in lines:
        quoted = quoted + 1 if _QUOTED.match(line) else 0
        if quoted == 1:
            enough = 1 if last.endswith(":") else LINES_OF_QUOTE
        if quoted <= enough:
            kept.append(line.rstrip())
            last = kept[-1] or last
    return kept


def _without_quotes(lines: list[str]) -> list[str]:
    first = next((n for n, line in enumerate(lines) if _SHOWS_QUOTE.search(line[:LONGEST_LINE])), len(lines))
    if first == len(lines):
        return lines
    # Takes a tenth of a second with what it needs.
    import quotequail

    # An introduction may be wrapped, and show what it is on its second line only.
    before, lines = lines[: max(0, first - 1)], lines[max(0, first - 1) :]
    head = [line if len(line) <= LONGEST_LINE else f"\ue000{n}\ue000" for n, line in enumerate(lines[:MOST_LINES])]
    found = quotequail.unwrap("\n".join(head))
    if found is None:
        return [*before, *_unquoted(lines)]
    # What follows on a quote by headers is all quote; after one with `>`, the sender may go on.
    rest = lines[MOST_LINES:] if found.get("text_bottom") else []
    own = [*before, *_restored(found.get("text_top"), lines), *_restored(found.get("text_bottom"), lines), *rest]
    is_passed_on = found["type"] == "forward" and not any(line.strip() for line in own)
    return _unquoted([*_restored(found.get("text"), lines), *lines[MOST_LINES:]] if is_passed_on else own)


def _restored(part: str | None, lines: list[str]) -> list[str]:
    return _PLACE.sub(lambda match: lines[int(match[1])], part or "").split("\n")


def _unquoted(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not _QUOTED.match(line)]


def _without_signature(lines: list[str]) -> list[str]:
    lines = [line for line in lines if not _SENT_FROM.match(line.strip())]
    while (start := _last_paragraph(lines)) and _is_disclaimer(" ".join(lines[start:])):
        lines = lines[:start]
    lines = lines[: _beginning(lines, _DELIMITER, _is_short)]
    return lines[: _beginning(lines, _SIGN_OFF, _is_name)]


def _last_paragraph(lines: list[str]) -> int:
    """Give where the last paragraph begins, with the blank lines before it; 0 if it is all there is."""
    while lines and not lines[-1].strip():
        lines.pop()
    start = len(lines)
    while start and lines[start - 1].strip():
        start -= 1
    return start


def _is_disclaimer(text: str) -> bool:
    head = text[:LONGEST_DISCLAIMER]
    return len(text) > SHORTEST_DISCLAIMER and bool(_LEGAL.search(head) and _OF_THIS_MAIL.search(head))


def _beginning(lines: list[str], sign: re.Pattern[str], may_follow: Callable[[list[str]], bool]) -> int:
    """Give the line on which a signature begins; the number of lines if there is none."""
    for index in range(len(lines) - 1, max(0, len(lines) - 2 * LINES_OF_SIGNATURE), -1):
        if sign.match(lines[index].strip()):
            return index if may_follow([line.strip() for line in lines[index + 1 :] if line.strip()]) else len(lines)
    return len(lines)


def _is_short(lines: list[str]) -> bool:
    return len(lines) <= LINES_OF_SIGNATURE


def _is_name(lines: list[str]) -> bool:
    is_brief = _is_short(lines) and all(len(line) <= LONGEST_OF_SIGNATURE for line in lines)
    return is_brief and not any(line.endswith("?") or _POSTSCRIPT.match(line) for line in lines)
