"""Exchanges that nobody made: for what reads an answer and sends nothing."""

import json
from typing import Any

from conformance.exchange import Answer, Exchange, Key, Sent

Headers = tuple[tuple[str, str], ...]
LABELLED: Headers = (("content-type", "application/json"),)


def exchange(  # noqa: PLR0913 - what an exchange can differ in
    status: int,
    value: Any = ...,
    *,
    body: bytes | None = None,
    headers: Headers = (),
    truncated: bool = False,
    method: str = "GET",
    url: str = "https://api.example.com/v1/buyers/a",
    asked: Headers = (),
    sent: bytes | None = None,
    operation: str = "buyers-GET",
    identity: str | None = None,
    **more: Any,
) -> Exchange:
    """Give an exchange that was answered with a JSON value, or with bytes.

    Args:
        status: 0 where no answer came.
        value: Without it, the answer has no body.
        body: The answer's, in place of a value.
        headers: The answer's.
        truncated: Whether more was answered than is read.
        method: The request's.
        url: Where it went.
        asked: Its headers.
        sent: Its body.
        operation: What it is called.
        identity: Who sent it.
        more: Other fields of an exchange.
    """
    if body is None:
        body = b"" if value is ... else json.dumps(value).encode()
    return Exchange(
        id="x1",
        key=Key("row", 0, 0, 0, 0),
        operation=operation,
        identity=identity,
        sent=Sent(method, url, asked, sent),
        answer=Answer(status, headers, body, truncated) if status else None,
        trouble=None if status else "reset",
        started_s=0.0,
        elapsed_s=0.0,
        **more,
    )
