"""Writing to items in turn, by whatever verbs a resource has. No verdicts here."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from conformance.bodies import Raw
from conformance.exchange import Exchange
from conformance.expect import item_of, succeeded
from conformance.places import Item
from conformance.profile import Profile, Resource
from conformance.target import Target

#: Verbs that take a body.
WRITES = ("CREATE", "SAVE", "PATCH")


def writes_of(resource: Resource) -> list[str]:
    """Name the verbs of a resource that take a body."""
    return [verb for verb in WRITES if verb in resource.verbs]


def written(resource: Resource) -> bool:
    """Say whether items of a resource can be made by a client."""
    return "CREATE" in resource.verbs or "SAVE" in resource.verbs


def in_turn(profile: Profile, resource: Resource) -> list[str]:
    """Give every writing verb of the first resource, one verb of each other.

    Where a server differs from verb to verb it seldom does so for one resource
    alone: so each verb is tried, each resource is, and few requests are sent.
    """
    mine = writes_of(resource)
    names = [r.name for r in profile.resources.values() if written(r)]
    number = names.index(resource.name)
    return [mine[number % len(mine)]] if number else mine


def waves(
    resource: Resource, changes: Sequence[Mapping[str, Any]]
) -> list[list[Mapping[str, Any]]]:
    """Let one item take all changes where it can be updated, else an item each."""
    if set(resource.verbs) & {"SAVE", "PATCH"}:
        return [list(changes)]
    return [[one] for one in changes]


def writing(
    target: Target, resource: Resource, changes: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], Exchange, Item | None]]:
    """Make an item with the first changes, then update it with the rest.

    PATCH and PUT take turns. After a refused create, an item without changes
    takes the next ones, which also shows that the refusal was not the item's.

    Yields:
        The changes, the answer to their writing, and the item; None when it was
        refused.
    """
    updates = [verb for verb in ("PATCH", "SAVE") if verb in resource.verbs]
    item: Item | None = None
    for number, change in enumerate(changes):
        if item is None:
            item, answer = _made(target, resource, change)
        else:
            answer = _updated(target, item, updates[number % len(updates)], change)
        if took(answer):
            yield change, answer, item
        else:
            yield change, answer, None
            item = item or target.create(resource)


def _made(
    target: Target, resource: Resource, change: Mapping[str, Any]
) -> tuple[Item | None, Exchange]:
    place = target.place(resource)
    body = target.body(resource, **change)
    if "CREATE" in resource.verbs:
        answer = target.post(place, body)
    else:
        id_ = str(body.get(resource.id.member) or target.new_id(resource))
        answer = target.put(place.item(id_), body)
    if not took(answer):
        return None, answer
    made = item_of(answer)
    return replace(place.item(made[resource.id.member], body), exchange=answer), answer


def _updated(
    target: Target, item: Item, verb: str, change: Mapping[str, Any]
) -> Exchange:
    if verb == "PATCH":
        return target.patch(item, dict(change))
    return target.put(item, target.save_body(item, **change))


def took(answer: Exchange) -> bool:
    """Say whether a generated value was taken; another row's surprise is waited for."""
    if answer.refusal and answer.status != 401:
        return False
    succeeded(answer)
    return True


def read_back(target: Target, item: Item, answer: Exchange) -> Exchange:
    """Read an item after a write; what the write answered, where there is no GET."""
    found = target.get(item) if "GET" in item.resource.verbs else answer
    item_of(found)
    return found


def send(target: Target, verb: str, item: Item, raw: Raw, **how: Any) -> Exchange:
    """Write to an item with a body given by the byte."""
    how = {"raw": raw.content, "content_type": raw.label, **how}
    match verb:
        case "CREATE":
            return target.post(item.place, None, **how)
        case "SAVE":
            return target.put(item, None, **how)
        case _:
            return target.patch(item, None, **how)


def leaves(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give dotted path and schema of every property, those of objects too.

    Left out is what can't be compared: read-only, write-only, unique, volatile
    properties, and what stands in arrays.
    """
    pending = [(name, resource.properties[name]) for name in resource.compared]
    while pending:
        path, claimed = pending.pop(0)
        if claimed.keys() & {"readOnly", "writeOnly", "x-unique", "x-refers"}:
            continue
        inner = claimed.get("properties", {})
        pending += [(f"{path}.{name}", part) for name, part in inner.items()]
        if not inner:
            yield path, claimed


def placed(resource: Resource, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give changes that put values at dotted paths; the example fills the rest."""
    made: dict[str, Any] = {}
    for path, value in values.items():
        *way, last = path.split(".")
        within, known = made, resource.example
        for name in way:
            held = known.get(name)
            known = held if isinstance(held, Mapping) else {}
            if not isinstance(within.get(name), dict):
                within[name] = deepcopy(dict(known))
            within = within[name]
        within[last] = value
    return made


def write(target: Target, verb: str, item: Item, body: Mapping[str, Any]) -> Exchange:
    """Write a body to an item, or as a new one to its collection."""
    match verb:
        case "CREATE":
            return target.post(item.place, dict(body))
        case "SAVE":
            return target.put(item, dict(body))
        case _:
            return target.patch(item, dict(body))


@dataclass(frozen=True, slots=True)
class Aim:
    """What a verb can write to, and two bodies that it must take.

    Attributes:
        item: For CREATE, the one that its body would make.
        right: Leaves the item as the example has it; empty for CREATE.
        other: Would be seen on the item.
    """

    verb: str
    item: Item
    right: Mapping[str, Any]
    other: Mapping[str, Any]


def aim(target: Target, resource: Resource, verb: str) -> Aim:
    """Make ready for a verb's writing: an item for it, nothing for CREATE."""
    other = {
        name: resource.other[name]
        for name in resource.compared
        if name in resource.other
        and not resource.properties[name].keys() & {"x-unique", "x-refers"}
    }
    if verb == "CREATE":
        body, place = target.body(resource), target.place(resource)
        id_ = body.get(resource.id.member)
        item = target.missing(place) if id_ is None else place.item(id_, body)
        return Aim(verb, item, {}, body)
    item = target.create(resource)
    if verb == "SAVE":
        right, changed = target.save_body(item), target.save_body(item, **other)
        return Aim(verb, item, right, changed)
    known = {name: resource.example.get(name) for name in other}
    return Aim(verb, item, {n: v for n, v in known.items() if v is not None}, other)
