"""HTTP Methods, LIST: the items in a list are those of its place, as GET shows them."""

from typing import Any

from conformance import Profile, Resource, Target, must
from conformance.expect import ids_of, insist, item_of, page_of, same, short
from conformance.seeding import neighbours, ours, seedable
from conformance.walking import Reading, largest


@must(
    "verbs.list.agrees",
    only=lambda resource: seedable(resource) and "GET" in resource.verbs,
    cost=5,
)
def check_listed_items_are_as_get_shows_them(
    target: Target, listable: Resource
) -> None:
    """An item in a list MUST show its properties as GET shows them."""
    collection = target.collection(listable)
    items = [collection.items[n] for n in (0, len(collection.items) // 2, -1)]
    before = [item_of(target.get(item)) for item in items]
    found = ours(target, collection, Reading(largest(target.profile)))
    for item, was in zip(items, before, strict=True):
        shown = item_of(target.get(item))
        for listed in found.of([item.id]):
            wrong = [
                f"{name}: listed {short(listed[name])}, GET shows {short(shown[name])}"
                for name in _resting(listable, was, shown) & listed.keys()
                if not _agree(listed[name], shown[name], listable.properties[name])
            ]
            insist(not wrong, f"{item.path}: {'; '.join(wrong)}")
    insist(found.of(collection.ids), "none of the items is in the list")


def _resting(resource: Resource, was: Any, shown: Any) -> set[str]:
    """Name what a list must agree in: what rested while it was read.

    What only the server writes may change with any write, of others too.
    """
    return {
        name
        for name, claimed in resource.properties.items()
        if name in shown and name not in resource.volatile
        if not claimed.get("readOnly") or was.get(name) == shown[name]
    }


def _agree(listed: Any, shown: Any, claimed: Any) -> bool:
    """Say whether two spellings of a value agree; a list may give a summary of it."""
    if isinstance(listed, dict) and isinstance(shown, dict):
        inner = claimed.get("properties", {})
        common = listed.keys() & shown.keys()
        return all(_agree(listed[n], shown[n], inner.get(n, {})) for n in common)
    return same(listed, shown, claimed)


@must("verbs.list.isolated", only=seedable, cost=10)
def check_a_list_holds_no_item_of_another_parent(
    target: Target, profile: Profile, nested: Resource
) -> None:
    """A list MUST NOT hold items of another parent, however it is asked for."""
    place, beside = neighbours(target, nested)
    own, other = target.create(place), target.create(beside)
    for query in _queries(profile, nested, other.body):
        answer = target.page(place, query)
        if answer.refusal and query:
            continue
        page = page_of(answer)
        listed = ids_of(page.items, nested.id.member)
        strange = [id_ for id_ in listed if id_ != own.id]
        insist(not strange, f"shows {strange[:3]} of another: {page.answer.words}")


def _queries(
    profile: Profile, resource: Resource, body: Any
) -> list[list[tuple[str, str]]]:
    """Give ways of asking that all fit the other parent's items too."""
    queries: list[list[tuple[str, str]]] = [[]]
    word = str(body.get(resource.label, "")).split(" ")[0]
    if "search" in profile.query and resource.label in resource.searchable:
        queries.append([(profile.query["search"], word)])
    if "sort" in profile.query and resource.sortable:
        claimed = resource.property_at(resource.sortable[0])
        key = claimed.get("x-sort-key", resource.sortable[0])
        queries.append([(profile.query["sort"], key)])
    member = resource.id.member
    if "filter" in profile.lists and member in resource.filterable and member in body:
        queries.append([(member, str(body[member]))])
    if "filter" in profile.lists and resource.label in resource.filterable:
        queries.append([(resource.label or "", str(body[resource.label]))])
    return queries
