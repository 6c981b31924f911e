"""Worker processes that stop when they should and say so when they die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import Any

from escalert.errors import EscalertError


@contextmanager
def worker_pool(
    n_workers: int, prepare: Callable[..., None] | None = None, arguments: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh processes; an interruption ends them at once and leaves it to this process to speak.

    Parameters
    ----------
    prepare : callable, optional
        Called once in each worker, with `arguments`.

    Raises
    ------
    EscalertError
        If a worker dies, as it does when memory runs out.
    """
    pool = ProcessPoolExecutor(
        n_workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(prepare, arguments)
    )
    try:
        yield pool
    except BaseException as error:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in active_children():
            child.terminate()
        if isinstance(error, BrokenProcessPool):
            raise EscalertError("a worker process died, as happens when memory runs out; use fewer workers") from error
        raise
    pool.shutdown()


def _begin(prepare: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, name="escalert-parent", daemon=True).start()
    if prepare is not None:
        prepare(*arguments)


def _end_with_parent() -> None:
    """End this process when its parent was killed: it would wait for work for ever, and keep its memory."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
