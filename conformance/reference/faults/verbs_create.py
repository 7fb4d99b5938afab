"""Ways to break "HTTP Methods": CREATE."""

import itertools
from collections.abc import Iterator
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims, Resource, Schema
from conformance.reference.exchange import Answer, Call
from conformance.reference.faults import fault
from conformance.reference.faults.verbs import LONG, Values, cut, long_text, middle
from conformance.reference.schema import Findings, types_of
from conformance.reference.store import Record


def _accepting(server: Server, change: Any) -> None:
    """Let ``change`` of call, name, value make what CREATE goes by."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *arguments: Any, partial: bool
    ) -> Any:
        sent = change(call, name, value) if call.verb == "CREATE" else value
        return inner(call, name, sent, *arguments, partial=partial)

    server.wrap("accept", around)


@fault("verbs.create.stores", dimension="stored state")
def create_of_the_least_stores_nothing(server: Server) -> None:
    """CREATE of an item with nothing optional answers 201 and stores nothing."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        member = call.claimed.id.member
        if server.parse(call).keys() <= {member, *call.claimed.required}:
            record = server.lookup(call, str(answer.value[member]))
            if record is not None:
                server.store.remove(call.claimed.name, record)
        return answer

    server.wrap("do_create", around)


@fault("verbs.create.stores", dimension="long strings only", wants=long_text)
def create_cuts_long_text(server: Server) -> None:
    """CREATE cuts text after 1,500 characters."""

    def around(inner: Any, call: Call, key: str, values: Values) -> Record:
        record: Record = inner(call, key, values)
        if call.verb == "CREATE":
            record.values = cut(record.values)
        return record

    server.wrap("create", around)


@fault(
    "verbs.create.stores",
    dimension="one kind of value",
    forces={
        "ids.case": "items are told apart by what they hold",
        "ids.duplicate_race": "whose item has won is told by what it holds",
        "ids.generated": "what is made without an ID is told by what it holds",
        "verbs.model": "what was written is not shown",
    },
)
def create_forgets_truth_values_of_the_extension(server: Server) -> None:
    """CREATE drops what is true or false in the extension, at whatever depth."""

    def without(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        kept = {k: v for k, v in value.items() if not isinstance(v, bool)}
        return {name: without(part) for name, part in kept.items()}

    def change(call: Call, name: str, value: Any) -> Any:
        del call
        return without(value) if name == server.claims.extension else value

    _accepting(server, change)


@fault("verbs.create.stores", level="SHOULD", dimension="stored state")
def create_takes_over_read_only_numbers(server: Server) -> None:
    """CREATE takes over a number that is read-only."""

    def around(inner: Any, call: Call, key: str, values: Values) -> Record:
        record: Record = inner(call, key, values)
        if call.verb == "CREATE":
            sent = server.parse(call)
            record.values |= {
                name: sent[name]
                for name, schema in call.claimed.properties.items()
                if name in sent
                and schema.get("readOnly")
                and "integer" in types_of(schema)
            }
        return record

    server.wrap("create", around)


@fault("verbs.create.stores", level="SHOULD", dimension="body")
def create_trims_text(server: Server) -> None:
    """CREATE takes white space from the ends of text."""

    def change(call: Call, name: str, value: Any) -> Any:
        del call, name
        return value.strip(" ") if isinstance(value, str) else value

    _accepting(server, change)


@fault("verbs.create.stores", level="SHOULD", dimension="body")
def create_takes_empty_text_for_null(server: Server) -> None:
    """CREATE makes null of empty text."""

    def change(call: Call, name: str, value: Any) -> Any:
        nullable = "null" in types_of(call.claimed.properties[name])
        return None if value == "" and nullable else value

    _accepting(server, change)


@fault("verbs.create.stores", level="SHOULD", dimension="extension only")
def create_drops_null_members(server: Server) -> None:
    """CREATE drops the members of the extension that are null."""

    def change(call: Call, name: str, value: Any) -> Any:
        del call
        if name == server.claims.extension and isinstance(value, dict):
            return {k: v for k, v in value.items() if v is not None}
        return value

    _accepting(server, change)


@fault(
    "verbs.create.accepts",
    level="SHOULD",
    dimension="long strings only",
    wants=long_text,
)
def create_refuses_long_text(server: Server) -> None:
    """CREATE refuses text of more than 1,500 characters, though it is claimed."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *rest: Any, partial: bool
    ) -> Any:
        if call.verb == "CREATE" and isinstance(value, str) and len(value) > LONG:
            rest[0].add(name, "is too long")
        return inner(call, name, value, *rest, partial=partial)

    server.wrap("accept", around)


@fault("verbs.create.returns", level="SHOULD", dimension="body")
def create_answers_with_the_least(server: Server) -> None:
    """CREATE answers with the ID and what is required, and no more."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        told = {call.claimed.id.member, *call.claimed.required}
        answer.value = {k: v for k, v in answer.value.items() if k in told}
        return answer

    server.wrap("do_create", around)


@fault("verbs.create.required", dimension="one resource only")
def create_makes_up_what_is_required(server: Server) -> None:
    """CREATE of one resource puts the example's value where a required one lacks."""

    def around(inner: Any, call: Call, values: Values, findings: Findings) -> None:
        if call.verb == "CREATE" and call.claimed.name == middle(server):
            for name in call.claimed.required:
                values.setdefault(name, call.claimed.example.get(name))
        inner(call, values, findings)

    server.wrap("complete", around)


def _objects_in_need(claims: Claims) -> bool:
    """Whether an object has a required member, and another one in the example."""
    return any(
        schema.get("required") and len(resource.example.get(name) or {}) > 1
        for resource in claims.resources.values()
        for name, schema in resource.properties.items()
    )


@fault(
    "verbs.create.required",
    dimension="nested objects",
    wants=_objects_in_need,
    forces={"contract.responses": "the document requires the member"},
)
def create_takes_objects_in_part(server: Server) -> None:
    """CREATE takes an object without the members that it must have."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        partial = how.pop("partial", False) or call.verb == "CREATE"
        return inner(call, name, value, findings, partial=partial, **how)

    server.wrap("accept", around)


@fault(
    "verbs.create.required",
    dimension="side effect",
    forces={"errors.nothing_stored": "what was refused is stored"},
)
def create_stores_what_it_refuses(server: Server) -> None:
    """CREATE without a required property is refused, and yet stored."""

    def around(inner: Any, call: Call, values: Values, findings: Findings) -> None:
        inner(call, values, findings)
        lacking = [name for name in call.claimed.required if name not in values]
        if call.verb == "CREATE" and lacking:
            made = dict(values) | {n: call.claimed.example.get(n) for n in lacking}
            key = server.chosen_id(call, server.parse(call)) or server.make_id(call)
            now = server.now(call)
            record = Record(key, made, now, now, call.parent)
            server.store.add(call.claimed.name, record)

    server.wrap("complete", around)


@fault(
    "verbs.create.types",
    level="SHOULD",
    dimension="one type only",
    forces={"contract.responses": "the document says boolean, and the text is shown"},
)
def create_takes_any_truth(server: Server) -> None:
    """CREATE stores any text where a boolean is claimed."""

    def around(
        inner: Any, call: Call, name: str, value: Any, *arguments: Any, partial: bool
    ) -> Any:
        boolean = "boolean" in types_of(call.claimed.properties[name])
        if call.verb == "CREATE" and boolean and isinstance(value, str):
            return value
        return inner(call, name, value, *arguments, partial=partial)

    server.wrap("accept", around)


@fault("verbs.create.types", level="SHOULD", dimension="long strings only")
def create_cuts_text_that_is_too_long(server: Server) -> None:
    """CREATE cuts text that is one character longer than claimed."""

    def change(call: Call, name: str, value: Any) -> Any:
        most = call.claimed.properties[name].get("maxLength")
        over = isinstance(value, str) and most and len(value) == most + 1
        return value[:most] if over else value

    _accepting(server, change)


@fault("verbs.create.location", level="SHOULD", dimension="header")
def location_names_the_collection(server: Server) -> None:
    """Location after CREATE is the address of the collection."""

    def around(inner: Any, call: Call, record: Record) -> str:
        there: str = inner(call, record)
        return there if call.verb != "CREATE" else there[: there.rindex(record.key)]

    server.wrap("location", around)


@fault("verbs.create.location", level="SHOULD", dimension="one resource only")
def location_is_that_of_another(server: Server) -> None:
    """Location after CREATE ends with another ID, in one resource."""

    def around(inner: Any, call: Call, record: Record) -> str:
        there: str = inner(call, record)
        wrong = call.verb == "CREATE" and call.claimed.name == middle(server)
        return f"{there}x" if wrong else there

    server.wrap("location", around)


_KINDS = ("integer", "number", "date-time")


def _kind(claimed: Schema) -> str:
    dated = claimed.get("format") == "date-time"
    return "date-time" if dated else types_of(claimed)[0]


def _in_order(resource: Resource) -> Iterator[tuple[str, str]]:
    """Give neighbours of one kind that stand in order in the profile's own items."""
    for one, two in itertools.combinations(resource.properties, 2):
        claims = [resource.properties[name] for name in (one, two)]
        if not any({_kind(claimed) for claimed in claims} == {k} for k in _KINDS):
            continue
        items = (resource.example, {**resource.example, **resource.other})
        known = [(item[one], item[two]) for item in items if {one, two} <= item.keys()]
        if known and all(less <= more for less, more in known):
            yield one, two


def _ranged(claims: Claims) -> bool:
    """Whether some item has two values that can stand in order."""
    return any(any(_in_order(one)) for one in claims.resources.values())


@fault(
    "verbs.create.accepts",
    level="SHOULD",
    dimension="two properties of one item",
    wants=_ranged,
    forces={"json.numbers": "numbers that are refused do not come back"},
)
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
