"""Odd queries, paths, headers and forms: what is sent, and what a crash is called."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from outcomes import RowsOf
from seams import crashing

from conformance.checks.errors_odd import (
    _READ_HEADERS,
    _SEGMENTS,
    _client,
    _filters,
    _forms,
    _values,
)
from conformance.errors import Disturbed
from conformance.exchange import Exchange, Key
from conformance.line import Request
from conformance.live import LiveLine
from conformance.profile import load_profile
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from conformance.target import Target

PROFILE = load_profile("reference")
PRODUCTS = PROFILE.resources["products"]


def crashed(rows_of: RowsOf, check: str, only: str, when: Callable[[Any], bool]) -> str:
    """What a row says of a server that breaks down over some requests."""
    [found] = rows_of(f"errors_odd.{check}", crashing(when), only=only).values()
    assert found.verdict is Verdict.FAIL
    return found.message


# ------------------------------------------------------------------------ what is sent


def test_every_claimed_parameter_gets_odd_values() -> None:
    """Pages, sizes, orders and searches are asked for by the names of the profile."""
    target = cast("Target", SimpleNamespace(profile=PROFILE))

    assert {name for name, _ in _values(target)} == set(PROFILE.query.values())


def test_a_filter_of_each_type_gets_another_operand() -> None:
    """One property of each type, a member that is none, and a path too deep."""
    each = list(_filters(PRODUCTS))
    found = {name: value for name, value in each if len(value) > 1}

    # Each without an operand, and with an operator alone, as well.
    assert [value for name, value in each if name == "ID"][1:] == ["", "!", ">"]
    assert found["ID"] == "x" * 300
    assert "Name" not in found
    assert found["QuantityMultiplier"] == found["SaleStart"] == "no such \u00e9"
    assert set(found) == {
        "ID",
        "QuantityMultiplier",
        "SaleStart",
        "Inventory.QuantityAvailable",
        "xp",
    }
    assert {name for name, _ in each} - set(found) == {
        "xp.a.b[0].c",
        "no-such.a.b[0].c",
    }


@pytest.mark.parametrize(
    ("flow", "grant", "odd"),
    [
        ("password", "password", {"username", "password"}),
        ("elevated_password", "password", {"username", "password"}),
        ("refresh_token", "refresh_token", {"refresh_token"}),
        ("client_credentials", "client_credentials", {"client_id", "client_secret"}),
        ("anonymous", "client_credentials", {"client_id", "client_secret"}),
    ],
)
def test_a_form_is_odd_where_its_flow_reads(
    flow: str, grant: str, odd: set[str]
) -> None:
    """Users, tokens or clients that do not exist, each in the flow's own form."""
    known = {"client_id": "shop", "client_secret": "mark", "scope": "all"}
    target = cast(
        "Target",
        SimpleNamespace(
            identities=lambda _flow: ["app", "other"],
            grant_form=lambda who: {**known, "username": who},
        ),
    )
    forms = list(_forms(target, flow))

    assert len(forms) == 3
    assert {form["grant_type"] for form in forms} == {grant}
    assert all({form[name] for name in odd} == {form[min(odd)]} for form in forms)
    assert not any("scope" in form for form in forms)
    client = {form["client_id"] for form in forms}
    assert (client == {"shop"}) == ("client_id" not in odd)


def test_a_client_is_one_that_may_use_the_flow() -> None:
    """A refresh is asked for by any client, another flow by its own, or by nobody."""
    asked: list[str | None] = []

    def identities(flow: str | None) -> list[str]:
        asked.append(flow)
        return []

    target = cast("Target", SimpleNamespace(identities=identities))

    assert _client(target, "refresh_token") == {"client_id": "nobody"}
    assert _client(target, "password") == {"client_id": "nobody"}
    assert asked == [None, "password"]


# --------------------------------------------------------------------- against servers


def odd_to(sent: list[Request], operation: str) -> list[bool]:
    """Whether each request of an operation went out as wrong on purpose."""
    return [one.deliberate for one in sent if one.operation == operation]


def test_an_odd_query_that_crashes_is_named(
    rows_of: RowsOf, sent: list[Request]
) -> None:
    """The parameter is said with its value; each goes out as wrong on purpose."""
    said = crashed(
        rows_of,
        "odd_queries_are_no_crash",
        "buyers",
        lambda c: ("page", "-1") in c.query,
    )

    assert said.startswith("('page', '-1'): GET ")
    assert all(odd_to(sent, "buyers-LIST"))


def test_an_odd_filter_that_crashes_is_named(
    rows_of: RowsOf, sent: list[Request]
) -> None:
    """The filter is said with its operand; each goes out as wrong on purpose."""
    said = crashed(
        rows_of,
        "odd_filters_are_no_crash",
        "products",
        lambda c: dict(c.query).get("SaleStart", "").startswith("no such"),
    )

    assert said.startswith("('SaleStart', ")
    assert all(odd_to(sent, "products-LIST"))


def test_an_odd_path_that_crashes_is_named(
    rows_of: RowsOf, sent: list[Request]
) -> None:
    """Every segment is tried as an ID, and said as it was written, if it is short."""
    check = "odd_paths_are_no_crash"
    said = crashed(rows_of, check, "buyers", lambda c: c.path.endswith("/buyers/-1"))
    long = crashed(rows_of, check, "buyers", lambda c: "xxx" in c.path)
    marks = odd_to(sent, "buyers-GET")

    assert said.startswith("-1: GET ")
    assert long.startswith(f"{'x' * 40}: GET ")
    assert marks.count(True) >= 2 * len(_SEGMENTS)
    assert not marks.count(False)


def test_an_odd_parent_that_crashes_is_named(rows_of: RowsOf) -> None:
    """The nearest parent's ID is odd; those above it are missing."""
    said = crashed(
        rows_of,
        "odd_parents_are_no_crash",
        "shelves",
        lambda c: "/categories/-1/shelves/" in c.path,
    )

    assert said.startswith("-1: GET ")


@pytest.mark.parametrize("name", ["Range", "If-Match", "Accept-Charset"])
def test_an_odd_header_that_crashes_is_named(rows_of: RowsOf, name: str) -> None:
    """Each header is said with its value."""
    told = dict(_READ_HEADERS)[name].encode("latin-1")
    said = crashed(
        rows_of,
        "odd_headers_are_no_crash",
        "buyers",
        lambda c: dict(c.request.headers.raw).get(name.lower().encode()) == told,
    )

    assert said.startswith(f"{name}: ")


def test_a_large_header_that_crashes_is_named(
    rows_of: RowsOf, sent: list[Request]
) -> None:
    """More than servers read may be refused, but not with 5xx."""
    said = crashed(
        rows_of,
        "odd_headers_are_no_crash",
        "buyers",
        lambda c: len(c.request.headers.get("x-large", "")) >= 20_000,
    )
    methods = {one.method for one in sent}

    assert said.startswith("a large header: GET ")
    assert {"HEAD", "OPTIONS", "FROB"} <= methods


def test_a_connection_that_is_closed_is_no_crash(
    rows_of: RowsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large header may be met by closing the connection."""
    inner = LiveLine.http

    def http(self: LiveLine, key: Key, request: Request) -> Exchange:
        if "X-Large" in dict(request.headers):
            raise Disturbed("reset")
        return inner(self, key, request)

    monkeypatch.setattr(LiveLine, "http", http)
    [found] = rows_of("errors_odd.odd_headers_are_no_crash", only="buyers").values()

    assert found.verdict is Verdict.PASS


def test_an_odd_header_of_a_body_that_crashes_is_named(rows_of: RowsOf) -> None:
    """A label that is none is tried by PATCH."""
    said = crashed(
        rows_of,
        "odd_body_headers_are_no_crash",
        "buyers",
        lambda c: c.request.headers.get("content-type") == ";/;=",
    )

    assert said.startswith("Content-Type: ;/;=: PATCH ")


def test_an_odd_form_that_crashes_is_named(
    rows_of: RowsOf, sent: list[Request]
) -> None:
    """Forms with odd values, and bytes that are no form, are tried by each flow."""
    check = "odd_token_requests_are_no_crash"
    values = crashed(rows_of, check, "password", lambda c: b"x" * 5000 in c.body)
    raw = crashed(rows_of, check, "password", lambda c: c.body == b"&=&grant_type&&=")
    odd = (b"x" * 5000, b"&=&grant_type&&=", b"%FF%FE")
    forms = [one for one in sent if any(mark in (one.body or b"") for mark in odd)]

    assert values.startswith("password: POST ")
    assert raw.startswith("b'&=&grant_type&&=': POST ")
    assert forms
    assert all(one.deliberate for one in forms)
    assert odd_to(sent, "token").count(True) >= 12
