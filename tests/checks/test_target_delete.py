"""DELETE of an item that the server itself has put something under."""

from typing import Any

import pytest
from scripted import Answers, answering, resource

from conformance.places import Item, Place
from conformance.target import Target

#: Under each new buyer the server puts an address of its own.
BORN = [{"ID": "own", "Name": "Main"}]
LISTED = 200, {"Items": BORN, "Meta": {"TotalCount": 1}}
PARENT, LIST = "DELETE /buyers/ct1a", "GET /buyers/ct1a/addresses"
CHILD = f"DELETE {LIST.removeprefix('GET ')}/own"
HELD, GONE = (409, {}), (204, None)


def made(target: Target, table: dict[str, Any]) -> tuple[Item, Answers]:
    """Make a buyer, and let the rest be answered by a table."""
    line = answering(target, {"POST": (201, {"ID": "ct1a"})} | table)
    place = Place(resource("buyers"))
    target.post(place, {"ID": "ct1a"})
    line.sent.clear()
    return place.item("ct1a"), line


def test_what_an_item_is_born_with_is_deleted_first(target: Target) -> None:
    """The second answer is the row's."""
    table = {PARENT: [HELD, GONE], LIST: LISTED, CHILD: GONE}
    item, line = made(target, table)

    assert target.delete(item).status == 204
    assert line.asked == [PARENT, LIST, CHILD, PARENT]


@pytest.mark.parametrize("status", [204, 401, 403, 404, 405, 500])
def test_what_does_not_say_that_it_is_held_stays_as_it_is(
    target: Target, status: int
) -> None:
    """A success, a crash, a want of rights and a missing item are told at once."""
    item, line = made(target, {PARENT: (status, None), LIST: LISTED, CHILD: GONE})

    assert target.delete(item).status == status
    assert line.asked == [PARENT]


@pytest.mark.parametrize("how", [{"deliberate": True}, {"token": None}])
def test_a_wrong_request_is_sent_once(target: Target, how: dict[str, Any]) -> None:
    """Its refusal is what is asked for."""
    item, line = made(target, {PARENT: HELD, LIST: LISTED, CHILD: GONE})

    assert target.delete(item, **how).status == 409
    assert line.asked == [PARENT]


def test_what_the_run_has_not_made_is_left_alone(target: Target) -> None:
    """Nothing under other people's items is removed."""
    line = answering(target, {"DELETE": HELD, "GET": LISTED})

    assert target.delete(Place(resource("buyers")).item("theirs")).status == 409
    assert line.asked == ["DELETE /buyers/theirs"]


def test_what_the_run_has_put_there_stays(target: Target) -> None:
    """A row may want to see that it holds its parent."""
    item, line = made(target, {PARENT: HELD, LIST: LISTED, CHILD: GONE})
    own = Place(resource("addresses"), ("ct1a",))
    line.table = {**line.table, "POST": (201, BORN[0])}
    target.post(own, BORN[0])
    line.sent.clear()

    assert target.delete(item).status == 409
    assert CHILD not in line.asked
    assert line.asked.count(PARENT) == 1


def test_what_can_not_be_emptied_is_refused(target: Target) -> None:
    """Where the server's own stays as well, the refusal is the answer."""
    item, line = made(target, {PARENT: HELD, LIST: LISTED, CHILD: (400, {})})

    assert target.delete(item).status == 409
    assert line.asked.count(PARENT) == 1
