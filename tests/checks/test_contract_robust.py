"""Checks that send what was drawn from the document."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from units import current

from conformance import Operation
from conformance.checks import contract_robust as robust
from conformance.contract.document import Document, read_document
from conformance.errors import Disturbed, NotClaimed
from conformance.profile import METHODS, load_profile
from conformance.session import Unit

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
COLLECTION, ITEM = "/v1/buyers", "/v1/buyers/{id}"
PATHS = {"LIST": COLLECTION, "CREATE": COLLECTION}


def told(*verbs: str) -> Document:
    """Read a document of some operations on buyers."""
    paths: dict[str, Any] = {}
    for verb in verbs:
        one = {"responses": {"200": {"description": ""}}}
        path = paths.setdefault(PATHS.get(verb, ITEM), {})
        path[METHODS[verb].lower()] = one
    return read_document(json.dumps({"openapi": "3.0.3", "paths": paths}))


@pytest.mark.parametrize("verb", ["LIST", "CREATE", "GET", "SAVE", "PATCH"])
def test_each_operation_is_drawn_from_its_own_path(
    monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """The collection's or the item's; one that is not described draws nothing."""
    monkeypatch.setattr(robust, "requests", lambda _document, said: said.words)
    operation = Operation(BUYERS, verb)

    drawn = robust._requests(REFERENCE, told(verb), operation)  # noqa: SLF001
    assert drawn == f"{METHODS[verb]} {PATHS.get(verb, ITEM)}"
    others = [v for v in METHODS if METHODS[v] != METHODS[verb]]
    assert robust._requests(REFERENCE, told(*others), operation) == [None]  # noqa: SLF001


def test_a_delete_is_of_what_is_there_and_of_what_is_not() -> None:
    """Nothing else can be drawn of it."""
    operation = Operation(BUYERS, "DELETE")

    found = robust._requests(REFERENCE, told("DELETE"), operation)  # noqa: SLF001
    assert [one["exists"] for one in found] == [True, False]
    assert robust._requests(REFERENCE, told("GET"), operation) == [None]  # noqa: SLF001


def test_a_sequence_is_drawn_of_what_is_described(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its first step creates: without that there is none."""
    monkeypatch.setattr(
        robust,
        "sequences",
        lambda _document, steps: {verb: said.path for verb, said in steps.items()},
    )
    whole = robust._sequences(REFERENCE, told("CREATE", "GET"), BUYERS)  # noqa: SLF001
    few = replace(BUYERS, verbs=("CREATE", "DELETE"))

    assert whole == {"CREATE": COLLECTION, "GET": ITEM}
    assert robust._sequences(REFERENCE, told("CREATE", "LIST"), few) == {  # noqa: SLF001
        "CREATE": COLLECTION
    }
    assert robust._sequences(REFERENCE, told("GET"), BUYERS) == [None]  # noqa: SLF001


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Keep what the checks send, in the place of sending it."""
    kept: list[Any] = []

    def perform(
        _target: Any, operation: Operation, drawn: Any, item: Any = None
    ) -> Any:
        kept.append((operation.name, drawn, item))
        return f"item of {drawn}"

    def example(_target: Any, operation: Operation, why: Any) -> None:
        kept.append(("example", operation.name, why))

    monkeypatch.setattr(robust, "perform", perform)
    monkeypatch.setattr(robust, "perform_example", example)
    return kept


def target_of(document: Document, *, gateway: bool = False) -> Any:
    """Give a target with that document; perhaps a gateway answered."""
    spoilt = SimpleNamespace(status=503, words="GET x -> 503")
    session: Any = SimpleNamespace(
        profile=REFERENCE,
        plan=SimpleNamespace(checks=()),
        once=lambda _name, _make: document,
    )
    unit: Any = Unit(session, "row")
    unit.exchanges += [spoilt] if gateway else []
    return SimpleNamespace(session=session, unit=unit)


@pytest.fixture(autouse=True)
def _unit() -> Iterator[None]:
    """Stand in for the unit of a row."""
    with current(target_of(told("GET")).unit):
        yield


READ, MADE = Operation(BUYERS, "GET"), Operation(BUYERS, "CREATE")
Act = Callable[[Any], None]


def test_what_was_drawn_is_sent_once(log: list[Any]) -> None:
    """Or else the profile's own example, with the reason."""
    check, target = robust.check_generated_requests_are_survived, target_of(told("GET"))

    check(target, READ, {"mode": "positive"})
    check(target, READ, "too odd")
    check(target, READ, None)

    assert log == [
        ("buyers-GET", {"mode": "positive"}, None),
        ("example", "buyers-GET", "too odd"),
        ("example", "buyers-GET", None),
    ]


def test_a_sequence_is_done_to_one_item_in_turn(log: list[Any]) -> None:
    """Each step acts on what the one before gave; without steps the example goes."""
    check = robust.check_generated_sequences_are_survived
    target = target_of(told("CREATE"))

    check(target, BUYERS, [("CREATE", "a"), ("GET", "b"), ("DELETE", "c")])
    assert log == [
        ("buyers-CREATE", "a", None),
        ("buyers-GET", "b", "item of a"),
        ("buyers-DELETE", "c", "item of b"),
    ]
    log.clear()
    check(target, BUYERS, "too odd")
    assert log == [("example", "buyers-CREATE", "too odd")]


def _one(target: Any) -> None:
    robust.check_generated_requests_are_survived(target, READ, None)


def _several(target: Any) -> None:
    robust.check_generated_sequences_are_survived(target, BUYERS, None)


@pytest.mark.parametrize(("act", "verb"), [(_one, "GET"), (_several, "CREATE")])
@pytest.mark.usefixtures("log")
def test_what_came_of_it_is_judged_where_it_is_described(act: Act, verb: str) -> None:
    """A gateway's answer disturbs; what is not described sends nothing."""
    with pytest.raises(Disturbed, match="gateway"):
        act(target_of(told(verb), gateway=True))
    with pytest.raises(NotClaimed):
        act(target_of(told("LIST", "PATCH"), gateway=True))
