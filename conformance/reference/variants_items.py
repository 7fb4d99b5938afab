"""Named rules of items that no schema tells, which still keep every clause."""

import itertools
import secrets
from collections.abc import Iterator
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Resource
from conformance.reference.exchange import Call
from conformance.reference.schema import Findings, accept, types_of
from conformance.reference.store import Record
from conformance.reference.variants import variant

Values = dict[str, Any]


@variant("a generated value refused with 4xx")
def values_stand_in_order(server: Server) -> None:
    """A number or date must not be less than the one before it, as with a range."""

    def around(inner: Any, call: Call, values: Values) -> None:
        inner(call, values)
        findings = Findings()
        for less, more in _in_order(call.claimed):
            one, two = values.get(less), values.get(more)
            if one is not None and two is not None and two < one:
                findings.add(more, f"must not be less than {less}")
        if findings.found:
            raise server.invalid(call, findings)

    server.wrap("require_referred", around)


def _in_order(resource: Resource) -> Iterator[tuple[str, str]]:
    """Give neighbours of one kind that stand in order in the profile's own items."""
    for one, two in itertools.pairwise(resource.properties):
        claims = [resource.properties[name] for name in (one, two)]
        kinds = {(types_of(c)[0], c.get("format"), "x-scale" in c) for c in claims}
        counted = kinds & {("integer", None, False), ("number", None, False)}
        if len(kinds) > 1 or not (counted or {f for _, f, _ in kinds} == {"date-time"}):
            continue
        items = (resource.example, {**resource.example, **resource.other})
        known = [(item[one], item[two]) for item in items if {one, two} <= item.keys()]
        if known and all(less <= more for less, more in known):
            yield one, two


@variant("a list holds other people's items: the server's own")
def new_parents_have_an_item(server: Server) -> None:
    """What can have children has one of each kind, which the server makes."""

    def around(inner: Any, call: Call, key: str, values: Values) -> Record:
        record: Record = inner(call, key, values)
        for resource in server.claims.resources.values():
            if resource.parents[-1:] == (call.claimed.name,) and _plain(resource):
                own = f"own{secrets.token_hex(6)}"[: resource.id.max_length]
                made = Record(own, _values(resource), record.created, record.updated)
                made.parent = record
                server.store.add(resource.name, made)
        return record

    server.wrap("create", around)


def _plain(resource: Resource) -> bool:
    """Whether an item of the server's own needs nothing that is there once alone."""
    bound = {"x-unique", "x-refers"}
    claims = [resource.properties[n] for n in {*resource.example, *resource.required}]
    return resource.id.type == "string" and not any(c.keys() & bound for c in claims)


def _values(resource: Resource) -> Values:
    findings = Findings()
    return {
        name: accept(resource.properties[name], value, name, findings)
        for name, value in resource.example.items()
        if not resource.properties[name].get("readOnly")
    }
