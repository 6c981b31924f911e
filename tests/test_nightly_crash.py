"""Whatever happens to the nightly job, it comes to the store, the files and the deliveries of one clean run.

What happens at random follows from a seed, as far as the clock allows. ``make soak`` is the long form.
"""

from __future__ import annotations

import gc
import itertools
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from gateway import gateway_to
from killed_job import DONE, HELD, NO_STORE, PENDING, Home, Outcome, difference, fork, kill_at_random, quicken
from receivers import hanging_up, http_receiver, respond

from escalert.nightly.store.database import Database
from escalert.nightly.store.lease import Lease

N_CALLS, N_NIGHTS = 2000, 10
IS_LONG = "ESCALERT_SOAK" in os.environ
SEED = int(os.environ.get("ESCALERT_SOAK", "20260302"))
KILLS = 20 if IS_LONG else 5
"""In each night: fifty in all, or two hundred."""
NIGHTS_ON_A_SERVER = N_NIGHTS if IS_LONG else 2
AWAY_S = 20.0 if IS_LONG else 1.0


@dataclass
class Clean:
    """How the nights went without a fault: what was there after each, how long it took, and what was sent."""

    home: Home
    outcomes: dict[date, Outcome]
    seconds: dict[date, float]
    sent: dict[str, bytes]


@pytest.fixture(scope="module", autouse=True)
def cheap_starts():
    with pytest.MonkeyPatch.context() as patch:
        quicken(patch)
        yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def clean(tmp_path_factory, cheap_starts):
    with http_receiver() as receiver:
        home = Home(tmp_path_factory.mktemp("nights") / "home", N_CALLS, N_NIGHTS, SEED, receiver.url)
        found = Clean(home, {}, {}, {})
        for night in (home.nights[0], *home.nights):  # the first one twice: imports take their time
            if night == home.nights[0]:
                home.begin_anew()
            home.arrive(night)
            began = time.monotonic()
            assert home.run(night) in DONE
            found.seconds[night] = time.monotonic() - began
            found.outcomes[night] = home.outcome()
        found.sent |= sent_to(receiver)
    return found


@pytest.fixture
def receiver():
    with http_receiver() as found:
        yield found


@pytest.fixture
def home(clean, receiver):
    """The same place again, empty."""
    found = replace(clean.home, hook=receiver.url)
    found.begin_anew()
    return found


@dataclass
class LockedFile:
    """Keeps everybody out of an SQLite store, as a backup does."""

    home: Home
    connection: sqlite3.Connection | None = None

    def block(self):
        self.connection = sqlite3.connect(self.home.folder / "escalert.db", isolation_level=None, timeout=20)
        self.connection.execute("BEGIN EXCLUSIVE")

    def open(self):
        self.connection.close()


@pytest.fixture
def place(home, store_url):
    """The same with each kind of store, and what keeps the job away from it."""
    if store_url.startswith("sqlite"):
        yield home, LockedFile(home)
        return
    with gateway_to(store_url) as gateway:
        found = replace(home, url=gateway.url)
        found.begin_anew()
        yield found, gateway


def sent_to(receiver):
    """Give what was received by its key; one key always brings the same."""
    found = {}
    for headers, body in receiver.received:
        assert found.setdefault(headers["Idempotency-Key"], body) == body
    return found


def of_nights(sent, nights):
    return {key: body for key, body in sent.items() if key[:10] in map(str, nights)}


def unkind(seed, n_answers=2000):
    """Give answers of a receiver that fails now and then, in every way: some deliveries reach it twice."""
    ways = (200, 200, 200, 500, 503, hanging_up, too_slow)
    return random.Random(seed).choices(ways, k=n_answers)


def too_slow(handler):
    """Take it, and answer when nobody waits any more."""
    time.sleep(0.4)
    with suppress(OSError):
        respond(handler, 200)


def expect_the_same(home, clean, night):
    found = difference(home.outcome(), clean.outcomes[night])
    assert found == "", f"{found}\n{home.said()}"


# Killed


def test_nights_that_are_killed_at_any_moment_come_to_the_same(clean, place):
    home, _ = place
    nights = home.nights if home.url == "" else home.nights[:NIGHTS_ON_A_SERVER]
    rng, killed = random.Random(SEED), []
    with http_receiver(*unkind(SEED)) as receiver:
        home = replace(home, hook=receiver.url)
        home.begin_anew()
        for night in nights:
            home.arrive(night)
            killed += kill_at_random(home, night, KILLS, clean.seconds[night], rng)
            home.finish(night)
            expect_the_same(home, clean, night)
        assert sent_to(receiver) == of_nights(clean.sent, nights)
    told = Counter(killed)
    print(f"killed after: {dict(told.most_common())}")  # noqa: T201
    assert told.total() == KILLS * len(nights)
    assert len(told) > 2


def test_a_night_killed_before_midnight_is_done_by_the_next_one(clean, home, receiver):
    first, second = home.nights[:2]
    home.arrive(first)
    assert [home.run(night) in DONE for night in (first, second)] == [True, True]
    expected, sent = home.outcome(), sent_to(receiver)
    home.begin_anew()
    receiver.received.clear()
    home.arrive(first)
    rng = random.Random(SEED)
    kill_at_random(home, first, 2, clean.seconds[first], rng)
    process = home.start(first, lambda: before_write(12, signal.SIGKILL))
    process.join()
    assert process.exitcode == -signal.SIGKILL
    kill_at_random(home, second, 2, clean.seconds[first], rng)
    home.finish(second)
    assert difference(home.outcome(), expected) == ""
    assert sent_to(receiver) == sent


def test_a_file_that_was_half_written_is_not_left_behind(clean, home):
    night = home.nights[0]
    home.arrive(night)
    process = home.start(night, lambda: setattr(Path, "replace", lambda *_: os.kill(os.getpid(), signal.SIGKILL)))
    process.join()
    assert [path.suffix for path in (home.folder / "lists").iterdir()] == [".tmp"]
    time.sleep(home.lease_s)
    home.finish(night)
    expect_the_same(home, clean, night)


def before_write(number, stop):
    """Let a signal stop this process before it begins its `number`-th transaction that writes."""
    count, write = itertools.count(1), Database.write

    def counted(self, *given, **named):
        if next(count) == number:
            os.kill(os.getpid(), stop)
        return write(self, *given, **named)

    Database.write = counted


# Two at a time


def test_of_some_that_start_together_one_works_and_the_others_exit_with_8(clean, home, receiver):
    home = replace(home, lease_s=60)
    home.begin_anew()
    night, gate = home.nights[0], fork.Barrier(4)
    home.arrive(night)
    processes = [home.start(night, gate.wait) for _ in range(4)]
    for process in processes:
        process.join()
    codes = sorted(process.exitcode for process in processes)
    assert (codes[0] in DONE, codes[1:]) == (True, [HELD] * 3)
    expect_the_same(home, clean, night)
    assert sent_to(receiver) == of_nights(clean.sent, [night])


@pytest.mark.parametrize("number", [4, 8, 12])
def test_one_that_slept_while_another_did_its_work_writes_nothing_more(clean, home, receiver, number):
    night = home.nights[0]
    home.arrive(night)

    def fall_asleep():
        Lease.keep = lambda lease: None
        before_write(number, signal.SIGSTOP)

    sleeper = home.start(night, fall_asleep)
    assert os.WIFSTOPPED(os.waitpid(sleeper.pid, os.WUNTRACED)[1])
    home.finish(night)
    os.kill(sleeper.pid, signal.SIGCONT)
    sleeper.join()
    assert sleeper.exitcode == HELD
    expect_the_same(home, clean, night)
    assert sent_to(receiver) == of_nights(clean.sent, [night])


# No store, no room, no receiver


def test_a_store_that_is_away_for_a_while_is_waited_for(clean, place, receiver):
    home, way = place
    home = replace(home, patience_s=30 + 4 * AWAY_S)
    home.begin_anew()
    night = home.nights[0]
    home.arrive(night)
    rng, process = random.Random(SEED), home.start(night)
    for _ in range(3):
        time.sleep(rng.uniform(0, clean.seconds[night] / 2))
        way.block()
        time.sleep(AWAY_S)
        way.open()
    process.join()
    assert process.exitcode in DONE, home.said()
    expect_the_same(home, clean, night)
    assert sent_to(receiver) == of_nights(clean.sent, [night])


def test_after_a_store_that_was_away_for_too_long_the_next_start_goes_on(clean, place, receiver):
    home, way = place
    home = replace(home, patience_s=0.2)
    home.begin_anew()
    night = home.nights[0]
    home.arrive(night)
    way.home = home
    rng, codes = random.Random(SEED), []
    for share in (0, 0.6):
        process = home.start(night)
        time.sleep(share * clean.seconds[night] * rng.uniform(0.8, 1.2))
        way.block()
        process.join()
        codes.append(process.exitcode)
        way.open()
        time.sleep(home.lease_s)
    assert codes[0] == NO_STORE
    assert set(codes) <= {NO_STORE, *DONE}
    home.finish(night)
    expect_the_same(home, clean, night)
    assert sent_to(receiver) == of_nights(clean.sent, [night])


@contextmanager
def small_disk(folder, megabytes):
    """Let a folder be a disk of its own."""
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "escalert", folder], capture_output=True)
    if made.returncode:
        pytest.skip(f"a disk that can be full needs a tmpfs: {made.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_fills_up_again_and_again_costs_nothing(clean, home, receiver):
    night, codes = home.nights[0], []
    with small_disk(home.folder, 16):
        home.begin_anew()
        home.arrive(night)
        rest = home.folder / "rest"
        with suppress(OSError), rest.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        while not codes or codes[-1] not in DONE:
            assert len(codes) < 100, home.said()
            process = home.start(night)
            process.join()
            codes.append(process.exitcode)
            assert process.exitcode in (*DONE, PENDING, HELD, NO_STORE), home.said()
            if process.exitcode == HELD:
                time.sleep(home.lease_s)
            else:
                os.truncate(rest, max(0, rest.stat().st_size - 400_000))
        expect_the_same(home, clean, night)
    assert codes[0] == NO_STORE
    assert codes.count(NO_STORE) > 1
    assert sent_to(receiver) == of_nights(clean.sent, [night])


def test_what_a_receiver_did_not_take_it_gets_later_and_once(clean, home):
    nights = home.nights[:2]
    with http_receiver(*[500] * 3, hanging_up, too_slow) as receiver:
        home = replace(home, hook=receiver.url)
        home.begin_anew()
        home.arrive(nights[0])
        assert home.run(nights[0]) == PENDING
        home.arrive(nights[1])
        assert home.run(nights[1]) in DONE
        expect_the_same(home, clean, nights[1])
        assert len(receiver.received) > 3 + len(of_nights(clean.sent, nights))
        assert sent_to(receiver) == of_nights(clean.sent, nights)
