"""Connections let in by what their first byte says: TLS, or something in clear."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import cast

import uvicorn
from typing_extensions import override

from conformance.reference.app import Server
from conformance.reference.wire import Protocol

Factory = Callable[[uvicorn.Server], asyncio.Protocol]
Opened = Callable[[uvicorn.Server], Awaitable[None]]
HANDSHAKE = b"\x16"


def admit_in_clear(server: Server, in_clear: Factory) -> None:
    """Let the TLS port hand connections in clear to a protocol of their own."""
    tasks: set[asyncio.Task[None]] = set()

    async def around(inner: Opened, running: uvicorn.Server) -> None:
        await inner(running)
        loop = asyncio.get_running_loop()
        for one in server.sockets:
            one.listen(128)
            one.setblocking(False)  # noqa: FBT003
            tasks.add(loop.create_task(_accept(running, one, in_clear, tasks)))

    server.wrap("listening", lambda _inner, _sockets: [])
    server.wrap("opened", around)


async def _accept(
    running: uvicorn.Server,
    listener: socket.socket,
    in_clear: Factory,
    tasks: set[asyncio.Task[None]],
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        connection, _ = await loop.sock_accept(listener)
        task = loop.create_task(_admit(running, connection, in_clear))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _admit(
    running: uvicorn.Server, connection: socket.socket, in_clear: Factory
) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)
    if connection.recv(1, socket.MSG_PEEK) == HANDSHAKE:
        context = running.config.ssl
        await loop.connect_accepted_socket(
            lambda: api(running), connection, ssl=context
        )
    else:
        await loop.connect_accepted_socket(lambda: in_clear(running), connection)


def api(running: uvicorn.Server) -> asyncio.Protocol:
    """The API itself."""
    loop = asyncio.get_running_loop()
    return Protocol(running.config, running.server_state, {}, loop)


def listen_in_clear(server: Server, in_clear: Factory) -> None:
    """Let the plain port listen and serve a protocol."""

    async def around(inner: Opened, running: uvicorn.Server) -> None:
        await inner(running)
        loop = asyncio.get_running_loop()
        for one in server.plain_sockets:
            # Uvicorn closes what stands among its servers when it stops.
            running.servers.append(
                await loop.create_server(lambda: in_clear(running), sock=one)
            )

    server.wrap("opened", around)


class Canned(asyncio.Protocol):
    """Answers whatever is sent with one text, or with nothing, and closes."""

    def __init__(self, status: str = "", header: str = "", body: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\n{header}content-length: {len(body)}\r\n"
        whole = f"{head}connection: close\r\n\r\n{body}"
        self.answer = whole.encode() if status else b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Uvloop's transports are of none of asyncio's classes.
        self.transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self.transport.write(self.chosen(data))
        self.transport.close()

    def chosen(self, data: bytes) -> bytes:
        """What to answer to a request's first bytes."""
        del data
        return self.answer
