"""One mistake of each kind: that it is made, marked, and judged by its shape."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from exchanges import LABELLED, exchange
from outcomes import RowsOf, both

from conformance.checks.errors_provoked import (
    _READS,
    _WRITES,
    _heard,
    _incomplete,
    _judge,
    _reads,
    _without_role,
    _writes,
)
from conformance.errors import Breach, Disturbed, NotJudged, NotProvided
from conformance.exchange import Exchange
from conformance.line import Request
from conformance.profile import load_profile
from conformance.session import Unit
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from conformance.target import Target

PROFILE = load_profile("reference")
BUYERS, ADDRESSES = PROFILE.resources["buyers"], PROFILE.resources["addresses"]
WRONG_WRITES = "errors_provoked.each_wrong_write_has_the_shape"
WRONG_READS = "errors_provoked.each_wrong_read_has_the_shape"
ROUTE = "errors_provoked.an_unknown_route_has_the_shape"
ROLE = "errors_provoked.a_missing_role_has_the_shape"


def answered(status: int, body: bytes = b'{"error": "no"}') -> Exchange:
    """An exchange that was answered so."""
    return exchange(status, body=body, headers=LABELLED)


WHOLE = b'{"Errors": [{"ErrorCode": "NotFound", "Message": "No.", "Data": null}]}'


# --------------------------------------------------------------------- what is judged


def test_each_refusal_is_judged_by_its_shape(unit: Unit) -> None:
    """Of several answers, those that are refusals must all have the shape."""
    _judge(PROFILE, "a kind", [answered(200), answered(404, WHOLE)])
    with pytest.raises(Breach, match="not the standard shape"):
        _judge(PROFILE, "a kind", [answered(404, WHOLE), answered(400)])

    assert not unit.edges


@pytest.mark.usefixtures("unit")
def test_without_a_refusal_there_is_no_error() -> None:
    """A mistake that was taken, or not heard, shows no shape."""
    for answers in ([], [answered(200)]):
        with pytest.raises(NotJudged, match="a kind was not refused"):
            _judge(PROFILE, "a kind", answers)


def test_a_closed_connection_is_no_answer() -> None:
    """What is oversized may be met without a word."""

    def silent() -> Exchange:
        raise Disturbed("reset")

    answer = answered(413)
    assert _heard(silent) == []
    assert _heard(lambda: answer) == [answer]


def test_the_kinds_are_those_that_the_profile_allows() -> None:
    """A resource without parents has no unknown one, one without texts no long one."""
    bare = replace(
        BUYERS,
        schema={"properties": {"ID": {"type": "string"}, "On": {"type": "boolean"}}},
    )
    paged = {**PROFILE.raw, "lists": {**PROFILE.lists, "query": {}}}
    pageless = replace(PROFILE, raw={**paged, "oauth": {"flows": []}})

    assert _writes(PROFILE, BUYERS) == [*_WRITES]
    assert set(_WRITES) - set(_writes(PROFILE, bare)) == {
        "a missing required property",
        "a wrong type",
        "too long a text",
    }
    assert _reads(PROFILE, ADDRESSES) == [*_READS]
    assert set(_READS) - set(_reads(PROFILE, BUYERS)) == {"an unknown parent"}
    assert _reads(pageless, BUYERS) == ["an unknown item", "an oversized URL"]
    assert _reads(PROFILE, replace(ADDRESSES, verbs=("GET",)))[-2:] == [
        "no token",
        "a bad token",
    ]


def test_the_first_required_property_is_left_out() -> None:
    """An incomplete body lacks one property, and goes out as wrong on purpose."""
    found: list[Mapping[str, Any]] = []

    def post(_place: Any, body: Any, **how: Any) -> Exchange:
        found.append({**how, "body": body})
        return answered(400)

    target = SimpleNamespace(
        body=lambda _resource: dict.fromkeys(ADDRESSES.required, "x"),
        place=lambda _resource: None,
        post=post,
    )
    _incomplete(cast("Target", target), ADDRESSES)

    assert found == [{"body": {"City": "x", "Country": "x"}, "deliberate": True}]


def test_a_role_is_missing_where_somebody_lacks_it() -> None:
    """The first verb that somebody has no role for is tried by that one."""

    def without(roles: tuple[str, ...]) -> str:
        if "BuyerReader" in roles:
            raise NotProvided("low_role_identity")
        return "reader"

    target = cast("Target", SimpleNamespace(identity_without=without))
    readable = {verb: BUYERS.roles[verb] for verb in ("GET", "LIST")}

    verb, who = _without_role(target, BUYERS)
    assert (verb, str(who)) == ("PATCH", "reader")
    with pytest.raises(NotProvided, match="low_role_identity"):
        _without_role(target, replace(BUYERS, roles=readable))


# -------------------------------------------------------------------- against servers


def shapeless(which: Callable[[Any, Any], bool]) -> dict[str, Any]:
    """Let a server give some of its errors another shape."""

    def around(inner: Any, call: Any, problem: Any) -> Any:
        body = inner(call, problem)
        return {"error": "no"} if which(call, problem) else body

    return {"error_body": around}


@pytest.mark.parametrize(
    "code",
    [
        "Request.InvalidRequestBody",
        "ValidationFailure",
        "Request.InvalidContentType",
        "IdExists",
        "MethodNotAllowed",
    ],
)
def test_a_wrong_write_of_another_shape_fails(rows_of: RowsOf, code: str) -> None:
    """Each kind of wrong write is made, and its refusal looked at."""
    seams = shapeless(lambda _call, problem: problem.mistakes[0].code == code)
    main, _ = both(rows_of(WRONG_WRITES, seams, only="buyers", count=len(_WRITES)))

    assert main.verdict is Verdict.FAIL
    assert "not the standard shape: POST " in main.message


def test_an_oversized_body_of_another_shape_warns(rows_of: RowsOf) -> None:
    """What may be refused before the platform is asked is the softer edge."""
    seams = shapeless(lambda _call, problem: problem.status == 413)
    main, edge = both(rows_of(WRONG_WRITES, seams, only="buyers"))

    assert main.verdict is Verdict.PASS
    assert edge.verdict is Verdict.WARN
    assert "-> 413" in edge.message


def test_wrong_writes_go_out_marked(rows_of: RowsOf, sent: list[Request]) -> None:
    """Every write that is refused was wrong on purpose; the one item was not."""
    main, edge = both(rows_of(WRONG_WRITES, only="buyers"))
    writes = [one for one in sent if one.method == "POST" and one.operation != "token"]
    right = [one for one in writes if not one.deliberate]

    assert main.verdict is edge.verdict is Verdict.PASS
    assert len(right) == 1
    assert len(writes) == len(_WRITES) + 2


@pytest.mark.parametrize(
    "which",
    [
        lambda call, problem: problem.status == 404 and call.parents,
        lambda call, problem: problem.status == 404 and not call.parents,
        lambda call, _problem: "page" in dict(call.query),
        lambda call, _problem: "sortBy" in dict(call.query),
        lambda call, problem: (
            problem.status == 401 and "authorization" not in call.request.headers
        ),
        lambda call, problem: (
            problem.status == 401 and "authorization" in call.request.headers
        ),
    ],
    ids=["item", "parent", "page", "sort", "no-token", "bad-token"],
)
def test_a_wrong_read_of_another_shape_fails(
    rows_of: RowsOf, which: Callable[[Any, Any], bool]
) -> None:
    """Each kind of wrong read is made, and its refusal looked at."""
    main, _ = both(rows_of(WRONG_READS, shapeless(which), only="addresses"))

    assert main.verdict is Verdict.FAIL
    assert "not the standard shape: GET " in main.message


def test_wrong_reads_go_out_marked(rows_of: RowsOf, sent: list[Request]) -> None:
    """A bad page, order or token and a long URL are wrong; an unknown item is not."""
    main, edge = both(rows_of(WRONG_READS, only="addresses"))
    lists = [one for one in sent if one.operation == "addresses-LIST"]
    reads = [one for one in sent if one.operation == "addresses-GET"]

    assert main.verdict is edge.verdict is Verdict.PASS
    assert len(lists) == 3
    assert all(one.deliberate for one in lists)
    assert [one.deliberate for one in reads].count(True) == 1


def test_an_unknown_route_of_another_shape_fails(rows_of: RowsOf) -> None:
    """A route that is not there is asked for with a token."""
    seams = shapeless(lambda call, problem: call.resource is None and problem)
    broken, _ = both(rows_of(ROUTE, seams))
    whole, _ = both(rows_of(ROUTE))

    assert broken.verdict is Verdict.FAIL
    assert "-> 404" in broken.message
    assert whole.verdict is Verdict.PASS


def test_a_missing_role_of_another_shape_fails(rows_of: RowsOf) -> None:
    """The refusal of a token without the role is looked at."""
    seams = shapeless(lambda _call, problem: problem.status == 403)
    broken, _ = both(rows_of(ROLE, seams, only="buyers"))
    whole, _ = both(rows_of(ROLE, only="buyers"))

    assert broken.verdict is Verdict.FAIL
    assert "-> 403" in broken.message
    assert whole.verdict is Verdict.PASS
