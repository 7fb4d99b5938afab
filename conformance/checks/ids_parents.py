"""Writeable IDs: namesakes under two parents are two items."""

from typing import Any

from conformance import Item, Resource, Target, must
from conformance.expect import (
    allowed,
    ids_of,
    insist,
    item_after,
    item_of,
    page_of,
    succeeded,
    untouched,
)
from conformance.seeding import neighbours
from conformance.walking import Reading, largest, until, walk


def _namesakes(resource: Resource) -> bool:
    needed = {"CREATE", "GET"} <= set(resource.verbs)
    return needed and resource.id.writable


@must("ids.parent_scope", only=_namesakes, cost=24)
def check_namesakes_under_two_parents_are_two_items(
    target: Target, scoped: Resource
) -> None:
    """One ID MUST be allowed under two parents, and make two items."""
    one, other = neighbours(target, scoped)
    id_ = target.new_id(scoped)
    first = target.create(one, **{scoped.id.member: id_})
    body = _body(target, scoped, first.id)
    answer = target.post(other, body)
    if answer.refusal:
        target.create(other)
    allowed(answer, "an ID that an item of another parent has")
    second = Item(other, str(item_of(answer)[scoped.id.member]), body, answer)

    watched = target.get(second)
    succeeded(watched)
    for what, act in _deeds(scoped):
        item = act(target, first)
        untouched(watched, target.get(second), f"{what} of its namesake")
        if item is not None:
            first = item
    if "LIST" in scoped.verbs:
        _insist_on_listed(target, second)


def _body(target: Target, resource: Resource, id_: str) -> dict[str, Any]:
    unique = [n for n, c in resource.properties.items() if "x-unique" in c]
    other = {n: v for n, v in resource.other.items() if n not in unique}
    return target.body(resource, **{**other, resource.id.member: id_})


def _deeds(resource: Resource) -> list[tuple[str, Any]]:
    """List what may be done to one namesake while the other is watched."""
    found: list[tuple[str, Any]] = []
    if "PATCH" in resource.verbs:
        found.append(("PATCH", _patch))
    if "SAVE" in resource.verbs:
        found.append(("PUT", _save))
    if "PATCH" in resource.verbs and "PATCH" in resource.id.rename:
        found += [("a rename", _rename), ("a rename back", _rename_back)]
    if "DELETE" in resource.verbs:
        found.append(("DELETE", _delete))
    return found


def _patch(target: Target, item: Item) -> None:
    # A third value, so that it shows wherever it lands.
    label = item.resource.label
    unique = label and "x-unique" in item.resource.properties[label]
    third = item.resource.labelled("a third value")
    change = {label: third} if label and not unique else {}
    answer = target.patch(item, change or target.patch_body(item.resource))
    item_after(target, item, answer)


def _save(target: Target, item: Item) -> None:
    item_after(target, item, target.put(item, target.save_body(item)))


def _rename(target: Target, item: Item) -> Item:
    return _renamed(target, item, target.missing(item.place).id)


def _rename_back(target: Target, item: Item) -> Item:
    """Take the old ID again, which the watched namesake still has."""
    return _renamed(target, item, item.body[item.resource.id.member])


def _renamed(target: Target, item: Item, id_: str) -> Item:
    member = item.resource.id.member
    answer = target.patch(item, {member: id_})
    moved = item_after(target, item.place.item(id_), answer)
    return Item(item.place, str(moved[member]), item.body)


def _delete(target: Target, item: Item) -> None:
    succeeded(target.delete(item))


def _insist_on_listed(target: Target, item: Item) -> None:
    """Insist that the list of the watched namesake's place still shows it, once."""
    member = item.resource.id.member

    def look() -> list[str]:
        if item.place.fresh:
            return ids_of(page_of(target.page(item.place)).items, member)
        # What the server itself puts there is its own, and may fill the first page.
        reading = Reading(largest(target.profile), expected=frozenset([item.id]))
        seen = walk(target, item.place, reading)
        return [item.id] * seen.counts[item.id]

    listed = until(target, item.place, look, lambda found: found == [item.id])
    insist(listed == [item.id], f"after all that its list shows {listed}")
