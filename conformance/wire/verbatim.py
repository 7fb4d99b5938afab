"""HTTP as it is written: what a library would tidy up, and what it would not show."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterable, Iterator

import h11
import httpx
from typing_extensions import override

from conformance.wire.tcp import CONNECT_S, parts_of

#: Seconds, and bytes, that are spent on what stands behind an answer without body.
SURPLUS_S = 1.0
LARGEST_SURPLUS = 64 * 2**10
LARGEST_BODY = 16 * 2**20


class Verbatim(httpx.BaseTransport):
    """Sends a request as it is written, on a connection of its own.

    The target of the request line is ``extensions["target"]``, byte for byte. What
    follows the head of an answer that must have no body is given as its body.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer.

        Raises:
            httpx.TransportError: As httpx's own transport does.
        """
        seconds = float(request.extensions["timeout"]["read"])
        try:
            with self._opened(request.url) as channel:
                channel.sendall(b"".join(_written(request)))
                parts = parts_of(channel, time.monotonic() + seconds)
                return read_answer(request.method, parts)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error

    @contextlib.contextmanager
    def _opened(self, url: httpx.URL) -> Iterator[socket.socket]:
        tls = url.scheme == "https"
        port = url.port or (443 if tls else 80)
        with socket.create_connection((url.host, port), CONNECT_S) as connection:
            if not tls:
                yield connection
                return
            name = url.host
            with self._context.wrap_socket(connection, server_hostname=name) as channel:
                yield channel


def _written(request: httpx.Request) -> Iterator[bytes]:
    target: bytes = request.extensions["target"]
    yield b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), target)
    for name, value in request.headers.raw:
        yield b"%s: %s\r\n" % (name, value)
    yield b"Connection: close\r\n\r\n"
    yield request.read()


def read_answer(method: str, parts: Iterable[bytes]) -> httpx.Response:
    """Read an HTTP answer from the bytes that come.

    Raises:
        h11.RemoteProtocolError: It is none, or it ends too early.
        TimeoutError: It does not end in time.
    """
    connection, coming = _expecting(method), iter(parts)
    head: h11.Response | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(next(coming, b""))
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data) and len(body) <= LARGEST_BODY:
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            break
        elif isinstance(event, h11.ConnectionClosed | h11.PAUSED):
            raise h11.RemoteProtocolError("closed without an answer")
    if head.status_code in (204, 304):
        body += _surplus(connection.trailing_data[0], coming)
    return httpx.Response(
        head.status_code,
        headers=head.headers.raw_items(),
        stream=httpx.ByteStream(bytes(body)),
    )


def _expecting(method: str) -> h11.Connection:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    return connection


def _surplus(begun: bytes, coming: Iterator[bytes]) -> bytes:
    found = bytearray(begun)
    end = time.monotonic() + SURPLUS_S
    with contextlib.suppress(OSError):
        while time.monotonic() < end and len(found) < LARGEST_SURPLUS:
            part = next(coming, b"")
            if not part:
                break
            found += part
    return bytes(found)
