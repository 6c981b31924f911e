"""Speaker labels and times at the beginning of a line, in their many spellings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from escalert.readers.speakers import Roles, normal_name, role_words
from escalert.readers.vocabulary import BESIDE_ROLES, FIRST_BARRED, LAST_BARRED, NAME_PARTICLES, ROLE_WORDS, SOUNDS

# Labels stand within the first characters of a line; looking no further keeps long lines cheap.
REACH = 120
LONGEST_LABEL = 40

TIME = (
    r"(?:\d{4}-\d\d-\d\d[T ])?\d{1,3}:\d\d(?::\d\d)?(?:[.,]\d{1,6})?"
    r"(?:\s?[AaPp]\.?[Mm]\b\.?|Z|[+-]\d\d:?\d\d)?"
)
_ANY_TIME = rf"{TIME}|\d{{1,6}}[.,]\d{{1,3}}\s?s?|\d{{1,6}}\s?s"
_TO = r"\s*(?:-{1,2}>?|–|—|to)\s*"
_STAMP = re.compile(
    rf"[\[(<]\s*(?P<start>{_ANY_TIME})(?:{_TO}(?P<end>{_ANY_TIME}))?\s*[\])>]\s*(?:[-–—|:]\s+)?"
    rf"|(?P<bare>{TIME})(?:{_TO}(?P<bare_end>{TIME}))?(?:\s*[-–—|]\s*|\s+)"
)
_STAMP_STARTS = frozenset("[(<0123456789")
_BULLET = re.compile(r"[-–—•*]\s+|#{1,6}\s+")
_CHEVRONS = re.compile(r">{2,}\s*")
# As in Markdown, no space inside: "*** you ***" are two masked words.
_BOLD = re.compile(r"(?P<mark>\*{1,3}|_{2,3})(?P<inside>(?=\S)[^*\n]{1,80}?(?<=\S))(?P=mark)")
_WORD = r"[^\W_][\w.'’&/#-]{0,30}"
_NAME = rf"[^\W\d_][\w.'’&/#-]{{0,30}}(?:\s{_WORD}){{0,3}}(?:\s?[\[(][^\[\]()\n:]{{1,30}}[\])])?"
_DASHED = rf"(?:\s[-–—]\s{_WORD}(?:\s{_WORD})?)"
_AFTER = rf"\s*(?:[\[(]?(?P<time>{TIME})[\])]?)?\s*"
_MACHINE = re.compile(r"(?:speaker|spk|spkr|ch|channel|participant|voice)[ _-]?(?:\d{1,3}|[a-z])", re.I)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A way to write a label.

    Attributes
    ----------
    shows : regular expression
        A cheap sign without which `pattern` cannot match.
    of_role, of_name : bool or None
        Whether a role, or a capitalised name, in this place can only be a speaker; None if it is never one.
    """

    shows: re.Pattern[str]
    pattern: re.Pattern[str]
    of_role: bool
    of_name: bool | None


_BRACKETED = re.compile(r"[\[(<](?P<label>[^\[\]()<>:\n]{1,40})[\])>]\s*:?(?:\s+|\Z)")
_COLON = re.compile(rf"(?P<label>{_NAME}{_DASHED}?){_AFTER}[:：](?:\s|\Z)")
_NUMBERED = re.compile(r"(?P<label>\d)[:：]\s")
_TIGHT_COLON = re.compile(rf"(?P<label>{_NAME}){_AFTER}(?:(?<!\d)[:：]|[:：](?!\d))")
_SEPARATED = re.compile(rf"(?P<label>{_NAME})(?:\s(?:says|said):|\t)")
_LOOSELY = re.compile(rf"(?P<label>{_NAME})(?:\ssays\s|\s[-–—]\s|\s?>\s)")
_BEFORE_TIME = re.compile(rf"(?P<label>{_NAME})\s+[\[(]?(?P<time>{TIME})[\])]?\s*\Z")
_SPELLINGS = (
    Spelling(re.compile(r"\A[\[(<]"), _BRACKETED, of_role=True, of_name=False),
    Spelling(re.compile(r"[:：](?:\s|\Z)"), _COLON, of_role=True, of_name=False),
    Spelling(re.compile(r"\A\d[:：]\s"), _NUMBERED, of_role=False, of_name=False),
    Spelling(re.compile(r"[:：]\S"), _TIGHT_COLON, of_role=True, of_name=None),
    Spelling(re.compile(r"\t|\ssa(?:ys|id):"), _SEPARATED, of_role=True, of_name=None),
    Spelling(re.compile(r"\ssays\s|\s[-–—]\s|>\s"), _LOOSELY, of_role=False, of_name=None),
    Spelling(re.compile(r":\d\d[\d:.,apmAPM\s)\]]*\Z"), _BEFORE_TIME, of_role=True, of_name=True),
)


@dataclass(slots=True)
class Mark:
    """A line, and what its beginning says.

    Attributes
    ----------
    label : str or None
        The speaker, as written.
    is_certain : bool
        Whether `label` can only be a speaker; names are believed if the whole text is made like that.
    opens : bool
        Whether a new turn begins here even without a label (``>>``).
    is_heading : bool
        Whether the line is set as a heading or in bold as a whole.
    with_label : str
        The text as it would be, were the label no label.
    """

    text: str
    line: int
    label: str | None = None
    is_certain: bool = False
    opens: bool = False
    start: object = None
    end: object = None
    is_heading: bool = False
    after_blank: bool = False
    with_label: str = ""


def read_mark(line: str, number: int, roles: Roles) -> Mark:
    """Part a line into time, label and what is said."""
    mark = Mark(line.strip(), number)
    _strip_ornaments(mark)
    _strip_stamp(mark, roles)
    _strip_ornaments(mark)
    _strip_label(mark, roles)
    if mark.label is None and mark.start is None and not (mark.opens or mark.is_heading):
        mark.text = line.strip()
    return mark


def role_label(label: str, roles: Roles) -> bool:
    """Tell whether a text can only be the label of a speaker: a role, a machine's name, one of one's own."""
    return _is_role_label(label, roles) if len(label) <= LONGEST_LABEL else False


@lru_cache(maxsize=1024)
def _is_role_label(label: str, roles: Roles) -> bool:
    if normal_name(label) in roles.names or _MACHINE.fullmatch(label):
        return True
    words = role_words(label)
    if not words or roles(label) is None or words[0] in FIRST_BARRED or words[-1] in LAST_BARRED:
        return False
    others = [word for word in re.findall(r"[^\W\d_]+", label) if not _belongs(word)]
    return len(others) <= 2 and all(is_capitalised(word) for word in others)


@lru_cache(maxsize=1024)
def name_label(label: str) -> bool:
    """Tell whether a text may be a name: few words, each with a capital."""
    words = re.findall(r"[^\W_][\w.'’-]*", label)
    barred = {words[-1].lower()} & (LAST_BARRED | SOUNDS) if words else {""}
    names = [word for word in words if word not in NAME_PARTICLES]
    return 1 <= len(names) <= 3 and not barred and all(map(is_capitalised, names))


def is_capitalised(word: str) -> bool:
    """Tell whether a word begins with a capital, a digit, or a letter of a script without capitals."""
    return not word[:1].islower()


def _belongs(word: str) -> bool:
    return all(part in ROLE_WORDS | BESIDE_ROLES for part in role_words(word))


def _strip_ornaments(mark: Mark) -> None:
    text = mark.text
    if match := _CHEVRONS.match(text):
        mark.opens, text = True, text[match.end() :]
    if (match := _BULLET.match(text)) and len(text) > match.end():
        mark.is_heading = text[0] == "#"
        text = text[match.end() :]
    if match := _BOLD.match(text[:REACH]):
        mark.is_heading = mark.is_heading or (match["mark"] != "*" and match.end() == len(text))
        text = match["inside"] + text[match.end() :]
    mark.text = text


def _strip_stamp(mark: Mark, roles: Roles) -> None:
    match = _STAMP.match(mark.text[:REACH]) if mark.text[:1] in _STAMP_STARTS else None
    if not match:
        return
    rest = mark.text[match.end() :]
    if match["bare"] is None:
        mark.start, mark.end, mark.text = match["start"], match["end"], rest
        return
    # A turn may well begin with a time of day; only before a label is it the turn's own.
    following = Mark(rest, mark.line)
    _strip_ornaments(following)
    _strip_label(following, roles)
    if following.label is not None:
        mark.start, mark.end, mark.text = match["bare"], match["bare_end"], rest


def _strip_label(mark: Mark, roles: Roles) -> None:
    head = mark.text[:REACH]
    for spelling in _SPELLINGS:
        match = spelling.pattern.match(head) if spelling.shows.search(head) else None
        if match and len(match["label"].strip()) <= LONGEST_LABEL and _take(mark, match, spelling, roles):
            return
    title = head.rstrip(":")
    if mark.is_heading and role_label(title, roles) and all(map(_belongs, title.split())):
        mark.label, mark.is_certain, mark.text = title, True, ""


def _take(mark: Mark, match: re.Match[str], spelling: Spelling, roles: Roles) -> bool:
    label = match["label"].strip()
    is_certain = spelling.of_role if role_label(label, roles) else spelling.of_name if name_label(label) else None
    if is_certain is None:
        return False
    mark.label, mark.is_certain = label, is_certain
    mark.start = match.groupdict().get("time") or mark.start
    mark.with_label, mark.text = mark.text.strip(), mark.text[match.end() :].strip()
    return True
