"""The line that talks over the network, and records what it does. No verdicts here."""

import contextlib
import functools
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx

from conformance.errors import Disturbed, Stopped
from conformance.exchange import Answer, Exchange, Key, Sent
from conformance.line import RESENDINGS, Limits, Request, resent_after
from conformance.recorder import Recorder
from conformance.vault import SPELLINGS, Vault, as_bytes, named
from conformance.wire.bounded import within

#: Bytes of an answer that are read; more is cut and said.
LARGEST_ANSWER = 16 * 2**20
#: Before its end by so many seconds a token is no longer sent.
SOON_S = 0.5
_WRITES = ("POST", "PUT", "PATCH")
_FRAMING = {b"content-length", b"transfer-encoding"}


class LiveLine:
    """Talks to the target over the network.

    Attributes:
        stop: Set: nothing more is sent, but for clean-up.
        dead: Why the target can't be talked to at all, once that is known.
    """

    def __init__(
        self,
        vault: Vault,
        recorder: Recorder,
        limits: Limits,
        transport: Callable[[], httpx.BaseTransport],
        verbatim: httpx.BaseTransport | None = None,
    ) -> None:
        self.vault = vault
        self.recorder = recorder
        self.limits = limits
        self.stop = threading.Event()
        self.dead: str | None = None
        self.sent = 0
        self._make_transport = transport
        self._verbatim = verbatim
        # Of each racer its own: it is opened before the race.
        self._local = threading.local()
        self._transports: list[httpx.BaseTransport] = []
        self._idle: list[httpx.BaseTransport] = []
        self._gate = threading.BoundedSemaphore(limits.in_flight)
        self._lock = threading.Lock()
        self._next_send = 0.0
        self._silences = 0
        self._tokens = 0

    def http(self, key: Key, request: Request) -> Exchange:
        """Send a request; resend it while the target says to wait, or a read is lost.

        Raises:
            Disturbed: No answer, or throttled to the end.
            Stopped: The run is ending or its budget is spent.
        """
        for sending in range(RESENDINGS + 1):
            request, exchange = self._in_turn(key._replace(sending=sending), request)
            pause = resent_after(request, exchange)
            if pause is None:
                return exchange
            if sending < RESENDINGS:
                self.wait(pause)
        raise Disturbed("throttled to the end")

    def note(self, key: Key, kind: str, learn: Callable[[], Any]) -> Any:
        """Learn something of the world once, and record it."""
        value = learn()
        self.recorder.add_note(key, kind, value)
        return value

    def wait(self, seconds: float) -> None:
        """Let time pass, or the run end."""
        self.stop.wait(seconds)

    def close(self) -> None:
        """Close every connection."""
        for transport in self._transports:
            transport.close()

    def _in_turn(self, key: Key, request: Request) -> tuple[Request, Exchange]:
        """Send a request when it is its turn, with a token that lasts until then."""
        for _ in range(RESENDINGS):
            exchange = self._send(key, request, soon_s=SOON_S)
            if exchange is not None:
                return request, exchange
            request = request.renewed() if request.renewed else request
        exchange = self._send(key, request)
        assert exchange is not None  # noqa: S101 - it was not asked how long
        return request, exchange

    def _send(
        self, key: Key, request: Request, soon_s: float | None = None
    ) -> Exchange | None:
        """Send a request; not if its token ends by then, so many seconds from now."""
        with contextlib.nullcontext() if key.lane else self._gate:
            if soon_s is not None and not request.lasts(time.time() + soon_s):
                return None
            exchange = self._sent(key, request)
        self.recorder.add(exchange)
        return exchange

    def _sent(self, key: Key, request: Request) -> Exchange:
        self._admit(key)
        started, clock = time.time(), time.perf_counter()
        answer, trouble, url = None, None, None
        try:
            url, answer = self._exchange(request, key.lane)
            self._silences = 0
        except (httpx.TransportError, httpx.DecodingError, OSError) as error:
            trouble = _trouble(error)
            if not key.lane:
                # Of many connections at once a server that holds few leaves some.
                self._count_silence(error)
        elapsed_s = time.perf_counter() - clock
        return Exchange(
            id=self.recorder.number(),
            key=key,
            operation=request.operation,
            identity=request.identity,
            sent=Sent(
                request.method,
                url or self.vault.strike_text(request.url),
                request.headers,
                request.body,
            ),
            answer=answer,
            trouble=trouble,
            started_s=started,
            elapsed_s=elapsed_s,
            deliberate=request.deliberate,
            valid_token=request.valid_token and request.lasts(started + elapsed_s),
            notes=request.notes,
        )

    def _admit(self, key: Key) -> None:
        cleaning = key.unit.startswith("clean")
        if self.dead is not None and not cleaning:
            raise Disturbed(self.dead)
        if self.stop.is_set() and not cleaning:
            raise Stopped("the run was stopped")
        with self._lock:
            if self.sent >= self.limits.requests and not cleaning:
                raise Stopped(f"the budget of {self.limits.requests} requests is spent")
            self.sent += 1
            pause = self._pace()
        if pause > 0:
            time.sleep(pause)

    def _pace(self) -> float:
        if not self.limits.rate:
            return 0.0
        now = time.monotonic()
        at = max(now, self._next_send)
        self._next_send = at + 1 / self.limits.rate
        return at - now

    def _count_silence(self, error: Exception) -> None:
        silent = isinstance(error, httpx.TimeoutException | httpx.ConnectError)
        self._silences = self._silences + 1 if silent else 0
        if self._silences >= 8:
            self.dead = f"the target stopped answering: {_trouble(error)}"

    def _exchange(self, request: Request, lane: int) -> tuple[str, Answer]:
        filled = self._filled(request)
        seconds = request.deadline_s or self.limits.deadline_s
        with self._transport(request, lane) as transport, within(seconds):
            response = transport.handle_request(filled)
            try:
                body, truncated = _read(response, seconds)
            finally:
                response.close()
        return self._struck(request, response, body, truncated=truncated)

    def _filled(self, request: Request) -> httpx.Request:
        kind = dict(request.headers).get("Content-Type", "")
        encode = SPELLINGS[request.spelling] if "form" in kind else _in_json
        seconds = request.deadline_s or self.limits.deadline_s
        timeout = {"connect": 10.0, "read": seconds, "write": seconds, "pool": seconds}
        body = request.body and self.vault.fill_bytes(request.body, encode)
        url = self.vault.fill(request.url, urllib.parse.quote_plus)
        headers = [(n, self.vault.fill(v)) for n, v in request.headers]
        extensions: dict[str, Any] = {"timeout": timeout}
        if request.verbatim:
            url, extensions["target"] = _parted(url)
        return _request(request.method, _url(url), headers, body or b"", extensions)

    @contextlib.contextmanager
    def _transport(self, request: Request, lane: int) -> Iterator[httpx.BaseTransport]:
        """Lend a connection: there are no more of them than requests in flight."""
        if request.verbatim:
            if self._verbatim is None:
                raise Disturbed("a path as it is written does not go through a proxy")
            yield self._verbatim
        elif lane:
            yield self._own()
        else:
            with self._lock:
                lent = self._idle.pop() if self._idle else None
            lent = lent or self._made()
            try:
                yield lent
            finally:
                self._idle.append(lent)

    def _own(self) -> httpx.BaseTransport:
        own: httpx.BaseTransport | None = getattr(self._local, "transport", None)
        if own is None:
            own = self._local.transport = self._made()
        return own

    def _made(self) -> httpx.BaseTransport:
        made = self._make_transport()
        with self._lock:
            self._transports.append(made)
        return made

    def _struck(
        self,
        request: Request,
        response: httpx.Response,
        body: bytes,
        *,
        truncated: bool,
    ) -> tuple[str, Answer]:
        """Give the URL that was asked for and the answer, secrets struck out."""
        if request.operation == "token":
            self._keep_tokens(body)
        vault, url, raw = self.vault, request.url, response.headers.raw
        values = b"\n".join(value for _, value in raw)
        # Seldom is any there, and to look once at the whole is quick.
        body = vault.strike_json(body) if b"\\" in body else body
        if vault.holds(b"\n".join((as_bytes(url), values, body))) is None:
            headers = named(raw)
        else:
            url, body = vault.strike_text(url), vault.strike(body)
            headers = vault.strike_headers(raw)
        return url, Answer(response.status_code, headers, body, truncated=truncated)

    def _keep_tokens(self, body: bytes) -> None:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return
        for member in ("access_token", "refresh_token"):
            token = value.get(member) if isinstance(value, dict) else None
            if isinstance(token, str) and token:
                with self._lock:
                    self._tokens += 1
                    name = f"{member}.{self._tokens}"
                self.vault.keep(name, token, everywhere=False)


#: Most URLs are asked for more than once, and to read one takes long.
_url = functools.lru_cache(maxsize=1024)(httpx.URL)


def _request(
    method: str,
    url: httpx.URL,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    extensions: dict[str, Any],
) -> httpx.Request:
    """Make a request whose head is whole: httpx takes long to look what it lacks."""
    raw = [(name.encode(), value.encode("utf-8")) for name, value in headers]
    names = {name.lower() for name, _ in raw}
    if b"host" not in names:
        raw.insert(0, (b"Host", url.netloc))
    if (body or method in _WRITES) and not names & _FRAMING:
        raw.append((b"Content-Length", b"%d" % len(body)))
    stream = httpx.ByteStream(body)
    return httpx.Request(method, url, headers=raw, stream=stream, extensions=extensions)


def _read(response: httpx.Response, deadline_s: float) -> tuple[bytes, bool]:
    end = time.monotonic() + deadline_s
    parts, size = [], 0
    packed = "content-encoding" in response.headers
    stream = response.iter_bytes() if packed else response.stream
    assert isinstance(stream, Iterable)  # noqa: S101 - it was sent by no event loop
    for part in stream:
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            return b"".join(parts)[:LARGEST_ANSWER], True
        if time.monotonic() > end:
            raise httpx.ReadTimeout(f"no end of the answer within {deadline_s:.0f} s")
    return b"".join(parts), False


def _parted(url: str) -> tuple[str, bytes]:
    """Part a URL into its origin and the target of the request line, unchanged."""
    scheme, _, rest = url.partition("://")
    host, slash, target = rest.partition("/")
    return f"{scheme}://{host}/", (slash + target or "/").encode("utf-8")


def _trouble(error: Exception) -> str:
    words = str(error) or type(error).__name__
    return f"{type(error).__name__}: {words}"[:300]


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]
