"""The nightly job played through some nights: once without a fault, and again with every fault that is asked for.

What arrives before each night follows from a seed alone, so that the outcomes of both can be compared byte for byte.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from mixed_calls import corrected, days_of_calls, write_day, write_records

from escalert.classifier import EscalationClassifier, batches
from escalert.cli.app import run
from escalert.nightly.delivery import sending
from escalert.nightly.store import database, open_store

FIRST = date(2026, 3, 2)
LEASE_S = 0.1
"""Of a dead run; nobody else is there to take it from one that is alive and slow."""
BATCH_TURNS = 300
DONE = (0, 5)
FAILED, PENDING, HELD, NO_STORE = 1, 7, 8, 9
fork = multiprocessing.get_context("fork")
Process = multiprocessing.context.ForkProcess
Outcome = dict[str, list[str] | bytes]
LOG_SHOWN = 4000
FOLDERS = ("reports", "lists", "documents")


def quicken(patch: pytest.MonkeyPatch) -> None:
    """Let starts be cheap and have many batches: what is left is the job itself."""
    rules = EscalationClassifier.load("rules")
    patch.setattr(EscalationClassifier, "load", lambda model: rules)
    patch.setattr(batches, "__defaults__", (BATCH_TURNS,))
    patch.setattr("escalert.nightly.new.LOOKUP_TURNS", BATCH_TURNS)
    patch.setattr(database, "PAUSES_S", (0.05, 0.1))
    patch.setattr(sending, "FIRST_PAUSE_S", 0.05)
    gc.freeze()  # so that a forked process does not copy all pages as it looks through them


@dataclass(frozen=True)
class Home:
    """The working folder of a nightly job.

    Attributes
    ----------
    hook : str
        Where the webhook is; empty for none.
    """

    folder: Path
    n_calls: int
    n_nights: int
    seed: int
    hook: str = ""
    url: str = ""
    patience_s: float = 30
    lease_s: float = LEASE_S

    def begin_anew(self) -> None:
        """Leave nothing in the folder but the configuration; a store that lies elsewhere is not touched."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.log.write_bytes(b"")
        self.config.write_text(self._toml())

    @property
    def config(self) -> Path:
        return self.folder / "nightly.toml"

    @property
    def log(self) -> Path:
        """What all starts in processes of their own said."""
        return self.folder.with_suffix(".log")

    @property
    def store_url(self) -> str:
        return self.url or f"sqlite:///{self.folder}/escalert.db"

    @property
    def nights(self) -> list[date]:
        return [FIRST + timedelta(days=number) for number in range(self.n_nights)]

    def arrive(self, night: date) -> None:
        """Lay down what the day brings: calls, corrections of two of the day before, and records of both days.

        What is older is taken away, as an archive would do.
        """
        number = (night - FIRST).days
        rng = random.Random(f"{self.seed} {number}")
        days = days_of_calls(self.n_calls, self.n_nights, self.seed)
        today, before = days[number], days[number - 1] if number else []
        again = [corrected(call) for call in rng.sample(before, min(2, len(before)))]
        shutil.rmtree(self.folder / "calls", ignore_errors=True)
        write_day(self.folder / "calls" / str(night), [*today, *again], rng)
        write_records(self.folder / "crm" / f"{night}.csv", [*before, *today[::2]], rng)

    def run(self, night: date) -> int:
        """Do the job in this process, and give its exit code."""
        return run(["nightly", "--config", str(self.config), "--date", str(night), "--log-json"])

    def start(self, night: date, before: Callable[[], object] = lambda: None) -> Process:
        """Start the job in a process of its own, in which `before` is done first; imports are not paid again."""

        def work() -> None:
            sys.stdout = sys.stderr = self.log.open("a", buffering=1)
            code = FAILED
            try:
                before()
                code = self.run(night)
            except BaseException:
                traceback.print_exc()
            os._exit(code)

        process = fork.Process(target=work)
        process.start()
        return process

    def finish(self, night: date, *, most: int = 200) -> list[int]:
        """Start the job until a start leaves nothing to do, as a scheduler does; give the exit codes."""
        codes: list[int] = []
        while not codes or codes[-1] not in DONE:
            assert len(codes) < most, f"no start comes to an end: {codes}\n{self.said()}"
            process = self.start(night)
            process.join()
            codes.append(process.exitcode)
            if process.exitcode == HELD:
                time.sleep(self.lease_s / 4)
        return codes

    def outcome(self) -> Outcome:
        """Give all that is left of the job but times: the lines of the store, and every file that it wrote."""
        with open_store(self.store_url, patience_s=self.patience_s) as store:
            lines = list(store.dump())
        written = (path for name in FOLDERS for path in sorted((self.folder / name).glob("*")))
        return {"store": lines, **{str(path.relative_to(self.folder)): path.read_bytes() for path in written}}

    def last_event(self) -> str:
        """Give the last event that was told of: how far the last start came."""
        lines = self.said().splitlines()
        whole = (line for line in reversed(lines) if line.startswith('{"time"') and line.endswith("}"))
        return next((json.loads(line)["event"] for line in whole), "")

    def said(self) -> str:
        """Give the end of what was logged."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - LOG_SHOWN))
            return file.read().decode()

    def _toml(self) -> str:
        store = {"url": self.store_url, "lease_seconds": self.lease_s, "patience_seconds": self.patience_s}
        sections = {
            "inputs": {"paths": ["calls"]},
            "[inputs.records]": {"path": "crm/*.csv"},
            "model": {"name": "rules"},
            "store": store,
            "missed": {"capacity": 20, "audit_sample": 10},
            "delivery": {"report": "reports", "csv": "lists", "json": "documents", "tries": 3},
        }
        if self.hook:
            sections["[delivery.webhooks]"] = {"name": "qa", "url": self.hook, "timeout_seconds": 0.3}
        return "\n".join(
            "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())])
            for name, keys in sections.items()
        )


def kill_at_random(home: Home, night: date, kills: int, seconds: float, rng: random.Random) -> list[str]:
    """Kill starts of a night at random moments.

    Parameters
    ----------
    seconds : float
        How long a start lasts that nobody kills.

    Returns
    -------
    list of str
        The last event that each start told of before it was killed.
    """
    last: list[str] = []
    while len(last) < kills:
        began = time.monotonic()
        process = home.start(night)
        process.join(rng.uniform(0, seconds))
        process.kill()
        process.join()
        if process.exitcode == -signal.SIGKILL:
            last.append(home.last_event())
            time.sleep(home.lease_s)
        else:  # It was done before; what is left is less than it was.
            assert process.exitcode in (*DONE, PENDING, HELD), home.said()
            seconds = 0.9 * min(seconds, time.monotonic() - began)
    return last


def difference(found: Outcome, clean: Outcome) -> str:
    """Say in a few lines where two outcomes differ; empty if they do not."""
    for name in sorted(found.keys() | clean.keys()):
        if found.get(name) != clean.get(name):
            return f"{name}: {_first_line(found.get(name), clean.get(name))}"
    return ""


def _first_line(found: list[str] | bytes | None, clean: list[str] | bytes | None) -> str:
    if found is None or clean is None:
        return "is missing" if found is None else "should not be there"
    one, other = (value.decode().splitlines() if isinstance(value, bytes) else value for value in (found, clean))
    differing = ((mine, its) for mine, its in zip(one, other, strict=False) if mine != its)
    mine, its = next(differing, (f"{len(one)} lines", f"{len(other)} lines"))
    return f"\nfound {mine[:1500]}\nclean {its[:1500]}"
