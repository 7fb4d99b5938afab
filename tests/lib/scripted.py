"""A target on which a table answers: for what checks share, without a server."""

import functools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from conformance.config import Identity
from conformance.errors import Waits
from conformance.exchange import Answer, Exchange, Key, Sent
from conformance.line import Request
from conformance.places import Place
from conformance.plan import Plan, Row, shipped_checks
from conformance.profile import Profile, Resource, load_profile
from conformance.target import Target

APP = Identity("app", "client_credentials", "back-office")


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

    def note(self, _key: Key, _kind: str, learn: Callable[[], Any]) -> Any:
        """Learn a fact anew each time."""
        return learn()

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


class Places:
    """A target as far as it names places and items, and makes some at once."""

    def place(self, resource: Resource) -> Place:
        """Give a place."""
        return Place(resource, ("above",) * len(resource.parents))

    fresh_place = place

    def missing(self, place: Place) -> Any:
        """Name what is not there."""
        return place.item("missing")

    def create(self, resource: Resource) -> Any:
        """Name what was made."""
        return self.place(resource).item("made")

    shared = create


@functools.cache
def profile(name: str) -> Profile:
    """Give a shipped profile."""
    return load_profile(name)


@functools.cache
def reference() -> Plan:
    """Give the plan of the reference profile."""
    return Plan(profile("reference"), shipped_checks())


def row_of(name: str) -> Row:
    """Give the first row of a clause, or of a check, in the reference's plan."""
    return next(row for row in reference().rows if name in (row.clause, row.check.id))


def answering(target: Target, table: Mapping[str, Any]) -> Answers:
    """Let the target answer by a table from now on."""
    line = Answers(table)
    target.session.line = cast("Any", line)
    return line


def resource(name: str = "buyers", of: str = "reference", **changes: Any) -> Resource:
    """Give a shipped profile's resource, changed."""
    return replace(profile(of).resources[name], **changes)


def claiming(**properties: Mapping[str, Any]) -> Resource:
    """Give a resource with these properties, of which none is required."""
    return resource(schema={"properties": properties}, example={}, other={})


def holding(
    properties: Mapping[str, Any], required: tuple[str, ...] = (), **changes: Any
) -> Resource:
    """Give a resource with an ID and these properties, changed."""
    whole = {"ID": {"type": "string"}, **properties}
    schema = {"properties": whole, "required": required}
    return resource("products", schema=schema, **changes)


def waited_for(call: Callable[[], object]) -> tuple[str, str]:
    """Give the clause that a call has to wait for, and the row's label."""
    with pytest.raises(Waits) as waits:
        call()
    row = next(row for row in reference().rows if row.id == waits.value.row)
    return row.clause, row.label
