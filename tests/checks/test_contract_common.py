"""What the checks of the contract share: how a drawn request is sent, and on what."""

import functools
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from conformance.checks import _contract
from conformance.config import Config, Identity
from conformance.exchange import Answer, Exchange, Key, Sent
from conformance.line import Request
from conformance.plan import Plan, shipped_checks
from conformance.profile import Operation, Resource, load_profile
from conformance.session import Session, Unit, current_unit
from conformance.target import Item, Place, Target

APP = Identity("app", "client_credentials", "back-office")
LONG = "A name that is longer than thirty characters"
SERVERS_IDS = replace(load_profile("reference").resources["buyers"].id, writable=False)


class Answers:
    """A line on which a table answers; what it has not is stored, or not there.

    Attributes:
        table: ``GET /buyers/a``, or ``GET`` for all else → a status, or a status
            and a JSON value; a list is for one request after the other, its last
            for all that follow, None for what would be answered without it.
        sent: Requests, in order.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.sent: list[Request] = []
        self.vault = SimpleNamespace(keep=lambda _name, secret: secret)
        self.stop, self.dead = threading.Event(), None

    @property
    def asked(self) -> list[str]:
        """Give method and path of what was sent."""
        return [_asked(request) for request in self.sent]

    def bodies(self, method: str) -> list[Any]:
        """Give the JSON values that were sent by a method."""
        sent = [one.body for one in self.sent if one.method == method]
        return [json.loads(body) for body in sent if body is not None]

    def http(self, key: Key, request: Request) -> Exchange:
        """Answer a request."""
        self.sent.append(request)
        told = self.table.get(_asked(request), self.table.get(request.method))
        if isinstance(told, list):
            told = told.pop(0) if len(told) > 1 else told[0]
        stored = {"POST": 201, "PUT": 200}.get(request.method)
        if told is None and stored is not None:
            told = stored, json.loads(request.body or b"null")
        status, value = told if isinstance(told, tuple) else (told or 404, {})
        return Exchange(
            id=f"x{len(self.sent)}",
            key=key,
            operation=request.operation,
            identity="app",
            sent=Sent(request.method, request.url, request.headers, request.body),
            answer=Answer(status, (), json.dumps(value).encode()),
            trouble=None,
            started_s=0.0,
            elapsed_s=0.0,
            deliberate=request.deliberate,
            valid_token=True,
        )


def _asked(request: Request) -> str:
    path = urlsplit(request.url).path.removeprefix("/v1")
    return f"{request.method} {path}"


@functools.cache
def reference() -> Plan:
    """Give the plan of the reference profile."""
    return Plan(load_profile("reference"), shipped_checks())


@pytest.fixture
def target() -> Iterator[Target]:
    """Give a target that asks for no token; its unit is the running one."""
    profile = reference().profile
    bare = {**profile.raw, "oauth": {"flows": []}}
    ledger = SimpleNamespace(intend=lambda *_: None, made=lambda *_: None)
    session = Session(
        replace(profile, raw=bare),
        Config("https://api.example.com", allow_leftovers=True, identities=(APP,)),
        cast("Any", Answers({})),
        cast("Any", ledger),
        prefix="ct1",
        seed=1,
    )
    session.plan = reference()
    unit = Unit(session, "test")
    token = current_unit.set(unit)
    yield unit.target
    current_unit.reset(token)


def answering(target: Target, table: Mapping[str, Any]) -> Answers:
    """Let the target answer by a table from now on."""
    line = Answers(table)
    target.session.line = cast("Any", line)
    return line


def resource(name: str = "buyers", **changes: Any) -> Resource:
    """Give a resource of the reference profile, changed."""
    return replace(reference().profile.resources[name], **changes)


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
