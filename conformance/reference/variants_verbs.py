"""Named ways to differ in the verbs and still keep every clause."""

import json
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, refuse
from conformance.reference.schema import Findings, types_of
from conformance.reference.store import Record
from conformance.reference.variants import variant
from conformance.reference.variants_items import new_parents_have_an_item

Values = dict[str, Any]


@variant("verbs.create.stores: read-only properties refused")
def read_only_refused(server: Server) -> None:
    """A body with a read-only property is a bad request."""

    def around(inner: Any, call: Call, body: Values, *, partial: bool) -> Values:
        for name, schema in call.claimed.properties.items():
            if name in body and schema.get("readOnly"):
                findings = Findings()
                findings.add(name, "is read-only")
                raise server.invalid(call, findings)
        values: Values = inner(call, body, partial=partial)
        return values

    server.wrap("validate", around)


@variant("verbs.create.stores: unknown properties refused")
def unknown_refused(server: Server) -> None:
    """A body with a property that nobody announced is a bad request."""

    def around(inner: Any, call: Call, body: Values, *, partial: bool) -> Values:
        findings = Findings()
        for name in body.keys() - call.claimed.properties.keys():
            findings.add(name, "is no property")
        if findings.found:
            raise server.invalid(call, findings)
        values: Values = inner(call, body, partial=partial)
        return values

    server.wrap("validate", around)


@variant("verbs.create.stores: server defaults; verbs.save.replaces: what a fresh item")
def defaults_nobody_documents(server: Server) -> None:
    """Optional text that is not sent becomes a word of the server's own."""

    def around(inner: Any, call: Call, values: Values, findings: Findings) -> None:
        inner(call, values, findings)
        for name, schema in server.writable(call):
            formed = schema.keys() & {"format", "pattern", "enum", "x-unique"}
            if types_of(schema) == ("string", "null") and not formed:
                values.setdefault(name, "unknown")

    server.wrap("complete", around)


@variant("verbs.patch.merges: nested xp merged deeply")
def extension_merged_deeply(server: Server) -> None:
    """PATCH merges objects inside the extension too."""

    def around(inner: Any, call: Call, name: str, old: Any, new: Any) -> Any:
        inside = "" if name == server.claims.extension else name
        return inner(call, inside, old, new)

    server.wrap("merge", around)


@variant("verbs.delete.children: deletion of the parent refused")
def parents_stay_with_their_children(server: Server) -> None:
    """An item under which others stand can't be deleted."""

    def around(inner: Any, call: Call, record: Record) -> None:
        if any(record.children.values()):
            raise refuse(409, "NotEmpty", "Delete what stands under it first.")
        inner(call, record)

    server.wrap("remove", around)


@variant("verbs.delete.children: deletion refused, for what the server put there")
def parents_stay_with_what_they_are_born_with(server: Server) -> None:
    """A new item has others under it, and stays until those are deleted."""
    new_parents_have_an_item(server)
    parents_stay_with_their_children(server)


@variant("verbs.create.location: no Location")
def location_left_out(server: Server) -> None:
    """Answers have no Location."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer.headers.pop("location", None)
        told: Answer = inner(call, answer)
        return told

    server.wrap("finish", around)


@variant("verbs.create.types: coerced to the right type")
def wrong_types_coerced(server: Server) -> None:
    """Anything can stand for a truth value, and anything becomes text."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *rest: Any, partial: bool
    ) -> Any:
        schema = call.claimed.properties[name]
        if types_of(schema)[0] == "boolean" and isinstance(value, str):
            value = True
        plain = not schema.keys() & {"format", "pattern", "enum", "x-unique"}
        if types_of(schema)[0] == "string" and isinstance(value, int | dict) and plain:
            value = json.dumps(value)
        return inner(call, name, value, *rest, partial=partial)

    server.wrap("accept", around)
