"""Every refusal has the standard shape, the media type and the right status."""

import httpx
import pytest

from conformance.reference.serve import Running

PLAIN = {"content-type": "application/json"}


def shaped(answer: httpx.Response) -> int:
    """The status of an error whose shape has been looked at."""
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    for error in answer.json()["Errors"]:
        assert error.keys() == {"ErrorCode", "Message", "Data"}
        assert error["ErrorCode"]
        assert error["Message"]
    return answer.status_code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"5",
        b'{"Name": "x"',
        b'{"Name": "x"} {}',
        b'{"Name": "x",}',
        b'{"Name": NaN}',
        b'{"Name": "x", "Name": "y"}',
        b"\xef\xbb\xbf{}",
        b'{"Name": "\xff"}',
        b'{"Name": "\xc0\xaf"}',
        b'{"Name": "\\ud800"}',
        b'{"Name": "\\u0000"}',
        '{"Name": "x"}'.encode("utf-16"),
        b'{"Name": "x", "xp": ' + b'{"a":' * 1000 + b"1" + b"}" * 1001,
        b'{"Name": "x", "xp": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"Name": "x", "xp": {"a": ' + b"9" * 5000 + b"}}",
        b'{"Name": "x", "xp": {"a": 1e99999}}',
        b'{"Name": "x", "xp": {"a": 1e99999999999999999999}}',
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_malformed_body_is_refused(
    api: httpx.Client, reference: Running, body: bytes, method: str
) -> None:
    """With 400, and nothing is stored."""
    api.put("/v1/buyers/malformed", json={"Name": "whole"})
    before = reference.server.store.snapshot()
    path = "/v1/buyers" if method == "POST" else "/v1/buyers/malformed"
    answer = api.request(method, path, content=body, headers=PLAIN)

    assert shaped(answer) == 400
    assert reference.server.store.snapshot() == before


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("application/json", 201),
        ("application/json;charset=UTF-8", 201),
        ('APPLICATION/JSON; Charset="utf-8"', 201),
        ("application/json; charset=latin-1", 415),
        ("application/xml", 415),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_the_media_type_decides(api: httpx.Client, label: str, status: int) -> None:
    """Only JSON in UTF-8 is taken."""
    answer = api.post(
        "/v1/buyers", content=b'{"Name": "x"}', headers={"content-type": label}
    )

    assert answer.status_code == status
    assert status == 201 or shaped(answer)


def test_a_body_without_label_is_taken(api: httpx.Client) -> None:
    """Nothing says that it is anything but JSON."""
    assert api.post("/v1/buyers", content=b'{"Name": "x"}').status_code == 201


def test_sizes_are_bounded(api: httpx.Client) -> None:
    """A body over 1 MiB answers 413, a target over 8 KiB 414."""
    large = b'{"Name": "' + b"x" * 2**21 + b'"}'

    assert shaped(api.post("/v1/buyers", content=large, headers=PLAIN)) == 413
    assert shaped(api.get(f"/v1/buyers/{'x' * 9000}")) == 414


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/buyers/", "/v1//buyers"])
def test_an_unknown_route_is_not_found(api: httpx.Client, path: str) -> None:
    """The path counts exactly as it is written."""
    assert shaped(api.get(path)) == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/buyers", "GET, HEAD, POST"),
        ("POST", "/v1/buyers/x", "GET, HEAD, PUT, PATCH, DELETE"),
        ("OPTIONS", "/v1/buyers", "GET, HEAD, POST"),
        ("PUT", "/v1/catalogs/a/categories/b/shelves/c", "GET, HEAD, PATCH, DELETE"),
        ("POST", "/v1/openapi.json", "GET, HEAD"),
    ],
)
def test_an_unclaimed_verb_is_not_allowed(
    api: httpx.Client, method: str, path: str, allowed: str
) -> None:
    """405 tells which methods are."""
    answer = api.request(method, path)

    assert shaped(answer) == 405
    assert answer.headers["allow"] == allowed


def test_json_whatever_accept_says(api: httpx.Client) -> None:
    """There is one representation."""
    answer = api.get("/v1/buyers", headers={"accept": "application/xml"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_an_exception_becomes_a_500_and_is_kept(
    api: httpx.Client, reference: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the server can see what went wrong."""
    crashed = reference.server.crashes
    monkeypatch.setattr(reference.server, "find_item", lambda _call: 1 // 0)
    answer = api.get("/v1/buyers/x")

    assert shaped(answer) == 500
    assert isinstance(crashed.pop(), ZeroDivisionError)
