"""`exchanges.har`: an HTTP archive that other tools can read."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

from conformance.exchange import Answer, Exchange
from conformance.report.har import har

from .conftest import HOSTILE, exchange

ENTRY = {"startedDateTime", "time", "request", "response", "cache", "timings"}
REQUEST = {
    *("method", "url", "httpVersion", "cookies", "headers", "queryString"),
    *("headersSize", "bodySize"),
}
RESPONSE = {
    *("status", "statusText", "httpVersion", "cookies", "headers", "content"),
    *("redirectURL", "headersSize", "bodySize"),
}


def entries(*exchanges: Exchange) -> list[dict[str, Any]]:
    """The entries of an archive."""
    text = io.StringIO()
    har(exchanges, "0.1.0", text)
    log = json.loads(text.getvalue())["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    found: list[dict[str, Any]] = log["entries"]
    return found


def test_an_entry_has_every_member_that_har_wants() -> None:
    """HAR 1.2, sections 3 to 14."""
    (entry,) = entries(exchange(1, "row"))

    assert set(entry) >= ENTRY
    assert set(entry["request"]) >= REQUEST
    assert set(entry["response"]) >= RESPONSE
    assert set(entry["timings"]) >= {"send", "wait", "receive"}
    assert entry["request"]["queryString"] == [{"name": "search", "value": "a b"}]
    assert entry["startedDateTime"].endswith("+00:00")


def test_exchanges_keep_their_order_and_their_names() -> None:
    """An id of the report is found in the archive."""
    found = entries(exchange(2, "row"), exchange(1, "row"))

    assert [entry["comment"].split()[0] for entry in found] == ["x2", "x1"]


def test_an_exchange_without_an_answer_has_status_0() -> None:
    """As browsers write it; the trouble is in the comment."""
    silent = replace(exchange(1, "row"), answer=None, trouble="ReadTimeout: 30 s")
    (entry,) = entries(silent)

    assert entry["response"]["status"] == 0
    assert "ReadTimeout" in entry["comment"]


def test_bytes_that_are_no_text_are_kept_in_base64() -> None:
    """The evidence of a wrong encoding survives."""
    answer = Answer(200, (("content-type", "application/json"),), b'"\xff"')
    (entry,) = entries(replace(exchange(1, "row"), answer=answer))
    content = entry["response"]["content"]

    assert content["encoding"] == "base64"
    assert base64.b64decode(content["text"]) == b'"\xff"'


def test_hostile_text_is_json_all_the_same() -> None:
    """Bytes of a lone surrogate are no UTF-8; the archive stays ASCII."""
    (entry,) = entries(exchange(1, "row", HOSTILE))

    assert entry["response"]["content"]["encoding"] == "base64"
    assert entries() == []
