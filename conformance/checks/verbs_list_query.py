"""HTTP Methods, LIST: what a list is sorted, filtered and searched by."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from conformance import Item, Profile, Resource, Target, dates, should
from conformance.errors import NotProvided
from conformance.expect import insist, page_of, unjudged, waits_for
from conformance.filtering import Case, cases, comparable, holds, parameters
from conformance.profile import has_type
from conformance.seeding import WORDS, Collection, of_the_run, ours, seedable
from conformance.values import at, numeric
from conformance.walking import Reading, largest

#: Found items up to which they are read page by page as well.
_FEW = 20
SPECIAL = ("pattern", "enum", "const", "writeOnly")

# -------------------------------------------------------------------------- sorting


def _sorts(profile: Profile) -> bool:
    return "sort" in profile.query


def _sort_paths(resource: Resource) -> list[str]:
    """Name what sorts alike in every collation: words of ours, numbers, instants."""
    found = []
    for path in resource.sortable:
        claimed = resource.property_at(path)
        dated = claimed.get("format") in ("date", "date-time")
        text = has_type(claimed, "string") and not claimed.keys() & {*SPECIAL, "format"}
        own_id = path == resource.id.member and not resource.id.writable
        if (dated or text or numeric(claimed) or "x-scale" in claimed) and not own_id:
            found.append(path)
    return found


def _ways(profile: Profile, listable: Resource) -> list[tuple[str, bool]]:
    downwards = [True] if "descending" in profile.lists else []
    paths = _sort_paths(listable)
    return [(path, way) for path in paths for way in (False, *downwards)]


def _both_ways(profile: Profile, listable: Resource) -> list[tuple[str, bool]]:
    """Give the ways to sort by one property, no ID where there is another."""
    ways = _ways(profile, listable)
    paths = [path for path, _ in ways]
    one = next((path for path in paths if path != listable.id.member), paths[0])
    return [way for way in ways if way[0] == one]


@should(
    "verbs.list.sort",
    when=_sorts,
    only=lambda resource: seedable(resource) and _sort_paths(resource),
    draws=_ways,
    cost=2,
)
def check_a_list_is_sorted(
    target: Target, profile: Profile, listable: Resource, payload: tuple[str, bool]
) -> None:
    """A list SHOULD be sorted, up and down, by a property that is asked for."""
    collection, (path, downwards) = target.collection(listable), payload
    query = (_sort_query(profile, listable, path, downwards=downwards),)
    _insist_on_own_ids(collection, path)
    claim = f"sorting by {path}"
    reading = Reading(largest(profile), query, collection.ids, claim=claim)
    found = ours(target, collection, reading)
    listed = found.of(collection.ids)
    insist(
        len(listed) >= len(collection.items),
        f"sorted by {path}, the list shows {len(listed)} of {len(collection.items)}",
    )
    if not _insist_on_order(collection, listed, path, downwards=downwards):
        raise unjudged(f"all items are alike in {path}: they stand in every order")


@should(
    "verbs.list.sort",
    when=lambda profile: _sorts(profile) and "page_size" in profile.query,
    only=lambda resource: seedable(resource) and _sort_paths(resource),
    draws=_both_ways,
    cost=8,
)
def check_equals_stay_in_place_over_pages(
    target: Target, profile: Profile, listable: Resource, payload: tuple[str, bool]
) -> None:
    """A sorted list SHOULD hold each item once over its pages, equal values too."""
    collection = target.collection(listable)
    if collection.narrow is None:
        page_of(target.page(collection.place))  # not served: another row's to say
        raise NotProvided("walkable_shared_lists")
    path, downwards = payload
    query = (_sort_query(profile, listable, path, downwards=downwards),)
    _insist_on_own_ids(collection, path)
    reading = Reading(3, query, collection.ids, claim=f"sorting by {path}")
    found = ours(target, collection, reading)

    wrong = {i: found.counts[i] for i in collection.ids if found.counts[i] != 1}
    insist(not wrong, f"sorted by {path}, in pages of 3, not once: {wrong}")
    _insist_on_order(collection, found.of(collection.ids), path, downwards=downwards)


def _sort_query(
    profile: Profile, resource: Resource, path: str, *, downwards: bool
) -> tuple[str, str]:
    key = resource.property_at(path).get("x-sort-key", path)
    mark = profile.lists.get("descending", {}) if downwards else {}
    value = f"{mark.get('prefix', '')}{key}{mark.get('suffix', '')}"
    return profile.query["sort"], value


def _insist_on_own_ids(collection: Collection, path: str) -> None:
    """Leave to its own row an ID that the server changed: who knows how it sorts."""
    resource = collection.place.resource
    claimed = resource.property_at(path)
    if not (numeric(claimed) or "format" in claimed or "x-scale" in claimed):
        of_the_run(collection)
    if path == resource.id.member:
        for item in collection.items:
            if str(item.body.get(path)) != item.id:
                cause = f"the ID {item.body.get(path)!r} became {item.id!r}"
                operation = f"{resource.name}-CREATE"
                raise waits_for("ids.chosen_on_create", cause, operation)


def _insist_on_order(
    collection: Collection,
    listed: list[Mapping[str, Any]],
    path: str,
    *,
    downwards: bool,
) -> bool:
    """Insist on the order of items, and say whether their values differ at all."""
    resource = collection.place.resource
    claimed, member = resource.property_at(path), resource.id.member
    bodies = {item.id: item.body for item in collection.items}
    shown = [_sent_or_shown(bodies[str(i.get(member))], i, path) for i in listed]
    if None in shown:
        raise unjudged(f"the list does not show {path}")
    if downwards:
        shown.reverse()
    if claimed.get("format") in ("date", "date-time"):
        return _insist_on_instants(shown, path, downwards=downwards)
    number = numeric(claimed) or "x-scale" in claimed
    keys = [_key(value, number=number) for value in shown]
    if number and keys != sorted(keys) and _sorted_as_text(shown):
        insist(condition=False, words=f"{path} is sorted as text: {shown}")
    insist(keys == sorted(keys), _misplaced(shown, path, downwards=downwards))
    return len(set(keys)) > 1


def _insist_on_instants(shown: list[Any], path: str, *, downwards: bool) -> bool:
    """Insist on the order of instants, however each of them is written."""
    moments = [dates.guess(value) for value in shown]
    keys = [moment.seconds for moment in moments if moment]
    if len(keys) < len(shown):
        raise unjudged(f"{path} names no instant: {shown[moments.index(None)]!r}")
    insist(keys == sorted(keys), _misplaced(shown, path, downwards=downwards))
    return len(set(keys)) > 1


def _misplaced(shown: list[Any], path: str, *, downwards: bool) -> str:
    way = "downwards, backwards read" if downwards else "upwards"
    return f"by {path} {way}: {shown}"


def _sent_or_shown(body: Mapping[str, Any], shown: Mapping[str, Any], path: str) -> Any:
    sent = at(dict(body), path)
    return at(dict(shown), path) if sent is None else sent


def _key(value: Any, *, number: bool) -> Any:
    """Give what every collation sorts a value by: of words of ours the first letter."""
    if number:
        return Decimal(str(value))
    return str(value)[:1] if str(value).startswith(WORDS) else str(value)


def _sorted_as_text(shown: list[Any]) -> bool:
    texts = [str(value) for value in shown]
    return texts == sorted(texts)


# ------------------------------------------------------------------------ filtering


@should(
    "verbs.list.filter",
    when=lambda profile: "filter" in profile.lists,
    only=lambda resource: seedable(resource) and resource.filterable,
    draws=cases,
    cost=1,
)
def check_a_list_is_filtered(
    target: Target, profile: Profile, listable: Resource, payload: tuple[str, str]
) -> None:
    """A filter SHOULD leave in the list the items that it fits, and no others."""
    del profile
    _insist_on_filter(target, target.collection(listable), Case(*payload), ())


@should(
    "verbs.list.filter",
    when=lambda profile: "filter" in profile.lists and _sorts(profile),
    only=lambda resource: (
        seedable(resource) and resource.filterable and _sort_paths(resource)
    ),
    draws=lambda profile, listable: [
        case for case in cases(profile, listable) if case[1] == "is"
    ][:1],
    cost=1,
)
def check_a_sorted_list_is_filtered(
    target: Target, profile: Profile, listable: Resource, payload: tuple[str, str]
) -> None:
    """A filter SHOULD hold in a list that is sorted as well."""
    path = _sort_paths(listable)[0]
    sort = _sort_query(profile, listable, path, downwards=False)
    _insist_on_filter(target, target.collection(listable), Case(*payload), (sort,))


def _insist_on_filter(
    target: Target,
    collection: Collection,
    case: Case,
    more: tuple[tuple[str, str], ...],
) -> None:
    """Insist that a list holds of our items those that a filter fits."""
    listable, profile = collection.place.resource, target.profile
    of_the_run(collection)
    known = {
        item.id: {**item.body, listable.id.member: item.id} for item in collection.items
    }
    bodies = list(known.values())
    if not comparable(case, bodies):
        raise unjudged(f"no item has a value at {case.path}")
    query = [*parameters(profile, case, bodies), *more]
    claim = f"the filter {query}"
    reading = Reading(largest(profile), tuple(query), claim=claim)
    found = ours(target, collection, reading).counts.keys()
    wanted = {id_ for id_, body in known.items() if holds(case, body, bodies)}

    got = collection.ids & found
    insist(wanted <= got, f"{claim} leaves out {sorted(wanted - got)[:3]}")
    insist(got <= wanted, f"{claim} lets through {sorted(got - wanted)[:3]}")
    if wanted == known.keys() and case.operator != "since":
        raise unjudged(f"{claim} fits all items: a list that ignores it is right")


# ------------------------------------------------------------------------ searching


def _searches(profile: Profile, listable: Resource) -> list[tuple[str, bool]]:
    free = [
        path
        for path in listable.searchable
        if path in listable.texts() or path == listable.id.member
    ]
    everywhere = [(path, False) for path in free]
    return everywhere + [(p, True) for p in free[-1:] if "search_on" in profile.query]


@should(
    "verbs.list.search",
    when=lambda profile: "search" in profile.query,
    only=lambda resource: (
        seedable(resource)
        and (set(resource.searchable) & {*resource.texts(), resource.id.member})
    ),
    draws=_searches,
    cost=1,
)
def check_a_list_is_searched(
    target: Target, profile: Profile, listable: Resource, payload: tuple[str, bool]
) -> None:
    """A search SHOULD find the items that hold the text, and not those without."""
    collection, (path, limited) = target.collection(listable), payload
    of_the_run(collection)
    word = _word(collection, path, listable.searchable)
    query = [(profile.query["search"], word)]
    if limited:
        query.append((profile.query["search_on"], path))
    if collection.narrowed_by == "verbs.list.search":
        collection = replace(collection, narrow=None)
    claim = f"the search {query}"
    reading = Reading(largest(profile), tuple(query), claim=claim)
    found = ours(target, collection, reading).counts.keys()
    within = (path,) if limited else listable.searchable
    anywhere = (path,) if limited else None
    sure = {i.id for i in collection.items if word in _text(i, within).split()}
    never = {i.id for i in collection.items if word not in _text(i, anywhere)}

    insist(sure <= found, f"{claim} misses {sorted(sure - found)[:3]}")
    insist(not never & found, f"{claim} finds {sorted(never & found)[:3]}")
    if "page_size" in profile.query and len(found) <= _FEW:
        paged = ours(target, collection, replace(reading, size=2)).counts.keys()
        insist(sure <= paged, f"{claim}, by twos, misses {sorted(sure - paged)[:3]}")
        strange = sorted(never & paged)
        insist(not strange, f"{claim}, by twos, finds {strange[:3]}")


def _word(collection: Collection, path: str, paths: tuple[str, ...]) -> str:
    """Give a word at a path, if it can be one that stands at others as well."""
    others = tuple(p for p in paths if p != path)
    words = [_text(item, (path,)).split()[0] for item in collection.items]
    elsewhere = {w for item in collection.items for w in _text(item, others).split()}
    return next((word for word in words if word in elsewhere), words[1])


def _text(item: Item, paths: tuple[str, ...] | None) -> str:
    """Give an item's text at some paths, or all of it."""
    if paths is None:
        return f"{item.id} {dict(item.body)}"
    member = item.resource.id.member
    found = [item.id if p == member else at(dict(item.body), p) for p in paths]
    return " ".join(str(value) for value in found)
