"""The line: throttling is obeyed, silence is no verdict, secrets stay inside."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.errors import Disturbed, Stopped, UsageError
from conformance.exchange import Key
from conformance.line import Limits, Request
from conformance.live import LiveLine
from conformance.played import NotRecorded, PlayedLine
from conformance.recorder import Recorder
from conformance.vault import Vault

KEY = Key("row", 0, 0, 0, 0)
GET = Request("GET", "https://target.invalid/v1/")
Handler = Callable[[httpx.Request], httpx.Response]


def line_to(handler: Handler, file: Path | None = None, **limits: float) -> LiveLine:
    """Give a line to a handler instead of a network."""
    made = Limits(**limits)  # type: ignore[arg-type]  # numbers of either kind
    transport = httpx.MockTransport(handler)
    return LiveLine(Vault(), Recorder(file), made, lambda: transport)


def test_a_throttled_request_is_sent_again() -> None:
    """429 with Retry-After is obeyed, and every sending is recorded."""
    answers = [httpx.Response(429, headers={"retry-after": "0"}), httpx.Response(200)]
    line = line_to(lambda _: answers.pop(0))

    assert line.http(KEY, GET).status == 200
    assert [x.key.sending for x in line.recorder.exchanges] == [0, 1]


def test_throttled_to_the_end_is_no_verdict() -> None:
    """A target that only throttles disturbs; it is never a fail or a pass."""
    line = line_to(lambda _: httpx.Response(503, headers={"retry-after": "0"}))

    with pytest.raises(Disturbed, match="throttled"):
        line.http(KEY, GET)


def test_a_reset_is_no_verdict() -> None:
    """A connection that breaks disturbs, and is recorded with its trouble."""

    def reset(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("connection reset")

    line = line_to(reset)
    with pytest.raises(Disturbed, match="reset"):
        line.http(KEY, GET)

    assert line.recorder.exchanges[0].trouble == "ReadError: connection reset"


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_that_a_gateway_ended_is_sent_again(status: int) -> None:
    """A gateway's own answer to a GET is asked for anew; a write is never repeated."""
    answers = [httpx.Response(status), httpx.Response(200), httpx.Response(status)]
    line = line_to(lambda _: answers.pop(0))

    assert line.http(KEY, GET).status == 200
    assert line.http(KEY, Request("POST", GET.url)).status == status
    assert [x.key.sending for x in line.recorder.exchanges] == [0, 1, 0]


def test_a_read_whose_connection_was_lost_is_sent_again(tmp_path: Path) -> None:
    """A reset now and then decides nothing, live and played back alike."""
    seen: list[str] = []

    def once(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        if len(seen) == 1:
            raise httpx.ReadError("connection reset")
        return httpx.Response(200)

    line = line_to(once, tmp_path / "record.jsonl")
    assert line.http(KEY, GET).status == 200
    line.recorder.close()
    lines = (tmp_path / "record.jsonl").read_text(encoding="ascii").splitlines()
    played = PlayedLine(Vault(), Recorder(None), lines)

    assert played.http(KEY, GET).status == 200
    assert seen == ["GET", "GET"]


def test_a_write_whose_connection_was_lost_is_not_repeated() -> None:
    """Nobody knows whether it was handled."""
    sent: list[str] = []

    def reset(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        raise httpx.ReadError("connection reset")

    with pytest.raises(Disturbed, match="reset"):
        line_to(reset).http(KEY, Request("PUT", GET.url))

    assert sent == ["PUT"]


def test_a_token_that_ended_in_the_queue_is_not_sent() -> None:
    """Whoever waits for a turn longer than a token lasts gets another one first."""
    tokens: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        tokens.append(request.headers.get("Authorization"))
        return httpx.Response(200)

    fresh = Request("GET", GET.url, (("Authorization", "Bearer new"),))
    ended = Request(
        "GET",
        GET.url,
        (("Authorization", "Bearer old"),),
        valid_token=True,
        valid_until_s=time.time() - 1,
        renewed=lambda: fresh,
    )

    assert line_to(handler).http(KEY, ended).status == 200
    assert tokens == ["Bearer new"]


def test_a_token_that_ends_on_the_way_accuses_nobody() -> None:
    """401 to a token that ended before the answer came is no verdict."""
    request = Request("GET", GET.url, valid_token=True, valid_until_s=time.time())
    line = line_to(lambda _: httpx.Response(401))

    with pytest.raises(Disturbed, match="ended on the way"):
        line.http(KEY, request)


def test_silence_ends_the_conversation() -> None:
    """After eight silences in a row nothing more is sent."""

    def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("no answer")

    line = line_to(silent)
    for _ in range(8):
        with pytest.raises(Disturbed):
            line.http(KEY, GET)
    sent = line.sent
    with pytest.raises(Disturbed, match="stopped answering"):
        line.http(KEY, GET)

    assert line.sent == sent


def test_the_budget_is_kept() -> None:
    """Not one request more than allowed, but clean-up always goes through."""
    line = line_to(lambda _: httpx.Response(200), requests=2)
    line.http(KEY, GET)
    line.http(KEY, GET)
    with pytest.raises(Stopped, match="budget"):
        line.http(KEY, GET)

    assert line.http(KEY._replace(unit="clean row"), GET).status == 200


def test_secrets_go_out_and_do_not_come_back(tmp_path: Path) -> None:
    """The target gets the secret; the record holds marks, tokens' too."""
    got: list[bytes] = []

    def grant(request: httpx.Request) -> httpx.Response:
        got.append(request.content)
        token = {"access_token": "very-secret-token", "echo": "top+secret=1"}
        return httpx.Response(200, json=token)

    file = tmp_path / "record.jsonl"
    line = line_to(grant, file)
    mark = line.vault.keep("app.client_secret", "top+secret=1")
    form = "application/x-www-form-urlencoded"
    request = Request(
        "POST",
        "https://target.invalid/oauth/token",
        (("Content-Type", form),),
        f"client_secret={mark}".encode(),
        operation="token",
    )
    exchange = line.http(KEY, request)
    line.recorder.close()

    assert got == [b"client_secret=top%2Bsecret%3D1"]
    assert exchange.value["access_token"].startswith("~SECRET~")
    assert exchange.value["echo"] == mark
    assert "secret-token" not in file.read_text(encoding="utf-8")
    assert "top+secret" not in file.read_text(encoding="utf-8")


def test_a_record_is_played_back(tmp_path: Path) -> None:
    """A played line gives what was recorded, and says what was not."""
    file = tmp_path / "record.jsonl"
    line = line_to(lambda _: httpx.Response(204), file)
    line.recorder.add_header({"seed": 1})
    line.http(KEY, GET)
    line.note(KEY._replace(n=1), "now", lambda: 17.0)
    line.recorder.close()
    lines = file.read_text(encoding="utf-8").splitlines()
    played = PlayedLine(Vault(), Recorder(None), lines)

    assert played.http(KEY, GET).status == 204
    assert played.note(KEY._replace(n=1), "now", lambda: 99.0) == 17.0
    assert json.loads(lines[0])["run"] == played.header
    with pytest.raises(NotRecorded):
        played.http(KEY._replace(n=5), GET)


@pytest.mark.parametrize("line", ['{"x": 1}', "[]", '{"note": 1}', '{"exchange": {}}'])
def test_a_record_that_was_edited_is_said_with_its_line(line: str) -> None:
    """What no run writes is the mistake of whoever gives the record."""
    with pytest.raises(UsageError, match="line 2 of the record"):
        PlayedLine(Vault(), Recorder(None), ['{"run": {}}', line])
