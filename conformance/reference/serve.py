"""The server on its sockets: in a thread for tests, in a process of its own."""

import asyncio
import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from typing_extensions import override

from conformance.reference.app import Server
from conformance.reference.claims import read_claims
from conformance.reference.faults import all_faults
from conformance.reference.variants import all_variants
from conformance.reference.wire import BACKLOG, Protocol, bound

START_S = 30.0
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers.

    Attributes:
        base_url: Scheme, host and port.
        plain_port: The port that refuses.
        ca: A PEM file with the certificate authority.
        identities: As target files spell them.
        server: The server itself, for tests to look into.
    """

    base_url: str
    token_url: str
    plain_port: int
    ca: Path
    identities: list[dict[str, Any]]
    server: Server

    def announced(self) -> dict[str, Any]:
        """What a process that started the server is told, as JSON members."""
        return {
            "base_url": self.base_url,
            "token_url": self.token_url,
            "plain_port": self.plain_port,
            "ca": str(self.ca),
            "identities": self.identities,
            **self.server.means(),
        }


@contextlib.contextmanager
def running(  # noqa: PLR0913  # the command line's options
    profile: Path,
    faults: Iterable[str] = (),
    variants: Iterable[str] = (),
    latency_ms: float = 0,
    *,
    host: str = "localhost",
    port: int = 0,
) -> Iterator[Running]:
    """Serve a profile until the block is left.

    Args:
        profile: The profile's TOML file.
        faults: Names of ways to break a clause.
        variants: Names of ways to differ and still conform.
        latency_ms: Milliseconds to wait before each answer.
        host: A name or address of this machine.
        port: The TLS port; 0 for any that is free.

    Raises:
        LookupError: There is no such fault or variant.
        OSError: The port is taken.
    """
    server = Server(read_claims(profile), latency_ms / 1000)
    install(server, faults, variants)
    with contextlib.ExitStack() as stack:
        server.sockets = held(stack, host, port)
        server.plain_sockets = held(stack, host, 0)
        at = f"[{host}]" if ":" in host else host
        server.base_url = f"https://{at}:{port_of(server.sockets)}"
        authority = trustme.CA()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(ca)
        context = server.tls_context(server.certificate(authority))
        stack.enter_context(serving(server, context))
        yield Running(
            base_url=server.base_url,
            token_url=server.token_url(),
            plain_port=port_of(server.plain_sockets),
            ca=ca,
            identities=server.announced_identities(),
            server=server,
        )


def install(server: Server, faults: Iterable[str], variants: Iterable[str]) -> None:
    """Switch faults and variants on, in the order given."""
    for known, names in ((all_variants(), variants), (all_faults(), faults)):
        for name in names:
            if name not in known:
                raise LookupError(f"no fault or variant named {name!r}")
            known[name].install(server)


def held(stack: contextlib.ExitStack, host: str, port: int) -> list[socket.socket]:
    """Sockets of one port, closed at the end."""
    sockets = bound(host, port)
    for one in sockets:
        stack.callback(one.close)
    return sockets


def port_of(sockets: list[socket.socket]) -> int:
    """The port that all sockets share."""
    port: int = sockets[0].getsockname()[1]
    return port


class Loop(uvicorn.Server):
    """Uvicorn, telling when it accepts connections."""

    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        self.app = server
        self.accepting = threading.Event()
        self.failure: BaseException | None = None
        super().__init__(
            uvicorn.Config(
                server,
                http=Protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=1,
                ssl_context_factory=lambda _config, _default: context,
            )
        )

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        self.app.loop = asyncio.get_running_loop()
        self.app.loop.set_exception_handler(self.app.broken)
        await super().startup(sockets)
        await self.app.opened(self)
        self.accepting.set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; a client that keeps an idle connection is not waited for."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Protocol) and connection.idle:
                connection.transport.abort()
        await super().shutdown(sockets)

    def guarded(self) -> None:
        """Run until told to stop; a failure is kept for the thread that waits."""
        try:
            self.run(self.app.listening(self.app.sockets))
        except BaseException as error:  # noqa: BLE001  # raised again by the waiter
            self.failure = error
        finally:
            self.accepting.set()


@contextlib.contextmanager
def serving(server: Server, context: ssl.SSLContext) -> Iterator[None]:
    """Run the event loop in a thread.

    Raises:
        RuntimeError: It did not come up, or broke down.
    """
    loop = Loop(server, context)
    thread = threading.Thread(target=loop.guarded, name="reference", daemon=True)
    thread.start()
    try:
        if not loop.accepting.wait(START_S) or loop.failure is not None:
            raise RuntimeError("the reference server did not start") from loop.failure
        yield
    finally:
        loop.should_exit = True
        thread.join(STOP_S)
    if loop.failure is not None:
        raise RuntimeError("the reference server broke down") from loop.failure
