"""Archives and compressed files: every file in them is read as one of its own, and no bomb goes off."""

from __future__ import annotations

import gzip
import io
import json
import random
import stat
import struct
import sys
import tarfile
import tracemalloc
import zipfile

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalert.readers import ReadOptions, read_calls


def a_call(call_id, text="hi"):
    turns = [{"speaker": "agent", "text": text}, {"speaker": "customer", "text": "yo"}]
    return json.dumps({"call_id": call_id, "turns": turns}).encode()


def packed_zip(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def packed_tar(files, form=tarfile.PAX_FORMAT):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


MEMBERS = {
    "march/a.json": a_call("a"),
    "b.json.gz": gzip.compress(a_call("b")),
    "c.dat": zstandard.compress(a_call("c")),
    "../../etc/d.txt": b"Agent: hi\nCustomer: yo\n",
    "e.txt": b"\xef\xbb\xbfAgent: hi\r\nCustomer: yo\r\n",
    "__MACOSX/march/._a.json": b"\0\5\26\7",
    "march/.DS_Store": bytes(99),
    ".git/config": b"Agent: hidden\n",
    "README.md": b"What this is",
}
ARCHIVES = {
    "deflated zip": packed_zip(MEMBERS),
    "stored zip": packed_zip(MEMBERS, zipfile.ZIP_STORED),
    "zip behind something else": b"PK\x03\x04 a loader" * 9 + packed_zip(MEMBERS),
    "tar": packed_tar(MEMBERS),
    "GNU tar": packed_tar(MEMBERS, tarfile.GNU_FORMAT),
    "old tar": packed_tar(MEMBERS, tarfile.USTAR_FORMAT),
    "tar.gz": gzip.compress(packed_tar(MEMBERS)),
    "tar.zst": zstandard.compress(packed_tar(MEMBERS)),
    "zip.gz": gzip.compress(packed_zip(MEMBERS)),
}


def read(tmp_path, content, name="calls.zip", **options):
    """Write a file, read it, and give the calls and the problems, named from its folder on."""
    path = tmp_path / name
    path.write_bytes(content)
    problems = []
    calls = list(read_calls([path], ReadOptions(**options), on_problem=problems.append))
    return calls, [str(problem).replace(f"{tmp_path}/", "") for problem in problems]


def ids(calls):
    return [call.call_id for call in calls]


@pytest.mark.parametrize("content", ARCHIVES.values(), ids=ARCHIVES)
def test_every_member_is_read_as_a_file_of_its_own(tmp_path, content):
    calls, problems = read(tmp_path, content, "anything.bin")
    assert not problems
    assert ids(calls) == ["a", "b", "c", "d", "e"]
    assert all([turn.text for turn in call.turns] == ["hi", "yo"] for call in calls)
    assert calls[0].origin == f"{tmp_path}/anything.bin/march/a.json:1"
    assert calls[3].origin == f"{tmp_path}/anything.bin/../../etc/d.txt:1"


def test_archives_from_standard_input_and_within_archives(tmp_path, monkeypatch):
    outer = packed_zip(
        {
            "in.zip": packed_zip({"x.json.gz": gzip.compress(a_call("x"))}),
            "in.tgz": gzip.compress(packed_tar({"y.json": a_call("y")})),
            "mid.zip": packed_zip({"deep.zip": ARCHIVES["tar"], "z.json": a_call("z")}),
        }
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(outer)))
    problems = []
    calls = list(read_calls(["-"], on_problem=problems.append))
    assert ids(calls) == ["x", "y", "z"]
    assert calls[0].origin == "<stdin>/in.zip/x.json.gz:1"
    [problem] = problems
    assert problem.where == "<stdin>/mid.zip/deep.zip"
    assert "an archive in an archive in an archive" in problem.message


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_what_is_compressed_in_pieces_or_twice(tmp_path, pack):
    calls, problems = read(tmp_path, pack(a_call("a") + b"\n") + pack(a_call("b")), "calls.json.zst")
    twice, _ = read(tmp_path, pack(gzip.compress(b"Agent: hi\n")), "march.07.txt.gz")
    assert ids(calls) == ["a", "b"]
    assert ids(twice) == ["march.07"]
    assert not problems


def test_what_is_no_file_or_locked_is_left_out_with_one_line(tmp_path):
    link = tarfile.TarInfo("link.json")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    device = tarfile.TarInfo("null")
    device.type = tarfile.CHRTYPE
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(link)
        archive.addfile(device)
        archive.addfile(tarfile.TarInfo("a"), None)
    calls, problems = read(tmp_path, stream.getvalue(), "x.tar")
    assert not calls
    assert problems == [
        "x.tar/a: an empty file; nothing to read",
        "x.tar/link.json: a link or a device, and no file; left out (and 1 more in x.tar)",
    ]
    linked = zipfile.ZipInfo("link.json")
    linked.create_system, linked.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    content = bytearray(packed_zip({"a.json": a_call("a"), "b.json": a_call("b"), linked: b"/etc/passwd"}))
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    calls, problems = read(tmp_path, bytes(content))
    assert ids(calls) == ["b"]
    assert problems == [
        "calls.zip/a.json: locked with a password; unpack it yourself",
        "calls.zip/link.json: a link or a device, and no file; left out",
    ]


def test_archives_without_anything_to_read(tmp_path):
    for content in (packed_zip({}), packed_zip({"a/": b"", "__MACOSX/x": b"x"}), packed_tar({".x": b"x"})):
        assert read(tmp_path, content) == ([], ["calls.zip: an archive without files to read"])
    _, [problem] = read(tmp_path, packed_zip({"a.txt": b"Agent: hi\n"}, zipfile.ZIP_BZIP2))
    assert "packed in a way that is not known; pack it anew" in problem
    for magic in (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh91AY", b"\xfd7zXZ\0", b"\xd0\xcf\x11\xe0"):
        _, [problem] = read(tmp_path, magic + bytes(range(256)))
        assert "archive" in problem or "compressed" in problem or "old or locked" in problem


def test_names_of_members_may_be_anything(tmp_path):
    names = [
        "a/" * 10_000 + "deep.json",
        "n" * 65_000,
        "dir\\win.json",
        "\x1b[2J\n.json",
        "caf\udce9.json",
        "C:\\x\\y.txt",
    ]
    files = {name: f"Agent: {number}\n".encode() for number, name in enumerate(names)}
    for content in (packed_tar(files), packed_zip({n: c for n, c in files.items() if "\udce9" not in n})):
        calls, problems = read(tmp_path, content)
        assert not problems
        assert ids(calls)[0] == "deep"
        assert {"win", "y"} <= set(ids(calls))
        assert all(len(call.call_id) <= 255 for call in calls)
        assert all(call.origin.isprintable() and len(call.origin) < 600 for call in calls)
    assert {path.name for path in tmp_path.iterdir()} == {"calls.zip"}


def test_formats_that_are_forced_hold_for_members(tmp_path):
    content = packed_zip({"a.txt": b"Agent: hi\n", "b.xlsx": packed_zip({"[Content_Types].xml": b"<x/>"})})
    calls, [problem] = read(tmp_path, content, format="plain")
    assert ids(calls) == ["a"]
    assert problem == "calls.zip/b.xlsx: a ZIP archive or an Office document, and not plain"


BOMB = b"Agent: hello hello hello hello\n" * 300_000
BOMBS = {
    "gzip": gzip.compress(BOMB),
    "gzip in gzip": gzip.compress(gzip.compress(BOMB)),
    "zstd": zstandard.compress(BOMB),
    "member of a zip": packed_zip({"a.json": a_call("a"), "bomb.txt": BOMB, "b.json": a_call("b")}),
    "member of a tar": gzip.compress(packed_tar({"a.json": a_call("a"), "bomb.txt": BOMB, "b.json": a_call("b")})),
    "gzip in a zip": packed_zip({"a.json": a_call("a"), "bomb.gz": gzip.compress(BOMB)}),
    "zip in a zip": packed_zip({"a.json": a_call("a"), "bomb.zip": packed_zip({"b": BOMB, "c.json": a_call("c")})}),
    "one long line": gzip.compress(b'{"call_id": "' + b"a" * len(BOMB)),
    "passed over": gzip.compress(packed_tar({"a.json": a_call("a"), ".hidden": BOMB})),
    "very many members": gzip.compress(packed_tar({f"{number}.json": b"" for number in range(2000)})),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_bombs_are_given_up_with_one_line(tmp_path, monkeypatch, content):
    monkeypatch.setattr("escalert.readers.packed.ALWAYS_UNPACKED", 2**20)
    calls, problems = read(tmp_path, content)
    problems = [problem for problem in problems if "an empty file" not in problem]
    assert ids(calls) in ([], ["a"])
    assert len(problems) == 1
    assert "unpacks to more than 100 times its size, as bombs do" in problems[0]


def test_more_than_the_limit_is_given_up_whatever_the_ratio(tmp_path, monkeypatch):
    monkeypatch.setattr("escalert.readers.packed.MOST_UNPACKED", 2**20)
    calls, [problem] = read(tmp_path, gzip.compress(BOMB, 0))
    assert not calls
    assert "unpacks to more than" in problem
    monkeypatch.setattr("escalert.readers.packed.MOST_UNPACKED", 2**40)
    monkeypatch.setattr("escalert.readers.containers.LARGEST_SPOOL", 2**20)
    inner = packed_zip({"a.txt": BOMB}, zipfile.ZIP_STORED)
    calls, [problem] = read(tmp_path, packed_zip({"in.zip": inner}, zipfile.ZIP_STORED))
    assert not calls
    assert problem.startswith("calls.zip/in.zip: over")


def test_members_that_overlap_are_no_way_around_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("escalert.readers.packed.ALWAYS_UNPACKED", 2**20)
    one = packed_zip({"a.txt": b"Agent: hi\n" * 9000})
    at = one.find(b"PK\x01\x02")
    entry = one[at : one.find(b"PK\x05\x06")]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 500, 500, len(entry) * 500, at, 0)
    calls, problems = read(tmp_path, one[:at] + entry * 500 + end)
    assert len(calls) == 1
    assert "as bombs do" in problems[-1]
    assert len(problems) < 100


def header(name, size=b"%011o\0" % 0, kind=b"0"):
    """Give a block of tar as it may be forged."""
    block = bytearray(512)
    block[: len(name)] = name
    block[124:136], block[148:156], block[156:157], block[257:263] = size, b" " * 8, kind, b"ustar\0"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


OK_TAR = packed_tar({"a.json": a_call("a")})[:1024]
REST = packed_tar({"b.json": a_call("b")})
FORGED_TARS = {
    "longest of names": header(b"x", b"\x80" + (5 << 30).to_bytes(11, "big"), b"L") + b"n" * 9999,
    "negative size": header(b"x", b"\xff" * 12) + REST,
    "negative size in a note": header(b"x", b"%011o\0" % 14, b"x") + b"14 size=-1024\n".ljust(512, b"\0") + REST,
    "size beyond all": header(b"x.txt", b"\x80" + (1 << 80).to_bytes(11, "big")) + b"Agent: hi\n",
    "chain of notes": (header(b"x", b"%011o\0" % 12, b"x") + b"12 a=bbbbbb\n".ljust(512, b"\0")) * 3000 + REST,
    "digits": header(b"x", b"%011o\0" % 200_000, b"x") + b"1" * 200_192 + REST,
    "endless map of holes": header(b"x", kind=b"S")[:482] + b"\1" * 30 + (bytes(504) + b"\1" + bytes(7)) * 9000,
    "junk": b"\xff" * 2000,
    "cut header": REST[:300],
    "no end": b"",
}


@pytest.mark.parametrize("content", FORGED_TARS.values(), ids=FORGED_TARS)
def test_forged_tars_give_what_came_before_and_one_line(tmp_path, content):
    calls, problems = read(tmp_path, OK_TAR + content, "x.tar")
    assert ids(calls)[:1] == ["a"]
    assert "b" not in ids(calls)
    assert len(problems) == 1
    assert "breaks off or is damaged" in problems[0]


TWO = packed_zip({"a.txt": b"Agent: hi\n" * 20, "b.json": a_call("b")})
ENTRY = TWO.find(b"PK\x01\x02")
END = TWO.find(b"PK\x05\x06")


def forged(at, value, size=4):
    return TWO[:at] + value.to_bytes(size, "little") + TWO[at + size :]


FORGED_ZIPS = {
    "no directory": (TWO[:ENTRY], "it has no directory at its end"),
    "cut directory": (TWO[: END - 9], "it has no directory at its end"),
    "directory too large": (forged(END + 12, 2**32 - 16), "its directory is not where its end says"),
    "directory elsewhere": (forged(END + 16, END + 99), "its directory is not where its end says"),
    "directory of junk": (TWO[:ENTRY] + bytes(END - ENTRY) + TWO[END:], "its directory holds something else"),
    "member elsewhere": (forged(ENTRY + 42, 2**32 - 9), "a.txt: damaged: it is not where the directory"),
    "member within another": (forged(ENTRY + 42, 7), "a.txt: damaged: it is not where the directory"),
    "size too small": (forged(ENTRY + 24, 5), "its size is not the one in the directory"),
    "size too large": (forged(ENTRY + 24, 2**31), "its size is not the one in the directory"),
    "packed size too small": (forged(ENTRY + 20, 3), "damaged"),
    "checksum": (forged(ENTRY + 16, 77), "its checksum is wrong"),
    "other method": (forged(ENTRY + 10, 99, 2), "packed in a way that is not known"),
}


@pytest.mark.parametrize(("content", "message"), FORGED_ZIPS.values(), ids=FORGED_ZIPS)
def test_forged_zips_cost_what_is_forged_and_say_so_in_one_line(tmp_path, content, message):
    calls, problems = read(tmp_path, content)
    assert len(problems) == 1
    assert message in problems[0]
    assert ("b" in ids(calls)) is ("directory" not in message or "a.txt" in problems[0])


def test_large_archives_of_zip64(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        with archive.open("a.json", "w", force_zip64=True) as member:
            member.write(a_call("a"))
        for number in range(70_000):
            archive.writestr(f"folder {number}/", b"")
        archive.writestr("z.json", a_call("z"))
    calls, problems = read(tmp_path, stream.getvalue())
    assert ids(calls) == ["a", "z"]
    assert not problems


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_archives_that_break_off_give_what_came_before(tmp_path, pack):
    files = {f"{n}.txt": f"Agent: {random.Random(n).randbytes(4000).hex()}\n".encode() for n in range(60)}
    content = packed_tar(files)
    packed = pack(content)
    for cut in (packed[: len(packed) * 2 // 3], pack(content[: len(content) * 2 // 3])):
        calls, problems = read(tmp_path, cut)
        assert 5 < len(calls) < 60
        assert len(problems) == 1
        assert "breaks off or is damaged" in problems[0]


@pytest.mark.parametrize("pack", [packed_zip, packed_tar], ids=["zip", "tar"])
def test_memory_does_not_grow_with_the_number_of_members(tmp_path, pack):
    path = tmp_path / "calls"
    path.write_bytes(pack({f"{number}.json": a_call(f"c{number}", f"{number} " * 5000) for number in range(1000)}))
    next(read_calls([path]))
    tracemalloc.start()
    assert sum(1 for _ in read_calls([path])) == 1000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6e6


def test_folders_may_be_nested_deeper_than_python_calls(tmp_path):
    folders = [tmp_path]
    for _ in range(1200):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    (folders[-1] / "deep.txt").write_text("Agent: hi\n")
    assert ids(read_calls([tmp_path])) == ["deep"]
    (folders[-1] / "deep.txt").unlink()
    # What removes temporary folders calls itself for each.
    for folder in folders[:0:-1]:
        folder.rmdir()


SEEDS = [*ARCHIVES.values(), BOMBS["zip in a zip"], TWO, OK_TAR + REST]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(
    seed=st.sampled_from(SEEDS), at=st.floats(0, 1), junk=st.binary(max_size=9), cut=st.booleans(), over=st.booleans()
)
def test_damaged_archives_never_raise(tmp_path, seed, at, junk, cut, over):
    place = int(at * len(seed))
    rest = seed[place + len(junk) * over :]
    calls, problems = read(tmp_path, seed[:place] + junk + (b"" if cut else rest))
    assert calls or problems
    assert len(problems) <= 12
