"""What the tests of IDs share: rules of them, and a target that is asked for some."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from exchanges import LABELLED, exchange
from scripted import resource

from conformance import LEFT_OUT, Place, Resource
from conformance.exchange import Exchange
from conformance.reference.exchange import Answer as Told
from conformance.reference.exchange import Call, refuse

BUYERS = resource("buyers")


def ruled(verbs: str = "", **rule: Any) -> Resource:
    """Give buyers with another rule of IDs, and perhaps with other verbs."""
    offered = tuple(verbs.split()) or BUYERS.verbs
    return replace(BUYERS, id=replace(BUYERS.id, **rule), verbs=offered)


def answered(
    status: int, value: Any = ..., *, text: str = "", valid: bool = False
) -> Exchange:
    """Give the answer to a POST of a buyer."""
    return exchange(
        status,
        value,
        body=text.encode() or None,
        headers=LABELLED,
        method="POST",
        operation="buyers-CREATE",
        valid_token=valid,
    )


class Asked:
    """Stands in for a target: answers by a function, and keeps what it was asked."""

    def __init__(self, answer: Callable[..., Any] = lambda *_: answered(404)) -> None:
        self.answer = answer
        self.log: list[tuple[str, str, bool]] = []

    def _say(self, verb: str, id_: Any, *, deliberate: bool = False) -> Any:
        self.log.append((verb, str(id_), deliberate))
        return self.answer(verb, id_)

    def place(self, resource: Resource) -> Place:
        """Give the one place there is."""
        return Place(resource)

    def new_id(self, _resource: Resource) -> str:
        """Give the run's ID."""
        return "ct0example1abc"

    def missing(self, place: Place) -> Any:
        """Name the run's ID."""
        return place.item("ct0missing")

    def body(self, _resource: Resource, **changes: Any) -> dict[str, Any]:
        """Give a body."""
        whole = {"Name": "A name", **changes}
        return {name: value for name, value in whole.items() if value is not LEFT_OUT}

    def save_body(self, item: Any, **changes: Any) -> dict[str, Any]:
        """Give a body for an item."""
        return self.body(item.resource, **{"ID": item.id, **changes})

    def create(self, place: Place) -> None:
        """Make an item."""
        self._say("create", place.path)

    def get(self, item: Any) -> Any:
        """Read."""
        return self._say("GET", item.id)

    def delete(self, item: Any) -> Any:
        """Remove."""
        return self._say("DELETE", item.id)

    def post(self, _place: Place, body: Mapping[str, Any], **how: Any) -> Any:
        """Create."""
        return self._say("POST", body.get("ID"), **how)

    def put(self, item: Any, _body: Any, **how: Any) -> Any:
        """Save."""
        return self._say("PUT", item.id, **how)


def given(call: Call) -> Any:
    """Give the ID in a request's body; ``...`` where none stands."""
    try:
        return json.loads(call.body).get("ID", ...)
    except ValueError:
        return ...


def refusing(status: int, when: Callable[[Call], bool]) -> dict[str, Any]:
    """Refuse some creations."""

    async def around(inner: Any, call: Call) -> Told:
        if when(call):
            raise refuse(status, "No", "Not that one.")
        answer: Told = await inner(call)
        return answer

    return {"do_create": around}
