"""Files that mean harm, for the short fuzzing of the tests and the long one of ``make fuzz``."""

from __future__ import annotations

import copy
import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas
import zstandard
from openpyxl import Workbook

from escalert.readers import FORMATS

ROWS = [
    ("call_id", "speaker", "start", "text"),
    ("c1", "agent", 0.5, "how can i help"),
    ("c1", "customer", 2, "my bill"),
]
GOOD = b'{"call_id": "good", "turns": [{"speaker": "agent", "text": "hi"}]}\n'


def workbook() -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def parquet() -> bytes:
    return pandas.DataFrame(ROWS[1:], columns=ROWS[0]).to_parquet()


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def seeds() -> dict[str, bytes]:
    """Give a sound file of every format, and of every way to pack one, by name."""
    texts = {form.name: form.example.encode() for form in FORMATS if form.example.strip()}
    packed = {
        "zip": zipped(("a.jsonl", GOOD), ("b/c.txt", texts["plain"])),
        "tar.gz": gzip.compress(tarred(("a.jsonl", GOOD), ("b/c.txt", texts["plain"])), mtime=0),
        "zst": zstandard.compress(GOOD * 3),
    }
    fixtures = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "formats").glob("*"))}
    return {**texts, "xlsx": workbook(), "parquet": parquet(), **packed, **fixtures}


def json_examples() -> dict[str, object]:
    """Give the examples that are one JSON value, by the name of their format."""
    found = {}
    for form in FORMATS:
        try:
            found[form.name] = json.loads(form.example)
        except ValueError:
            continue
    return found


def nested(depth: int) -> object:
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


WRONG = (
    *(None, True, -7, 1e308, 10**400, "", "\0", "9" * 5000, "\ud83d"),
    *([], {}, [None], [{}], ["a", 1], {"": None}, nested(300)),
)


def with_wrong_types(value: object, wrong: tuple[object, ...] = WRONG) -> Iterator[object]:
    """Give `value` anew with something wrong in the place of every member of it, one at a time, and without it."""
    for path in _paths(value):
        for other in wrong:
            yield _replaced(value, path, lambda holder, key, other=other: holder.__setitem__(key, other))
        yield _replaced(value, path, lambda holder, key: holder.__delitem__(key))


def _paths(value: object, before: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*before, key)
        yield from _paths(member, (*before, key))


def _replaced(value: object, path: tuple[object, ...], change: Callable[[object, object], None]) -> object:
    changed = holder = copy.deepcopy(value)
    for key in path[:-1]:
        holder = holder[key]
    change(holder, path[-1])
    return changed


def deep_in(example: str, depth: int) -> Iterator[str]:
    """Give a JSON text with brackets and with braces nested in the place of its last value, and around all of it."""
    at = max(example.rfind('"text"'), example.rfind(":"))
    before = example[: example.index(":", at) + 1]
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        yield before + opening * depth
        yield opening * depth + example.strip() + closing * depth


def xlsx_with(part: str, xml: str) -> bytes:
    """Give a workbook one part of which is other XML."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as book:
        parts = [(name, xml.encode() if name == part else book.read(name)) for name in book.namelist()]
    return zipped(*parts)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
SHEET = '{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'


def _sheet(doctype: str, cell: str) -> bytes:
    return xlsx_with("xl/worksheets/sheet1.xml", SHEET.format(doctype, CELL.format(cell)))


def entities() -> dict[str, bytes]:
    """Give workbooks, and texts, that define entities."""
    laughs = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'
    outside = '<!DOCTYPE x [<!ENTITY o SYSTEM "file:///etc/passwd">]>'
    yaml = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    return {
        "laughs.xlsx": _sheet(laughs, "&l29;"),
        "outside.xlsx": _sheet(outside, "&o;"),
        "parameter.xlsx": _sheet('<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>', "x"),
        "strings.xlsx": xlsx_with("xl/workbook.xml", f"{laughs}<workbook>&l29;</workbook>"),
        "laughs.xml": f"<?xml version='1.0'?>{laughs}<x>&l29;</x>".encode(),
        "laughs.yaml": yaml.encode(),
    }


def bombs(size: int) -> dict[str, bytes]:
    """Give small files of which about `size` bytes of nothing new come out."""
    zeros, line = bytes(size), b"Agent: " + b"a" * size
    spaces = b'{"call_id": "c", "turns": ' + b" " * size
    inner = zipped(("a.txt", zeros))
    return {
        "zeros.gz": gzip.compress(zeros, mtime=0),
        "layers.gz": gzip.compress(gzip.compress(gzip.compress(zeros, mtime=0), mtime=0), mtime=0),
        "zeros.zst": zstandard.compress(zeros),
        "line.zst": zstandard.compress(line),
        "spaces.gz": gzip.compress(spaces, mtime=0),
        "zeros.zip": inner,
        "nested.zip": zipped(*((f"{n}.zip", inner) for n in range(20)), method=zipfile.ZIP_STORED),
        "overlapping.zip": overlapping(inner, 60),
        "sheet.xlsx": xlsx_with("xl/worksheets/sheet1.xml", SHEET.format("", " " * size)),
        "cells.xlsx": xlsx_with("xl/worksheets/sheet1.xml", SHEET.format("", "<row><c/></row>" * (size // 200))),
    }


def overlapping(archive: bytes, times: int) -> bytes:
    """Give an archive whose directory names its one member many times over."""
    end = archive.rindex(b"PK\x05\x06")
    at = struct.unpack_from("<L", archive, end + 16)[0]
    entry = archive[at:end]
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, times, times, len(entry) * times, at, 0)
    return archive[:at] + entry * times + tail


ESCAPING = (
    "../escaped.txt",
    "/tmp/escaped.txt",
    "a/../../../escaped.txt",
    "..\\escaped.txt",
    "C:\\escaped.txt",
    "a\0b",
)


def escaping() -> dict[str, bytes]:
    """Give archives with members that name places outside."""
    members = [(name, b"Agent: out of here\nCustomer: indeed\n") for name in ESCAPING]
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w") as archive:
        for kind, name in ((tarfile.SYMTYPE, "way"), (tarfile.LNKTYPE, "hard"), (tarfile.CHRTYPE, "device")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("way/escaped.txt")
        info.size = len(members[0][1])
        archive.addfile(info, io.BytesIO(members[0][1]))
    return {"out.zip": zipped(*members), "out.tar": tarred(*members[:-1]), "links.tar": link.getvalue()}


STUTTER = (
    *("a", " ", "\t", "9", "[", "{", "(", "<", ">", '"', "'", ":", "-", "*", "_", "#", "|", ",", ";", "."),
    *("\\", "\r", "é", "a ", "a: ", "A:", "a,", "> ", "<b", "</", "&#", "00:", "1.", '"",', "**", "--", "=\n", "@a."),
)
"""What stands over and over in a line that regular expressions might take forever to give up on."""


def long_lines(stutter: str, size: int) -> Iterator[bytes]:
    """Give a file that is one line of `size` characters, and one in which somebody says it."""
    run = _run(stutter, size)
    yield run.encode()
    yield f"Agent: hello\nCustomer: {run}\nAgent: bye\n".encode()


def with_long_value(example: str, stutter: str, size: int) -> Iterator[bytes]:
    """Give the example of a format, with what is said in it a long run of something."""
    run = _run(stutter, size)
    inside = json.dumps(run)[1:-1] if example.lstrip()[:1] in ("{", "[") else run
    words = [word for word in ("how can i help", "help", "hello", "manager") if word in example]
    for word in words[:1]:
        yield example.replace(word, inside).encode()


def _run(stutter: str, size: int) -> str:
    return (stutter * (size // len(stutter) + 1))[:size]
