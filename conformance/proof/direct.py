"""The reference without a network: what a request becomes is handed to it as it is.

Sockets, TLS and the parsing of HTTP are most of what a trial costs, and few faults
live there; those, and requests that a parser might see otherwise, take the long way.
"""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
from typing_extensions import override

from conformance.embedded import insist_on_known
from conformance.errors import HarnessError
from conformance.reference.app import LARGEST_BODY, LONGEST_TARGET, Server
from conformance.reference.serve import Running, running
from conformance.run import Transport

#: Seams around which a fault or a variant changes what happens on the connection.
_CONNECTED = {
    *("certificate", "tls_context", "listening", "opened", "unparsed", "token_url"),
    *("respond", "read_bytes", "response", "broken"),
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Headers that say how a message is framed, or what becomes of the connection.
_FRAMING = {b"transfer-encoding", b"connection", b"expect", b"upgrade", b"te"}
_BODILESS = (204, 304)


@contextlib.contextmanager
def reference_at_hand(
    profile: Path,
    faults: Sequence[str] = (),
    variants: Sequence[str] = (),
    latency_ms: int = 0,
) -> Iterator[dict[str, Any]]:
    """Run the reference in a thread, and tell how to reach it without a network.

    Yields:
        A target file's content for it, and under ``around`` what makes a transport
        that takes the short way from one that takes the long way.

    Raises:
        UsageError: There is no such fault or variant.
        HarnessError: It did not start, or broke down.
    """
    insist_on_known(faults, variants)
    try:
        with running(profile, faults, variants, latency_ms) as live:
            yield at_hand(live)
    except RuntimeError as error:
        raise HarnessError(str(error)) from error


def at_hand(live: Running) -> dict[str, Any]:
    """Give a target file's content for a server, and how to reach it without a network.

    To be called once everything is put around its seams.
    """
    told, server = live.announced(), live.server
    if not server.wrapped & _CONNECTED:
        awaits = server.awaits
        if not awaits:
            server.wrap("dispatch", _one_by_one(threading.Lock()))
        told["around"] = functools.partial(_around, server, awaits)
    return told


def _one_by_one(lock: threading.Lock) -> Callable[..., Any]:
    """Let one thread at a time into a server that never waits within a request."""

    async def around(inner: Any, call: Any) -> Any:
        with lock:
            return await inner(call)

    return around


def _around(server: Server, awaits: bool, make: Transport) -> Transport:  # noqa: FBT001 - filled in above
    return lambda: Direct(server, make(), awaits=awaits)


class Direct(httpx.BaseTransport):
    """Hands requests to a server of this process; what is odd goes over the network."""

    def __init__(
        self, server: Server, network: httpx.BaseTransport, *, awaits: bool
    ) -> None:
        self._server = server
        self._network = network
        self._awaits = awaits
        self._host = httpx.URL(server.base_url).netloc

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer.

        Raises:
            httpx.TransportError: As over the network.
        """
        body = request.read()
        if not self._plain(request, body):
            return self._network.handle_request(request)
        answering = _answered(self._server, request, body)
        if not self._awaits:
            return _at_once(answering)
        seconds = float(request.extensions["timeout"]["read"])
        future = asyncio.run_coroutine_threadsafe(answering, self._server.loop)
        try:
            return future.result(seconds)
        except TimeoutError as error:
            future.cancel()
            raise httpx.ReadTimeout(f"no answer within {seconds:.0f} s") from error

    def _plain(self, request: httpx.Request, body: bytes) -> bool:
        """Say whether every parser reads a request as it is meant."""
        url, headers = request.url, request.headers.raw
        names = [name.lower() for name, _ in headers]
        return (
            request.method in _METHODS
            and url.scheme == "https"
            and url.netloc == self._host
            and len(url.raw_path) <= LONGEST_TARGET
            and len(body) <= LARGEST_BODY
            and len(names) == len(set(names))
            and not _FRAMING & set(names)
            and all(_printable(value) for _, value in headers)
        )

    @override
    def close(self) -> None:
        self._network.close()


def _at_once(answering: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
    """Run what never waits, in the thread that asks."""
    try:
        answering.send(None)
    except StopIteration as done:
        answer: httpx.Response = done.value
        return answer
    answering.close()
    raise HarnessError("the reference waited within a request")


def _printable(value: bytes) -> bool:
    return value.isascii() and value.decode().isprintable() and value == value.strip()


async def _answered(
    server: Server, request: httpx.Request, body: bytes
) -> httpx.Response:
    path, _, query = request.url.raw_path.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "https",
        "server": ("127.0.0.1", request.url.port),
        "client": ("127.0.0.1", 0),
        "method": request.method,
        "root_path": "",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "state": {},
    }
    told: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told.update(message)
        else:
            parts.append(message.get("body", b""))

    await server(scope, receive, send)
    if not told:
        raise httpx.RemoteProtocolError("Server disconnected without a response.")
    content = b"" if told["status"] in _BODILESS else b"".join(parts)
    date = (b"date", formatdate(usegmt=True).encode())
    return httpx.Response(
        told["status"],
        headers=[date, *told["headers"]],
        stream=httpx.ByteStream(content),
    )
