"""The words of the checks: what each accuses of, waits for, and lets pass."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from scripted import APP, reference, row_of
from units import current, silent

from conformance import expect
from conformance.errors import Breach, Disturbed, NotJudged, Waits
from conformance.exchange import Exchange
from conformance.expect import insist
from conformance.places import Place
from conformance.session import Unit

NOON = "2030-01-15T12:00:00Z"


@pytest.fixture
def unit() -> Iterator[Unit]:
    """Give the unit whose body is running, of a session that sends nothing."""
    with current(Unit(silent(APP), "test")) as unit:
        yield unit


def of_row(unit: Unit, clause: str) -> None:
    """Let the running unit be one of a row of a clause."""
    unit.row = row_of(clause)


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
    headers = (("location", location),) if location else ()
    return exchange(
        status,
        value,
        body=body,
        headers=headers,
        truncated=truncated,
        operation=operation,
        identity="app",
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


def test_the_running_unit_is_at_hand(unit: Unit) -> None:
    """Checks note things in the unit whose body is running."""
    assert expect.unit() is unit
