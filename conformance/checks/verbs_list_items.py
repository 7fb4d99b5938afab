"""HTTP Methods, LIST: the items in a list are those of its place, as GET shows them."""

from typing import Any

from conformance import Place, Profile, Resource, Target, must
from conformance.expect import ids_of, insist, item_of, page_of, same, short
from conformance.seeding import Collection, ours, seedable
from conformance.walking import largest


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
    found = ours(target, collection, largest(target.profile))
    middle = len(collection.items) // 2
    for item in (collection.items[0], collection.items[middle], collection.items[-1]):
        shown = item_of(target.get(item))
        for listed in found.of([item.id]):
            wrong = [
                f"{name}: listed {short(listed[name])}, GET shows {short(shown[name])}"
                for name in listed.keys() & shown.keys() & listable.properties.keys()
                if name not in listable.volatile
                and not _agree(listed[name], shown[name], listable.properties[name])
            ]
            insist(not wrong, f"{item.path}: {'; '.join(wrong)}")
    insist(found.of(collection.ids), "none of the items is in the list")


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
    collection = target.collection(nested)
    place = _neighbour(target, collection)
    twin = collection.items[0]
    free = [n for n in nested.texts() if "x-unique" not in nested.properties[n]]
    shared = (*free, *nested.extensions)
    changes = {name: twin.body[name] for name in shared if name in twin.body}
    if nested.scope == "parent" and nested.id.writable:
        changes[nested.id.member] = twin.body[nested.id.member]
    own = target.create(place, **changes)
    for query in _queries(profile, nested, twin.body):
        answer = target.page(place, query)
        if answer.refusal and query:
            continue
        page = page_of(answer)
        listed = ids_of(page.items, nested.id.member)
        strange = [id_ for id_ in listed if id_ != own.id]
        insist(not strange, f"shows {strange[:3]} of another: {page.answer.words}")
        insist(len(listed) <= 1, f"shows a namesake's too: {page.answer.words}")


def _neighbour(target: Target, collection: Collection) -> Place:
    """Make a place like the collection's; where it can be, its parent is a namesake."""
    resource = collection.place.resource
    parent = target.profile.resources[resource.parents[-1]]
    if parent.scope != "parent" or not parent.id.writable:
        return target.fresh_place(resource)
    above = target.fresh_place(parent)
    namesake = {parent.id.member: collection.place.parents[-1]}
    made = target.create(above, **namesake)
    return Place(resource, (*above.parents, made.id), fresh=True)


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
    if "filter" in profile.lists and resource.label in resource.filterable:
        queries.append([(resource.label or "", str(body[resource.label]))])
    return queries
