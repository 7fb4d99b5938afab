"""HTTP Methods, DELETE: removing an item."""

from collections.abc import Sequence

from conformance import Item, Place, Resource, Target, must, should
from conformance.checks._verbs import (
    STORES,
    countable,
    done,
    entries,
    gettable,
    gone,
    kept,
    look,
)
from conformance.expect import (
    insist,
    item_of,
    noted,
    refused,
    succeeded,
    unjudged,
    untouched,
    waits_for,
)
from conformance.profile import makeable

REMOVES = "verbs.delete.removes"


@must(REMOVES, only=makeable, cost=24)
def check_delete_removes_the_item_and_no_other(
    target: Target, deletable: Resource
) -> None:
    """DELETE MUST remove the item from GET and LIST, and nothing else."""
    place = target.fresh_place(deletable)
    item = target.create(place)
    sibling = target.create(place, **_alike(item))
    namesakes = _namesakes(target, item)
    others = [sibling, *namesakes, *_children(target, [sibling, *namesakes])]
    for one in (item, *others):
        kept(target, one, one.body, STORES)
    before = _listed(target, [item, sibling])

    done(target.delete(item), REMOVES)

    _insist_on_parents(target, item, sibling, namesakes)
    gone(target, item, REMOVES, f"DELETE did not remove {item.path}")
    for other in others:
        kept(target, other, other.body, REMOVES)
    after = _settled(target, [item, sibling], before - {item.id})
    insist(item.id not in after, f"a list still shows {item.path}")
    if "LIST" in deletable.verbs and item.id not in before:
        noted("the item was not on the first page of its list, so only GET was asked")
    # Others' items push ours off a page of a list that nothing narrows.
    lost = sorted(before - {item.id} - after) if countable(target, place) else []
    insist(not lost, f"with {item.path} a list lost {lost}")


def _alike(item: Item) -> dict[str, str]:
    """Give an ID that begins with an item's own, where a client may choose it."""
    rule = item.resource.id
    room = rule.writable and rule.type == "string" and len(item.id) < rule.max_length
    return {rule.member: f"{item.id}{item.id[-1]}"} if room else {}


def _namesakes(target: Target, item: Item) -> list[Item]:
    """Make an item of the same ID under another parent, where that is allowed."""
    resource = item.resource
    if resource.scope != "parent" or not resource.id.writable:
        return []
    elsewhere = target.fresh_place(resource)
    return [target.create(elsewhere, **{resource.id.member: item.id})]


def _children(target: Target, items: Sequence[Item]) -> list[Item]:
    """Make something under each of several items, where something can stand there."""
    below = [r for r in target.profile.children(items[0].resource) if makeable(r)]
    return [
        target.create(Place(resource, (*item.place.parents, item.id)))
        for resource in below[:1]
        for item in items
    ]


def _insist_on_parents(
    target: Target, item: Item, sibling: Item, namesakes: Sequence[Item]
) -> None:
    """Leave it to its own row when GET serves an item under any parent."""
    for namesake in namesakes:
        if look(target, item) and look(target, namesake.place.item(sibling.id)):
            words = "an item is served under another's parent"
            raise waits_for("verbs.get.missing", words, f"{item.resource.name}-GET")


def _listed(target: Target, items: Sequence[Item]) -> set[str]:
    """Give the IDs that lists show, of the items and of others under our parents."""
    asked = items[:1] if items[0].place.fresh else items
    member = items[0].resource.id.member
    return {str(e.get(member)) for item in asked for e in entries(target, item)}


def _settled(target: Target, items: Sequence[Item], wanted: set[str]) -> set[str]:
    """Give what lists show, once they had the time that the profile grants them."""
    granted_s = target.profile.lists.get("eventual_s", 0) + 1
    tries = int(granted_s) if items[0].resource.eventual else 1
    shown = _listed(target, items)
    for _ in range(tries):
        if wanted <= shown and items[0].id not in shown:
            break
        target.pause(1)
        shown = _listed(target, items)
    return shown


@must(
    REMOVES,
    only=lambda deletable: gettable(deletable) and deletable.scope == "parent",
    cost=6,
)
def check_delete_under_another_parent_removes_nothing(
    target: Target, deletable: Resource
) -> None:
    """DELETE under a parent that the item is not of MUST NOT remove the item."""
    item = target.create(deletable)
    elsewhere = target.fresh_place(deletable).item(item.id)
    gone(target, elsewhere, "verbs.get.missing", "served under another parent")
    before = succeeded(target.get(item))
    target.delete(elsewhere, deliberate=True)
    untouched(before, target.get(item), f"DELETE of {elsewhere.path}")


@should("verbs.delete.again", only=gettable, cost=4)
def check_the_second_delete_is_refused(target: Target, deletable: Resource) -> None:
    """DELETE of what was deleted SHOULD be refused."""
    item = target.create(deletable)
    done(target.delete(item), REMOVES)
    gone(target, item, REMOVES, f"DELETE did not remove {item.path}")
    refused(target.delete(item), "the second DELETE")


@should("verbs.delete.children", only=gettable, cost=6)
def check_children_go_with_their_parent(target: Target, nested: Resource) -> None:
    """GET of an item whose parent was deleted SHOULD NOT serve it."""
    place = target.fresh_place(nested)
    child = target.create(place)
    item_of(target.get(child))
    parent = _parent_of(target, place)
    if "DELETE" not in parent.resource.verbs:
        raise unjudged(f"{parent.resource.name} has no DELETE")
    answer = target.delete(parent)
    if not answer.refusal:
        succeeded(answer)
        gone(target, parent, REMOVES, f"DELETE did not remove {parent.path}")
        refused(target.get(child), f"GET under the deleted {parent.path}")
    insist(answer.refusal or answer.success, answer.words)


def _parent_of(target: Target, place: Place) -> Item:
    resource = target.profile.resources[place.resource.parents[-1]]
    return Place(resource, place.parents[:-1]).item(place.parents[-1])
