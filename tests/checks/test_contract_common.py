"""What the checks of the contract share: how a drawn request is sent, and on what."""

from dataclasses import replace
from typing import Any

import pytest
from scripted import answering, resource

from conformance.checks import _contract
from conformance.places import Item, Place
from conformance.profile import Operation, Resource, load_profile
from conformance.target import Target

LONG = "A name that is longer than thirty characters"
SERVERS_IDS = replace(load_profile("reference").resources["buyers"].id, writable=False)


def drawn(mode: str = "positive", **parts: Any) -> dict[str, Any]:
    """Give a drawn request."""
    return {"mode": mode, **parts}


def perform(target: Target, verb: str, how: Any, item: Item | None = None) -> Any:
    """Send what was drawn of the buyers' verb."""
    return _contract.perform(target, Operation(resource(), verb), how, item)


def test_what_was_drawn_goes_out_as_it_is(target: Target) -> None:
    """Parameters and headers are sent; what breaks the document is sent on purpose."""
    line = answering(target, {"GET /buyers": (200, {"Items": []})})
    item = Place(resource()).item("a")
    how = drawn("negative", query=[["page", "x"], ["page", "2"]], headers={"X-A": "b"})
    assert perform(target, "LIST", how, item) is item
    assert perform(target, "LIST", drawn(query=[])) is None

    wrong, right = line.sent
    assert wrong.url.endswith("/v1/buyers?page=x&page=2")
    assert ("X-A", "b") in wrong.headers
    assert right.url.endswith("/v1/buyers")
    assert (wrong.deliberate, right.deliberate) == (True, False)


def test_what_was_created_is_acted_on_next(target: Target) -> None:
    """By the ID that the answer tells; a refused one leaves nothing to act on."""
    told = [(201, {"ID": "b"}), (400, {"ID": "b"}), (201, {"Name": "x"})]
    answering(target, {"POST": told})

    assert perform(target, "CREATE", drawn(json={})).id == "b"
    assert perform(target, "CREATE", drawn(json={})) is None
    assert perform(target, "CREATE", drawn(json={})) is None


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("GET", "GET /buyers/a"),
        ("DELETE", "DELETE /buyers/a"),
        ("SAVE", "PUT /buyers/a"),
        ("PATCH", "PATCH /buyers/a"),
    ],
)
def test_a_sequence_acts_on_one_item(target: Target, verb: str, asked: str) -> None:
    """Each verb is sent to the item that it is given, and nothing else is."""
    line = answering(target, {})
    item = Place(resource()).item("a")

    how = drawn(json={"Name": "x"}, query=[("q", "1")], exists=True)
    assert perform(target, verb, how, item) is item
    assert line.asked == [asked]
    assert line.sent[0].url.endswith("?q=1")


def test_only_items_of_ours_are_written_to(target: Target) -> None:
    """One is made where the document needs one, else an ID is taken that nobody has."""
    line = answering(target, {})
    assert perform(target, "PATCH", drawn(json={"Name": "x"}, exists=True)) is None
    made, patched = line.asked
    assert made == "POST /buyers"
    [body] = line.bodies("POST")
    assert patched == f"PATCH /buyers/{body['ID']}"

    for how in (drawn(json={}), drawn(json={}, exists=False, id="theirs")):
        line = answering(target, {})
        perform(target, "DELETE", how)
        [asked] = line.asked
        assert asked.startswith("DELETE /buyers/ct1")


def test_what_can_t_be_made_is_missing(target: Target) -> None:
    """A resource whose items only the server makes has none of ours."""
    kept = resource(verbs=("LIST", "GET", "PATCH"))
    line = answering(target, {})
    for verb in ("PATCH", "GET"):
        how = drawn(json={}, exists=True)
        assert _contract.perform(target, Operation(kept, verb), how) is None

    patched, got = line.asked
    assert patched.startswith("PATCH /buyers/ct1")
    assert got.startswith("GET /buyers/ct1")


def test_anybody_s_item_may_be_looked_for(target: Target) -> None:
    """A GET takes the ID that was drawn, or what rows share where it must exist."""
    line = answering(target, {})
    perform(target, "GET", drawn(id="theirs"))
    perform(target, "GET", drawn())
    perform(target, "GET", drawn(exists=True, id="theirs"))

    theirs, missing, shared, got = line.asked
    assert theirs == "GET /buyers/theirs"
    assert missing.startswith("GET /buyers/ct1")
    assert shared == "POST /buyers"
    assert got == f"GET /buyers/{line.bodies('POST')[0]['ID']}"


def test_the_example_is_sent_where_nothing_is_drawn(target: Target) -> None:
    """The report says by what was judged, and nothing of others' is touched."""
    line = answering(target, {})
    operation = Operation(resource(), "SAVE")
    _contract.perform_example(target, operation, "no such path")
    _contract.perform_example(target, operation, None)

    assert [words.rpartition(": ")[2] for words in target.unit.noted] == [
        "no such path",
        "the document is silent",
    ]
    assert len(set(line.asked)) == 2
    assert all(asked.startswith("PUT /buyers/ct1") for asked in line.asked)


def test_ids_of_other_paths_are_nobody_s(target: Target) -> None:
    """Every parameter of a path is filled with the run's prefix."""
    line = answering(target, {})
    answer = _contract.read(target, drawn(path="/v1/{a}/of/{b}/all"))

    assert line.asked == ["GET /ct1/of/ct1/all"]
    assert answer.operation == "beyond"


# --------------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("how", "body"),
    [
        (drawn(bytes="{\xe9"), b"{\xe9"),
        (drawn(json=None), b"null"),
        (drawn(json=[1, "a"]), b'[1, "a"]'),
        (drawn(json=""), b'""'),
        (drawn(), None),
    ],
    ids=["bytes", "null", "array", "text", "none"],
)
def test_a_body_that_is_no_object_is_sent_as_drawn(
    target: Target, how: Any, body: bytes | None
) -> None:
    """Nothing of it could be made ours, and nothing of it is kept."""
    line = answering(target, {"POST": 400, "PUT": 400})
    perform(target, "CREATE", how)
    perform(target, "SAVE", how)

    assert [request.body for request in line.sent] == [body, body]


def ours(target: Target, of: Resource, value: Any, item: Item | None = None) -> Any:
    """Give the body that is sent where a value was drawn."""
    line = answering(target, {"POST": 400, "PUT": 400})
    verb = "SAVE" if item else "CREATE"
    _contract.perform(target, Operation(of, verb), drawn(json=value), item)
    [body] = [*line.bodies("POST"), *line.bodies("PUT")]
    return body


def test_what_is_made_carries_the_run_s_prefix(target: Target) -> None:
    """In its ID, or in its label where IDs are the server's; the rest is as drawn."""
    made = ours(target, resource(), {"ID": "theirs", "Name": LONG})
    assert made["ID"].startswith("ct1")
    assert made["Name"] == LONG
    assert ours(target, resource(), {})["ID"].startswith("ct1")

    served = resource(id=SERVERS_IDS)
    labelled = ours(target, served, {"Name": LONG, "Active": 5})
    assert labelled == {"Name": f"ct1 {LONG}"[:30], "Active": 5}
    assert len(labelled["Name"]) == 30
    unlabelled = replace(served, schema={"properties": {"Active": {"type": "boolean"}}})
    assert ours(target, unlabelled, {"Active": True}) == {"Active": True}


def test_an_item_keeps_its_own_id(target: Target) -> None:
    """An ID that was drawn would rename it to another's; none is put in for nothing."""
    item = Place(resource()).item("a")

    renamed = ours(target, resource(), {"ID": "theirs", "Name": LONG}, item)
    assert renamed == {"ID": "a", "Name": LONG}
    assert ours(target, resource(), {"Name": LONG}, item) == {"Name": LONG}
    served = Place(resource(id=SERVERS_IDS)).item("a")
    assert ours(target, served.resource, {"Name": LONG}, served) == {"Name": LONG}


def test_unique_values_are_ours(target: Target) -> None:
    """Where they were drawn and their form is known; nothing is added."""
    unique = {"type": "string", "x-unique": "scope"}
    shape = {"Login": unique, "Code": unique, "Other": unique, "Note": {}}
    of = resource(
        schema={"properties": shape}, example={"Login": "a", "Other": "b", "Note": "c"}
    )
    made = ours(target, of, {"Login": "drawn", "Code": "drawn", "Note": "drawn"})

    assert made.keys() == {"ID", "Login", "Code", "Note"}
    assert made["Login"].startswith("ct1")
    assert (made["Code"], made["Note"]) == ("drawn", "drawn")
