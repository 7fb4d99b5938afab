"""The controls of checks of values: what must hold before a target is accused."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from scripted import answering, resource, waited_for

from conformance.bodies import Raw
from conformance.checks import _controls
from conformance.errors import Breach
from conformance.exchange import Answer, Exchange
from conformance.places import Place
from conformance.target import Target
from conformance.writing import Aim

MERGES = ("verbs.patch.merges", "buyers")
STORES = ("verbs.create.stores", "buyers")
HERE = "GET /buyers/a"
FIRST, OTHER = {"ID": "a", "Name": "One"}, {"ID": "a", "Name": "Two"}
XML = [Raw("XML", b"<a/>", "text/xml"), Raw("a form", b"a=b", "text/plain")]
NO_GET = ("LIST", "CREATE", "SAVE", "PATCH", "DELETE")
WRONG = ["one", "two", "three", "four"]


def patching(**changes: Any) -> Aim:
    """Give what a PATCH can write to: the item ``a``."""
    item = Place(resource(**changes)).item("a")
    return Aim("PATCH", item, {"Name": "One"}, {"Name": "Two"})


def creating(body: Mapping[str, Any]) -> Aim:
    """Give what a CREATE would make: the item ``a``."""
    return Aim("CREATE", Place(resource()).item("a", body), {}, {**OTHER, **body})


def refusals(*last: int) -> list[Any]:
    """Give answers to a right body, to two wrong ones, and what follows."""
    return [(200, FIRST), 400, 415, *last]


# ------------------------------------------------------------------------- refusals


def test_wrong_bodies_are_sent_between_right_ones(target: Target) -> None:
    """A right body before and after shows that it is not all that is refused."""
    line = answering(target, {"PATCH": refusals(200), HERE: (200, FIRST)})
    _controls.insist_on_refusal(target, patching(), XML)

    assert [request.body for request in line.sent] == [
        *(b'{"Name": "One"}', b"<a/>", b"a=b", None, b'{"Name": "Two"}')
    ]
    wrong = [request.deliberate for request in line.sent]
    assert wrong == [False, True, True, False, False]
    assert ("Content-Type", "text/xml") in line.sent[1].headers


@pytest.mark.parametrize("answers", [[400], refusals(400)], ids=["before", "after"])
def test_a_refusal_of_everything_proves_nothing(target: Target, answers: Any) -> None:
    """That right bodies are refused is another row's."""
    answering(target, {"PATCH": answers, HERE: (200, FIRST)})

    waited = waited_for(lambda: _controls.insist_on_refusal(target, patching(), XML))
    assert waited == MERGES


def test_a_wrong_body_that_is_taken_is_named(target: Target) -> None:
    """The second of two is as wrong as the first."""
    answering(target, {"PATCH": [200, 400, 200], HERE: (200, FIRST)})

    with pytest.raises(Breach, match="PATCH with a form was not refused"):
        _controls.insist_on_refusal(target, patching(), XML)


def test_a_refused_body_that_is_stored_is_named(target: Target) -> None:
    """What the item shows of it; what is neither old nor new is nobody's fault here."""
    answering(target, {"PATCH": refusals(200), HERE: (200, OTHER)})
    with pytest.raises(Breach, match='a refused body was stored: Name is "Two"'):
        _controls.insist_on_refusal(target, patching(), XML)

    answering(target, {"PATCH": refusals(200), HERE: (200, {**FIRST, "Name": "x"})})
    _controls.insist_on_refusal(target, patching(), XML)
    same = replace(patching(), right={"Name": "Two"})
    answering(target, {"PATCH": refusals(200), HERE: (200, OTHER)})
    _controls.insist_on_refusal(target, same, XML)


def test_an_item_that_can_t_be_read_is_not_asked_for(target: Target) -> None:
    """Without GET nothing can be seen of what was stored."""
    line = answering(target, {"PATCH": refusals(200)})
    _controls.insist_on_refusal(target, patching(verbs=NO_GET), XML)

    assert {request.method for request in line.sent} == {"PATCH"}


def test_a_refused_create_makes_nothing(target: Target) -> None:
    """Some item of the run was made by a right body; the refused one's is not there."""
    line = answering(target, {"POST": [None, 400, 400, None]})
    _controls.insist_on_refusal(target, creating({"Name": "Two"}), XML)
    assert line.asked[-2:] == [HERE, "POST /buyers"]
    assert len(line.asked) == 5

    answering(target, {"POST": [400, 400, None], HERE: (200, OTHER)})
    with pytest.raises(Breach, match="GET of the item that a refused body described"):
        _controls.insist_on_refusal(target, creating({"Name": "Two"}), XML)


def test_nothing_is_created_by_anybody(target: Target) -> None:
    """Where no item of the run can be made, a refusal proves nothing."""
    answering(target, {"POST": 400})

    waited = waited_for(
        lambda: _controls.insist_on_refusal(target, creating({"Name": "Two"}), XML)
    )
    assert waited == STORES


def test_what_has_no_id_of_ours_is_not_looked_for(target: Target) -> None:
    """Where the server gives IDs nobody knows what a refused body would have."""
    line = answering(target, {"POST": [None, 400, 400, None]})
    _controls.insist_on_refusal(target, creating({}), XML)

    assert {request.method for request in line.sent} == {"POST"}


# --------------------------------------------------------------------------- values


def answer_to(target: Target, method: str = "PATCH") -> Exchange:
    """Give the answer to a write of a value."""
    answering(target, {"PATCH": (200, FIRST)})
    item = Place(resource()).item("a")
    body = {"Name": "One"}
    return target.patch(item, body) if method == "PATCH" else target.put(item, body)


def test_values_that_came_back_right_need_no_control(target: Target) -> None:
    """Nothing more is sent, and the row has judged."""
    answer = answer_to(target)
    line = answering(target, {})
    _controls.insist_on_values(target, answer, [], ["Name"])

    assert line.asked == []
    assert target.unit.asserted == 1


def test_wrong_values_are_told_where_tame_ones_come_back(target: Target) -> None:
    """The first three are enough."""
    answer, kept = answer_to(target), {**resource().other, "ID": "b"}
    answering(target, {"PATCH": (200, kept), "GET": (200, kept)})

    with pytest.raises(Breach) as breach:
        _controls.insist_on_values(target, answer, WRONG, ["Name"])
    assert str(breach.value) == "one; two; three"


@pytest.mark.parametrize("control", [(200, {"ID": "b", "Name": "Lost"}), 400])
def test_a_write_that_loses_tame_values_too_is_its_verb_s(
    target: Target, control: Any
) -> None:
    """What is wrong is the write, whatever is written."""
    answer, lost = answer_to(target), {"ID": "b", "Name": "Lost"}
    answering(target, {"PATCH": control, "GET": (200, lost)})

    waited = waited_for(
        lambda: _controls.insist_on_values(target, answer, WRONG, ["Name"])
    )
    assert waited == MERGES


def test_only_what_was_written_is_controlled(target: Target) -> None:
    """A write that loses something else is of no concern."""
    answer, trial = answer_to(target), patching()
    found = replace(answer, answer=Answer(200, (), json.dumps(OTHER).encode()))
    _controls.insist_on_write(answer, trial, found, ["Name"])
    _controls.insist_on_write(answer, trial, answer, ["Active"])

    clause = waited_for(lambda: _controls.insist_on_write(answer, trial, answer))
    assert clause == MERGES
