"""Freedoms of what lies between: connections, gateways, and other people's work."""

import base64
import secrets
import time
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Call, Grant
from conformance.reference.strict import dump
from conformance.reference.variants import variant


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

    def encode(_inner: Any, call: Call, value: object) -> bytes:
        def rest(part: Any) -> str:
            return server.render_date(call, part)

        return dump(value, rest).replace(b"/", rb"\/")

    server.wrap("issue_token", issue)
    server.wrap("verify", lambda _inner, _call, token: issued.get(token))
    server.wrap("encode", encode)
