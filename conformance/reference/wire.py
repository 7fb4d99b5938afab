"""Sockets and TLS: what happens before HTTP."""

import asyncio
import contextlib
import errno
import socket
import ssl
import typing
from typing import TYPE_CHECKING, Any, cast

import trustme
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from conformance.reference.core import Core

if TYPE_CHECKING:
    import uvicorn

NAMES = ("localhost", "127.0.0.1", "::1")
BACKLOG = 2048
ATTEMPTS = 5


class Wire(Core):
    """The connection-level seams.

    Attributes:
        sockets: The TLS port's, one per address; they listen.
        plain_sockets: The plain port's; bound, so that nobody takes it, and silent.
        loop: On which it runs, once it does.
    """

    loop: asyncio.AbstractEventLoop

    sockets: list[socket.socket]
    plain_sockets: list[socket.socket]

    def certificate(self, authority: trustme.CA) -> trustme.LeafCert:
        """The server's certificate."""
        return authority.issue_cert(*NAMES, *self.extra_names())

    def extra_names(self) -> list[str]:
        """The host of the base URL, where it is none of the usual ones."""
        host = self.base_url.removeprefix("https://").rpartition(":")[0]
        return [host] if host and host.strip("[]") not in NAMES else []

    def tls_context(self, leaf: trustme.LeafCert) -> ssl.SSLContext:
        """TLS 1.2 or later, with the server's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        leaf.configure_cert(context)
        return context

    def token_url(self) -> str:
        """The address of the token endpoint, as clients are told."""
        return self.base_url + self.claims.token_path

    def listening(self, sockets: list[socket.socket]) -> list[socket.socket]:
        """The sockets on which the TLS server accepts; a fault may keep them back."""
        return sockets

    async def opened(self, running: "uvicorn.Server") -> None:
        """Called on the event loop once the TLS port accepts."""
        del running

    def broken(self, loop: asyncio.AbstractEventLoop, event: dict[str, Any]) -> None:
        """Keep what broke a connection's task, unless the client did it."""
        del loop
        error = event.get("exception")
        if error is not None and not isinstance(error, OSError):
            self.crashes.append(error)


class Refusing(typing.Protocol):
    """A server that words the refusal of what no parser understands."""

    def unparsed(self) -> bytes:
        """The whole HTTP answer."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 whose own refusals have the standard shape too."""

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        # Uvicorn has no cycle before the first request, whatever its types say.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    @override
    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        del msg
        self.transport.write(cast("Refusing", self.config.app).unparsed())
        self.transport.close()


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to one port of every address that a host name has.

    Raises:
        OSError: The port is taken, or no address could be bound.
    """
    for _ in range(ATTEMPTS - 1 if port == 0 else 0):
        # A port that is free on one address may be taken on another.
        with contextlib.suppress(OSError):
            return _bound(host, port)
    return _bound(host, port)


def _bound(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    addresses = {(family, str(address[0])) for family, _, _, _, address in found}
    with contextlib.ExitStack() as stack:
        sockets: list[socket.socket] = []
        # IPv4 first: without IPv6 a name may still have such an address.
        for family, address in sorted(addresses, key=_version):
            one = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            try:
                one.bind((address, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE or not sockets:
                    raise
                continue
            port = port or one.getsockname()[1]
            sockets.append(one)
        stack.pop_all()
        return sockets


def _version(address: tuple[int, str]) -> bool:
    return address[0] != socket.AF_INET
