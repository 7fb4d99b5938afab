"""Writeable IDs: whatever an ID is made of, every verb finds the item under it."""

from conformance import Item, Place, Resource, Target, must
from conformance.expect import allowed, insist, item_of, succeeded
from conformance.profile import makeable
from conformance.strategies import longest
from conformance.writing import write


def _reached(resource: Resource) -> bool:
    chosen = resource.id.writable and resource.id.type == "string"
    return chosen and makeable(resource) and "GET" in resource.verbs


@must(
    "ids.chosen_on_create",
    only=_reached,
    cost=9,
)
def check_an_id_of_many_signs_serves_every_verb(
    target: Target, creatable: Resource
) -> None:
    """Every verb MUST find an item under the very ID that it was given."""
    place, member = target.place(creatable), creatable.id.member
    id_ = longest(creatable, target.new_id(creatable))
    verb = "CREATE" if "CREATE" in creatable.verbs else "SAVE"
    item = place.item(id_, target.body(creatable, **{member: id_}))
    allowed(write(target, verb, item, item.body), f"the ID {id_!r}")
    for verb in ("GET", "PATCH", "SAVE", "DELETE"):
        empty = verb == "PATCH" and not target.patch_body(creatable)
        if verb in creatable.verbs and not empty:
            answer = target.perform(verb, item)
            if answer.status == 404:
                # Where no item is found, that is the verb's own row's.
                succeeded(target.perform(verb, target.create(place)))
            words = f"{verb} does not find {id_!r}: {answer.words}"
            insist(answer.status != 404, words)
            succeeded(answer)
        if verb == "GET":
            _insist_on_a_child(target, item)


def _insist_on_a_child(target: Target, item: Item) -> None:
    """Insist that something can stand under an item, whatever its ID."""
    for child in target.profile.children(item.resource):
        if {"CREATE", "DELETE"} <= set(child.verbs) and not child.references:
            place = Place(child, (*item.place.parents, item.id))
            answer = target.post(place, target.body(child))
            insist(answer.status != 404, f"not found by its children: {answer.words}")
            made = item_of(answer)[child.id.member]
            succeeded(target.delete(place.item(made)))
            return
