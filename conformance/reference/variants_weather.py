"""Freedoms of what lies between: connections, gateways, and other people's work."""

import base64
import re
import secrets
import time
from dataclasses import replace
from typing import Any, cast

from starlette.requests import ClientDisconnect

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Grant
from conformance.reference.variants import variant

LIFETIME_S = 15


#: A slash that is not escaped yet.
_SLASH = re.compile(rb"(?<!\\)/")


@variant("a connection reset now and then before the request was handled")
def connections_lost_now_and_then(server: Server) -> None:
    """One request in 151 is not handled: its connection is reset."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.number % 151 == 0:
            # Uvicorn's own: `receive` is a method of what holds the connection.
            cycle = cast("Any", call.request.receive).__self__
            cycle.disconnected = True
            cycle.transport.abort()
            raise ClientDisconnect
        answer: Answer = await inner(call)
        return answer

    server.wrap("respond", around)


@variant("a gateway's own 502, 503, 504, and those of its network")
def gateway_fails_now_and_then(server: Server) -> None:
    """One request in 101 is answered by a gateway, in HTML, and not handled."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.number % 101 == 0:
            status = (502, 503, 504, 522, 530)[call.number // 101 % 5]
            headers = {"content-type": "text/html"}
            return Answer(status, headers=headers, body=b"<h1>Nobody is there</h1>")
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)


@variant(
    "JSON text: escapes",
    excludes={
        "pretty-json": "each writes the whole body in its own way",
        "escaped-json": "each writes the whole body in its own way",
        "opaque-tokens": "tokens are of one kind",
    },
)
def tokens_with_slashes(server: Server) -> None:
    """Access tokens hold slashes, and slashes are escaped."""
    issued: dict[str, tuple[Grant, float]] = {}

    def issue(_inner: Any, _call: Call, grant: Grant) -> str:
        token = base64.b64encode(b"\xff\xff\xff" + secrets.token_bytes(27)).decode()
        issued[token] = grant, time.time() + grant.lifetime_s
        return token

    def encode(inner: Any, call: Call, value: object) -> bytes:
        text: bytes = inner(call, value)
        return _SLASH.sub(rb"\\/", text)

    server.wrap("issue_token", issue)
    server.wrap("verify", lambda _inner, _call, token: issued.get(token))
    server.wrap("encode", encode)


@variant("oauth.FLOW.grants: expires_in a positive whole number of seconds")
def tokens_last_seconds(server: Server) -> None:
    """Every token ends after fifteen seconds."""

    def around(inner: Any, call: Call, grant: Grant, *rest: Any) -> Any:
        lifetime_s = min(grant.lifetime_s, LIFETIME_S)
        return inner(call, replace(grant, lifetime_s=lifetime_s), *rest)

    server.wrap("issue_token", around)
    server.wrap("token_body", around)


@variant("read-only properties may change with any write")
def counters_count_every_write(server: Server) -> None:
    """Read-only numbers tell how many writes there were, to whatever item."""
    writes = 0

    async def counted(inner: Any, call: Call) -> Answer:
        nonlocal writes
        writes += call.request.method not in ("GET", "HEAD", "OPTIONS")
        answer: Answer = await inner(call)
        return answer

    def shown(inner: Any, call: Call, *rest: Any) -> tuple[bool, Any]:
        schema = rest[-1]
        if schema.get("readOnly") and schema.get("type") == "integer":
            return True, writes
        told: tuple[bool, Any] = inner(call, *rest)
        return told

    server.wrap("dispatch", counted)
    server.wrap("render_property", shown)
