"""What the checks of errors share: whose an answer is, and what its body tells."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from exchanges import exchange
from scripted import claiming, profile, reference, resource
from units import current, silent

from conformance.checks import _errors
from conformance.errors import Breach, Disturbed, Waits
from conformance.exchange import Exchange
from conformance.plan import Watched
from conformance.session import Unit

API = "https://api.example.com/v1"
TEXT = {"type": "string"}
GOOD = {"ErrorCode": "NotFound", "Message": "no", "Data": {}}


@pytest.fixture
def unit() -> Iterator[Unit]:
    """Give the unit whose body is running, of a session that sends nothing."""
    with current(Unit(silent(), "test")) as unit:
        yield unit


def told(  # noqa: PLR0913 - what an exchange can differ in
    status: int,
    value: object = None,
    *,
    method: str = "GET",
    url: str = f"{API}/buyers/a",
    sent: bytes | None = None,
    header: str = "application/json",
    operation: str = "buyers-GET",
    body: bytes | None = None,
    label: str = "application/json",
    wait: str | None = None,
    truncated: bool = False,
) -> Exchange:
    """Give an exchange that was answered with a JSON value, or with bytes."""
    told_too = (("retry-after", wait),) if wait else ()
    headers = (("content-type", label), *told_too)
    return exchange(
        status,
        value,
        body=body,
        headers=headers,
        truncated=truncated,
        method=method,
        url=url,
        asked=(("Accept", header),),
        sent=sent,
        operation=operation,
        identity="app",
    )


def waited_for(call: Callable[[], object]) -> str:
    """Give the clause that a call has to wait for."""
    with pytest.raises(Waits) as waits:
        call()
    row = next(row for row in reference().rows if row.id == waits.value.row)
    return row.clause


# ---------------------------------------------------------------- which exchanges


def test_the_token_endpoint_is_of_another_chapter() -> None:
    """RFC 6749 gives it an error body of its own."""
    assert not _errors.api(Watched("token"))
    assert _errors.api(Watched("elsewhere"))


@pytest.mark.parametrize(
    ("status", "method", "judged"),
    [
        (200, "GET", True),
        (404, "POST", True),
        (199, "GET", False),
        (100, "POST", False),
        (0, "GET", False),
        (404, "HEAD", False),
    ],
)
def test_a_final_answer_may_have_a_body(
    status: int,
    method: str,
    judged: bool,  # noqa: FBT001
) -> None:
    """An interim answer, none at all and an answer to HEAD have none."""
    assert _errors.judged(told(status, method=method)) is judged


@pytest.mark.parametrize(
    ("status", "wait", "error"),
    [
        (400, None, True),
        (499, None, True),
        (500, None, True),
        (404, "5", True),
        (429, None, True),
        (429, "5", False),
        (200, None, False),
        (302, None, False),
        (501, None, False),
        (503, None, False),
    ],
)
def test_what_owes_the_standard_shape(
    status: int,
    wait: str | None,
    error: bool,  # noqa: FBT001
) -> None:
    """Every 4xx but throttling, and the 500."""
    assert _errors.is_error(told(status, wait=wait)) is error


@pytest.mark.parametrize(
    "exchange",
    [
        told(413, method="POST"),
        told(414),
        told(431),
        told(404, method="TRACE"),
        told(400, url=API.ljust(2001, "x"), method="POST"),
        told(400, header="x" * 4001, method="POST"),
        told(400, header="é", method="POST"),
        told(400, url=f"{API}/a%ff"),
        told(400, url=f"{API}/a?b=%ff"),
        told(400, url=f"{API}/a b"),
        told(400, url=f"{API}/é"),
        told(400, url=f"{API}/a%1f"),
        told(400, url=f"{API}/a?b=%0a"),
        told(400, url=f"{API}/a%7F"),
        told(400, url=f"{API}/a%5Cb"),
        told(400, url=f"{API}/a%2Fb"),
        told(403, url=f"{API}/a%2Fb"),
        told(404, url=f"{API}/a%2Fb"),
        told(404, url=f"{API}/a%00"),
        told(404, url=f"{API}/{'x' * 256}/b"),
        told(403, url=f"{API}/a?{'x' * 2049}"),
        told(400, sent=b"{}"),
        told(403, sent=b"{}", method="HEAD"),
    ],
)
def test_what_a_front_end_may_say_by_itself(exchange: Exchange) -> None:
    """A refusal that the platform need not have heard of owes it no shape."""
    assert _errors.early(exchange)


@pytest.mark.parametrize(
    "exchange",
    [
        told(400, method="POST", sent=b"{}"),
        told(400),
        told(403),
        told(404),
        told(401, sent=b"{}"),
        told(404, sent=b"{}"),
        told(403, sent=b"{}", method="DELETE"),
        told(200, method="TRACE"),
        told(500, method="TRACE"),
        told(400, header="x" * 4000),
        told(400, url=API.ljust(200, "x") + "?" + "x" * 1799),
        told(401, url=f"{API}/a%1f"),
        told(403, url=f"{API}/a%1f"),
        told(404, url=f"{API}/a%5Cb"),
        told(404, header="é"),
        told(401, url=f"{API}/a%2Fb"),
        told(405, url=f"{API}/a%00"),
        told(404, url=f"{API}/{'x' * 255}/b"),
        told(404, url=f"{API}/a?{'x' * 2048}"),
        told(400, url=f"{API}/a?b=%2F%5C"),
        told(400, url=f"{API}/!a~?b=%20%C3%A9~"),
    ],
)
def test_what_only_the_platform_says(exchange: Exchange) -> None:
    """A request that any front end hands on is answered by the platform."""
    assert not _errors.early(exchange)


# ------------------------------------------------------------------ what they hold


@pytest.mark.parametrize(
    ("exchange", "value"),
    [
        (told(404, {"a": 1}), {"a": 1}),
        (told(404, {"a": 1}, label="text/html"), {"a": 1}),
        (told(404, {"a": 1}, label=""), {"a": 1}),
        (told(0), None),
        (told(404, body=b""), None),
        (told(404, body=b"<p>", label="text/html"), None),
    ],
    ids=["json", "mislabelled", "unlabelled", "silence", "empty", "page"],
)
@pytest.mark.usefixtures("unit")
def test_a_body_is_read_whatever_its_label(exchange: Exchange, value: object) -> None:
    """A page that does not claim to be JSON holds no value."""
    assert _errors.value_of(exchange) == value


@pytest.mark.parametrize(
    ("exchange", "clause"),
    [
        (told(404, body=b"\xff"), "json.utf8"),
        (told(404, body=b"\xff", label="text/html"), "json.utf8"),
        (told(404, body=b"{"), "json.well_formed"),
        (told(404, body=b"{", label="application/problem+json"), "json.well_formed"),
        (told(404, body=b"{", label=""), "json.well_formed"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_a_body_that_is_no_json_is_another_chapter_s(
    exchange: Exchange, clause: str
) -> None:
    """Bytes that are no text, and JSON in name alone, are waited for."""
    assert waited_for(lambda: _errors.value_of(exchange)) == clause


def test_half_a_body_decides_nothing() -> None:
    """What is longer than is read can't be judged by its beginning."""
    with pytest.raises(Disturbed):
        _errors.value_of(told(404, {}, truncated=True))


CODE, MESSAGE = {"ErrorCode": None}, {"Message": "no"}


@pytest.mark.parametrize(
    ("name", "value", "entries"),
    [
        ("reference", {"Errors": [GOOD]}, [GOOD]),
        ("reference", {"Errors": [CODE, MESSAGE]}, [CODE, MESSAGE]),
        ("reference", {"Errors": []}, None),
        ("reference", {"Errors": GOOD}, None),
        ("reference", {"Errors": "ErrorCode"}, None),
        ("reference", {"Errors": [GOOD, {"Data": 1}]}, None),
        ("reference", {"Errors": ["ErrorCode"]}, None),
        ("reference", [GOOD], None),
        ("reference", None, None),
        ("example-vendor", {"error": {"id": 1}}, [{"error": {"id": 1}}]),
        ("example-vendor", {"error": {}}, None),
        ("example-vendor", {"error": "id"}, None),
    ],
)
def test_an_error_has_a_code_or_a_message(
    name: str, value: object, entries: list[object] | None
) -> None:
    """Which of them it lacks is for its own clause; with neither it is no error."""
    assert _errors.entries_of(profile(name), value) == entries


def test_what_an_answer_tells_of_its_errors(unit: Unit) -> None:
    """An error without the shape is waited for, unless a front end may have said it."""
    shape = unit.session.profile
    good = {"Errors": [GOOD]}

    assert _errors.errors_told(shape, told(404, good)) == [GOOD]
    assert _errors.errors_told(shape, told(413, good)) == [GOOD]
    assert _errors.errors_told(shape, told(413, {})) == []
    assert _errors.errors_told(shape, told(200, good)) == []
    assert _errors.errors_told(shape, told(429, {}, wait="5")) == []
    for answer in (told(404, {}), told(500, {})):
        row = waited_for(lambda answer=answer: _errors.errors_told(shape, answer))  # type: ignore[misc]
        assert row == "errors.shape"


def test_the_shape_is_insisted_on(unit: Unit) -> None:
    """It must be there; where a front end may have spoken, it should."""
    shape, good = unit.session.profile, {"Errors": [GOOD]}

    _errors.insist_on_shape(shape, told(404, good))
    _errors.insist_on_shape(shape, told(413, good))
    assert (unit.asserted, unit.edges) == (2, [])

    _errors.insist_on_shape(shape, told(413, body=b"<p>", label="text/html"))
    [edge] = unit.edges
    assert "not the standard shape" in edge
    assert "<p>" in edge

    with pytest.raises(Breach, match="not the standard shape"):
        _errors.insist_on_shape(shape, told(404, {"error": "no"}))
    assert unit.edges == [edge]


def test_every_text_and_number_is_a_leaf() -> None:
    """Neither truth values nor nothing are anything that was told."""
    value = {"a": ["x", 5, {"b": 1.5}], "c": True, "d": None, "e": "y"}

    assert list(_errors.leaves(value)) == ["x", "5", "1.5", "y"]


@pytest.mark.parametrize(
    ("name", "operation", "path", "ids"),
    [
        ("reference", "buyers-GET", "/v1/buyers/a%20b", ["a b"]),
        ("reference", "buyers-LIST", "/v1/buyers", []),
        ("reference", "addresses-LIST", "/v1/buyers/x/addresses", ["x"]),
        ("reference", "addresses-CREATE", "/v1/buyers/x/addresses", ["x"]),
        ("reference", "addresses-PATCH", "/v1/buyers/x/addresses/y", ["x", "y"]),
        ("reference", "addresses-LIST", "/v1/buyers//addresses", []),
        ("reference", "addresses-GET", "", []),
        ("example-vendor", "aisles-LIST", "/api/rest/2/warehouses/w/aisles/", ["w"]),
    ],
)
def test_ids_are_read_from_a_url(
    name: str, operation: str, path: str, ids: list[str]
) -> None:
    """Those of parents and, where one is named, the item's; unescaped."""
    resource = profile(name).resources[operation.partition("-")[0]]
    exchange = told(
        404, operation=operation, url=f"https://api.example.com{path}?page=2"
    )

    assert _errors.path_ids(resource, exchange) == ids


# ------------------------------------------------------------- how an answer is met


@pytest.mark.parametrize("status", [200, 302, 404, 499])
def test_what_is_answered_without_a_crash(unit: Unit, status: int) -> None:
    """Any answer below 500 will do, and counts."""
    exchange = told(status)

    assert _errors.answered(exchange) is exchange
    assert unit.asserted == 1
    assert not _errors.crashed(exchange)


@pytest.mark.parametrize("status", [500, 501, 599])
@pytest.mark.usefixtures("unit")
def test_a_crash_is_its_own_clause_s(status: int) -> None:
    """Whoever meets a 5xx leaves it to the row that judges them."""
    crash = told(status)

    assert _errors.crashed(crash)
    assert waited_for(lambda: _errors.answered(crash)) == "errors.no_5xx"


def test_of_several_answers_each_must_survive(unit: Unit) -> None:
    """Every crash is told with what provoked it; gateways alone decide nothing."""
    _errors.survived([("one", told(200)), ("two", told(404))])
    assert unit.asserted == 2

    met = [("fine", told(400)), ("gate", told(503)), ("deep", told(500))]
    with pytest.raises(Waits) as waits:
        _errors.survived(iter(met))
    assert waits.value.cause.startswith("deep: ")
    assert "gate" not in waits.value.cause
    with pytest.raises(Disturbed):
        _errors.survived(met[:2])


def test_the_row_of_crashes_accuses_itself(unit: Unit) -> None:
    """Where 5xx is the row's own clause, it is the breach."""
    rows = reference().rows
    unit.row = next(row for row in rows if row.clause == "errors.no_5xx")

    with pytest.raises(Breach, match=r"deep: .*two: "):
        _errors.survived([("deep", told(500)), ("two", told(501))])


@pytest.mark.parametrize(
    ("status", "denied"),
    [(200, False), (204, False), (400, True), (404, True), (500, True), (501, True)],
)
def test_a_write_is_denied_by_anything_but_success(
    status: int,
    denied: bool,  # noqa: FBT001
) -> None:
    """A crash is no success either."""
    assert _errors.denied(told(status)) is denied


@pytest.mark.usefixtures("unit")
def test_redirects_and_gateways_deny_nothing() -> None:
    """A redirect is its own clause's; a gateway, and half an answer, say nothing."""
    for status in (300, 302, 399):
        redirect = told(status)
        row = waited_for(lambda redirect=redirect: _errors.denied(redirect))  # type: ignore[misc]
        assert row == "status.no_redirect"
    for status in (502, 504, 100, 199, 0):
        with pytest.raises(Disturbed):
            _errors.denied(told(status))


# ----------------------------------------------------------------- making a mistake


def test_a_place_under_parents_that_are_not_there(unit: Unit) -> None:
    """Each parent of the way is an ID of ours that nobody has."""
    place = _errors.missing_place(unit.target, resource("shelves"))

    assert len(set(place.parents)) == 2
    assert all(unit.session.prefix in parent for parent in place.parents)


def test_a_value_of_the_wrong_type() -> None:
    """A number is the surest, then a text; none where nothing is sure."""
    [(name, wrong)] = _errors.wrong_type(resource("products")).items()
    assert (name, wrong) == ("QuantityMultiplier", "twelve")

    [(name, wrong)] = _errors.wrong_type(resource()).items()
    assert name == "Name"
    assert isinstance(wrong, dict)

    unsure = claiming(
        on={"type": "boolean"},
        price={**TEXT, "x-scale": 2},
        login={**TEXT, "x-unique": "scope"},
        xp=TEXT,
    )
    assert _errors.wrong_type(unsure) == {}


def test_a_text_past_its_claimed_length() -> None:
    """One character too many, in the label before others; or none."""
    [(name, text)] = _errors.too_long(resource("products")).items()
    assert (name, len(text)) == ("Name", 101)

    short = claiming(Code={**TEXT, "maxLength": 5}, Name={**TEXT, "maxLength": 50})
    assert list(_errors.too_long(short)) == ["Name"]
    assert _errors.too_long(claiming(Note=TEXT)) == {}


def test_what_checks_may_give_any_value() -> None:
    """No extension, nothing unique, no reference, nothing that is not written."""
    made = claiming(
        Name=TEXT,
        Login={**TEXT, "x-unique": "scope"},
        Of={**TEXT, "x-refers": "buyers"},
        Made={**TEXT, "readOnly": True},
        Note=TEXT,
        xp={"type": "object"},
    )
    assert _errors.plain(made) == ["Name", "Note"]

    other = {"Name": "Two", "Login": "two", "xp": {"a": 1}}
    assert _errors.others(replace(made, other=other)) == {"Name": "Two"}


@pytest.mark.parametrize(
    ("claimed", "types"),
    [
        (TEXT, ["string"]),
        ({"type": ["integer", "null"]}, ["integer"]),
        ({"type": ["string", "number"]}, ["string", "number"]),
        ({"type": "string", "x-scale": 2}, []),
        ({}, []),
    ],
)
def test_types_that_are_sure(claimed: Mapping[str, Any], types: list[str]) -> None:
    """Null is no type, and a decimal may be written as text or as a number."""
    assert _errors.types_of(claimed) == types


def test_a_body_without_its_end_is_no_json(unit: Unit) -> None:
    """Only the closing bracket is cut, so that nothing else can be the matter."""
    assert _errors.truncated(unit.target, {"Name": "é"}) == '{"Name": "é"'.encode()
