"""Narrow ways to leave another state than was asked for: caches, neighbours, races."""

from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem
from conformance.reference.faults import fault
from conformance.reference.schema import types_of
from conformance.reference.store import Record

Values = dict[str, Any]
Way = tuple[str, int, str]


def _way(call: Call, key: str) -> Way:
    return call.claimed.name, id(call.parent), key


def _filtered(server: Server, call: Call) -> bool:
    names = (name for name, _ in call.query)
    return any(server.understood(call, n) and not server.reserved(n) for n in names)


# Reading


@fault("verbs.get.safe", dimension="side effect of lists only")
def lists_clear_flags(server: Server) -> None:
    """LIST under a parent shows items as they are, and clears their booleans."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        nested = bool(call.claimed.parents)
        siblings = server.store.siblings(call.claimed.name, call.parent)
        for record in siblings.values() if nested else ():
            for name, schema in server.writable(call):
                if types_of(schema)[0] == "boolean" and record.values.get(name):
                    record.values = record.values | {name: False}
        return answer

    server.wrap("do_list", around)


@fault("verbs.get.safe", dimension="side effect on the parent")
def reading_writes_to_the_parent(server: Server) -> None:
    """GET under a parent leaves the item's ID in the parent's extension."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        name = server.claims.extension
        if call.parent is not None and name in call.parent.values:
            held = call.parent.values[name] or {}
            seen = {name: held | {"LastSeen": call.item_id}}
            call.parent.values = call.parent.values | seen
        return answer

    server.wrap("do_get", around)


@fault(
    "verbs.get.returns",
    dimension="only after a look too early",
    forces={"ids.chosen_on_create": "whether an ID is free is looked up first"},
)
def misses_are_remembered(server: Server) -> None:
    """GET of what was not there when it was asked for before goes on saying so."""
    missed: dict[Way, Record | None] = {}

    async def around(inner: Any, call: Call) -> Answer:
        way = _way(call, call.item_id or "")
        if way in missed:
            raise server.absent(call, call.claimed.name, call.item_id or "")
        try:
            answer: Answer = await inner(call)
        except Problem:
            missed[way] = call.parent
            raise
        return answer

    def renamed(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        missed.pop(_way(call, key), None)

    server.wrap("do_get", around)
    server.wrap("rename", renamed)


# Deleting


# Renaming


# Updating


# Lists
