"""CREATE: which bodies are sent, and what of the answers accuses."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from outcomes import RowsOf, Seams, judged_in, rows_in
from scripted import answering as answers
from scripted import holding

from conformance.checks import verbs_create
from conformance.checks.verbs_create import (
    _cases,
    _empty,
    _far_dates,
    _ill,
    _is_path_of,
    _read_only,
    _right_type,
    _sent,
    _serves,
    _spaced,
    _without_one,
)
from conformance.errors import Breach
from conformance.places import LEFT_OUT, Item, Place
from conformance.profile import load_profile
from conformance.reference.exchange import Answer, refuse
from conformance.session import Unit
from conformance.target import Target
from conformance.verdict import Verdict

Values = dict[str, Any]
PRODUCTS = load_profile("reference").resources["products"]
NOBODY: Any = None
TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
judged = judged_in("verbs_create")
rows = rows_in("verbs_create")


def storing(change: Callable[[Any, Values], Values]) -> Seams:
    """Let CREATE store what ``change`` makes of the call and the values."""

    def around(inner: Any, call: Any, key: str, values: Values) -> Any:
        return inner(call, key, change(call, values))

    return {"create": around}


# ------------------------------------------------------------------- what is sent


def test_items_are_made_of_the_example_first_and_then_of_less_and_more() -> None:
    """The example alone comes first; what a resource has nothing for is left out."""
    first, bare, *others = _cases(NOBODY, PRODUCTS)
    assert first == {}
    assert bare == dict.fromkeys(set(PRODUCTS.compared) - {"Name"}, LEFT_OUT)
    assert all(others)
    assert any(case.get("Name") == " Ball hammer " for case in others)
    assert any(case.get("Description") == "" for case in others)
    assert {"SaleStart": "2099-12-31T23:59:58Z"} in others

    plain = holding({"Count": {"type": "integer"}}, ("Count",), other={})
    assert _cases(NOBODY, plain) == [{}]


def test_far_dates_are_for_what_is_written_and_read() -> None:
    """A date that the server writes, or never shows, is not sent."""
    claimed = {
        "Start": TIME,
        "Made": {**TIME, "readOnly": True},
        "Hidden": {**TIME, "writeOnly": True},
        "Name": TEXT,
    }
    assert list(_far_dates(holding(claimed))) == ["Start"]
    assert _far_dates(holding(claimed, volatile=("Start",))) == {}


@pytest.mark.parametrize(("longest", "spaced"), [(5, True), (4, False), (3, False)])
def test_white_space_is_sent_where_there_is_room(
    longest: int,
    spaced: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Text gets a space at both ends where it is not too long by it."""
    claimed = holding({"Name": {**TEXT, "maxLength": longest}}, other={"Name": "abc"})
    assert _spaced(claimed) == ({"Name": " abc "} if spaced else {})


def test_white_space_needs_a_text_to_stand_around() -> None:
    """What has no other value, or one too long for any text, stays as it is."""
    assert _spaced(holding({"Name": TEXT}, other={})) == {}
    assert _spaced(holding({"Name": TEXT}, other={"Name": "x" * 97})) != {}
    assert _spaced(holding({"Name": TEXT}, other={"Name": "x" * 98})) == {}


def test_empty_text_is_sent_where_it_is_allowed() -> None:
    """Text that is required, or has a least length, is not emptied."""
    claimed = {
        "Name": TEXT,
        "Note": TEXT,
        "Code": {**TEXT, "minLength": 1},
        "xp": {"type": "object"},
    }
    found = _empty(holding(claimed, ("Name",)))
    assert found == {"Note": "", "xp": {"Null@run": None, "Stays@run": "stays"}}


@pytest.mark.parametrize(
    ("claimed", "value"),
    [
        (TIME, "2001-02-03T04:05:06Z"),
        ({"type": "integer"}, 4242),
        ({"type": "number"}, 4242),
        (TEXT, "Taken over"),
        ({"type": "string", "format": "uri"}, None),
        ({"type": "boolean"}, None),
    ],
)
def test_read_only_properties_get_a_value_of_their_type(
    claimed: Values, value: object
) -> None:
    """A read-only property is sent what no server makes up; a writable one is not."""
    whole = {"Made": {**claimed, "readOnly": True}, "ID": {**TEXT, "readOnly": True}}
    assert _read_only(holding(whole)) == ({} if value is None else {"Made": value})
    assert _read_only(holding({"Made": claimed})) == {}


def test_each_required_property_is_left_out_nested_ones_too() -> None:
    """A member is left out where others stay in its object."""
    box = {"type": "object", "required": ["a", "c"]}
    claimed = {"Name": TEXT, "Box": box, "One": {"type": "object", "required": ["a"]}}
    example = {"Name": "x", "Box": {"a": 1, "b": 2}, "One": {"a": 1}}
    found = list(_without_one(holding(claimed, ("Name",), example=example)))
    assert found == [("Name", {"Name": LEFT_OUT}), ("Box.a", {"Box": {"b": 2}})]
    odd = holding({"Box": box}, example={"Box": "none"})
    assert list(_without_one(odd)) == []


def test_values_of_wrong_types_and_lengths_are_sent() -> None:
    """One wrong type each, text one too long, and null for what is required."""
    claimed = {
        "Name": {**TEXT, "maxLength": 3},
        "Note": TEXT,
        "Count": {"type": "integer"},
    }
    [found] = _ill(NOBODY, holding(claimed, ("Count", "Name")))
    assert ("Name", "xxxx") in found
    assert ("Count", "many") in found
    assert [name for name, value in found if value is None] == ["Name"]
    assert len(found) == 5
    nullable = holding({"Name": {"type": ["string", "null"]}}, ("Name",))
    assert all(value is not None for _, value in _ill(NOBODY, nullable)[0])


@pytest.mark.parametrize(
    ("claimed", "value", "right"),
    [
        ("string", "a", True),
        ("string", 1, False),
        ("boolean", True, True),
        ("boolean", 1, False),
        ("array", [], True),
        ("object", {}, True),
        ("object", [], False),
        ("integer", 1, True),
        ("number", 1.5, True),
        ("integer", True, False),
        ("number", "1", False),
        ("string", None, False),
    ],
)
def test_a_value_is_of_a_type(
    claimed: str,
    value: object,
    right: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Each JSON type is told from the others, truths from numbers."""
    assert _right_type({"type": claimed}, value) is right


def test_a_refusal_of_a_claimed_value_is_told_with_its_body(unit: Unit) -> None:
    """The passive row shows what was sent, as far as it is text."""
    sent: Any = SimpleNamespace(body=b"\xff" + b"x" * 400)
    refused: Any = SimpleNamespace(refusal=True, words="POST 400", sent=sent)
    assert len(_sent(refused)) == 300
    assert _sent(SimpleNamespace(sent=SimpleNamespace(body=None))) == ""  # type: ignore[arg-type]
    with pytest.raises(Breach, match="refused: POST 400"):
        verbs_create.check_every_claimed_value_is_accepted(refused)
    taken: Any = SimpleNamespace(refusal=False, words="", sent=sent)
    verbs_create.check_every_claimed_value_is_accepted(taken)
    assert unit.asserted == 2


# ------------------------------------------------------------------------- location

BASE = "https://api.example.com/root"
ITEM = Item(Place(PRODUCTS), "a b")


def target_of(answer: Any = None, asked: list[Any] | None = None) -> Any:
    """Give what the location is looked for with."""

    def send(method: str, path: str, **how: Any) -> Any:
        if asked is not None:
            asked.append((method, path, how["query"], how["roles"]))
        return answer

    return SimpleNamespace(
        config=SimpleNamespace(base_url=BASE),
        profile=SimpleNamespace(base_path="/v1"),
        send=send,
    )


@pytest.mark.parametrize(
    ("location", "own"),
    [
        (f"{BASE}/v1/products/a%20b", True),
        (f"{BASE}/v1/products/a%20b/", True),
        (f"{BASE}/v1/products/a b?version=2", True),
        (f"{BASE}/v2/products/a%20b", False),
        (f"{BASE}/v1/products/other", False),
        ("https://other.example.com/v3/products/a%20b", True),
        ("https://other.example.com/v3/products/other", False),
    ],
)
def test_a_location_is_the_items_path(
    location: str,
    own: bool,  # noqa: FBT001 - what is expected
) -> None:
    """On the target's host the whole path counts, elsewhere how it ends."""
    assert _is_path_of(target_of(), urlsplit(location), ITEM) is own


@pytest.mark.parametrize(
    ("location", "answer", "serves"),
    [
        (f"{BASE}/items/a?v=2", {"ID": "a b"}, True),
        (f"{BASE}/items/a?v=2", {"ID": "other"}, False),
        (f"{BASE}/items/a?v=2", ["a b"], False),
        (f"{BASE}/items/a?v=2", None, False),
        ("https://other.example.com/root/items/a?v=2", {"ID": "a b"}, False),
        ("https://api.example.com/elsewhere/a?v=2", {"ID": "a b"}, False),
    ],
)
def test_another_path_may_serve_the_item(
    location: str,
    answer: object,
    serves: bool,  # noqa: FBT001 - what is expected
) -> None:
    """A path of the target that shows the item is right, and no other is asked."""
    asked: list[Any] = []
    told: Any = SimpleNamespace(success=answer is not None, value=answer)
    found = _serves(target_of(told, asked), urlsplit(location), ITEM)
    assert found is serves
    own = location.startswith(BASE)
    wanted = ("GET", "/items/a", [("v", "2")], PRODUCTS.roles["GET"])
    assert asked == ([wanted] if own else [])


LOCATION = "location_is_where_the_item_is"


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        (lambda own: own, Verdict.PASS),
        (lambda own: own.removeprefix("https:"), Verdict.PASS),
        (lambda own: f"{own}x", Verdict.WARN),
        (lambda _own: "/v1/products", Verdict.WARN),
    ],
    ids=["whole", "without a scheme", "of another", "of the collection"],
)
def test_a_location_that_leads_elsewhere_warns(
    rows_of: RowsOf, location: Callable[[str], str], verdict: Verdict
) -> None:
    """Any address of the item is right, any other warns."""
    seams: Seams = {"location": lambda inner, *rest: location(inner(*rest))}
    found = judged(rows_of, LOCATION, "products", seams)
    assert found.verdict is verdict
    assert ("Location is" in found.message) is (verdict is Verdict.WARN)


def test_no_location_has_to_be_sent(rows_of: RowsOf) -> None:
    """A server without Location keeps the clause."""

    async def around(inner: Any, call: Any) -> Answer:
        answer: Answer = await inner(call)
        answer.headers.pop("location")
        return answer

    found = judged(rows_of, LOCATION, "products", {"do_create": around})
    assert found.verdict is Verdict.PASS


# -------------------------------------------------------------------------- storing

STORES = "create_stores_what_was_sent"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _c, v: {**v, "Kind": None}, "Kind"),
        (lambda _c, v: {**v, "Name": v["Name"][:1500]}, None),
        (
            lambda _c, v: {**v, "Description": (v.get("Description") or "")[:1500]},
            "Description",
        ),
        (
            lambda _c, v: {
                **v,
                "xp": {n: m for n, m in (v.get("xp") or {}).items() if n[:4] != "Deep"},
            },
            "xp",
        ),
    ],
)
def test_what_is_not_stored_accuses(
    rows_of: RowsOf, change: Callable[[Any, Values], Values], words: str | None
) -> None:
    """A property that is dropped, cut or not kept in its depth is told."""
    found = judged(rows_of, STORES, "products", storing(change))
    if words is None:
        assert found.verdict is Verdict.PASS
    else:
        assert found.verdict is Verdict.FAIL
        assert words in found.message


def test_another_spelling_warns(rows_of: RowsOf) -> None:
    """Text whose ends are trimmed is stored, at the cost of a warning."""
    seams = storing(lambda _c, v: {**v, "Name": v["Name"].strip()})
    found, warned = rows(rows_of, STORES, "products", seams)
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.WARN
    assert "Name: the ends were trimmed" in warned.message
    _, clean = rows(rows_of, STORES, "products")
    assert clean is not None
    assert clean.verdict is Verdict.PASS


def far(inner: Any, call: Any, key: str, values: Values) -> Any:
    """Take no date that is far away."""
    if "2099" in str(values.get("SaleStart")):
        raise refuse(400, "No", "Too far.")
    return inner(call, key, values)


def test_values_of_ours_may_be_refused(rows_of: RowsOf) -> None:
    """Only the profile's own example has to be taken."""

    def around(_inner: Any, _call: Any, _key: str, values: Values) -> Any:
        raise refuse(400, "No", f"Not {values}")

    every = judged(rows_of, STORES, "products", {"create": around})
    assert every.verdict is Verdict.FAIL
    assert "was refused" in every.message
    found = judged(rows_of, STORES, "products", {"create": far})
    assert found.verdict is Verdict.PASS


def test_refused_claimed_values_are_seen_in_passing(rows_of: RowsOf) -> None:
    """A claimed value that is refused warns in the row that watches CREATE."""
    watching = "verbs_create.every_claimed_value_is_accepted"
    found = rows_of(f"verbs_create.{STORES}", {"create": far}, more=[watching])
    warned = found[f"{watching}[products-CREATE]"]
    assert warned.verdict is Verdict.WARN
    assert "2099-12-31" in warned.message
    assert found[f"{watching}[catalogs-CREATE]"].verdict is Verdict.PASS


def test_any_valid_item_is_stored(rows_of: RowsOf) -> None:
    """What is drawn must come back where it is taken."""
    check = "create_stores_any_valid_item"
    seams = storing(lambda _c, v: {**v, "Active": not v.get("Active")})
    found = judged(rows_of, check, "buyers", seams, count=4)
    assert found.verdict is Verdict.FAIL
    assert "Active" in found.message


READ_ONLY = "read_only_properties_do_no_harm"


def test_read_only_properties_may_be_refused(rows_of: RowsOf) -> None:
    """A body with read-only properties may be refused, or they are left aside."""

    def around(inner: Any, call: Any, body: Values, *, partial: bool) -> Values:
        if "SpecCount" in body:
            raise refuse(400, "No", "Not yours to write.")
        found: Values = inner(call, body, partial=partial)
        return found

    for seams in ({"validate": around}, {}):
        found, warned = rows(rows_of, READ_ONLY, "products", seams)
        assert found.verdict is Verdict.PASS
        assert warned is not None
        assert warned.verdict is Verdict.PASS


def test_a_body_with_read_only_properties_is_said_to_be_wrong(target: Target) -> None:
    """What watches every exchange takes neither answer for one to a right body."""
    line = answers(target, {"POST": 400})
    verbs_create.check_read_only_properties_do_no_harm(
        target, PRODUCTS, {"SpecCount": 4242}
    )
    [body] = line.bodies("POST")
    assert body["SpecCount"] == 4242
    assert [request.deliberate for request in line.sent] == [True]


def test_read_only_properties_taken_over_warn(rows_of: RowsOf) -> None:
    """A read-only property that shows what was sent warns; lost others accuse."""

    def shown(inner: Any, call: Any, record: Any) -> Values:
        found: Values = inner(call, record)
        return found | {"SpecCount": 4242}

    found, warned = rows(rows_of, READ_ONLY, "products", {"render_item": shown})
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.WARN
    assert "taken over: SpecCount" in warned.message

    def dropped(inner: Any, call: Any, body: Values, *, partial: bool) -> Values:
        kept: Values = inner(call, body, partial=partial)
        return kept | ({"Description": None} if "SpecCount" in body else {})

    found = judged(rows_of, READ_ONLY, "products", {"validate": dropped})
    assert found.verdict is Verdict.FAIL
    assert "Description" in found.message


# ------------------------------------------------------------------------ answering

RETURNS = "create_returns_the_whole_item"


def answering(change: Callable[[Values], Values]) -> Seams:
    """Let the answer to CREATE be what ``change`` makes of it."""

    async def around(inner: Any, call: Any) -> Answer:
        answer: Answer = await inner(call)
        answer.value = change(answer.value)
        return answer

    return {"do_create": around}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: {n: w for n, w in v.items() if n != "Kind"}, "lacks Kind"),
        (lambda v: {**v, "Kind": None}, "lacks Kind"),
        (lambda v: {**v, "Kind": "Kit"}, "differs in Kind"),
        (lambda v: {n: w for n, w in v.items() if n != "LastUpdated"}, "LastUpdated"),
        (lambda v: {**v, "More": 1}, None),
    ],
    ids=["left out", "null", "another", "read-only", "more"],
)
def test_an_answer_without_the_whole_item_warns(
    rows_of: RowsOf, change: Callable[[Values], Values], words: str | None
) -> None:
    """What GET shows and the answer lacks, or has otherwise, is named."""
    found = judged(rows_of, RETURNS, "products", answering(change))
    if words is None:
        assert found.verdict is Verdict.PASS
    else:
        assert found.verdict is Verdict.WARN
        assert words in found.message


def test_an_answer_that_agrees_with_get_is_no_deviation(rows_of: RowsOf) -> None:
    """A value that is stored in another way is told as it is stored."""
    seams = storing(lambda _c, v: {**v, "Kind": "Kit"})
    found = judged(rows_of, RETURNS, "products", seams)
    assert found.verdict is Verdict.PASS


# ------------------------------------------------------------------- required, types

REQUIRED = "missing_required_properties_are_refused"


def lenient(name: str) -> Seams:
    """Let a property be left out."""

    def around(inner: Any, call: Any, values: Values, findings: Any) -> None:
        inner(call, {name: "none", **values}, findings)

    return {"complete": around}


def test_an_item_without_what_is_required_accuses(rows_of: RowsOf) -> None:
    """Each required property is asked for."""
    for name in ("Street1", "Country"):
        found = judged(rows_of, REQUIRED, "addresses", lenient(name))
        assert found.verdict is Verdict.FAIL
        assert f"CREATE without {name} was not refused" in found.message
    assert judged(rows_of, REQUIRED, "addresses").verdict is Verdict.PASS


@pytest.mark.parametrize("status", [400, 500])
def test_an_item_that_is_refused_and_stored_accuses(
    rows_of: RowsOf, status: int
) -> None:
    """A refusal must leave nothing, and a 5xx too."""

    def around(inner: Any, call: Any, values: Values, findings: Any) -> None:
        inner(call, {"Name": "none", **values}, findings)
        if "Name" not in values:
            server = inner.__self__
            key = server.chosen_id(call, server.parse(call))
            server.create(call, key, {"Name": "none", **values})
            raise refuse(status, "No", "And yet.")

    found = judged(rows_of, REQUIRED, "products", {"complete": around})
    assert found.verdict is Verdict.FAIL
    assert "refused without Name, and yet stored" in found.message


def test_required_properties_need_a_create_that_works(rows_of: RowsOf) -> None:
    """Where the whole body is refused the row waits for CREATE's."""

    def around(*_: Any) -> None:
        raise refuse(400, "No", "Nothing is taken.")

    for check in (REQUIRED, TYPES):
        found = judged(rows_of, check, "products", {"create": around})
        assert found.verdict is Verdict.INCONCLUSIVE
        assert (found.waits_for or "").startswith("verbs_create.")


TYPES = "wrong_types_and_lengths_are_refused"


def accepting(change: Callable[[str, Any], Any]) -> Seams:
    """Let values be taken as ``change`` makes them of name and value."""

    def around(  # noqa: PLR0913 - as the seam has it
        inner: Any, call: Any, name: str, value: Any, findings: Any, *, partial: bool
    ) -> Any:
        made = change(name, value)
        return inner(call, name, made, findings, partial=partial)

    return {"accept": around}


def test_wrong_types_that_are_taken_warn(rows_of: RowsOf) -> None:
    """A value of a wrong type is refused, or made one of the right type."""
    assert judged(rows_of, TYPES, "products").verdict is Verdict.PASS
    coerced = accepting(lambda n, v: False if (n, v) == ("Active", "perhaps") else v)
    assert judged(rows_of, TYPES, "products", coerced).verdict is Verdict.PASS

    def taken(inner: Any, call: Any, name: str, *rest: Any, **how: Any) -> Any:
        return rest[0] if name == "Active" else inner(call, name, *rest, **how)

    found = judged(rows_of, TYPES, "products", {"accept": taken})
    assert found.verdict is Verdict.WARN
    assert 'Active: "perhaps" was taken, it shows "perhaps"' in found.message


def test_text_that_is_too_long_is_not_made_right_by_its_type(rows_of: RowsOf) -> None:
    """Text longer than claimed that is taken warns, cut or not."""
    cut = accepting(lambda n, v: v[:100] if n == "Name" and isinstance(v, str) else v)
    found = judged(rows_of, TYPES, "products", cut)
    assert found.verdict is Verdict.WARN
    assert "Name" in found.message
