"""HTTP Methods, GET: reading an item."""

from typing import Any

from conformance import Item, Profile, Resource, Target, must
from conformance.checks._verbs import around, countable, entries, kept, queries
from conformance.checks._verbs import gettable as can_get
from conformance.checks._verbs_values import (
    Values,
    changed,
    longest_values,
    other_values,
)
from conformance.expect import insist, item_of, refused, succeeded, untouched


@must("verbs.get.returns", only=can_get, cost=9)
def check_get_shows_what_was_written(target: Target, gettable: Resource) -> None:
    """GET MUST return an item as the last write left it."""
    item = _looked_for(target, gettable)
    kept(target, item, item.body, "verbs.create.stores")
    other = other_values(gettable)
    if "PATCH" in gettable.verbs and other:
        kept(target, item, _patched(target, item, other), "verbs.patch.merges")
    if "SAVE" in gettable.verbs:
        body = target.save_body(item)
        succeeded(target.put(item, body))
        kept(target, item, body, "verbs.save.replaces")


def _looked_for(target: Target, resource: Resource) -> Item:
    """Make an item at an ID that GET was asked for before, where one can be chosen."""
    place = target.place(resource)
    if not resource.id.writable:
        return target.create(place)
    ahead = target.missing(place)
    target.get(ahead)
    return target.create(place, **{resource.id.member: ahead.id})


def _patched(target: Target, item: Item, other: Values) -> Values:
    """Give properties other values, the longest text where that is taken."""
    longest = {**other, **longest_values(item.resource)}
    if not target.patch(item, longest).refusal:
        return longest
    succeeded(target.patch(item, other))
    return other


@must("verbs.get.returns", only=can_get, cost=6)
def check_every_reader_sees_the_same_item(target: Target, gettable: Resource) -> None:
    """GET MUST return the same item each time, to every reader that it serves."""
    item = target.shared(gettable)
    first = kept(target, item, {}, "verbs.create.stores")
    roles = gettable.roles.get("GET", ())
    readers = [who for who in target.identities() if who.may(roles)]
    # Those of few roles are the likeliest to be shown something else.
    readers.sort(key=lambda who: 99 if who.roles is None else len(who.roles))
    for name in ["", *(who.name for who in readers[:4]), ""]:
        answer = target.using(name).get(item)
        if not name and answer.status in (401, 403):
            succeeded(answer)
        insist(name or answer.success, f"no longer served: {answer.words}")
        if answer.success:
            new = changed(gettable, first, item_of(answer))
            insist(not new, f"GET again as {name or 'before'}: {new}")


@must("verbs.get.missing", only=can_get, cost=3)
def check_get_of_a_missing_item_is_refused(target: Target, gettable: Resource) -> None:
    """GET of an item that is not there MUST be refused."""
    item = target.shared(gettable)
    item_of(target.get(item))
    refused(target.get(target.missing(item.place)), "GET of an item that is not there")
    item_of(target.get(item))


@must(
    "verbs.get.missing",
    only=lambda resource: can_get(resource) and resource.scope == "parent",
    cost=5,
)
def check_get_under_another_parent_is_refused(
    target: Target, gettable: Resource
) -> None:
    """GET of an item under a parent that it does not belong to MUST be refused."""
    item = target.shared(gettable)
    elsewhere = target.fresh_place(gettable).item(item.id)
    item_of(target.get(item))
    refused(target.get(elsewhere), "GET under a parent that the item is not of")


@must(
    "verbs.get.missing",
    only=lambda typical: (
        can_get(typical)
        and typical.id.writable
        and {"_", "x"} <= set(typical.id.alphabet)
    ),
    cost=4,
)
def check_no_sign_in_an_id_stands_for_another(
    target: Target, typical: Resource
) -> None:
    """GET MUST NOT take an underscore in an ID for any other sign."""
    place, rule = target.place(typical), typical.id
    stem = target.new_id(typical)[: rule.max_length - 1]
    item = target.create(place, **{rule.member: f"{stem}x"})
    item_of(target.get(item))
    pattern = place.item(f"{stem}_")
    refused(target.get(pattern), f"GET of {pattern.id!r}, which nobody made,")


@must(
    "verbs.get.safe",
    only=lambda resource: can_get(resource) and "LIST" in resource.verbs,
    cost=15,
)
def check_reading_changes_nothing(target: Target, gettable: Resource) -> None:
    """GET MUST NOT change anything."""
    place = target.fresh_place(gettable)
    item, missing = target.create(place), target.missing(place)
    beside = around(target, place)
    watched = [target.get(one) for one in beside]
    before = _listed(target, item) | _listed(target, missing)
    for read in (item, missing, item):
        target.get(read)
    after = _listed(target, item) | _listed(target, missing)
    for one, was in zip(beside, watched, strict=True):
        untouched(was, target.get(one), f"GET of {item.path}")

    # Another's item may go at any time, and push ours off an unfiltered page.
    sure = item.id in before and countable(target, item.place)
    insist(item.id in after or not sure, f"after GET it is gone: {item.path}")
    insist(missing.id not in after, f"GET made it: {missing.path}")
    new = after.keys() - before.keys() if item.place.fresh else set()
    insist(gettable.eventual or not new, f"GET made {sorted(new)}")
    if item.id in before and item.id in after:
        words = changed(gettable, before[item.id], after[item.id])
        insist(not words, f"after GET a list shows that {words}")


@must(
    "verbs.get.safe",
    only=lambda resource: can_get(resource) and "LIST" in resource.verbs,
    cost=12,
)
def check_asking_a_list_changes_nothing(
    target: Target, profile: Profile, gettable: Resource
) -> None:
    """A list MUST NOT change its items, whatever it is asked for."""
    place = target.fresh_place(gettable)
    items = [target.create(place), target.create(place, **other_values(gettable))]
    watched = [target.get(item) for item in items]
    for item in items:
        for query in queries(profile, gettable, item.body):
            target.page(place, query)
    for item, was in zip(items, watched, strict=True):
        untouched(was, target.get(item), f"a list that was asked for {item.path}")


def _listed(target: Target, item: Item) -> dict[str, dict[str, Any]]:
    member = item.resource.id.member
    return {str(entry.get(member)): entry for entry in entries(target, item)}
