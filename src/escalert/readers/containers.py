"""Compressed files and archives: each file in them is read as if it were one of its own.

Nothing is unpacked to a place that a name in an archive tells; what has to be gone through back and forth lies in an
unnamed temporary file meanwhile.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO

from escalert.errors import ReadProblem
from escalert.readers.format import OnProblem, UnreadableError
from escalert.readers.inputs import is_passed_over, shown_member, stem_of
from escalert.readers.magic import TAR_BLOCK, ZIP, is_tar
from escalert.readers.packed import MEMBER_BYTES, Bounded, Budget, unpack
from escalert.readers.source import Joined, Readable
from escalert.readers.tar_members import tar_members
from escalert.readers.zip_directory import NO_FILE, zip_entries
from escalert.readers.zip_members import ZipContent

# An archive, and one within it.
MOST_NESTED = 2
# What is read back and forth, such as a workbook in an archive, is laid on disk up to this size, in memory up to that.
LARGEST_SPOOL = 2 * 2**30
SPOOL_IN_MEMORY = 8 * 2**20
# Office documents are ZIP archives with one of these in them.
_PACKAGE_SIGNS = ("[Content_Types].xml", "mimetype")
_PACKAGE_MEMBERS = 10_000
_CHUNK = 2**16

NESTED = "an archive in an archive in an archive; unpack the outer ones yourself"


@dataclass(frozen=True, slots=True)
class Member:
    """A file, or what stands for one in an archive.

    Attributes
    ----------
    name : str
        How messages name it, such as ``archive.zip/folder/call.json``.
    stem : str
        Its own name without folders and endings.
    """

    name: str
    stem: str
    content: Joined


def members_of(joined: Joined, name: str, on_problem: OnProblem) -> Iterator[Member]:
    """Give the files in an input one by one; what is no archive is the only one.

    Parameters
    ----------
    joined : Joined
        The bytes of the input. A member can be read until the next is asked for.
    name : str
        How messages name it.
    on_problem : callable
        Is told of members that are left out.

    Raises
    ------
    UnreadableError
        If the input is a damaged archive, or unpacks to too much.
    """
    size = joined.seek(0, io.SEEK_END) if joined.seekable() else 0
    if size:
        joined.seek(0)
    budget = Budget(lambda: size or joined.taken)
    return _Opened(budget, on_problem).members(joined, name, stem_of(name), MOST_NESTED)


@contextmanager
def seekable(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """Give a stream in which one can go back and forth, by way of a temporary file if need be.

    Raises
    ------
    UnreadableError
        If it is too large for that.
    """
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY) as spool:
        while chunk := stream.read(_CHUNK):
            spool.write(chunk)
            if spool.tell() > LARGEST_SPOOL:
                raise UnreadableError(f"over {LARGEST_SPOOL >> 30} GB in an archive; unpack it yourself")
        spool.seek(0)
        yield spool


class _Opened:
    """One input, whose members are being gone through."""

    def __init__(self, budget: Budget, on_problem: OnProblem) -> None:
        self._budget = budget
        self._on_problem = on_problem

    def members(self, joined: Joined, name: str, stem: str, depth: int) -> Iterator[Member]:
        """Give the members of what may be an archive, of which `depth` may stand within each other."""
        joined = unpack(joined, self._budget)
        head = joined.peek(TAR_BLOCK)
        if head.startswith(ZIP):
            yield from self._zip(joined, name, stem, depth)
        elif is_tar(head):
            yield from self._tar(joined, name, depth)
        else:
            yield Member(name, stem, joined)

    def _zip(self, joined: Joined, name: str, stem: str, depth: int) -> Iterator[Member]:
        with seekable(io.BufferedReader(joined)) as archive:
            if _is_office_document(archive):
                archive.seek(0)
                yield Member(name, stem, Joined(archive, archive))  # type: ignore[arg-type]
                return
            _refuse_deeper(depth)
            left_out = _LeftOut(name, self._on_problem)
            for entry in zip_entries(archive):
                if not entry.is_folder and left_out.takes(entry.name, entry.fault):
                    yield from self._member(ZipContent(archive, entry), name, entry.name, depth)
                if self._budget.is_spent:
                    return
            left_out.report()

    def _tar(self, joined: Joined, name: str, depth: int) -> Iterator[Member]:
        _refuse_deeper(depth)
        left_out = _LeftOut(name, self._on_problem)
        for info, content in tar_members(io.BufferedReader(joined)):
            fault = "" if info.isreg() and not info.issparse() else NO_FILE
            if not info.isdir() and left_out.takes(info.name, fault):
                yield from self._member(content, name, info.name, depth)
            # The reader of the member has said so.
            if self._budget.is_spent or content.is_cut:
                return
        left_out.report()

    def _member(self, content: Readable, archive: str, name: str, depth: int) -> Iterator[Member]:
        """Give what is in a member; what is wrong with it costs itself alone."""
        shown = f"{archive}/{shown_member(name)}"
        try:
            self._budget.spend(MEMBER_BYTES)
            joined = Joined(Bounded(content, self._budget))
            yield from self.members(joined, shown, stem_of(name), depth - 1)
        except UnreadableError as error:
            self._on_problem(ReadProblem(shown, str(error)))


class _LeftOut:
    """The members of an archive that are not read, and why: counted, as they may be many."""

    def __init__(self, name: str, on_problem: OnProblem) -> None:
        self._name = name
        self._on_problem = on_problem
        self._found: dict[str, tuple[int, str]] = {}
        self._is_empty = True

    def takes(self, name: str, fault: str) -> bool:
        """Tell whether a member is to be read; what is hidden is passed over in silence."""
        if is_passed_over(name):
            return False
        self._is_empty = False
        if fault:
            count, first = self._found.get(fault, (0, name))
            self._found[fault] = (count + 1, first)
        return not fault

    def report(self) -> None:
        """Say what was left out."""
        for fault, (count, first) in self._found.items():
            more = f" (and {count - 1} more in {self._name})" if count > 1 else ""
            self._on_problem(ReadProblem(f"{self._name}/{shown_member(first)}", f"{fault}{more}"))
        if self._is_empty:
            self._on_problem(ReadProblem(self._name, "an archive without files to read"))


def _is_office_document(archive: IO[bytes]) -> bool:
    return any(entry.name in _PACKAGE_SIGNS for entry in islice(zip_entries(archive), _PACKAGE_MEMBERS))


def _refuse_deeper(depth: int) -> None:
    if depth <= 0:
        raise UnreadableError(NESTED)
