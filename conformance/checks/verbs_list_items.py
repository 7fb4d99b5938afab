"""HTTP Methods, LIST: the items in a list are those of its place, as GET shows them."""

from typing import Any

from conformance import Profile, Resource, Target, must
from conformance.checks._verbs import entries, queries
from conformance.checks._verbs import gettable as can_get
from conformance.checks._verbs_values import other_values, plain, textual
from conformance.expect import ids_of, insist, item_of, noted, page_of, succeeded
from conformance.profile import comes_back
from conformance.seeding import neighbours, ours, seedable
from conformance.strategies import allows
from conformance.values import same, short
from conformance.walking import Reading, largest, until

#: Text and a decimal that a list may write out in a way of its own.
_MARKED = "Zo\u00eb <b>&amp;</b> \u6f22 \U0001f600"
_LONG_DECIMAL = 1234.567


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
            names = _resting(listable, was, shown)
            wrong = _differing(listable, listed, shown, names, was)
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


@must(
    "verbs.list.agrees",
    only=lambda listable: can_get(listable) and "PATCH" in listable.verbs,
    cost=9,
)
def check_a_list_shows_an_update(target: Target, listable: Resource) -> None:
    """A list MUST show an item that was updated as GET shows it then."""
    item = target.create(target.fresh_place(listable))
    if not until(target, item.place, lambda: entries(target, item), bool):
        noted("the item was not on the first page of its list, so only GET was asked")
    if not target.patch(item, other_values(listable)).success:
        succeeded(target.patch(item, target.patch_body(listable)))
    for special in _special(listable):
        # What is refused leaves the item as it was.
        target.patch(item, special)
    shown, names = item_of(target.get(item)), {*listable.compared}

    def wrong(listed: list[dict[str, Any]]) -> list[str]:
        return [w for one in listed for w in _differing(listable, one, shown, names)]

    found = until(
        target,
        item.place,
        lambda: entries(target, item),
        lambda listed: not wrong(listed),
    )
    insist(not wrong(found), f"after PATCH of {item.path}: {'; '.join(wrong(found))}")


def _special(resource: Resource) -> list[dict[str, Any]]:
    """Give texts and decimals that another way of writing items out may spoil."""
    claims = resource.properties
    texts = [n for n in textual(resource) if allows(claims[n], _MARKED)]
    decimals = [n for n in plain(resource) if allows(claims[n], _LONG_DECIMAL)]
    made = (dict.fromkeys(texts, _MARKED), dict.fromkeys(decimals, _LONG_DECIMAL))
    return [change for change in made if change]


def _differing(
    resource: Resource, listed: Any, shown: Any, names: set[str], was: Any = None
) -> list[str]:
    """Say which of some properties that a list and GET both show differ.

    ``was`` is what GET showed before: inside an object, too, what only the server
    writes is compared where it rested.
    """
    before = was or {}
    return [
        f"{name}: listed {short(listed[name])}, GET shows {short(shown[name])}"
        for name in sorted(names & listed.keys() & shown.keys())
        if name not in resource.volatile
        and not _agree(
            listed[name], shown[name], before.get(name), resource.properties[name]
        )
    ]


def _agree(listed: Any, shown: Any, was: Any, claimed: Any) -> bool:
    """Say whether two spellings of a value agree; a list may give a summary of it."""
    if isinstance(listed, dict) and isinstance(shown, dict):
        inner = claimed.get("properties", {})
        before = was if isinstance(was, dict) else {}
        common = {
            name
            for name in listed.keys() & shown.keys()
            if comes_back(inner.get(name, {}))
            or (name in before and before[name] == shown[name])
        }
        return all(
            _agree(listed[n], shown[n], before.get(n), inner.get(n, {})) for n in common
        )
    return same(listed, shown, claimed)


@must("verbs.list.isolated", only=seedable, cost=10)
def check_a_list_holds_no_item_of_another_parent(
    target: Target, profile: Profile, nested: Resource
) -> None:
    """A list MUST NOT hold items of another parent, however it is asked for."""
    place, beside = neighbours(target, nested)
    own, other = target.create(place), target.create(beside)
    for query in queries(profile, nested, other.body):
        answer = target.page(place, query)
        if answer.refusal and query:
            continue
        page = page_of(answer)
        listed = ids_of(page.items, nested.id.member)
        # What the server puts into every place itself is no other place's.
        strange = [id_ for id_ in listed if id_ != own.id]
        strange = strange if place.fresh else [i for i in strange if i == other.id]
        insist(not strange, f"shows {strange[:3]} of another: {page.answer.words}")
