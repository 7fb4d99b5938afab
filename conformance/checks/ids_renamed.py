"""Writeable IDs: an update may write the ID, onto a free one only."""

from typing import Any

from conformance import Exchange, Item, Place, Profile, Resource, Target, must, should
from conformance.checks._verbs import served
from conformance.checks._verbs_values import unlike
from conformance.expect import (
    allowed,
    edge,
    insist,
    item_after,
    item_of,
    noted,
    refused,
    succeeded,
    unjudged,
    unsuccessful,
    untouched,
    waits_for,
)
from conformance.seeding import Collection, extension, narrowed, numbered_id, ours
from conformance.strategies import longest
from conformance.values import same, short, stateful
from conformance.walking import Walk, until

_METHODS = {"PATCH": "PATCH", "PUT": "SAVE"}
_OWNERS = {"PATCH": "verbs.patch.merges", "PUT": "verbs.save.replaces"}


def _methods(profile: Profile, renamable: Resource) -> list[str]:
    """Name the methods that are claimed to write IDs."""
    del profile
    return [m for m in renamable.id.rename if _METHODS[m] in renamable.verbs]


def _gettable(resource: Resource) -> bool:
    return {"CREATE", "GET"} <= set(resource.verbs)


def _rename(
    target: Target, item: Item, id_: str, method: str, **changes: Any
) -> Exchange:
    new = {**changes, item.resource.id.member: id_}
    if method == "PATCH":
        return target.patch(item, new)
    return target.put(item, {**item.body, **new})


# -------------------------------------------------------------------------- renamed


@must(
    "ids.renamed",
    only=_gettable,
    draws=_methods,
    warns="What stands under an item SHOULD follow it to its new ID.",
    cost=12,
)
def check_an_update_writes_the_id(
    target: Target, renamable: Resource, payload: str
) -> None:
    """An update that writes the ID MUST move the item from its old ID to the new."""
    collection = _alone(target, renamable)
    item, new = collection.items[0], _next(collection)
    before, child = target.get(item), _child(target, item)
    if "LIST" in renamable.verbs:
        # What was listed once may be kept, and be shown again.
        ours(target, collection)
    answer = _rename(target, item, new.id, payload)
    allowed(answer, "an update that writes the ID")

    moved, left = served(target, new, "no item under the new ID"), target.get(item)
    refused(left, "GET of the old ID")
    wrong = _differing(renamable, before, moved)
    if wrong:
        _insist_on_control(target, item.place, payload)
    insist(not wrong, f"the new ID serves another item: {'; '.join(wrong)}")
    if "LIST" in renamable.verbs:
        _insist_on_listed(target, collection, new)
    if child is not None:
        parents = (*new.place.parents, new.id)
        followed = target.get(Place(child.resource, parents).item(child.id))
        edge(followed.success, f"a child did not follow: {followed.words}")


@must(
    "ids.renamed",
    only=_gettable,
    draws=_methods,
    warns="The ID that an item had before SHOULD be taken.",
    cost=7,
)
def check_an_item_gets_its_first_id_back(
    target: Target, renamable: Resource, payload: str
) -> None:
    """An update that writes the ID that an item had first MUST move it back."""
    item = target.create(renamable)
    moved = item.place.item(longest(renamable, target.new_id(renamable)), item.body)
    allowed(_rename(target, item, moved.id, payload), "an update that writes the ID")
    answer = _rename(target, moved, item.id, payload)
    edge(not answer.refusal, f"its first ID is refused: {answer.words}")
    if answer.refusal:
        served(target, moved, "no item under the new ID")
        return
    succeeded(answer)
    served(target, item, "no item under the ID that it had first, and has again")
    refused(target.get(moved), "GET of the ID in between")


def _other(resource: Resource) -> dict[str, Any]:
    """Give the first property that has another value, which is bound to nothing."""
    for name in sorted(resource.compared, key=lambda n: n not in resource.required):
        bound = resource.properties[name].keys() & {"x-unique", "x-refers"}
        if name in resource.other and not bound:
            return {name: resource.other[name]}
    return {}


@must(
    "ids.renamed",
    only=lambda renamable: (
        _gettable(renamable)
        and {"PATCH"} <= {*renamable.verbs} & {*renamable.id.rename}
        and bool(_other(renamable))
    ),
    cost=7,
)
def check_a_patch_with_the_id_writes_the_rest(
    target: Target, renamable: Resource
) -> None:
    """PATCH with an ID and a value MUST write both, or be refused."""
    change = _other(renamable)
    for new in (False, True):
        item = target.create(renamable)
        there = target.missing(item.place) if new else item
        answer = _rename(target, item, there.id, "PATCH", **change)
        if answer.refusal and answer.status not in (401, 403):
            noted(f"an ID beside another value is refused: {answer.words}")
            served(target, item, "a refused PATCH with an ID, and no item there")
            continue
        succeeded(answer)
        shown = item_of(served(target, there, "no item under the ID that was sent"))
        wrong = unlike(renamable, change, shown)
        insist(not wrong, f"after PATCH with its ID: {wrong}")


def _alone(target: Target, resource: Resource) -> Collection:
    """Make an item that a list can be narrowed to, under its old ID and its new."""
    place, mark = target.fresh_place(resource), target.new_id(resource)
    changes = {resource.id.member: numbered_id(resource, mark, 0)}
    for name in resource.extensions:
        changes[name] = extension(target.session.prefix, mark, 0)
    collection = Collection(place, (target.create(place, **changes),), mark)
    return narrowed(target, collection) if "LIST" in resource.verbs else collection


def _next(collection: Collection) -> Item:
    resource = collection.place.resource
    return collection.place.item(numbered_id(resource, collection.mark, 1))


def _child(target: Target, item: Item) -> Item | None:
    """Make an item under another, where the profile has such."""
    for resource in target.profile.children(item.resource):
        if _gettable(resource):
            return target.create(Place(resource, (*item.place.parents, item.id)))
    return None


def _differing(resource: Resource, before: Exchange, after: Exchange) -> list[str]:
    """Say in what two answers show another item, the ID aside."""
    was, now = (stateful(resource, item_of(answer)) for answer in (before, after))
    return [
        f"{name} was {short(was.get(name))}, is {short(now.get(name))}"
        for name in sorted((was.keys() | now.keys()) - {resource.id.member})
        if not same(was.get(name), now.get(name), resource.properties[name])
        or not same(now.get(name), was.get(name), resource.properties[name])
    ]


def _insist_on_control(target: Target, place: Place, method: str) -> None:
    """Leave to its own row what an update changes that writes the ID it finds."""
    item = target.create(place)
    before = target.get(item)
    succeeded(_rename(target, item, item.id, method))
    wrong = _differing(place.resource, before, target.get(item))
    if wrong:
        cause = f"without a new ID, too, {method} changes more: {'; '.join(wrong)}"
        operation = f"{place.resource.name}-{_METHODS[method]}"
        raise waits_for(_OWNERS[method], cause, operation)


def _insist_on_listed(target: Target, collection: Collection, new: Item) -> None:
    """Insist that the list shows the item once, under its new ID."""
    moved = Collection(new.place, (new,), collection.mark, collection.narrow)
    old = collection.items[0]

    def right(seen: Walk) -> bool:
        return seen.counts[new.id] == 1 and not seen.counts[old.id]

    seen = until(target, new.place, lambda: ours(target, moved), right)
    insist(not seen.counts[old.id], f"the list still shows {old.id!r}")
    insist(
        seen.counts[new.id] == 1,
        f"the list shows {new.id!r} {seen.counts[new.id]} times",
    )


@should("ids.renamed")
def check_some_id_can_be_rewritten(profile: Profile) -> None:
    """Updates of at least one resource SHOULD be able to write its ID."""
    if not profile.resources:
        raise unjudged("the profile claims no resource")
    able = [r for r in profile.resources.values() if r.id.writable]
    insist(
        any(_methods(profile, resource) for resource in able),
        "the profile claims no resource whose ID an update can write",
    )


# ---------------------------------------------------------------------------- clash


@must("ids.rename_clash", only=_gettable, draws=_methods, cost=18)
def check_no_item_is_renamed_onto_another(
    target: Target, renamable: Resource, payload: str
) -> None:
    """An update that writes an ID in use MUST be refused and leave both items alone."""
    place = target.place(renamable)
    unique = [n for n, c in renamable.properties.items() if "x-unique" in c]
    others = {n: v for n, v in renamable.other.items() if n not in unique}
    item, other = target.create(place), target.create(place, **others)
    moved = _moved(target, target.create(place, **others), payload)
    for there in (other, moved):
        before, beside = target.get(item), target.get(there)
        answer = _rename(target, item, there.id, payload, **others)
        unsuccessful(answer, "renaming onto an ID in use")
        untouched(before, target.get(item), "renaming onto an ID in use")
        untouched(beside, target.get(there), "renaming another item onto its ID")
    _moved(target, item, payload)


def _moved(target: Target, item: Item, method: str) -> Item:
    """Rename an item to a free ID, as a control."""
    new = target.missing(item.place)
    answer = _rename(target, item, new.id, method)
    member = item.resource.id.member
    told = None if answer.refusal else item_after(target, new, answer)[member]
    if told != new.id:
        operation = f"{item.resource.name}-{_METHODS[method]}"
        cause = f"no new ID was written: {answer.words}"
        raise waits_for("ids.renamed", cause, operation)
    succeeded(answer)
    return Item(new.place, new.id, item.body)
