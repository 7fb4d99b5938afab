"""Named rules of items that no schema tells, which still keep every clause."""

import secrets
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Resource
from conformance.reference.exchange import Call
from conformance.reference.schema import Findings, accept
from conformance.reference.store import Record
from conformance.reference.variants import variant

Values = dict[str, Any]


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
