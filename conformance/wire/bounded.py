"""Connections with a deadline over a whole exchange, whatever the server sends.

A client's own time-outs begin anew with every read: they never end a server that
sends a byte now and then, or one 1xx after the other.
"""

import contextlib
import ssl
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx
from typing_extensions import override

#: Seconds that a connection is kept without a request.
KEPT_S = 5.0
#: What a connection of httpcore raises; httpx has each under the same name.
_OWN = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)
_END: ContextVar[tuple[float, float] | None] = ContextVar("end", default=None)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """End every exchange over a bounded transport, in this thread, by then."""
    token = _END.set((time.monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _END.reset(token)


class Kept(httpx.BaseTransport):
    """One connection, kept from request to request, that heeds `within`.

    For one thread at a time, without the pool that `httpx.HTTPTransport` asks for
    every request what there is to choose from; without proxies.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._backend = _Backend(httpcore.SyncBackend())
        self._held: httpcore.HTTPConnection | None = None

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of its answer.

        Raises:
            httpx.TransportError: As httpx's own transport does.
        """
        url = request.url
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme,
                host=url.raw_host,
                port=url.port,
                target=url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = self._connection(sent.url.origin).handle_request(sent)
        except _OWN as error:
            raise _in_httpx(error) from error
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def _connection(self, origin: httpcore.Origin) -> httpcore.HTTPConnection:
        held = self._held
        if held is not None:
            idle = held.can_handle_request(origin) and held.is_idle()
            if idle and not held.has_expired():
                return held
            held.close()
        self._held = httpcore.HTTPConnection(
            origin,
            self._context,
            keepalive_expiry=KEPT_S,
            network_backend=self._backend,
        )
        return self._held

    @override
    def close(self) -> None:
        if self._held is not None:
            self._held.close()


class _Body(httpx.SyncByteStream):
    """What follows the head of an answer."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    @override
    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.iter_stream()
        except _OWN as error:
            raise _in_httpx(error) from error

    @override
    def close(self) -> None:
        self._answer.close()


def _in_httpx(error: Exception) -> httpx.TransportError:
    """Give the same error as httpx names it."""
    made: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
    return made(str(error))


def bounded(transport: httpx.HTTPTransport) -> httpx.HTTPTransport:
    """Let a transport heed the deadline of `within`."""
    pool = transport._pool  # noqa: SLF001 - httpx takes no backend from outside
    pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001
    return transport


@contextlib.contextmanager
def fetching(context: ssl.SSLContext, seconds: float) -> Iterator[httpx.Client]:
    """Lend a client for a document or two: no redirects, no proxy, no longer than so.

    Args:
        context: What to trust.
        seconds: For all of it.
    """
    transport = bounded(httpx.HTTPTransport(verify=context, trust_env=False))
    with (
        within(seconds),
        httpx.Client(transport=transport, trust_env=False, timeout=10.0) as client,
    ):
        yield client


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    @override
    def connect_tcp(self, *words: Any, **named: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(*words, **named))

    @override
    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """Writes the head of a request together with its body."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._head = b""
        self._timeout: float | None = None

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._head:
            # A server that has hung up may have answered before.
            with contextlib.suppress(httpcore.WriteError):
                self._write()
        end = _END.get()
        if end is None:
            return self._inner.read(max_bytes, timeout)
        words = f"no end of the answer within {end[1]:.0f} s"
        left = end[0] - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(words)
        if timeout is not None and timeout <= left:
            return self._inner.read(max_bytes, timeout)
        try:
            return self._inner.read(max_bytes, left)
        except httpcore.ReadTimeout as error:
            raise httpcore.ReadTimeout(words) from error

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        self._timeout = timeout
        if self._head:
            self._write(buffer)
        else:
            self._head = buffer

    def _write(self, more: bytes = b"") -> None:
        held, self._head = self._head, b""
        self._inner.write(held + more, self._timeout)

    @override
    def close(self) -> None:
        self._inner.close()

    @override
    def start_tls(self, *words: Any, **named: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*words, **named))

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
