"""JSON out of lines: one document per line, or one over many lines, or a list of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from escalert.readers.building import RawCall, build_call
from escalert.readers.format import Context, UnreadableError
from escalert.readers.source import MAX_LINE, Lines
from escalert.records import Call

_STRING = r'"(?:[^"\\]|\\.)*+"'
_OTHER = r'[^"{}\[\]]*+'
# On to the next key or bracket, past the values between.
_STEP = re.compile(rf"{_OTHER}(?:{_STRING}(?!\s*:){_OTHER})*+({_STRING}\s*:|[{{}}\[\]])", re.S)

CROWDED = 2**20
MOST_OBJECTS = 500_000
MOST_VALUES = 4_000_000
"""A day of speech with two objects for each word has fewer; 40 MB of ``[],`` would take a gigabyte."""


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a file, the line it begins on, and its index if it stood in a list."""

    value: Any
    line: int
    member: int | None = None


def calls_of(parse: Callable[[Any, Context], Iterable[RawCall]], lines: Lines, context: Context) -> Iterator[Call]:
    """Read the calls of a file of JSON values; a value or a call that is unreadable costs itself alone.

    Parameters
    ----------
    parse : callable
        Gives the calls in one JSON value; raises `UnreadableError` if there is none.
    """
    return calls_of_documents(parse, read_documents(lines, context), context)


def calls_of_documents(
    parse: Callable[[Any, Context], Iterable[RawCall]], documents: Iterable[Document], context: Context
) -> Iterator[Call]:
    """Read the calls of JSON values, as `calls_of` does."""
    for document in documents:
        member = "" if document.member is None else f"item {document.member}: "
        stem = context.stem if document.member is None else f"{context.stem}-{document.member + 1}"
        try:
            for raw in parse(document.value, replace(context, stem=stem)):
                raw.line = document.line if raw.line is None else raw.line
                yield from _built(raw, context, member)
        except UnreadableError as error:
            context.skip(document.line, f"{member}{error}")
        except (TypeError, KeyError, AttributeError, IndexError, ValueError) as error:
            shown = f"{type(error).__name__}: {error}"[:120]
            context.skip(document.line, f"{member}not laid out as this format is ({shown})")


def _built(raw: RawCall, context: Context, member: str) -> Iterator[Call]:
    """Build a call; one that is refused costs itself alone, however many its document holds."""
    try:
        call = build_call(raw, context)
    except UnreadableError as error:
        context.skip(raw.line, f"{member}{error}")
    else:
        yield call


def read_documents(lines: Lines, context: Context) -> Iterator[Document]:
    """Give the JSON values of a file; what is broken is reported and passed over."""
    is_first = True
    for line in lines:
        if not line.strip():
            continue
        try:
            yield from _members(parse_json(line.strip()), lines.number)
        except UnreadableError as error:
            if is_first and line.lstrip()[0] in "{[":
                yield from _from_start(line, lines, context)
            else:
                context.skip(lines.number, str(error))
        is_first = False


def parse_json(text: str) -> Any:
    """Parse one JSON value; NaN, Infinity and broken surrogates are let through.

    Raises
    ------
    UnreadableError
        If it is broken, nested too deeply, or of more values than any call has; names the character.
    """
    if len(text) > CROWDED and (text.count("{") + text.count("[") > MOST_OBJECTS or text.count(",") > MOST_VALUES):
        raise UnreadableError(f"JSON of more than {MOST_OBJECTS:,} objects or {MOST_VALUES:,} values, which is no call")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        strict: json.JSONDecodeError = error
    except UnicodeEncodeError as error:
        strict = json.JSONDecodeError(error.reason, "", 0)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UnreadableError("JSON nested too deeply to be a call") from error
    except ValueError as error:
        line = f" of line {strict.lineno}" if strict.lineno > 1 else ""
        message = f"broken JSON ({strict.msg} at character {strict.colno}{line}); one line must be one whole value"
        raise UnreadableError(message) from error


def key_paths(text: str, deepest: int = 4) -> frozenset[str]:
    """List the keys of the first object in a text that may break off anywhere, and of what it holds.

    Returns
    -------
    frozenset of str
        Dotted paths, at most `deepest` keys long; lists are passed over.
    """
    found: set[str] = set()
    # Of each open bracket: the path to it, and whether it is an object's; how many objects are open.
    opened: list[tuple[str, bool]] = []
    path, depth = "", 0
    step = _STEP.match(text)
    while step:
        token = step[1]
        if token in "{[":
            here = opened[-1][0] if opened and not opened[-1][1] else path
            opened.append((here, token == "{"))
            depth += token == "{"
        elif token in "}]":
            if opened and opened.pop()[1]:
                depth -= 1
                if not depth:
                    break
        elif opened and opened[-1][1] and (key := token[1 : token.rindex('"')]):
            above = opened[-1][0]
            path = f"{above}.{key}" if above else key
            if depth <= deepest:
                found.add(path)
        step = _STEP.match(text, step.end())
    return frozenset(found)


def _members(value: Any, line: int) -> Iterator[Document]:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        several = len(value) > 1
        yield from (Document(item, line, index if several else None) for index, item in enumerate(value))
    else:
        yield Document(value, line)


def _from_start(first: str, lines: Lines, context: Context) -> Iterator[Document]:
    """Decide by the second line whether the first is broken or only the start of a document."""
    number = lines.number
    second = next((line for line in lines if line.strip()), "")
    is_start = first.strip() == "{" or first.lstrip()[0] == "["
    if is_start or not second.lstrip().startswith("{") or (first.rstrip()[-1] in "[{,:" and not _is_whole(second)):
        yield from _members(_parse_long([first, second], lines), number)
        return
    for text, line in ((first, number), (second, lines.number)):
        try:
            yield from _members(parse_json(text), line)
        except UnreadableError as error:
            context.skip(line, str(error))


def _is_whole(text: str) -> bool:
    try:
        parse_json(text)
    except UnreadableError:
        return False
    return True


def _parse_long(begun: list[str], lines: Lines) -> Any:
    rest = lines.rest()
    if len(rest) > MAX_LINE:
        raise UnreadableError("a JSON document of more than 64 MB; with one call per line, any size is read")
    return parse_json("".join([*begun, rest]))
