"""HTTP as it is written: requests and answers, byte by byte."""

import pytest

from conformance.wire import http_answer, request_bytes
from conformance.wire.verbatim import read_answer


def test_an_answer_is_read_as_http() -> None:
    """Status, headers and body are read; what is no HTTP is none."""
    whole = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
    answer = http_answer({"answer": whole})
    cut = http_answer({"answer": whole[:-1]})

    assert answer is not None
    assert cut is not None
    assert (answer.status, answer.media_type, answer.body) == (200, "text/plain", b"hi")
    assert (cut.status, cut.body) == (200, b"")
    assert http_answer({"answer": "\x15\x03\x03\x00\x02\x02\x46"}) is None


@pytest.mark.parametrize(
    ("head", "rest", "body"),
    [
        ("Content-Length: 2\r\n", b"hi", b"hi"),
        ("", b"hi", b"hi"),
        ("Transfer-Encoding: chunked\r\n", b"2\r\nhi\r\n0\r\n\r\n", b"hi"),
        ("Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b""),
        ("", b"", b""),
    ],
)
def test_what_follows_a_204_is_its_body(head: str, rest: bytes, body: bytes) -> None:
    """What a library would leave in its buffer is shown."""
    start = f"HTTP/1.1 204 No Content\r\n{head}\r\n".encode()

    assert read_answer("DELETE", [start + rest]).read() == body
    assert read_answer("DELETE", [start], [rest]).read() == body


def test_a_request_in_clear_holds_no_credential() -> None:
    """What is written for a plain port names path, host and nothing secret."""
    written = request_bytes("POST", "https://api.test:444/oauth/token?a=1", b"x=1")

    assert written.startswith(
        b"POST /oauth/token?a=1 HTTP/1.1\r\nHost: api.test:444\r\n"
    )
    assert written.endswith(b"Content-Length: 3\r\n\r\nx=1")
    assert b"Authorization" not in written
