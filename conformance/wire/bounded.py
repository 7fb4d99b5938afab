"""A deadline over a whole exchange, whatever the server sends until then.

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

_END: ContextVar[tuple[float, float] | None] = ContextVar("end", default=None)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """End every exchange over a bounded transport, in this thread, by then."""
    token = _END.set((time.monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _END.reset(token)


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
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
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
        self._inner.write(buffer, timeout)

    @override
    def close(self) -> None:
        self._inner.close()

    @override
    def start_tls(self, *words: Any, **named: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*words, **named))

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
