"""A way to a database that can be blocked: what a server that is restarted, or a network that fails, looks like."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

CHUNK = 65_536


class Gateway:
    """Passes TCP connections on while it is open.

    Attributes
    ----------
    url : str
        The URL of the database by way of it.
    """

    def __init__(self, url: str, control: Connection, port: int) -> None:
        parts = urlsplit(url)
        user = f"{parts.username}@" if parts.username else ""
        self.url = parts._replace(netloc=f"{user}127.0.0.1:{port}").geturl()
        self._control = control

    def block(self) -> None:
        """Break all connections, and refuse new ones."""
        self._tell("block")

    def open(self) -> None:
        """Let connections through again."""
        self._tell("open")

    def _tell(self, word: str) -> None:
        self._control.send(word)
        self._control.recv()


@contextmanager
def gateway_to(url: str) -> Iterator[Gateway]:
    """Run one in a process of its own: processes that the test forks must not hold its connections open."""
    parts = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours, its = multiprocessing.Pipe()
    target = (parts.hostname, parts.port or 5432)
    process = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(_serve(its, port, target)))
    process.start()
    gateway = Gateway(url, ours, port)
    gateway.open()
    try:
        yield gateway
    finally:
        process.kill()
        process.join()


async def _serve(control: Connection, port: int, target: tuple[str, int]) -> None:
    there: set[asyncio.StreamWriter] = set()
    server: asyncio.Server | None = None

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        its_reader, its_writer = await asyncio.open_connection(*target)
        there.update((writer, its_writer))
        await asyncio.gather(_pass_on(reader, its_writer), _pass_on(its_reader, writer))

    while True:
        word = await asyncio.to_thread(control.recv)
        if word == "open" and server is None:
            server = await asyncio.start_server(connect, "127.0.0.1", port)
        elif word == "block" and server is not None:
            server.close()
            server = None
            for writer in there:
                writer.transport.abort()
            there.clear()
        control.send("done")


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
