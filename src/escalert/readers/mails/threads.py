"""Mails to threads, in bounded memory.

A mail belongs to the thread of any mail that it refers to, or that refers to it; without any reference, a reply belongs
to the thread of the same subject between the same two addresses. Threads stay open while they are continued, until all
open ones hold `MOST_OPEN_BYTES`; then the one that was idle for longest is given out and forgotten. A mail that comes
later still begins a thread of its own, with the same id, which is reported as a call id that was used before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from escalert.readers.mails.message import Mail

MOST_OPEN_BYTES = 64 * 2**20
LARGEST_THREAD_BYTES = 16 * 2**20
BYTES_PER_MAIL = 2_000
MOST_PARTNERS = 10


@dataclass(slots=True, eq=False)
class Thread:
    """Mails that belong together, in the order of the file, and by what others are known to belong to them."""

    mails: list[Mail] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    own_ids: set[str] = field(default_factory=set)
    size: int = 0
    n_copies: int = 0

    def add(self, mail: Mail) -> None:
        """Add a mail; of a copy, as of one that was both sent and received, only the count."""
        if mail.own_id and mail.own_id in self.own_ids:
            self.n_copies += 1
            return
        self.mails.append(mail)
        self.own_ids.add(mail.own_id)
        self.size += BYTES_PER_MAIL + 2 * len(mail.text) + sum(map(len, mail.ids))


class OpenThreads:
    """The threads that may go on."""

    def __init__(self) -> None:
        self._threads: OrderedDict[int, Thread] = OrderedDict()
        self._by_key: dict[str, Thread] = {}
        self._size = 0

    def add(self, mail: Mail) -> Iterator[Thread]:
        """Add a mail to its thread; give the threads that must be closed for it."""
        thread = self._thread_of(mail)
        self._size -= thread.size
        thread.add(mail)
        self._size += thread.size
        self._threads[id(thread)] = thread
        self._threads.move_to_end(id(thread))
        for key in (*mail.ids, *_pairs(mail)):
            thread.keys.add(key)
            self._by_key[key] = thread
        if thread.size > LARGEST_THREAD_BYTES:
            yield self._closed(thread)
        while self._size > MOST_OPEN_BYTES:
            yield self._closed(next(iter(self._threads.values())))

    def close(self) -> Iterator[Thread]:
        """Give the threads that are left, in the order in which they begin in the file."""
        for thread in sorted(self._threads.values(), key=lambda thread: thread.mails[0].line):
            yield self._closed(thread)

    def _thread_of(self, mail: Mail) -> Thread:
        known = dict.fromkeys(self._by_key[key] for key in mail.ids if key in self._by_key)
        if not known and mail.is_reply:
            known = dict.fromkeys(self._by_key[key] for key in _pairs(mail) if key in self._by_key)
        thread, *others = known or [Thread()]
        for other in others:
            self._merge(thread, self._closed(other))
        return thread

    def _merge(self, thread: Thread, other: Thread) -> None:
        self._size -= thread.size
        for mail in other.mails:
            thread.add(mail)
        thread.mails.sort(key=lambda mail: mail.line)
        thread.keys |= other.keys
        self._by_key.update(dict.fromkeys(other.keys, thread))
        self._size += thread.size

    def _closed(self, thread: Thread) -> Thread:
        del self._threads[id(thread)]
        self._size -= thread.size
        for key in thread.keys:
            if self._by_key.get(key) is thread:
                del self._by_key[key]
        return thread


def _pairs(mail: Mail) -> list[str]:
    """Give a key for the subject between the sender and each who was written to; none for mails without subject."""
    if not mail.topic or mail.is_automatic:
        return []
    partners = mail.recipients[:MOST_PARTNERS]
    return ["\n".join((mail.topic, *sorted((mail.sender, partner)))) for partner in partners]
