"""The words of the checks: what each accuses of, waits for, and lets pass."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance import expect
from conformance.config import Config, Identity
from conformance.errors import Breach, Disturbed, NotJudged, Waits
from conformance.exchange import Answer, Exchange, Key, Sent
from conformance.expect import Error, insist, same
from conformance.plan import Plan, shipped_checks
from conformance.profile import Profile, load_profile
from conformance.session import Session, Unit, current_unit
from conformance.target import Place

APP = Identity("app", "client_credentials", "back-office")
TIME = {"type": "string", "format": "date-time"}
SET = {"type": "array", "uniqueItems": True}
NOON = "2030-01-15T12:00:00Z"


@functools.cache
def reference() -> Plan:
    """Give the plan of the reference profile."""
    return Plan(load_profile("reference"), shipped_checks())


@pytest.fixture
def unit() -> Iterator[Unit]:
    """Give the unit whose body is running, of a session that sends nothing."""
    line = SimpleNamespace(vault=SimpleNamespace(keep=lambda _name, secret: secret))
    session = Session(
        reference().profile,
        Config("https://api.example.com", identities=(APP,)),
        cast("Any", line),
        cast("Any", SimpleNamespace()),
        prefix="ct1",
        seed=1,
    )
    session.plan = reference()
    made = Unit(session, "test")
    token = current_unit.set(made)
    yield made
    current_unit.reset(token)


def of_row(unit: Unit, clause: str) -> None:
    """Let the running unit be one of a row of a clause."""
    unit.row = next(row for row in reference().rows if row.clause == clause)


def told(  # noqa: PLR0913 - what an answer can differ in
    status: int,
    value: object = None,
    *,
    operation: str = "buyers-GET",
    body: bytes | None = None,
    location: str | None = None,
    valid: bool = False,
    truncated: bool = False,
) -> Exchange:
    """Give an exchange that was answered with a JSON value, or with bytes."""
    content = json.dumps(value).encode() if body is None else body
    headers = (("location", location),) if location else ()
    return Exchange(
        id="x1",
        key=Key("test", 0, 0, 0, 0),
        operation=operation,
        identity="app",
        sent=Sent("GET", "https://api.example.com/v1/buyers/a"),
        answer=Answer(status, headers, content, truncated) if status else None,
        trouble=None if status else "reset",
        started_s=0.0,
        elapsed_s=0.0,
        valid_token=valid,
    )


def waited_for(call: Callable[[], object]) -> str:
    """Give the row that a call has to wait for."""
    with pytest.raises(Waits) as waits:
        call()
    return waits.value.row


def owner(clause: str, operation: str | None = "buyers-GET") -> str:
    """Give the row that judges a clause for an operation."""
    row = reference().owner(clause, operation)
    assert row.partition("[")[0] != clause
    return row


# --------------------------------------------------------------------- insisting


def test_each_insisting_is_counted(unit: Unit) -> None:
    """A check that insisted on nothing would be noticed by its count."""
    insist(True, "never said")  # noqa: FBT003
    insist("anything", "never said")

    assert unit.asserted == 2


def test_a_breach_names_whose_it_may_be_as_well(unit: Unit) -> None:
    """What another clause's rows may have met too is told with the breach."""
    with pytest.raises(Breach, match="no name") as alone:
        insist([], "no name")
    with pytest.raises(Breach) as both:
        insist(None, "no name", "verbs.get.returns")

    assert alone.value.owners == ()
    assert both.value.owners == (("verbs.get.returns", "no name"),)
    assert unit.asserted == 2


def test_an_edge_warns_and_goes_on(unit: Unit) -> None:
    """A softer edge is told only where it is met, and seen in any case."""
    expect.edge(True, "fine")  # noqa: FBT003
    assert (unit.edges, unit.edges_seen) == ([], 1)

    expect.edge(False, "soft")  # noqa: FBT003
    assert (unit.edges, unit.edges_seen) == (["soft"], 2)


def test_what_the_report_should_mention_is_kept(unit: Unit) -> None:
    """A note is told whatever the verdict."""
    expect.noted("by the example")

    assert unit.noted == ["by the example"]


def test_a_deviation_is_the_row_s_own_or_waited_for(unit: Unit) -> None:
    """Only the row whose clause it is accuses; every other waits for that row."""
    clause = "verbs.get.returns"
    made = expect.waits_for(clause, "lost", "buyers-GET")
    assert isinstance(made, Waits)
    assert (made.row, made.cause) == (owner(clause), "lost")
    assert made.row.endswith("[buyers]")

    of_row(unit, "verbs.list.contains")
    assert isinstance(expect.waits_for(clause, "lost"), Waits)
    assert unit.asserted == 0

    of_row(unit, clause)
    breach = expect.waits_for(clause, "lost")
    assert isinstance(breach, Breach)
    assert (str(breach), unit.asserted) == ("lost", 1)


# ----------------------------------------------------------------------- answers


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_success_is_insisted_on(unit: Unit, status: int) -> None:
    """Any 2xx is a success, and counts as one thing that held."""
    answer = told(status)

    assert expect.succeeded(answer) is answer
    assert unit.asserted == 1


@pytest.mark.parametrize(
    ("status", "valid", "operation", "clause"),
    [
        (400, True, "buyers-GET", "verbs.get.returns"),
        (404, True, "buyers-DELETE", "verbs.delete.removes"),
        (401, True, "buyers-GET", "oauth.lifetime"),
        (401, False, "buyers-GET", "verbs.get.returns"),
        (402, True, "buyers-GET", "verbs.get.returns"),
        (403, True, "buyers-GET", "oauth.client_credentials.grants"),
        (403, False, "buyers-CREATE", "verbs.create.stores"),
        (404, True, "elsewhere", "status.success"),
        (500, True, "buyers-GET", "errors.no_5xx"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_a_right_request_that_was_refused_is_its_verb_s(
    status: int,
    valid: bool,  # noqa: FBT001
    operation: str,
    clause: str,
) -> None:
    """Who refuses a right request breaks its verb, or what its token is good for."""
    answer = told(status, operation=operation, valid=valid)
    row = waited_for(lambda: expect.succeeded(answer))

    assert row == owner(clause, operation)


def test_a_refusal_is_the_breach_of_the_verb_s_own_row(unit: Unit) -> None:
    """The row that judges the verb accuses instead of waiting for itself."""
    of_row(unit, "verbs.get.returns")

    with pytest.raises(Breach, match="a right request was refused"):
        expect.succeeded(told(404))


@pytest.mark.parametrize("status", [300, 302, 399])
@pytest.mark.usefixtures("unit")
def test_a_redirect_is_waited_for(status: int) -> None:
    """No word judges a redirect: its own clause does."""
    for judge in (expect.succeeded, lambda answer: expect.refused(answer, "it")):
        row = waited_for(lambda judge=judge: judge(told(status)))  # type: ignore[misc]
        assert row == owner("status.no_redirect")


@pytest.mark.parametrize("status", [500, 501, 505, 599])
@pytest.mark.usefixtures("unit")
def test_a_crash_is_waited_for(status: int) -> None:
    """No word judges a crash: its own clause does."""
    row = waited_for(lambda: expect.refused(told(status), "it"))

    assert row == owner("errors.no_5xx")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (told(502), "gateway"),
        (told(503), "gateway"),
        (told(520), "gateway"),
        (told(100), "no final answer"),
        (told(199), "no final answer"),
        (told(0), "no final answer"),
        (told(200, {"ID": "a"}, truncated=True), "longer than is read"),
    ],
    ids=["502", "503", "520", "100", "199", "none", "truncated"],
)
@pytest.mark.usefixtures("unit")
def test_what_the_platform_did_not_say_decides_nothing(
    answer: Exchange, words: str
) -> None:
    """A gateway's answer, half an answer and none at all accuse nobody."""
    for judge in (expect.succeeded, lambda a: expect.refused(a, "it")):
        with pytest.raises(Disturbed, match=words):
            judge(answer)


@pytest.mark.parametrize(
    ("status", "valid", "clause"),
    [
        (401, True, "oauth.client_credentials.grants"),
        (401, False, None),
        (402, True, None),
        (403, True, None),
        (200, True, None),
    ],
)
@pytest.mark.usefixtures("unit")
def test_a_token_that_opens_nothing_is_its_grant_s(
    status: int,
    valid: bool,  # noqa: FBT001
    clause: str | None,
) -> None:
    """A 401 to a good token belongs to the flow that granted it."""
    assert expect.unusable(told(status, valid=valid)) == clause


@pytest.mark.usefixtures("unit")
def test_nobody_s_token_is_told_by_the_commonest_flow() -> None:
    """Without an identity the password flow is named."""
    nobody = replace(told(401, valid=True), identity=None)

    assert expect.unusable(nobody) == "oauth.password.grants"


def test_a_generated_value_may_be_refused(unit: Unit) -> None:
    """A refused value leaves nothing to judge; a refused token is another row's."""
    answer = told(200)
    assert expect.taken(answer) is answer
    assert unit.asserted == 1

    for refusal in (told(400, valid=True), told(401, valid=False)):
        with pytest.raises(NotJudged):
            expect.taken(refusal)
    row = waited_for(lambda: expect.taken(told(401, valid=True)))
    assert row == owner("oauth.lifetime")


@pytest.mark.parametrize("judge", [expect.refused, expect.unsuccessful])
def test_a_wrong_request_that_succeeds_is_a_breach(
    unit: Unit, judge: Callable[[Exchange, str], Exchange]
) -> None:
    """A 4xx is a refusal, whichever it is; a success is the breach, with its words."""
    for status in (400, 404, 499):
        assert judge(told(status), "a lie").status == status
    assert unit.asserted == 3
    with pytest.raises(Breach, match="a lie was not refused"):
        judge(told(200), "a lie")


@pytest.mark.parametrize("status", [500, 501])
def test_a_crash_is_no_success_either(unit: Unit, status: int) -> None:
    """Where the effect is looked at next, a 5xx is as good as a refusal."""
    assert expect.unsuccessful(told(status), "a lie").status == status
    assert unit.asserted == 1


@pytest.mark.usefixtures("unit")
def test_a_gateway_s_answer_is_no_refusal() -> None:
    """A gateway's 503 says nothing of the effect."""
    with pytest.raises(Disturbed):
        expect.unsuccessful(told(503), "a lie")


@pytest.mark.parametrize("status", [400, 402, 404])
def test_a_refusal_of_what_is_allowed_is_the_breach(unit: Unit, status: int) -> None:
    """What the row's own clause allows must not be refused; a token's is waited for."""
    assert expect.allowed(told(200), "a filter").success
    with pytest.raises(Breach, match="a filter was refused"):
        expect.allowed(told(status), "a filter")

    before = unit.asserted
    assert waited_for(lambda: expect.allowed(told(401, valid=True), "it")) == owner(
        "oauth.lifetime"
    )
    waited_for(lambda: expect.allowed(told(403, valid=True), "it"))
    assert unit.asserted == before


def test_a_refusal_of_what_should_be_taken_is_a_warning(unit: Unit) -> None:
    """It is told where it was met, and said to be refused."""
    assert not expect.turned_down(told(200), "a range")
    assert unit.edges == []
    assert not unit.session.tripped

    for status in (400, 402, 404):
        assert expect.turned_down(told(status), "a range")
    assert len(unit.edges) == 3
    assert unit.edges[0].startswith("a range was refused")
    assert {line.partition(":")[0] for line in unit.session.tripped} == {"expect.py"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_says_nothing_of_what_was_asked(
    unit: Unit, status: int
) -> None:
    """Neither a warning nor a vanished item is made of a token that was refused."""
    refusal = told(status, valid=True)

    waited_for(lambda: expect.turned_down(refusal, "a range"))
    waited_for(lambda: expect.untouched(told(200, {"ID": "a"}), refusal, "GET"))
    assert unit.edges == []


ITEM = {"ID": "a", "Name": "Tools", "Active": True, "xp": {"Rank": 3}}


@pytest.mark.parametrize(
    "now",
    [
        ITEM,
        {**ITEM, "LastUpdated": NOON},
        {**ITEM, "Name": "Tools", "Unclaimed": 1},
    ],
)
@pytest.mark.usefixtures("unit")
def test_an_item_that_reads_as_it_did_is_untouched(now: dict[str, Any]) -> None:
    """What the server itself keeps up, and what is not claimed, may change."""
    expect.untouched(told(200, ITEM), told(200, now), "a list")


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({**ITEM, "Name": "Other"}, 'Name was "Tools", is "Other"'),
        ({**ITEM, "ID": "b"}, 'ID was "a", is "b"'),
        ({**ITEM, "Name": None}, 'Name was "Tools", is null'),
        ({**ITEM, "xp": {"Rank": 3, "New": 1}}, "xp was"),
        ({**ITEM, "xp": {}}, "xp was"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_an_item_that_was_changed_is_told(now: dict[str, Any], words: str) -> None:
    """A value changed, taken away or added to is a breach that names it."""
    with pytest.raises(Breach, match=r"^a list changed the item") as breach:
        expect.untouched(told(200, ITEM), told(200, now), "a list")
    assert words in str(breach.value)


@pytest.mark.parametrize("status", [402, 404, 410])
@pytest.mark.usefixtures("unit")
def test_an_item_that_vanished_is_told(status: int) -> None:
    """What must have left an item alone made it go."""
    with pytest.raises(Breach, match="a list made the item vanish"):
        expect.untouched(told(200, ITEM), told(status), "a list")


def test_what_is_no_json_is_another_row_s(unit: Unit) -> None:
    """Bytes that are no text, and text that is no JSON, have clauses of their own."""
    assert expect.json_of(told(200, {"a": [1]})) == {"a": [1]}
    assert unit.asserted == 0

    no_text = waited_for(lambda: expect.json_of(told(200, body=b'"\xff"')))
    no_json = waited_for(lambda: expect.json_of(told(200, body=b"{")))
    assert no_text == owner("json.utf8")
    assert no_json == owner("json.well_formed")


@pytest.mark.parametrize(
    ("answer", "item"),
    [
        (told(200, ITEM), ITEM),
        (told(201, ITEM), ITEM),
        (told(201, ITEM, location="/v1/buyers/b"), ITEM),
        (told(201, {"Name": "N"}, location="/v1/buyers/b"), {"Name": "N", "ID": "b"}),
        (told(201, body=b"", location="/v1/buyers/b%20c"), {"ID": "b c"}),
    ],
    ids=["200", "201", "both", "location", "location-alone"],
)
@pytest.mark.usefixtures("unit")
def test_an_item_is_known_by_its_id(answer: Exchange, item: dict[str, Any]) -> None:
    """The ID stands in the body, or in the Location of what was created."""
    assert expect.item_of(answer) == item


@pytest.mark.parametrize(
    ("answer", "clause"),
    [
        (told(200, {"Name": "N"}), "errors.no_false_success"),
        (told(200, {"Name": "N"}, location="/b/b"), "errors.no_false_success"),
        (told(202, {"Name": "N"}), "errors.no_false_success"),
        (told(200, ["ID"]), "errors.no_false_success"),
        (told(200, "ID"), "errors.no_false_success"),
        (told(201, {"Name": "N"}), "status.body_201"),
        (told(201, ["ID"], location="/v1/buyers/b"), "status.body_201"),
        (told(200, body=b"{"), "json.well_formed"),
        (told(404), "verbs.get.returns"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_a_success_without_an_item_is_another_row_s(
    answer: Exchange, clause: str
) -> None:
    """An answer that shows no item is waited for: by whose it is."""
    assert waited_for(lambda: expect.item_of(answer)) == owner(clause)


def test_an_empty_success_is_looked_at(unit: Unit) -> None:
    """After an update without a body the item is read, where it can be."""
    shown = {**ITEM, "Name": "Read"}
    target = cast("Any", SimpleNamespace(get=lambda _item: told(200, shown)))
    buyers = unit.session.profile.resources["buyers"]
    unread = replace(buyers, verbs=("SAVE", "PATCH"))
    item = Place(buyers).item("a")
    other = Place(unread).item("a")
    empty = told(204, body=b"")

    assert expect.item_after(target, item, told(200, ITEM)) == ITEM
    assert expect.item_after(target, item, empty)["Name"] == "Read"
    waited_for(lambda: expect.item_after(target, other, empty))
    assert expect.item_after(target, other, told(200, ITEM)) == ITEM


def test_a_token_is_a_text(unit: Unit) -> None:
    """A grant that gives no token is the flow's; a crash is not."""
    granted = told(200, {"access_token": "~mark~"}, operation="token")
    assert expect.token_of(granted, "password") == "~mark~"
    assert unit.asserted == 1

    for answer in (
        told(200, {"access_token": ""}),
        told(200, {"access_token": 5}),
        told(200, {}),
        told(200, ["access_token"]),
        told(400, {"access_token": "~mark~"}),
    ):
        row = waited_for(lambda answer=answer: expect.token_of(answer, "password"))  # type: ignore[misc]
        assert row == owner("oauth.password.grants", "token")
    crash = told(500, operation="token")
    assert waited_for(lambda: expect.token_of(crash, "password")) == owner(
        "errors.no_5xx", "token"
    )


# ------------------------------------------------------------------------- lists


def listing(items: object, **meta: object) -> Exchange:
    """Give a list answer of the reference profile."""
    return told(200, {"Items": items, "Meta": meta}, operation="buyers-LIST")


@pytest.mark.usefixtures("unit")
def test_a_list_is_read_by_the_profile_s_names() -> None:
    """Items in order, and what the envelope tells of the page."""
    meta = {"Page": 2, "PageSize": 1, "TotalCount": 3, "TotalPages": 4}
    page = expect.page_of(listing([ITEM, 5], **meta, ItemRange=[1, 2]))

    assert page.items == [ITEM, 5]
    assert (page.page, page.page_size, page.total_count) == (2, 1, 3)
    assert (page.total_pages, page.item_range, page.next) == (4, (1, 2), None)
    assert expect.ids_of(page.items, "ID") == ["a"]


@pytest.mark.parametrize("span", [None, "12", [1], [1, 2, 3], 5])
@pytest.mark.usefixtures("unit")
def test_what_is_no_range_is_none(span: object) -> None:
    """A range has a first and a last item."""
    assert expect.page_of(listing([], ItemRange=span)).item_range is None


@pytest.mark.usefixtures("unit")
def test_an_empty_list_may_be_null() -> None:
    """Null is no item; a member that is not there is no list."""
    assert expect.page_of(listing(None)).items == []

    wrong: list[object] = [{"Meta": {}}, {"Items": {}}, {"Items": "a"}, [ITEM]]
    for value in wrong:
        answer = told(200, value, operation="buyers-LIST")
        row = waited_for(lambda answer=answer: expect.page_of(answer))  # type: ignore[misc]
        assert row == owner("errors.no_false_success", "buyers-LIST")
    assert waited_for(lambda: expect.page_of(told(400, operation="buyers-LIST")))


def test_a_bare_array_is_a_list_where_that_is_claimed(unit: Unit) -> None:
    """Without an envelope the body is the items; null is no list then."""
    raw = {**unit.session.profile.raw, "lists": {"items": ""}}
    unit.session.profile = replace(unit.session.profile, raw=raw)

    page = expect.page_of(told(200, [ITEM]))
    assert (page.items, page.page, page.item_range) == ([ITEM], None, None)
    waited_for(lambda: expect.page_of(told(200, None)))


@pytest.mark.parametrize(
    ("path", "found"),
    [("", {"a": {"b": 5}}), ("a.b", 5), ("a.c", None), ("a.b.c", None), ("d", None)],
)
def test_a_dotted_path_leads_to_what_stands_there(path: str, found: object) -> None:
    """Nothing is found where something on the way is no object."""
    assert expect.at({"a": {"b": 5}}, path) == found


# ------------------------------------------------------------------------ errors


@functools.cache
def profile(name: str) -> Profile:
    """Give a shipped profile."""
    return load_profile(name)


GOOD = {"ErrorCode": "NotFound", "Message": "no", "Data": {"a": 1}}


@pytest.mark.parametrize(
    ("name", "value", "errors"),
    [
        ("reference", {"Errors": [GOOD]}, [Error("NotFound", "no", {"a": 1})]),
        (
            "reference",
            {"Errors": [GOOD, {"ErrorCode": None, "Message": None}]},
            [Error("NotFound", "no", {"a": 1}), Error(None, None, None)],
        ),
        ("reference", {"Errors": []}, None),
        ("reference", {"Errors": GOOD}, None),
        ("reference", {"Errors": ["ErrorCode"]}, None),
        ("reference", {"Errors": [GOOD, {"ErrorCode": 1}]}, None),
        ("reference", {"Errors": [{"Message": "no"}]}, None),
        ("reference", [GOOD], None),
        ("reference", None, None),
        (
            "example-vendor",
            {"error": {"id": "x", "text": "no", "details": 2}},
            [Error("x", "no", 2)],
        ),
        ("example-vendor", {"error": {"id": "x"}}, None),
        ("example-vendor", {"error": "id text"}, None),
    ],
)
def test_errors_are_read_by_the_profile_s_names(
    name: str, value: object, errors: list[Error] | None
) -> None:
    """Each error has a code and a message, whatever they hold, or none is read."""
    assert expect.errors_in(profile(name), value) == errors


def test_data_is_read_only_where_it_is_claimed() -> None:
    """A profile without a member for data reads none."""
    raw = {"errors": {"code": "c", "message": "m"}}
    bare = replace(profile("reference"), raw=raw)

    assert expect.errors_in(bare, {"c": 1, "m": "n"}) == [Error(1, "n", None)]


# ------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (None, None, None),
        (None, "", None),
        ("", [], None),
        ({}, None, None),
        (True, True, None),
        (False, False, None),
        ("text", "text", None),
        (5, 5.0, None),
        (5, "5", None),
        (0.1, 0.1, None),
        ("12,50", "12,50", {"x-scale": 2}),
        ("tomorrow", "tomorrow", {"format": "date-time"}),
        ("12.50", 12.5, {"x-scale": 2}),
        ("12.50", "12.5", {"type": "string", "x-scale": 2}),
        ({"a": 1}, {"a": 1, "b": 2}, None),
        ({"a": None}, {}, None),
        ({"a": NOON}, {"a": "2030-01-15T12:00:00.000Z"}, {"properties": {"a": TIME}}),
        ([1, "a"], [1, "a"], {"type": "array"}),
        (["a", "b"], ["b", "a"], SET),
        ([NOON], ["2030-01-15T12:00:00.000Z"], {"items": TIME}),
        (NOON, "2030-01-15T14:00:00+02:00", TIME),
        (NOON, "2030-01-15T12:00:00.999Z", TIME),
        (NOON, "2030-01-15T11:59:59.001Z", TIME),
        (NOON, "2030-01-15", TIME),
        ("2030-01-15", NOON, TIME),
        (NOON, "2030-01-16T12:00:00", TIME),
        (NOON, "2030-01-15T07:00:00", TIME),
        (NOON, "soon", TIME),
        ("soon", NOON, TIME),
    ],
)
def test_what_came_back_as_it_was_sent(
    sent: Any, got: Any, claimed: Mapping[str, Any] | None
) -> None:
    """Numbers go by value, dates by instant, absence by any of its spellings."""
    assert same(sent, got, claimed)


@pytest.mark.parametrize(
    ("sent", "got", "claimed"),
    [
        (None, 0, None),
        (None, "a", None),
        ("a", None, None),
        ("a", "b", None),
        (True, False, None),
        (True, 1, None),
        (1, True, None),
        (NOON, True, TIME),
        (5, 6, None),
        (5, None, None),
        (5, "five", None),
        ("12.50", "12.51", {"x-scale": 2}),
        ("12.50", "12.5", {"type": "string"}),
        ("one", "two", {"x-scale": 2}),
        ({"a": 1}, {"a": 2}, None),
        ({"a": 1}, {}, None),
        ({"a": 1}, "a", None),
        ([1, 2], [2, 1], None),
        ([1], [1, 1], None),
        ([1, 1], [1], None),
        (["a"], ["a", "b"], SET),
        (["a", "b"], ["a", "c"], SET),
        (["a"], "a", None),
        ("a", ["a"], None),
        (NOON, None, TIME),
        (NOON, "", TIME),
        (NOON, "2030-01-15T12:00:01Z", TIME),
        (NOON, "2030-01-16T12:00:00Z", TIME),
        (NOON, "2030-01-15T07:00:00Z", TIME),
        (NOON, "2030-01-17T12:00:00", TIME),
        (NOON, "2030-01-15T12:00:00.000Z", None),
    ],
)
def test_what_came_back_as_something_else(
    sent: Any, got: Any, claimed: Mapping[str, Any] | None
) -> None:
    """Another value, another type, another second, another order that counts."""
    assert not same(sent, got, claimed)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2030-01-15T12:00:00.75+02:00", datetime(2030, 1, 15, 10, tzinfo=UTC)),
        (NOON, datetime(2030, 1, 15, 12, tzinfo=UTC)),
        ("2030-01-15T12:00:00", None),
        ("soon", None),
        ("0001-01-01T00:00:00+14:00", None),
        (5, None),
        (None, None),
    ],
)
def test_an_instant_needs_an_offset(text: object, read: datetime | None) -> None:
    """A date-time without an offset, and what is none, name no instant."""
    assert expect.instant(text) == read


def test_what_nobody_set_shows_its_default() -> None:
    """Unset is absence, the claimed default, or what a fresh item shows."""
    buyers = profile("reference").resources["buyers"]

    assert expect.default_of(buyers, "Active") is False
    assert expect.default_of(buyers, "Nothing") is None
    assert expect.unset(buyers, "Active", False, {})  # noqa: FBT003
    assert expect.unset(buyers, "Name", None, {"Name": "x"})
    assert expect.unset(buyers, "Name", "", {"Name": "x"})
    assert expect.unset(buyers, "Name", "made up", {"Name": "made up"})
    assert not expect.unset(buyers, "Name", "old", {"Name": "made up"})
    assert not expect.unset(buyers, "Active", True, {"Active": False})  # noqa: FBT003


def test_the_state_of_an_item_is_what_clients_write() -> None:
    """Stamps, and what is absent in any spelling, are no state."""
    buyers = profile("reference").resources["buyers"]
    item = {"ID": "a", "Name": "N", "Active": False, "xp": {}, "LastUpdated": NOON}

    assert expect.stateful(buyers, item) == {"ID": "a", "Name": "N", "Active": False}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë", '"Zoë"'),
        (b"\xff", r"b'\xff'"),
        ("x" * 78, f'"{"x" * 78}"'),
        ("x" * 79, f'"{"x" * 76}...'),
        ({"a": None}, '{"a": null}'),
    ],
)
def test_values_are_told_in_short(value: object, text: str) -> None:
    """Eighty characters are enough, and none is escaped that need not be."""
    assert expect.short(value) == text


@pytest.mark.parametrize(
    ("kind", "number"),
    [("integer", True), ("number", True), (["null", "number"], True), ("text", False)],
)
def test_a_number_is_claimed_by_its_type(kind: object, number: bool) -> None:  # noqa: FBT001
    """Whole or not, null besides or not."""
    assert expect.numeric({"type": kind}) is number


def test_the_running_unit_is_at_hand(unit: Unit) -> None:
    """Checks note things in the unit whose body is running."""
    assert expect.unit() is unit
