"""HTTP Methods, whatever the verb: missing parents, unclaimed verbs, races."""

from dataclasses import replace
from functools import partial
from typing import Any

from conformance import (
    Exchange,
    Item,
    Place,
    Profile,
    Resource,
    Target,
    must,
    should,
)
from conformance.checks._verbs import STORES, done, gettable, gone, kept
from conformance.checks._verbs_values import Values, different, other_values, told
from conformance.errors import Disturbed
from conformance.expect import (
    edge,
    insist,
    item_of,
    noted,
    page_of,
    refused,
    succeeded,
    unjudged,
)
from conformance.profile import METHODS, makeable

PARENT = "verbs.parent_missing"


@must(
    PARENT,
    draws=lambda _profile, nested: list(range(len(nested.parents))),
    only=gettable,
    warns="A list under a parent that is not there SHOULD be refused.",
    cost=14,
)
def check_a_missing_parent_is_refused(
    target: Target, nested: Resource, payload: int
) -> None:
    """Every verb under a parent that is not there MUST be refused and do nothing."""
    item = target.create(nested)
    kept(target, item, item.body, STORES)
    _insist_on_nothing(target, item, _without_parent(target, item.place, payload))


@must(PARENT, only=gettable, cost=7)
def check_nothing_is_made_under_a_deleted_parent(
    target: Target, nested: Resource
) -> None:
    """CREATE and SAVE under a parent that was deleted MUST be refused."""
    # Some row made one by a right body, under a parent that is there.
    target.shared(nested)
    place = target.fresh_place(nested)
    above = target.profile.resources[nested.parents[-1]]
    parent = Place(above, place.parents[:-1]).item(place.parents[-1])
    stays = "DELETE" not in above.verbs or target.delete(parent).refusal
    if stays:
        insist(stays, "it stays")
        noted("no parent of it can be deleted")
        return
    gone(target, parent, "verbs.delete.removes", f"it was deleted: {parent.path}")
    for verb in ("CREATE", "SAVE"):
        new = _named(target, place)
        named = _names_parent(nested, verb, len(nested.parents) - 1)
        if named and verb in nested.verbs and (verb == "CREATE" or new.body):
            answer = _perform(target, verb, new, new)
            refused(answer, f"{verb} under the deleted {parent.path}")
            gone(target, new, PARENT, f"made under a deleted parent: {new.path}")


def _deep(nested: Resource) -> bool:
    return gettable(nested) and len(nested.parents) > 1


@must(
    PARENT,
    only=_deep,
    warns="A list under a parent that is not there SHOULD be refused.",
    cost=18,
)
def check_a_parent_of_elsewhere_is_refused(target: Target, nested: Resource) -> None:
    """Every verb under a parent that stands under another MUST be refused."""
    parent = target.profile.resources[nested.parents[-1]]
    if parent.scope != "parent":
        raise unjudged(f"an ID of {parent.name} is the same item wherever it is named")
    item = target.create(target.fresh_place(nested))
    kept(target, item, item.body, STORES)
    above = target.create(target.fresh_place(parent)).place
    lost = replace(item.place, parents=(*above.parents, item.place.parents[-1]))
    held = Place(parent, above.parents).item(item.place.parents[-1])
    gone(target, held, "verbs.get.missing", "a parent is served under another's")
    _insist_on_nothing(target, item, lost)


def _insist_on_nothing(target: Target, item: Item, lost: Place) -> None:
    """Insist that nothing is done for an item at a place that does not exist."""
    nested = item.resource
    stray, new = lost.item(item.id), _named(target, lost)
    gone(target, new, "verbs.get.missing", "an item that never was is served")
    changed = [lost.parents[n] != p for n, p in enumerate(item.place.parents)]
    level = changed.index(True)
    verbs = [verb for verb in nested.verbs if _names_parent(nested, verb, level)]
    answers = {verb: _perform(target, verb, stray, new) for verb in verbs}

    gone(target, new, PARENT, f"made under a parent that is not there: {new.path}")
    kept(target, item, item.body, PARENT)
    for verb, answer in answers.items():
        if verb == "LIST" and answer.success:
            listed = page_of(answer).items
            insist(not listed, f"LIST under a parent that is not there: {listed[:1]}")
            edge(condition=False, words=f"LIST gives success: {answer.words}")
        else:
            refused(answer, f"{verb} under a parent that is not there")


def _names_parent(resource: Resource, verb: str, level: int) -> bool:
    """Say whether the verb's path names that parent: items may stand beside it."""
    named = f"{{{resource.parents[level]}}}"
    return verb in ("LIST", "CREATE") or named in resource.item_path


def _without_parent(target: Target, place: Place, level: int) -> Place:
    """Give a place whose parent at that level does not exist; 0 is the outermost."""
    parent = target.profile.resources[place.resource.parents[level]]
    missing = target.missing(Place(parent, place.parents[:level])).id
    return replace(
        place, parents=(*place.parents[:level], missing, *place.parents[level + 1 :])
    )


def _named(target: Target, place: Place) -> Item:
    """Name a new item there, with a valid body."""
    body = target.body(place.resource)
    member = place.resource.id.member
    if member not in body:
        return target.missing(place)
    return place.item(body[member], body)


def _perform(target: Target, verb: str, stray: Item, new: Item) -> Exchange:
    """Create and save what is new, do the rest to what exists under its parent."""
    if verb == "CREATE":
        return target.post(new.place, new.body or target.body(new.resource))
    if verb == "SAVE" and new.body:
        return target.put(new, new.body)
    return target.perform(verb, stray)


def _unclaimed(profile: Profile, resource: Resource) -> list[list[tuple[str, str]]]:
    """List (item or collection, method) that no verb stands for; DELETE last.

    A collection is probed under parents of ours alone; one list is one payload.
    """
    del profile
    claimed = {
        ("collection" if verb in ("LIST", "CREATE") else "item", METHODS[verb])
        for verb in resource.verbs
    }
    places = ("item", "collection") if resource.parents else ("item",)
    pairs = [
        (place, method)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for place in places
    ]
    return [[pair for pair in pairs if pair not in claimed]]


@should("verbs.unsupported", draws=_unclaimed, only=makeable, cost=7)
def check_an_unclaimed_verb_is_refused(
    target: Target, resource: Resource, payload: list[tuple[str, str]]
) -> None:
    """A verb that the profile does not claim SHOULD be refused."""
    item = target.create(target.fresh_place(resource))
    for where, method in payload:
        path = item.path if where == "item" else item.place.path
        answer = target.send(
            method,
            target.profile.base_path + path,
            body=None if method == "DELETE" else target.save_body(item),
            roles=next(iter(resource.roles.values()), ()),
            deliberate=True,
        )
        refused(answer, f"{method} of the {where}, which is not claimed,")


def _pairs(profile: Profile, patchable: Resource) -> list[list[list[dict[str, Any]]]]:
    """Give rounds of two changes of different properties: one list of them."""
    del profile
    names = [n for n in other_values(patchable) if n in patchable.example][:2]
    new = [{n: patchable.other[n]} for n in names]
    old = [{n: patchable.example[n]} for n in names]
    return [[new, old]]


@should(
    "verbs.concurrent_patch",
    draws=_pairs,
    only=lambda patchable: (
        gettable(patchable)
        and len([n for n in other_values(patchable) if n in patchable.example]) > 1
    ),
    cost=13,
)
def check_simultaneous_patches_are_both_kept(
    target: Target, patchable: Resource, payload: list[list[dict[str, Any]]]
) -> None:
    """Two simultaneous PATCHes of different properties SHOULD both be kept."""
    item = target.create(patchable)
    for changes in payload:
        answers = target.together([partial(_patch, item, one) for one in changes])
        taken: dict[str, Any] = {}
        for change, answer in zip(changes, answers, strict=True):
            taken |= change if _was_taken(answer) else {}
        shown = item_of(target.get(item))
        lost = different(patchable, taken, shown)
        if lost:
            _one_by_one(target, item.place, changes)
        insist(not lost, f"lost: {told(lost, taken, shown)}")


def _patch(item: Item, change: Values, target: Target) -> Exchange:
    return target.patch(item, change)


def _was_taken(answer: Exchange | Disturbed) -> bool:
    """Say whether a PATCH succeeded; one of two may be refused, as by a lock."""
    if isinstance(answer, Disturbed):
        raise answer
    return not answer.refusal and succeeded(answer).success


def _one_by_one(target: Target, place: Place, changes: list[dict[str, Any]]) -> None:
    """Leave it to its own row when the same is lost without any haste."""
    both = {name: value for change in changes for name, value in change.items()}
    for order in (changes, changes[::-1]):
        item = target.create(place)
        for change in order:
            done(target.patch(item, change), "verbs.patch.merges")
        kept(target, item, both, "verbs.patch.merges")
