"""What the checks of status codes share: what to try, and whose a success is."""

from dataclasses import replace
from typing import Any

import pytest
from scripted import answering, claiming, resource, waited_for

from conformance.checks import _status
from conformance.checks._status import TOO_LONG
from conformance.errors import Disturbed
from conformance.places import Place
from conformance.profile import Operation, Resource
from conformance.target import Target

TEXT = {"type": "string"}
READ_ONLY = ("LIST", "GET")


# ---------------------------------------------------------------------- what to try


@pytest.mark.parametrize(
    ("verb", "verbs", "triable"),
    [
        ("LIST", READ_ONLY, True),
        ("CREATE", ("CREATE",), True),
        ("GET", READ_ONLY, True),
        ("GET", ("GET",), False),
        ("GET", ("GET", "CREATE"), True),
        ("PATCH", ("LIST", "GET", "PATCH"), False),
        ("PATCH", ("CREATE", "PATCH"), True),
    ],
)
def test_an_operation_needs_something_to_be_tried_on(
    verb: str,
    verbs: tuple[str, ...],
    triable: bool,  # noqa: FBT001
) -> None:
    """A collection is always there; an item is made, or found to be read."""
    assert _status.triable(Operation(resource(verbs=verbs), verb)) is triable


def test_collections_are_tried_without_an_item(target: Target) -> None:
    """LIST and CREATE are given an ID that nobody has, and nothing is made."""
    line = answering(target, {})

    for verb in ("LIST", "CREATE"):
        ghost = _status.subject(target, Operation(resource(), verb))
        assert target.session.prefix in ghost.id
    assert line.asked == []


def test_reading_is_tried_on_what_rows_share(target: Target) -> None:
    """A GET spoils nothing; any other verb gets an item of its own."""
    line = answering(target, {})
    one, two = (_status.subject(target, Operation(resource(), "GET")) for _ in "ab")
    assert one == two
    assert line.asked == ["POST /buyers"]

    one, two = (_status.subject(target, Operation(resource(), "SAVE")) for _ in "ab")
    assert one.id != two.id
    assert len(line.asked) == 3


def test_what_can_t_be_made_is_looked_for(target: Target) -> None:
    """The first item listed that has an ID is read; there may be none."""
    found = (200, {"Items": ["ID", {"Name": "x"}, {"ID": "a"}, {"ID": "b"}]})
    answering(target, {"GET /buyers": [found, (200, {"Items": []})]})
    operation = Operation(resource(verbs=READ_ONLY), "GET")

    assert _status.subject(target, operation).id == "a"
    with pytest.raises(Disturbed, match="no item of buyers is listed"):
        _status.subject(target, operation)


@pytest.mark.parametrize(
    ("verb", "verbs"), [("PATCH", ("LIST", "GET", "PATCH")), ("GET", ("GET",))]
)
def test_what_can_be_neither_made_nor_found(
    target: Target, verb: str, verbs: tuple[str, ...]
) -> None:
    """Others' items are never written to, so there is nothing to try it on."""
    line = answering(target, {})

    with pytest.raises(Disturbed, match="can be made or found"):
        _status.subject(target, Operation(resource(verbs=verbs), verb))
    assert line.asked == []


def test_an_orphan_stands_under_a_parent_that_is_not_there(target: Target) -> None:
    """Only the nearest parent is missing; its ID is of the kind that it has."""
    answering(target, {})
    whole = target.place(resource("shelves"))
    orphans = _status.orphanage(target, resource("shelves"))
    assert orphans.parents[0] == whole.parents[0]
    assert orphans.parents[1] != whole.parents[1]

    numbered = resource("categories")
    numbered = replace(numbered, id=replace(numbered.id, type="integer"))
    resources = {**target.profile.resources, "categories": numbered}
    target.session.profile = replace(target.profile, resources=resources)
    orphans = _status.orphanage(target, resource("shelves"))
    assert orphans.parents[1].isdigit()


# -------------------------------------------------------------------- how it is met


def test_the_code_of_a_refusal(target: Target) -> None:
    """A success is another clause's, and a crash as well."""
    answering(target, {"GET /buyers/a": [422, 200, 500]})
    item = Place(resource()).item("a")

    assert _status.code_of(target.get(item), "a lie", "dates.utc") == 422
    taken, crash = target.get(item), target.get(item)
    clause, _ = waited_for(lambda: _status.code_of(taken, "a lie", "dates.utc"))
    assert clause == "dates.utc"
    clause, _ = waited_for(lambda: _status.code_of(crash, "a lie", "dates.utc"))
    assert clause == "errors.no_5xx"


def test_a_refused_token_is_no_absence(target: Target) -> None:
    """A 401 to a good token says nothing of what is not there."""
    answering(target, {"GET /buyers/a": [404, 402, 401]})
    item = Place(resource()).item("a")

    for code in (404, 402):
        assert _status.absence_code(target.get(item), "it", "dates.utc") == code
    answer = target.get(item)
    clause, _ = waited_for(lambda: _status.absence_code(answer, "it", "dates.utc"))
    assert clause == "oauth.lifetime"
    unknown = replace(answer, valid_token=False)
    assert _status.absence_code(unknown, "it", "dates.utc") == 401


# --------------------------------------------------------------------- wrong bodies


def wrong_bodies(target: Target, of: Resource, verb: str) -> dict[str, Any]:
    """Give what is wrong → how it is sent and who owns its being taken."""
    item = Place(of, ("p",) * len(of.parents)).item("a")
    found = _status.bad_bodies(target, Operation(of, verb), item)
    return {what: (how, owner) for what, how, owner in found}


def test_wrong_bodies_of_a_create(target: Target) -> None:
    """Each is wrong in one way, and owned where the source leaves no freedom."""
    found = wrong_bodies(target, resource("addresses"), "CREATE")

    owners = {what: owner for what, (_, owner) in found.items()}
    assert owners == {
        "an unfinished body": "json.malformed_request",
        "a text as body": "json.malformed_request",
        "a body without Street1": "verbs.create.required",
        "a body without anything": "verbs.create.required",
        "many wrong values at once": None,
        "a wrong CompanyName": None,
        TOO_LONG: None,
        "a wrong Country": None,
    }
    left = found["a body without Street1"][0]["body"]
    assert "Street1" not in left
    assert left["City"] == "Exampleton"
    assert found["a body without anything"][0]["body"] == {}
    phone = found[TOO_LONG][0]["body"]
    assert len(phone["Phone"]) == 101
    assert phone["Street1"] == "1 Example Street"
    many = found["many wrong values at once"][0]["body"]
    assert many["City"] == many["Street1"] != "1 Example Street"
    assert many["xp"] == {"Dock": "A"}


def test_wrong_bodies_of_updates(target: Target) -> None:
    """A PATCH may leave out anything; a SAVE is free to refuse what it lacks."""
    patched = wrong_bodies(target, resource(), "PATCH")
    assert not [what for what in patched if what.startswith("a body without")]
    assert list(patched["a wrong Name"][0]["body"]) == ["Name"]

    saved = wrong_bodies(target, resource(), "SAVE")
    assert saved["a body without Name"][1] is None
    assert saved["a wrong Name"][0]["body"]["ID"] == "a"
    assert "many wrong values at once" in saved


def test_a_resource_that_claims_little(target: Target) -> None:
    """One scalar is not many, and where nothing is required nothing is missing."""
    found = wrong_bodies(target, claiming(Name=TEXT, xp={"type": "object"}), "CREATE")

    assert list(found) == ["an unfinished body", "a text as body", "a wrong Name"]


def test_dates_patterns_and_enumerations_are_spoilt(target: Target) -> None:
    """The first date that may be written, one pattern, one enumeration."""
    date = {**TEXT, "format": "date-time"}
    made = claiming(
        On={"type": "boolean"},
        Made={**date, "readOnly": True},
        Start=date,
        End=date,
        Short={**TEXT, "minLength": 9},
        Any={**TEXT, "pattern": ".*"},
        Code={**TEXT, "pattern": "^[A-Z]+$"},
        Other={**TEXT, "pattern": "^[0-9]+$"},
        Kind={**TEXT, "enum": ["Kit"]},
    )
    found = wrong_bodies(target, made, "PATCH")

    assert {what for what in found if what.startswith("a wrong")} == {
        *("a wrong On", "a wrong Start", "a wrong Code", "a wrong Kind")
    }
    how, owner = found["a wrong Start"]
    assert (how["body"]["Start"], owner) == (
        "2030-02-30T00:00:00Z",
        "dates.bad_date_refused",
    )


def test_a_right_body_fits_its_verb(target: Target) -> None:
    """A new ID for CREATE, its own for SAVE, a small change for PATCH."""
    item = Place(resource()).item("a")
    created, saved, patched = (
        _status.body_for(target, verb, item) for verb in ("CREATE", "SAVE", "PATCH")
    )

    assert target.session.prefix in created["ID"]
    assert (saved["ID"], saved["Name"]) == ("a", "Hardware buyers")
    assert patched == {"Name": "Garden buyers"}


def test_a_wrong_body_is_sent_on_purpose(target: Target) -> None:
    """By the verb it is meant for, as JSON or by the byte."""
    line = answering(target, {"POST": 400, "PUT": 400, "PATCH": 400})
    item = Place(resource()).item("a")
    _status.send_body(target, "CREATE", item, {"body": {"Name": 5}})
    _status.send_body(target, "SAVE", item, {"raw": b"{"})
    _status.send_body(target, "PATCH", item, {"body": {}})

    assert line.asked == ["POST /buyers", "PUT /buyers/a", "PATCH /buyers/a"]
    assert [request.body for request in line.sent] == [b'{"Name": 5}', b"{", b"{}"]
    assert all(request.deliberate for request in line.sent)


# -------------------------------------------------------------- what is not claimed


def tried(target: Target, of: Resource) -> list[str]:
    """Give the requests that try what a resource has not; the ghost's ID is ``-``."""
    line = answering(target, {"PUT": 404, "PATCH": 404, "DELETE": 404})
    answers = list(_status.unclaimed(target, of))
    wrong = [one for one in line.sent if one.deliberate]
    assert [answer.sent.url for answer in answers] == [one.url for one in wrong]
    ghost = wrong[0].url.rpartition("/")[2]
    return [asked.replace(ghost, "-") for asked in line.asked]


def test_what_is_claimed_is_not_tried(target: Target) -> None:
    """POST to an item is never claimed; nothing is made for it alone."""
    assert tried(target, resource()) == ["POST /buyers/-"]
    assert tried(target, resource(verbs=("SAVE", "PATCH", "DELETE"))) == [
        "POST /buyers/-"
    ]


def test_what_is_not_claimed_is_tried_on_ours_and_nobody_s(target: Target) -> None:
    """A verb that is not there is tried where there is something and where not."""
    whole = resource(verbs=("LIST", "CREATE", "GET", "SAVE", "DELETE"))
    asked = tried(target, whole)

    assert asked[:3] == ["POST /buyers/-", "POST /buyers", "PATCH /buyers/-"]
    assert asked[3].startswith("PATCH /buyers/ct1")
    assert len(asked) == 4
    assert tried(target, resource(verbs=READ_ONLY)) == [
        *("POST /buyers/-", "PUT /buyers/-", "PATCH /buyers/-", "DELETE /buyers/-"),
    ]


def test_a_collection_is_tried_only_under_a_parent_of_ours(target: Target) -> None:
    """What a POST would make elsewhere stays where nobody can remove it."""
    asked = tried(target, resource("addresses", verbs=READ_ONLY))
    collections = [one for one in asked if one.endswith("/addresses")]

    assert len(collections) == 1
    assert collections[0].startswith("POST /buyers/ct1")
    whole = tried(target, resource("addresses"))
    assert not [one for one in whole if one.endswith("/addresses")]
