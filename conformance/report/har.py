"""`exchanges.har`: every exchange of a run, for tools that read HTTP archives."""

import base64
import datetime as dt
import urllib.parse
from collections.abc import Iterable
from http import HTTPStatus
from typing import TextIO

from harfile import (
    Content,
    Creator,
    HarFile,
    PostData,
    Record,
    Request,
    Response,
    Timings,
)

from conformance.exchange import Answer, Exchange, Sent

#: Bytes of a body that the archive keeps.
LONGEST = 2**20
_VERSION = "HTTP/1.1"


def har(exchanges: Iterable[Exchange], suite_version: str, to: TextIO) -> None:
    """Write exchanges as HAR 1.2, in the order given, one at a time."""
    creator = Creator("ordercloud-conformance", suite_version)
    with HarFile(to, creator=creator) as archive:
        for exchange in exchanges:
            _add(archive, exchange)


def _add(archive: HarFile, exchange: Exchange) -> None:
    elapsed_ms = round(exchange.elapsed_s * 1000, 3)
    archive.add_entry(
        startedDateTime=dt.datetime.fromtimestamp(exchange.started_s, dt.UTC),
        time=elapsed_ms,
        request=_request(exchange.sent),
        response=_response(exchange.answer),
        timings=Timings(send=0, wait=elapsed_ms, receive=0),
        comment=_comment(exchange),
    )


def _comment(exchange: Exchange) -> str:
    words = f"{exchange.id} {exchange.operation} {exchange.key.unit}"
    return f"{words}: {exchange.trouble}" if exchange.trouble else words


def _request(sent: Sent) -> Request:
    query = urllib.parse.urlsplit(sent.url).query
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return Request(
        method=sent.method,
        url=sent.url,
        httpVersion=_VERSION,
        headers=_records(sent.headers),
        queryString=_records(pairs),
        postData=_posted(sent),
        bodySize=len(sent.body or b""),
    )


def _posted(sent: Sent) -> PostData | None:
    if sent.body is None:
        return None
    kind = {name.lower(): value for name, value in sent.headers}.get("content-type", "")
    text, encoding = _text(sent.body)
    comment = f"encoding: {encoding}" if encoding else None
    return PostData(mimeType=kind, text=text, comment=comment)


def _response(answer: Answer | None) -> Response:
    if answer is None:
        return Response(status=0, statusText="", httpVersion="")
    text, encoding = _text(answer.body)
    return Response(
        status=answer.status,
        statusText=_phrase(answer.status),
        httpVersion=_VERSION,
        headers=_records(answer.headers),
        content=Content(
            size=len(answer.body),
            mimeType=answer.header("content-type") or "",
            text=text,
            encoding=encoding,
        ),
        redirectURL=answer.header("location") or "",
        bodySize=len(answer.body),
    )


def _text(body: bytes) -> tuple[str, str | None]:
    body = body[:LONGEST]
    try:
        return body.decode("utf-8"), None
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _records(pairs: Iterable[tuple[str, str]]) -> list[Record]:
    return [Record(name, value) for name, value in pairs]
