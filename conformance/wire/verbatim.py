"""HTTP as it is written: what a library would tidy up, and what it would not show."""

import contextlib
import socket
import ssl
from collections.abc import Iterable, Iterator
from http import HTTPStatus

import h11
import httpx
from typing_extensions import override

from conformance.exchange import Answer
from conformance.wire.tcp import CONNECT_S, Fact, parts_of

#: Seconds, and bytes, that are spent on what stands behind an answer without body.
SURPLUS_S = 1.0
LARGEST_SURPLUS = 64 * 2**10
LARGEST_BODY = 16 * 2**20
LARGEST_HEAD = 100 * 2**10


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
                coming = parts_of(channel, seconds)
                return read_answer(request.method, coming, parts_of(channel, SURPLUS_S))
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error

    @contextlib.contextmanager
    def _opened(self, url: httpx.URL) -> Iterator[socket.socket]:
        with contextlib.ExitStack() as stack:
            try:
                channel = self._connected(stack, url)
            except TimeoutError as error:
                raise httpx.ConnectTimeout(str(error)) from error
            except OSError as error:
                raise httpx.ConnectError(str(error)) from error
            yield channel

    def _connected(self, stack: contextlib.ExitStack, url: httpx.URL) -> socket.socket:
        tls = url.scheme == "https"
        port = url.port or (443 if tls else 80)
        connection = socket.create_connection((url.host, port), CONNECT_S)
        stack.enter_context(connection)
        if not tls:
            return connection
        channel = self._context.wrap_socket(connection, server_hostname=url.host)
        return stack.enter_context(channel)


def _written(request: httpx.Request) -> Iterator[bytes]:
    target: bytes = request.extensions["target"]
    yield b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), target)
    for name, value in request.headers.raw:
        yield b"%s: %s\r\n" % (name, value)
    yield b"Connection: close\r\n\r\n"
    yield request.read()


def read_answer(
    method: str, coming: Iterable[bytes], surplus: Iterable[bytes] = ()
) -> httpx.Response:
    """Read an HTTP answer from the bytes that come.

    Args:
        method: Of the request.
        coming: The bytes.
        surplus: What still comes behind the head of an answer without body.

    Raises:
        h11.RemoteProtocolError: It is none, or it ends too early.
        TimeoutError: It does not end in time.
    """
    connection, parts = _expecting(method), iter(coming)
    head: h11.Response | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(next(parts, b""))
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data) and len(body) <= LARGEST_BODY:
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            break
        elif isinstance(event, h11.ConnectionClosed):
            raise h11.RemoteProtocolError("closed without an answer")
    if head.status_code == HTTPStatus.NO_CONTENT:
        chunked = b"chunked" in dict(head.headers).get(b"transfer-encoding", b"")
        rest = connection.trailing_data[0] + _rest(surplus)
        body += _unchunked(rest) if chunked else rest
    return httpx.Response(
        head.status_code,
        headers=head.headers.raw_items(),
        stream=httpx.ByteStream(bytes(body)),
    )


def _unchunked(data: bytes) -> bytes:
    """Give the content of chunks; the bytes as they are where they are none."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    try:
        return read_answer("GET", [head, data]).read()
    except h11.RemoteProtocolError:
        return data


def _expecting(method: str) -> h11.Connection:
    connection = h11.Connection(h11.CLIENT, LARGEST_HEAD)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    return connection


def _rest(parts: Iterable[bytes]) -> bytes:
    """Give what comes for a while; a reset or silence ends it too."""
    found = bytearray()
    with contextlib.suppress(OSError):
        for part in parts:
            found += part
            if len(found) > LARGEST_SURPLUS:
                break
    return bytes(found)


def http_answer(fact: Fact) -> Answer | None:
    """Read what a port answered as HTTP.

    Returns:
        None when it is no HTTP; the status alone when it breaks off.
    """
    data = str(fact["answer"]).encode("latin-1")
    if not data.startswith(b"HTTP/"):
        return None
    try:
        read = read_answer("GET", [data])
        body = read.read()
    except (h11.RemoteProtocolError, httpx.DecodingError):
        status = data.split()[1:2]
        return Answer(int(status[0]) if status and status[0].isdigit() else 0, (), b"")
    headers = tuple((name.lower(), value) for name, value in read.headers.items())
    return Answer(read.status_code, headers, body)
