"""What the checks of this chapter share: sending what was drawn, on items of ours.

No checks here.
"""

from collections.abc import Mapping
from typing import Any

from conformance import Exchange, Item, Operation, Resource, Target
from conformance.expect import noted
from conformance.profile import makeable
from conformance.session import told_id
from conformance.writing import written

#: What was drawn of one request; see `conformance.contract.drawing`.
Generated = Mapping[str, Any]


def perform(
    target: Target, operation: Operation, drawn: Generated, item: Item | None = None
) -> Item | None:
    """Send what was drawn, never on what others made.

    Args:
        target: The target.
        operation: What to do.
        drawn: The request.
        item: Of ours, to act on; None: one is made, or a missing one is named.

    Returns:
        The item that is acted on next: the one that was created, or the same.
    """
    resource, verb = operation.resource, operation.verb
    how = _how(drawn)
    if verb == "LIST":
        target.page(target.place(resource), **how)
        return item
    if verb == "CREATE":
        return _create(target, resource, drawn, how)
    on = item or _subject(target, operation, drawn)
    if verb in ("GET", "DELETE"):
        call = target.get if verb == "GET" else target.delete
        call(on, **how)
        return item
    value, how = _body(target, resource, drawn, how, on)
    (target.put if verb == "SAVE" else target.patch)(on, value, **how)
    return item


def perform_example(target: Target, operation: Operation, why: str | None) -> None:
    """Send the profile's own example, where the document lets nothing be drawn."""
    noted(f"judged by the profile's example: {why or 'the document is silent'}")
    item = target.missing(target.place(operation.resource))
    target.perform(operation.verb, item)


def read(target: Target, drawn: Generated) -> Exchange:
    """Send a GET of the document's that is about no resource; its IDs are nobody's."""
    path = drawn["path"]
    while "{" in path:
        head, _, rest = path.partition("{")
        path = f"{head}{target.session.prefix}{rest.partition('}')[2]}"
    return target.send("GET", path, operation="beyond", **_how(drawn))


def _how(drawn: Generated) -> dict[str, Any]:
    query = [tuple(pair) for pair in drawn.get("query", ())]
    return {
        "query": query or None,
        "headers": drawn.get("headers"),
        "deliberate": drawn["mode"] == "negative",
    }


def _create(
    target: Target, resource: Resource, drawn: Generated, how: dict[str, Any]
) -> Item | None:
    place = target.place(resource)
    value, how = _body(target, resource, drawn, how, None)
    answer = target.post(place, value, **how)
    id_ = told_id(answer, resource.id.member) if answer.success else None
    return place.item(id_) if id_ is not None else None


def _subject(target: Target, operation: Operation, drawn: Generated) -> Item:
    """Give an item of ours, or one that is not there; others' are only looked for."""
    resource = operation.resource
    exists = drawn.get("exists", False)
    if operation.verb == "GET":
        if exists and written(resource):
            return target.shared(resource)
        place = target.place(resource)
        return place.item(drawn["id"]) if drawn.get("id") else target.missing(place)
    if exists and makeable(resource):
        return target.create(resource)
    return target.missing(target.place(resource))


def _body(
    target: Target,
    resource: Resource,
    drawn: Generated,
    how: dict[str, Any],
    item: Item | None,
) -> tuple[Any, dict[str, Any]]:
    """Give the body, IDs and unique values made ours, and how it is sent."""
    if "bytes" in drawn:
        return None, {**how, "raw": drawn["bytes"].encode("latin-1")}
    value = drawn.get("json")
    if not isinstance(value, Mapping):
        if "json" not in drawn:
            return None, how
        raw = b"null" if value is None else target.encoded(value)
        return None, {**how, "raw": raw}
    return _ours(target, resource, dict(value), item), how


def _ours(
    target: Target, resource: Resource, value: dict[str, Any], item: Item | None
) -> dict[str, Any]:
    member, label = resource.id.member, resource.label
    if resource.id.writable and (item is None or member in value):
        value[member] = item.id if item else target.new_id(resource)
    elif item is None and label:
        words = f"{target.session.prefix} {value.get(label, '')}"
        value[label] = resource.labelled(words)
    for name, claimed in resource.properties.items():
        if "x-unique" in claimed and name in value and name in resource.example:
            value[name] = target.session.unique_value(target.unit, resource, name)
    return value
