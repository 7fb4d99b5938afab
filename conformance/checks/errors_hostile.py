"""Error Handling: hostile values in bodies are met without a crash."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from conformance import Exchange, Item, Place, Resource, Target, must
from conformance.checks._errors import survived, types_of
from conformance.errors import Disturbed
from conformance.values import numeric, short

Met: TypeAlias = Iterator[tuple[str, Exchange]]
#: Where a hostile value is put, as it is written.
_HOLE = "@hole@"
#: Claimed type → a value that it can't be.
_WRONG: Mapping[str, Any] = {
    "string": {"a": [1]},
    "integer": "twelve",
    "number": "twelve",
    "boolean": "maybe",
    "array": {"0": 1},
    "object": [[1]],
}
_TEXTS: Mapping[str, bytes] = {
    "a lone surrogate": rb'"a\ud800b"',
    "surrogates the wrong way round": rb'"\udc00\ud800"',
    "NUL": rb'"a\u0000b"',
    "controls": rb'"\u0001\u001b[2J\u007f"',
    "no characters": rb'"\ufffe\uffff"',
    # Past what 16 bits can count.
    "a very long text": b'"' + b"x" * 70_000 + b'"',
}
_VALUES: Mapping[str, bytes] = {
    "a number beyond doubles": b"1e400",
    "a number of 400 digits": b"9" * 400,
    "a number of 400 places": b"0." + b"1" * 400,
    "a deep array": b"[" * 500 + b"]" * 500,
    "telling names": b'{"__proto__": {"a": 1}, "$where": "1", "": 1, "a.b": 2}',
    "a name twice": b'{"a": 1, "a": 2}',
}


def _each_wrong_type(resource: Resource) -> Iterator[dict[str, Any]]:
    for name in (resource.id.member, *resource.writable, *resource.extensions):
        claimed = resource.properties.get(name, {"type": "string"})
        types = types_of(claimed) or ["string"]
        dated = "format" in claimed and types[0] == "string"
        yield {name: 20300115 if dated else _WRONG[types[0]]}
        inner = claimed.get("properties", {}).items()
        yield from ({name: {n: _WRONG[_type(part)]}} for n, part in inner)
    # All at once: where one is looked at, so are they all.
    optional = set(resource.writable) - set(resource.required)
    if optional:
        yield dict.fromkeys(sorted(optional))


@must("errors.no_5xx", cost=12)
def check_wrong_types_are_no_crash(target: Target, creatable: Resource) -> None:
    """A value of the wrong type, at whatever property, MUST NOT be met with 5xx."""
    place = target.place(creatable)
    survived(
        (f"{wrong}", target.post(place, target.body(creatable, **wrong), **_oddly()))
        for wrong in _each_wrong_type(creatable)
    )


@must("errors.no_5xx", only=lambda creatable: bool(_bound(creatable)), cost=8)
def check_what_stores_refuse_is_no_crash(target: Target, creatable: Resource) -> None:
    """A unique value in use, or a reference to nothing, MUST NOT be met with 5xx."""
    first, second = target.create(creatable), target.create(creatable)
    survived(
        met
        for name in _bound(creatable)
        if (wrong := _refused_by_stores(target, first, name)) is not None
        for met in _both_ways(target, second, {name: wrong})
    )


def _bound(resource: Resource) -> list[str]:
    """Name what a store looks at beside the item: unique values and references."""
    claims = resource.properties
    return [n for n in resource.writable if claims[n].keys() & {"x-unique", "x-refers"}]


def _refused_by_stores(target: Target, item: Item, name: str) -> Any:
    """Give a value in use, or the ID of nothing; None where neither is known."""
    claimed = item.resource.properties[name]
    if "x-unique" in claimed:
        return item.body.get(name)
    referred = target.profile.resources.get(claimed["x-refers"])
    if referred is None or referred.parents:
        return None
    ghost = target.missing(Place(referred)).id
    id_ = int(ghost) if referred.id.type == "integer" else ghost
    return [id_] if "array" in types_of(claimed) else id_


def _both_ways(target: Target, item: Item, change: dict[str, Any]) -> Met:
    """Send a change by POST, of which nothing stays, and by PATCH."""
    resource = item.resource
    body = target.body(resource, **change)
    answer = target.post(item.place, body, **_oddly())
    yield f"POST of {short(change)}", answer
    made = body.get(resource.id.member)
    if answer.success and made is not None and "DELETE" in resource.verbs:
        yield "DELETE after it", target.delete(item.place.item(made))
    if "PATCH" in resource.verbs:
        yield f"PATCH of {short(change)}", target.patch(item, change, **_oddly())


def _odd_shapes(resource: Resource) -> Iterator[dict[str, Any]]:
    """Give null for each property, wrong types in arrays, and what is unknown."""
    for name in (*resource.writable, *resource.extensions):
        claimed = resource.properties[name]
        yield {name: None}
        if "array" in types_of(claimed):
            yield {name: [_WRONG[_type(claimed.get("items", {}))], None]}
    yield {"conformance_suite_member": {"a": [1]}}


def _type(claimed: Mapping[str, Any]) -> str:
    return (types_of(claimed) or ["string"])[0]


@must(
    "errors.no_5xx",
    only=lambda typical: {"CREATE", "PATCH"} <= set(typical.verbs),
    cost=26,
)
def check_odd_shapes_are_no_crash(target: Target, typical: Resource) -> None:
    """Null, a body that is none, and unknown members MUST NOT be met with 5xx."""
    item = target.create(target.fresh_place(typical))
    survived(
        (f"PATCH of {short(change)}", target.patch(item, change, **_oddly()))
        for change in _odd_shapes(typical)
    )
    survived(
        met
        for raw in (b"null", b"[]", b"true", b"[null]")
        for met in (
            (f"PATCH of {short(raw)}", target.patch(item, None, raw=raw, **_oddly())),
            (
                f"POST of {short(raw)}",
                target.post(item.place, None, raw=raw, **_oddly()),
            ),
        )
    )
    unknown = target.body(typical, conformance_suite_member={"a": [1]})
    survived([("POST of it", target.post(item.place, unknown, **_oddly()))])


@must(
    "errors.no_5xx",
    only=lambda typical: bool(typical.parents) and "CREATE" in typical.verbs,
    cost=36,
)
def check_hostile_values_are_no_crash(target: Target, typical: Resource) -> None:
    """A value that parsers and stores choke on MUST NOT be met with 5xx."""
    subject = target.create(target.fresh_place(typical))
    survived(
        met
        for kind, name, value in _values(typical)
        for met in (
            *_created(target, subject.place, kind, name, value),
            *_updated(target, subject, kind, name, value),
        )
    )


@must(
    "errors.no_5xx",
    only=lambda nested: "CREATE" in nested.verbs and nested.label is not None,
    cost=6,
)
def check_unstorable_texts_are_no_crash(target: Target, nested: Resource) -> None:
    """Text that many stores can't hold MUST NOT be met with 5xx."""
    place = target.fresh_place(nested)
    label = nested.label or ""
    survived(
        met
        for kind in ("a lone surrogate", "NUL")
        for met in _created(target, place, kind, label, _TEXTS[kind])
    )


def _together(target: Target, item: Item, verb: str, lanes: int) -> Met:
    """Do the same to one item at the same moment; a silence is no crash."""
    for answer in target.together([partial(_perform, verb, item)] * lanes):
        if isinstance(answer, Exchange):
            yield f"{lanes} times {verb} at once", answer


def _perform(verb: str, item: Item, lane: Target) -> Exchange:
    return lane.perform(verb, item)


@must(
    "errors.no_5xx",
    only=lambda typical: "SAVE" in typical.verbs and typical.id.writable,
    cost=16,
)
def check_simultaneous_writes_are_no_crash(target: Target, typical: Resource) -> None:
    """Simultaneous writes to one item MUST NOT be met with 5xx."""
    lanes = min(target.lanes(), 4)
    if lanes == 1:
        raise Disturbed("the server does not hold two connections at once")
    item = target.missing(target.place(typical))
    verbs = [v for v in ("SAVE", "PATCH", "DELETE") if v in typical.verbs]
    for verb in verbs:
        met = list(_together(target, item, verb, lanes))
        if not met:
            raise Disturbed(f"nothing came of {lanes} times {verb} at once")
        survived(met)


def _values(resource: Resource) -> Iterator[tuple[str, str, bytes]]:
    """Give each hostile value with the property that takes it."""
    if resource.label:
        for kind, value in _TEXTS.items():
            yield kind, resource.label, value
    numbers = [n for n in resource.compared if numeric(resource.properties[n])]
    for name in [*resource.extensions, *numbers][:1]:
        for kind, value in _VALUES.items():
            yield kind, name, value


def _holed(target: Target, resource: Resource, name: str) -> dict[str, Any]:
    """Give a change of one property with a hole in it."""
    if name in resource.extensions:
        return {name: {target.new_id(resource): _HOLE}}
    return {name: _HOLE}


def _created(target: Target, place: Place, kind: str, name: str, value: bytes) -> Met:
    """Create an item with a value; one that is taken is removed at once."""
    body = target.body(place.resource, **_holed(target, place.resource, name))
    answer = target.post(place, None, raw=_filled(target, body, value), **_oddly())
    yield f"POST of {kind}", answer
    if answer.success:
        yield from _listed(target, place, kind)
        made = body.get(place.resource.id.member)
        if made is not None and "DELETE" in place.resource.verbs:
            yield f"DELETE after {kind}", target.delete(place.item(made))


def _updated(target: Target, item: Item, kind: str, name: str, value: bytes) -> Met:
    """Update an item with a value."""
    if "PATCH" not in item.resource.verbs:
        return
    raw = _filled(target, _holed(target, item.resource, name), value)
    answer = target.patch(item, None, raw=raw, **_oddly())
    yield f"PATCH with {kind}", answer
    if answer.success:
        yield from _listed(target, item.place, kind)


def _listed(target: Target, place: Place, kind: str) -> Met:
    if "LIST" in place.resource.verbs:
        yield f"LIST after {kind}", target.page(place, notes={"hostile": True})


def _filled(target: Target, body: dict[str, Any], value: bytes) -> bytes:
    return target.encoded(body).replace(f'"{_HOLE}"'.encode(), value)


def _oddly() -> dict[str, Any]:
    """Say that a request is wrong on purpose, and that its answer may repeat it."""
    return {"deliberate": True, "notes": {"hostile": True}}
