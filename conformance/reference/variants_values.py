"""Named rules about the values of items, which still keep every clause."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Resource, Schema
from conformance.reference.exchange import Call, Mistake, Problem, refuse
from conformance.reference.schema import Findings, types_of
from conformance.reference.store import Record
from conformance.reference.variants import variant

Values = dict[str, Any]
#: What makes a value more than one of two.
_BOUND = {"x-unique", "x-refers", "default", "format", "properties", "items"}


@variant("verbs.create.stores: server defaults that are another for each item")
def defaults_count_on(server: Server) -> None:
    """Optional text that is not sent becomes a number that no item had before."""
    given = 0

    def around(inner: Any, call: Call, values: Values, findings: Findings) -> None:
        nonlocal given
        inner(call, values, findings)
        for name, schema in server.writable(call):
            formed = schema.keys() & {"format", "pattern", "enum", "x-unique"}
            if types_of(schema) == ("string", "null") and not formed:
                given += 1
                values.setdefault(name, f"no. {given}")

    server.wrap("complete", around)


@variant("a generated value refused with 4xx: what is wrong beside another")
def some_values_need_others(server: Server) -> None:
    """Where the first optional property has its second value, so has the next one."""

    def judge(call: Call, values: Values) -> None:
        known = call.claimed
        pair = [
            name
            for name in known.other
            if name in known.example
            and name not in known.required
            and name != server.claims.extension
            and not known.properties[name].keys() & _BOUND
        ][:2]
        if len(pair) == 2:
            one, two = (values.get(n) == known.other[n] for n in pair)
            if one and not two:
                findings = Findings()
                findings.add(pair[1], f"does not go with {pair[0]}")
                raise server.invalid(call, findings)

    def creates(inner: Any, call: Call, key: str, values: Values) -> Record:
        judge(call, values)
        record: Record = inner(call, key, values)
        return record

    def updates(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        judge(call, values)
        inner(call, record, values, rename)

    server.wrap("create", creates)
    server.wrap("update", updates)


@variant("read-only properties may change with any write, write-only ones are hidden")
def objects_hold_what_the_server_writes(server: Server) -> None:
    """In objects, too: what is read-only is new with each write, the rest hidden."""

    def around(
        inner: Any, call: Call, record: Record, name: str, schema: Schema
    ) -> tuple[bool, Any]:
        shown, value = inner(call, record, name, schema)
        parts = schema.get("properties", {})
        if isinstance(value, dict):
            value = deepcopy(value)
            for part, inner_schema in parts.items():
                if inner_schema.get("readOnly"):
                    value[part] = _filled(record, inner_schema)
                elif inner_schema.get("writeOnly"):
                    value.pop(part, None)
        return shown, value

    server.wrap("render_property", around)


def _filled(record: Record, schema: Schema) -> Any:
    """A value of the server's own, another after each write."""
    match types_of(schema)[0], schema.get("format"):
        case "string", "date-time":
            return record.updated
        case "string", None:
            return record.updated.isoformat()
        case (("integer" | "number"), _):
            return record.updated.microsecond
        case _:
            return None


@variant("verbs.list.agrees: summaries of objects")
def lists_of_summarised_objects(server: Server) -> None:
    """Lists show of an object what it needs, or its first member."""

    def around(
        inner: Any, call: Call, record: Record, name: str, schema: Schema
    ) -> tuple[bool, Any]:
        shown, value = inner(call, record, name, schema)
        known = schema.get("properties")
        asked = _asked(call.claimed)
        if call.verb == "LIST" and known and isinstance(value, dict):
            kept = {*schema.get("required", list(value)[:1])}
            value = {
                part: held
                for part, held in value.items()
                if part in kept or f"{name}.{part}" in asked
            }
        return shown, value

    server.wrap("render_property", around)


def _asked(resource: Resource) -> set[str]:
    """The paths that lists are sorted, filtered and searched by."""
    return {*resource.sortable, *resource.filterable, *resource.searchable}


@variant("any wording of messages; errors.names_the_field: by a member's name")
def errors_tell_by_their_members(server: Server) -> None:
    """What is wrong is told by the names of members, as many frameworks do."""

    def around(inner: Any, call: Call, mistake: Mistake) -> dict[str, Any]:
        told = mistake.data if isinstance(mistake.data, dict) else {}
        if "Property" in told:
            data = {told["Property"]: ["is not what it should be"]}
            mistake = Mistake(mistake.code, "The model is invalid.", data)
        elif {"ObjectType", "ObjectID"} <= told.keys():
            data = {told["ObjectType"]: told["ObjectID"]}
            mistake = Mistake(mistake.code, "Not what it should be.", data)
        made: dict[str, Any] = inner(call, mistake)
        return made

    server.wrap("error", around)


@variant("a generated value refused with 4xx: who an item belongs to may be fixed")
def unique_values_stay(server: Server) -> None:
    """What is unique can't be changed once it is there."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        findings = Findings()
        for name in _unique(call.claimed):
            if values.get(name) != record.values.get(name):
                findings.add(name, "can't be changed")
        if findings.found:
            raise server.invalid(call, findings)
        inner(call, record, values, rename)

    server.wrap("update", around)


def _unique(resource: Resource) -> Iterator[str]:
    return (n for n, schema in resource.properties.items() if "x-unique" in schema)


@variant("status.bad_request_400: 413 for what it names")
def long_text_is_too_large(server: Server) -> None:
    """A text past its length is answered with 413."""

    def around(inner: Any, call: Call, findings: Findings) -> Problem:
        problem: Problem = inner(call, findings)
        if all(what.startswith("no longer than") for _, what in findings.found):
            problem.status = 413
        return problem

    server.wrap("invalid", around)


@variant("status.bad_request_400: 409 for a clash, whatever else is wrong")
def clashes_are_told_first(server: Server) -> None:
    """An ID in use is told before the other properties are looked at."""

    def around(inner: Any, call: Call, body: Values, *, partial: bool) -> Values:
        chosen = server.chosen_id(call, body) if call.verb == "CREATE" else None
        if chosen is not None and server.taken(call, chosen):
            told = {"ObjectType": call.claimed.name, "ObjectID": chosen}
            raise refuse(409, "IdExists", "Object already exists.", told)
        values: Values = inner(call, body, partial=partial)
        return values

    server.wrap("validate", around)


@variant("absence spelt as empty ({} for an object)")
def absence_is_empty(server: Server) -> None:
    """An object that is absent is shown as one without members, text as empty."""

    def around(
        inner: Any, call: Call, record: Record, name: str, schema: Schema
    ) -> tuple[bool, Any]:
        shown, value = inner(call, record, name, schema)
        if shown and value is None:
            kinds = types_of(schema)
            value = {} if "object" in kinds else "" if "string" in kinds else None
        return shown, value

    server.wrap("render_property", around)
