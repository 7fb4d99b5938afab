"""Writeable IDs: a deleted ID is free again, and nothing of the old item is left."""

from collections.abc import Mapping
from typing import Any

from conformance import (
    LEFT_OUT,
    Exchange,
    Item,
    Place,
    Profile,
    Resource,
    Target,
    must,
    should,
)
from conformance.expect import (
    allowed,
    ids_of,
    insist,
    item_of,
    page_of,
    refused,
    succeeded,
)
from conformance.values import same, short, unset
from conformance.walking import until


def _reusable(resource: Resource) -> bool:
    needed = {"CREATE", "GET", "DELETE"} <= set(resource.verbs)
    return needed and resource.id.writable


@should("ids.reuse_after_delete", only=_reusable, cost=5)
def check_a_deleted_id_can_be_created_again(
    target: Target, deletable: Resource
) -> None:
    """POST of an ID whose item was deleted SHOULD create an item."""
    item = target.create(deletable)
    succeeded(target.delete(item))
    body = target.body(deletable, **{deletable.id.member: item.id})
    answer = target.post(item.place, body)

    allowed(answer, "the ID of a deleted item")
    succeeded(target.get(item))


def _verbs(profile: Profile, deletable: Resource) -> list[str]:
    del profile
    return [verb for verb in ("CREATE", "SAVE") if verb in deletable.verbs]


@must("ids.no_resurrection", only=_reusable, draws=_verbs, cost=12)
def check_an_item_made_anew_shows_nothing_of_the_old(
    target: Target, deletable: Resource, payload: str
) -> None:
    """An item made anew under a deleted ID MUST NOT show the old one's data."""
    item = target.create(deletable)
    old = item_of(target.get(item))
    child = _child(target, item)
    grandchild = _child(target, child) if child is not None else None
    _delete(target, item, [one for one in (grandchild, child) if one is not None])
    answer = _made_anew(target, item, payload)
    if answer.refusal:
        # With a control: an ID that nobody had can be taken in the same way.
        item_of(_made_anew(target, target.missing(item.place), payload))
        return
    shown = item_of(target.get(item))
    known = {name: old[name] for name in old.keys() & item.body.keys()}
    wrong = _left(deletable, shown, known, {})
    if wrong:
        fresh = item_of(target.get(target.create(item.place, **_bare(deletable))))
        wrong = _left(deletable, shown, known, fresh)
    insist(not wrong, f"data of the deleted item: {'; '.join(wrong)}")
    if child is not None:
        refused(target.get(child), "GET of a child of the deleted item")
        _insist_on_none_listed(target, child)
        _insist_on_new_child(target, child, grandchild)


def _left(
    resource: Resource,
    shown: dict[str, Any],
    old: dict[str, Any],
    fresh: dict[str, Any],
) -> list[str]:
    """Say what an item shows of the old one's in what it was made without."""
    return [
        f"{name} is {short(shown[name])}"
        for name in resource.compared
        if name in old.keys() & shown.keys() and _left_out(resource, name)
        if not unset(resource, name, shown[name], fresh)
        and _holds_some(old[name], shown[name], resource.properties[name])
    ]


def _holds_some(old: Any, now: Any, claimed: Mapping[str, Any]) -> bool:
    """Say whether a value, or any member of an object, is what it was."""
    if isinstance(old, dict) and isinstance(now, dict):
        inner = claimed.get("properties", {})
        return any(same(old[n], now[n], inner.get(n)) for n in old.keys() & now.keys())
    return same(old, now, claimed)


def _left_out(resource: Resource, name: str) -> bool:
    unique = "x-unique" in resource.properties[name]
    return name not in (*resource.required, resource.label) and not unique


def _bare(resource: Resource) -> dict[str, Any]:
    """Give the changes that leave out all that may be left out."""
    names = [name for name in resource.example if _left_out(resource, name)]
    return dict.fromkeys(names, LEFT_OUT)


def _made_anew(target: Target, item: Item, verb: str) -> Exchange:
    changes = {**_bare(item.resource), item.resource.id.member: item.id}
    body = target.body(item.resource, **changes)
    if verb == "CREATE":
        return target.post(item.place, body)
    return target.put(item, body)


def _child(target: Target, item: Item) -> Item | None:
    for resource in target.profile.children(item.resource):
        if {"CREATE", "GET"} <= set(resource.verbs):
            return target.create(Place(resource, (*item.place.parents, item.id)))
    return None


def _delete(target: Target, item: Item, below: list[Item]) -> None:
    """Delete an item; first what stands below it, where the server wants that."""
    answer = target.delete(item)
    removable = [one for one in below if "DELETE" in one.resource.verbs]
    if answer.refusal and removable:
        for one in removable:
            succeeded(target.delete(one))
        answer = target.delete(item)
    succeeded(answer)


def _insist_on_new_child(target: Target, child: Item, grandchild: Item | None) -> None:
    """Insist that a child made anew, too, has none of the old one's children."""
    rule = child.resource.id
    if grandchild is None or not rule.writable:
        return
    body = target.body(child.resource, **{rule.member: child.id})
    if target.post(child.place, body).success:
        refused(target.get(grandchild), "GET of a grandchild of the deleted item")


def _insist_on_none_listed(target: Target, child: Item) -> None:
    if "LIST" not in child.resource.verbs:
        return
    member = child.resource.id.member

    def look() -> list[str]:
        return ids_of(page_of(target.page(child.place)).items, member)

    listed = until(target, child.place, look, lambda found: child.id not in found)
    insist(child.id not in listed, "the list shows a child of the deleted item")
