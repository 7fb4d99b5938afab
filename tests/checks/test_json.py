"""Answers as JSON: which of them owe it, how they are labelled, what they hold."""

from typing import Any

import pytest
from exchanges import exchange
from outcomes import RowsOf

from conformance.checks.json_ import (
    _accepts,
    _insist_on_json,
    _owes_utf8,
    _with_body,
    check_answers_are_labelled_json,
    check_answers_are_utf8,
    check_answers_are_well_formed,
    check_names_are_unique,
)
from conformance.errors import Breach, Disturbed, Waits
from conformance.exchange import Exchange
from conformance.line import Request
from conformance.profile import Operation, load_profile
from conformance.session import Unit
from conformance.verdict import Verdict

PROFILE = load_profile("reference")
BUYERS = PROFILE.resources["buyers"]
JSON = "application/json"


def answered(
    body: bytes | None = b"{}",
    label: str | None = JSON,
    status: int = 200,
    method: str = "GET",
    **more: Any,
) -> Exchange:
    """An exchange with that answer; without a body of bytes nobody answered."""
    labels = (("content-type", label),) if label is not None else ()
    headers = (*labels, *more.pop("headers", ()))
    status = 0 if body is None else status
    return exchange(status, body=body, headers=headers, method=method, **more)


# --------------------------------------------------------------------- which answers

WAIT = (("retry-after", "1"),)


@pytest.mark.parametrize(
    "exchange",
    [
        answered(),
        answered(status=404),
        answered(status=429),
        answered(status=500),
        answered(status=404, headers=WAIT),
        answered(status=201, method="POST"),
    ],
)
def test_a_body_of_the_platform_is_judged(exchange: Exchange) -> None:
    """A success, a refusal or a 500 with a body owes JSON."""
    assert _with_body(exchange)
    assert _owes_utf8(exchange)


@pytest.mark.parametrize(
    "exchange",
    [
        answered(None),
        answered(b"", status=204),
        answered(truncated=True),
        answered(method="HEAD"),
        answered(method="OPTIONS"),
        answered(status=429, headers=WAIT),
        answered(status=302),
        answered(status=501),
        answered(status=502),
    ],
)
def test_other_answers_are_not(exchange: Exchange) -> None:
    """No answer, no body, half a body, or what a gateway says owes none."""
    assert not _with_body(exchange)
    assert not _owes_utf8(exchange)


def test_an_early_refusal_owes_utf8_where_it_says_json() -> None:
    """What a gateway refuses in a format of its own may be in any bytes."""
    assert _owes_utf8(answered(b"{}", JSON, 413))
    assert _owes_utf8(answered(b"{}", None, 413))
    assert not _owes_utf8(answered(b"<p>", "text/html", 413))
    assert _owes_utf8(answered(b"<p>", "text/html", 404))


# ------------------------------------------------------------------------- the label


@pytest.mark.parametrize(
    "label",
    [
        JSON,
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; charset=utf8; odd=1",
        "application/json ; odd=1",
    ],
)
def test_json_may_be_labelled_in_many_ways(unit: Unit, label: str) -> None:
    """Any case, spacing and quoting will do, with UTF-8 or without."""
    check_answers_are_labelled_json(answered(label=label))

    assert unit.asserted == 1
    assert not unit.edges


@pytest.mark.parametrize("label", [None, "", "application/problem+json"])
def test_no_label_or_a_kind_of_json_warns(unit: Unit, label: str | None) -> None:
    """A missing label, and one of a format made of JSON, are the softer edge."""
    check_answers_are_labelled_json(answered(label=label))

    assert len(unit.edges) == 1


@pytest.mark.parametrize(
    "label",
    [
        "text/html",
        "text/json",
        "application/jsonp",
        "application/json; charset=latin-1",
        'application/json; odd=1; charset="utf-16"',
    ],
)
def test_another_label_fails(unit: Unit, label: str) -> None:
    """Another type, or another charset, is a breach that says the label."""
    with pytest.raises(Breach, match="labelled '"):
        check_answers_are_labelled_json(answered(label=label))

    assert unit.edges_seen == 1
    assert not unit.edges


def test_an_early_refusal_of_another_label_warns(unit: Unit) -> None:
    """What a gateway refuses is not the platform's to label."""
    check_answers_are_labelled_json(answered(b"<p>", "text/html", 413))
    check_answers_are_labelled_json(answered(b"{}", JSON, 413))

    [words] = unit.edges
    assert "text/html" in words


# ----------------------------------------------------------------------- what it holds


@pytest.mark.parametrize(
    ("body", "words"),
    [(b'{"Name": "caf\xe9"}', "not UTF-8"), (b"\xef\xbb\xbf{}", "byte order mark")],
)
def test_other_bytes_than_utf8_fail(unit: Unit, body: bytes, words: str) -> None:
    """Bytes of another encoding, and a byte order mark, are told apart."""
    with pytest.raises(Breach, match=words):
        check_answers_are_utf8(answered(body))
    check_answers_are_utf8(answered('{"Name": "café"}'.encode()))

    assert unit.asserted >= 3


@pytest.mark.parametrize("body", [b"{} {}", b'{"a": NaN}', b'{"a": 1', b"hello"])
def test_what_is_no_single_value_fails(unit: Unit, body: bytes) -> None:
    """A body is one value, strictly read, whether it is labelled or not."""
    for label in (JSON, None):
        with pytest.raises(Breach):
            check_answers_are_well_formed(answered(body, label))

    assert unit.asserted == 2


def test_white_space_around_a_value_is_no_fault(unit: Unit) -> None:
    """RFC 8259 allows it."""
    check_answers_are_well_formed(answered(b' {"a": 1}\r\n'))

    assert unit.asserted == 1


def test_bytes_that_are_no_text_are_left_to_their_clause(unit: Unit) -> None:
    """What can't be decoded is not said to be malformed as well."""
    check_answers_are_well_formed(answered(b'{"a": "\xff"}'))

    assert not unit.asserted


def test_a_name_twice_fails(unit: Unit) -> None:
    """A member that stands twice is named, at whatever depth."""
    with pytest.raises(Breach, match="'b' stands twice"):
        check_names_are_unique(answered(b'{"a": {"b": 1, "b": 2}}'))
    check_names_are_unique(answered(b'{"a": {"b": 1}, "b": 2}'))

    assert unit.asserted == 2


@pytest.mark.usefixtures("unit")
def test_what_says_that_it_is_no_json_is_left_to_the_label() -> None:
    """A page in HTML is one breach, of the label."""
    for check in (check_answers_are_well_formed, check_names_are_unique):
        with pytest.raises(Waits) as waiting:
            check(answered(b"<p>", "text/html"))
        assert waiting.value.row == "json.content_type"


# ----------------------------------------------------------- whatever is asked for


def test_reads_ask_for_both_formats_and_writes_for_one() -> None:
    """Each foreign format is asked for by some verb that writes."""
    asked = {verb: _accepts(PROFILE, Operation(BUYERS, verb)) for verb in BUYERS.verbs}

    assert {verb for verb in asked if len(asked[verb]) == 2} == {"LIST", "GET"}
    assert asked["SAVE"] == asked["DELETE"] != asked["CREATE"] == asked["PATCH"]


def test_json_or_nothing_is_an_answer_to_any_accept(unit: Unit) -> None:
    """A body in JSON, or none, is what was asked of it."""
    _insist_on_json(answered(), "text/html")
    _insist_on_json(answered(b"", None, 204), "text/html")
    _insist_on_json(answered(None), "text/html")

    assert unit.asserted == 3


def test_what_was_asked_for_and_is_no_json_fails(unit: Unit) -> None:
    """A server that gives what Accept asks for breaks the clause."""
    with pytest.raises(Breach, match="Accept: text/html, answered text/html, no JSON"):
        _insist_on_json(answered(b"<p>", "text/html"), "text/html")

    assert unit.asserted == 1


@pytest.mark.usefixtures("unit")
def test_malformed_json_is_left_to_its_clause() -> None:
    """JSON that says so and is none, or is cut short, shows nothing of Accept."""
    with pytest.raises(Waits) as waiting:
        _insist_on_json(answered(b"{", JSON), "text/html")
    with pytest.raises(Disturbed, match="longer than is read"):
        _insist_on_json(answered(b"<p>", "text/html", truncated=True), "text/html")

    assert waiting.value.row == "json.well_formed"


def giving_html(**which: Any) -> dict[str, Any]:
    """Let a server answer in HTML where HTML is asked for, and these are so."""

    def finish(inner: Any, call: Any, answer: Any) -> Any:
        answer = inner(call, answer)
        wanted = call.request.headers.get("accept") == "text/html"
        if wanted and all(getattr(call, name) == told for name, told in which.items()):
            answer.body = b"<p>as you like it</p>"
            answer.headers["content-type"] = "text/html"
        return answer

    return {"finish": finish}


@pytest.mark.parametrize(
    ("check", "only", "which"),
    [
        ("accept_does_not_change_the_format", "buyers-GET", {"verb": "GET"}),
        ("accept_does_not_change_the_format", "buyers-SAVE", {"verb": "SAVE"}),
        ("unknown_routes_answer_in_json", None, {"operation": None}),
        ("the_token_endpoint_answers_in_json", "password", {"operation": "token"}),
    ],
)
def test_a_server_that_negotiates_html_fails(
    rows_of: RowsOf, check: str, only: str | None, which: dict[str, Any]
) -> None:
    """Items, unknown routes and the token endpoint are asked, each by itself."""
    [broken] = rows_of(f"json.{check}", giving_html(**which), only=only).values()
    [whole] = rows_of(f"json.{check}", only=only).values()

    assert broken.verdict is Verdict.FAIL
    assert "asked with Accept: text/html, answered text/html" in broken.message
    assert whole.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("verb", "asked", "made"), [("GET", 2, 1), ("DELETE", 1, 0), ("PATCH", 1, 0)]
)
def test_get_is_asked_for_what_is_there(
    rows_of: RowsOf, sent: list[Request], verb: str, asked: int, made: int
) -> None:
    """A success is looked at by GET; other verbs go to an item that never was."""
    rows_of("json.accept_does_not_change_the_format", only=f"buyers-{verb}")
    odd = [one for one in sent if dict(one.headers).get("Accept") != "application/json"]

    assert [one.operation for one in odd] == [f"buyers-{verb}"] * asked
    assert [one.operation for one in sent].count("buyers-CREATE") == made


def test_a_wrong_grant_goes_out_marked(rows_of: RowsOf, sent: list[Request]) -> None:
    """A token request of no known grant is wrong on purpose."""
    rows_of("json.the_token_endpoint_answers_in_json", only="password")
    odd = [one for one in sent if b"no_such_grant" in (one.body or b"")]

    assert len(odd) == 2
    assert all(one.deliberate for one in odd)
