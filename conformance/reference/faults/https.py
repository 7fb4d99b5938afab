"""Ways to break "SSL Everywhere"."""

import asyncio
import datetime as dt
import socket
import ssl
import warnings
from typing import Any, cast

import trustme
import uvicorn
from typing_extensions import override

from conformance.reference.app import Server
from conformance.reference.faults import fault
from conformance.reference.wire import NAMES, Protocol


class _Redirect(asyncio.Protocol):
    """Answers whatever is sent with a redirect to HTTPS."""

    def __init__(self, location: str) -> None:
        self.answer = (
            "HTTP/1.1 301 Moved Permanently\r\n"
            f"location: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ).encode()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        del data
        transport = cast("asyncio.Transport", self.transport)
        transport.write(self.answer)
        transport.close()


@fault("https.plain_port_refused", dimension="connection")
def plain_port_answers(server: Server) -> None:
    """The plain port listens and redirects to HTTPS."""

    async def around(inner: Any, running: uvicorn.Server) -> None:
        await inner(running)
        loop = asyncio.get_running_loop()
        for one in server.plain_sockets:
            running.servers.append(
                await loop.create_server(lambda: _Redirect(server.base_url), sock=one)
            )

    server.wrap("opened", around)


@fault("https.no_plaintext_on_tls_port", dimension="connection")
def plaintext_served_on_tls_port(server: Server) -> None:
    """A connection whose first byte is no TLS handshake is served in clear."""
    admitting: set[asyncio.Task[None]] = set()

    async def around(inner: Any, running: uvicorn.Server) -> None:
        await inner(running)
        loop = asyncio.get_running_loop()
        for one in server.sockets:
            one.listen(128)
            one.setblocking(False)  # noqa: FBT003
            admitting.add(loop.create_task(_accept(running, one, admitting)))

    server.wrap("listening", lambda _inner, _sockets: [])
    server.wrap("opened", around)


async def _accept(
    running: uvicorn.Server, listener: socket.socket, admitting: set[asyncio.Task[None]]
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        connection, _ = await loop.sock_accept(listener)
        task = loop.create_task(_admit(running, connection))
        admitting.add(task)
        task.add_done_callback(admitting.discard)


async def _admit(running: uvicorn.Server, connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)
    handshake = connection.recv(1, socket.MSG_PEEK) == b"\x16"

    def protocol() -> Protocol:
        return Protocol(running.config, running.server_state, {}, loop)

    context = running.config.ssl if handshake else None
    await loop.connect_accepted_socket(protocol, connection, ssl=context)


@fault("https.certificate", dimension="connection")
def certificate_expired(server: Server) -> None:
    """The certificate ran out yesterday."""
    day = dt.timedelta(days=1)

    def around(_inner: Any, authority: trustme.CA) -> trustme.LeafCert:
        now = dt.datetime.now(dt.UTC)
        return authority.issue_cert(
            *NAMES, not_before=now - 30 * day, not_after=now - day
        )

    server.wrap("certificate", around)


@fault("https.tls_floor", level="SHOULD", dimension="connection")
def tls10_accepted(server: Server) -> None:
    """TLS 1.0 and 1.1 are accepted."""

    def around(inner: Any, leaf: trustme.LeafCert) -> ssl.SSLContext:
        context: ssl.SSLContext = inner(leaf)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        return context

    server.wrap("tls_context", around)
