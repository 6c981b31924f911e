"""JSON out of lines: one document per line, or one over many lines, or a list of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from escalert.readers.format import Context, UnreadableError
from escalert.readers.source import MAX_LINE, Lines

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]:]', re.S)


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a file, the line it begins on, and its index if it stood in a list."""

    value: Any
    line: int
    member: int | None = None


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
        If it is broken, or nested too deeply; names the character.
    """
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


def top_keys(text: str) -> tuple[str, ...]:
    """List the keys of the first object in a text that may break off anywhere."""
    keys: list[str] = []
    depth, base, last = 0, 0, ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            depth += 1
            base = base or (depth if token == "{" else 0)
        elif token in "}]":
            depth -= 1
            if depth < base:
                break
        elif token == ":" and depth == base and last:
            keys.append(last)
        last = token[1:-1] if token[0] == '"' else ""
    return tuple(keys)


def _members(value: Any, line: int) -> Iterator[Document]:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        yield from (Document(item, line, index) for index, item in enumerate(value))
    else:
        yield Document(value, line)


def _from_start(first: str, lines: Lines, context: Context) -> Iterator[Document]:
    """Decide by the second line whether the first is broken or only the start of a document."""
    number = lines.number
    second = next((line for line in lines if line.strip()), "")
    alone = first.strip() in ("{", "[") or first.lstrip()[0] == "["
    if alone or not second.lstrip().startswith("{"):
        yield from _members(_parse_long([first, second], lines), number)
        return
    for text, line in ((first, number), (second, lines.number)):
        try:
            yield from _members(parse_json(text), line)
        except UnreadableError as error:
            context.skip(line, str(error))


def _parse_long(begun: list[str], lines: Lines) -> Any:
    size = 0
    for line in lines:
        size += len(line)
        if size > MAX_LINE:
            raise UnreadableError("a JSON document of more than 64 MB; with one call per line, any size is read")
        begun.append(line)
    return parse_json("".join(begun))
