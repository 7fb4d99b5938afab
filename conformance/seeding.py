"""Collections of known content, for the checks that read lists. No verdicts here."""

import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jsonschema

from conformance.errors import Disturbed, NotProvided, Waits
from conformance.expect import item_of, page_of
from conformance.places import LEFT_OUT, Item, Place
from conformance.profile import Resource, comes_back, formed, has_type
from conformance.session import WRITES, Unit
from conformance.target import Target
from conformance.values import same
from conformance.walking import EVERYTHING, Reading, Walk, largest, until, walk

Query = tuple[tuple[str, str], ...]
#: Items of a collection; of one resource of each scope.
FEW, MANY = 8, 23
#: Walks through a list in which others' items come and go: at most, and so many alike
#: that they show the list itself.
WALKS, ALIKE = 10, 3
#: Lower-case words that every collation puts in this order, none inside another.
WORDS = (
    *("amber", "birch", "cedar", "daisy", "eagle", "fjord", "grove", "hazel"),
    *("indigo", "jasper", "kelp", "lotus", "maple", "nickel", "ochre", "pebble"),
    *("quartz", "raven", "saffron", "thistle", "umber", "violet", "walnut"),
)
#: Words that one property of a collection takes: some items share one.
TONES = 6
#: Numbers whose order as text is another; several items share one.
NUMBERS = (3, 20, 7, 100, 11, 2, 1000)
_UNTOUCHED = ("pattern", "enum", "const", "writeOnly", "readOnly", "x-refers")


@dataclass(frozen=True, slots=True)
class Collection:
    """Items that the run made in one place, and how to list them alone.

    Attributes:
        mark: A word that stands in every item and in nothing else.
        narrow: Parameters that narrow a list to these items; none where the place
            holds nothing else; None: no claimed filter or search does it.
        narrowed_by: The clause that judges whether ``narrow`` works.
        own: The run made the items; else they are somebody's, only read.
    """

    place: Place
    items: tuple[Item, ...]
    mark: str
    narrow: Query | None = ()
    narrowed_by: str = "verbs.list.filter"
    own: bool = True

    @property
    def ids(self) -> frozenset[str]:
        """Give the IDs of the items."""
        return frozenset(item.id for item in self.items)


def ours(target: Target, collection: Collection, reading: Reading = EVERYTHING) -> Walk:
    """Read the list of a collection's items, as far as it can be narrowed to them.

    ``reading`` tells the size and the query; without a query every item is expected.
    What can't be narrowed holds others' items too, of rows at work beside this one
    and of other people. They come and go, and move items of ours between the pages:
    such a list is read again until each item is met once, or the same ones are not.

    Raises:
        NotProvided: Nothing narrows it, and it is longer than the pages allowed.
        Disturbed: Nothing narrows it, and it never rests.
    """
    asked = (*(collection.narrow or ()), *reading.query)
    expected = reading.expected if reading.query else collection.ids
    reading = replace(reading, query=asked, expected=expected)
    if collection.narrow is not None:
        return walk(target, collection.place, reading)
    size, limit = largest(target.profile), target.config.list_pages
    reading = replace(reading, size=size, limit=limit)
    missed: list[Mapping[str, int]] = []
    for _ in range(WALKS):
        found = walk(target, collection.place, reading)
        if not found.whole:
            raise NotProvided("walkable_shared_lists")
        missed.append(_not_once(collection, found))
        alike = missed[-ALIKE:] == ALIKE * missed[-1:]
        if len(found.pages) == 1 or not missed[-1] or alike:
            return found
    raise Disturbed("other people's items moved between the pages")


def _not_once(collection: Collection, found: Walk) -> Mapping[str, int]:
    """Give how often a walk met each item that it met not once."""
    counts = found.counts
    return {id_: counts[id_] for id_ in collection.ids if counts[id_] != 1}


def of_the_run(collection: Collection) -> None:
    """Go on with items of ours alone: others' values may compare in other ways.

    Raises:
        NotProvided: They are somebody's, because nothing may be written.
    """
    if not collection.own:
        raise NotProvided(WRITES)


# ------------------------------------------------------------------------- making


def seedable(resource: Resource) -> bool:
    """Say whether a list of the resource can be filled by the verbs it offers."""
    saved = "SAVE" in resource.verbs and resource.id.writable
    return "LIST" in resource.verbs and ("CREATE" in resource.verbs or saved)


def seed(unit: Unit, resource: Resource) -> Collection:
    """Make the run's collection of a resource, as a unit of its own."""
    target = unit.target
    if target.session.read_only:
        return _somebodys(target, resource)
    place = target.fresh_place(resource)
    mark = target.new_id(resource)
    count = MANY if resource in target.profile.typical() else FEW
    changes = [contents(target, resource, mark, n) for n in range(count)]
    # Any stride without a factor in common with the counts shuffles.
    shuffled = [changes[n * 5 % count] for n in range(count)]
    items = _made(target, place, shuffled)
    before = items[-1]
    items[-1] = _changed(target, before)
    made = narrowed(target, Collection(place, tuple(items), mark))
    _settle(target, made, before)
    return made


def _settle(target: Target, collection: Collection, before: Item) -> None:
    """Wait while a late list shows the last item as it was before its update."""
    resource, now = collection.place.resource, collection.items[-1]
    changed = [n for n, v in now.body.items() if v != before.body.get(n)]
    if not resource.eventual or not changed:
        return
    reading = Reading(largest(target.profile), tuple(collection.narrow or ()))
    until(
        target,
        collection.place,
        lambda: walk(target, collection.place, reading),
        lambda seen: (
            not any(
                same(before.body.get(n), listed.get(n), resource.properties.get(n))
                for listed in seen.of([now.id])
                for n in changed
            )
        ),
    )


def _somebodys(target: Target, resource: Resource) -> Collection:
    """Take what a list holds as it is, where nothing may be written."""
    place, member = target.place(resource), resource.id.member
    reading = Reading(largest(target.profile), limit=target.config.list_pages)
    found = walk(target, place, reading).items
    known = [item for item in found if isinstance(item, dict) and member in item]
    items = tuple(place.item(item[member], item) for item in known)
    if not items:
        raise NotProvided(WRITES)
    return Collection(place, items, "", None, own=False)


def _made(
    target: Target, place: Place, changes: Sequence[Mapping[str, Any]]
) -> list[Item]:
    """Make the items, without the values that the server does not take together.

    An item whose values are refused takes those of the one before it, and what
    must be its own.
    """
    changes, first = _takeable(target, place, changes)
    items = [first]
    before = changes[0]
    for change in changes[1:]:
        try:
            items.append(target.create(place, **change))
            before = change
        except Waits:
            again = {**before, **_own(place.resource, change)}
            items.append(target.create(place, **again))
    return items


def _takeable(
    target: Target, place: Place, changes: Sequence[Mapping[str, Any]]
) -> tuple[Sequence[Mapping[str, Any]], Item]:
    """Give changes of which the first was taken, and its item.

    One property may be wrong beside another; where leaving out one does not do, all
    but the label are left out.
    """
    kept = {place.resource.id.member, place.resource.label}
    free = [name for name in changes[0] if name not in kept]
    for left_out in ([], *([name] for name in free)):
        fewer = [{n: v for n, v in c.items() if n not in left_out} for c in changes]
        with contextlib.suppress(Waits):
            return fewer, target.create(place, **fewer[0])
    bare = [{n: v for n, v in c.items() if n in kept} for c in changes]
    return bare, target.create(place, **bare[0])


def _own(resource: Resource, change: Mapping[str, Any]) -> dict[str, Any]:
    """Give of an item's values those that no other item may have."""
    return {
        name: value
        for name, value in change.items()
        if name == resource.id.member or "x-unique" in resource.properties.get(name, {})
    }


def _changed(target: Target, item: Item) -> Item:
    """Update an item, where that can be, so that a list could show it as it was."""
    resource, kept = item.resource, {*_varied(item.resource), *item.resource.extensions}
    changes = {
        name: value
        for name, value in resource.other.items()
        if name in resource.compared and name not in kept
        if not resource.properties[name].keys() & {"x-unique", "x-refers"}
    }
    if "PATCH" in resource.verbs and changes and target.patch(item, changes).success:
        return replace(item, body={**item.body, **changes})
    return item


def contents(
    target: Target, resource: Resource, mark: str, number: int
) -> dict[str, Any]:
    """Give what the ``number``-th item of a collection differs in."""
    made = {
        name: value
        for position, name in enumerate(_varied(resource))
        if (value := _value(_loose(resource, name), number, position)) is not None
    }
    for name, value in made.items():
        if "x-unique" in resource.properties[name]:
            made[name] = f"{value}{number}{mark}"
        elif name == resource.label:
            made[name] = f"{value} {mark}"
    for name in resource.extensions:
        made[name] = extension(target.session.prefix, mark, number)
    fitting = {n: v for n, v in made.items() if _fits(resource.properties[n], v)}
    return fitting | {resource.id.member: numbered_id(resource, mark, number)}


def _loose(resource: Resource, name: str) -> Mapping[str, Any]:
    """Give a property's schema; what is longer in the end has no least length yet."""
    claimed = resource.properties[name]
    longer = name == resource.label or "x-unique" in claimed
    return {**claimed, "minLength": 0} if longer else claimed


def _varied(resource: Resource) -> list[str]:
    """Name the writable properties that lists are sorted, filtered, searched by."""
    asked = (*resource.sortable, *resource.filterable, *resource.searchable)
    names = {name.partition(".")[0] for name in asked}
    return [n for n in resource.writable if n in names or n == resource.label]


def extension(prefix: str, mark: str, number: int) -> dict[str, Any]:
    """Give an extension value; its keys are the run's own."""
    return {
        f"Mark{prefix}": mark,
        f"Tone{prefix}": WORDS[number % TONES],
        f"Rank{prefix}": NUMBERS[number % 5],
    }


def _value(claimed: Mapping[str, Any], number: int, position: int) -> Any:  # noqa: PLR0911
    """Give a property's value in the ``number``-th item; None: leave the example's."""
    turned = number + 3 * position
    if claimed.get("format") == "date-time":
        return f"2031-0{1 + turned % 9}-1{turned % 7}T0{number % 10}:00:00Z"
    if claimed.get("format") == "date":
        return f"2031-0{1 + turned % 9}-1{number % 10}"
    if "x-scale" in claimed:
        return f"{NUMBERS[turned % 5]}.{'0' * claimed['x-scale']}".rstrip(".")
    if "enum" in claimed:
        known = [value for value in claimed["enum"] if value is not None]
        return known[number % len(known)]
    if claimed.keys() & set(_UNTOUCHED) or formed(claimed):
        return None
    if has_type(claimed, "boolean"):
        return number % 2 == 0
    if has_type(claimed, "integer") or has_type(claimed, "number"):
        fitting = [n for n in NUMBERS if _fits(claimed, n)]
        return fitting[turned % len(fitting)] if fitting else None
    if has_type(claimed, "string"):
        words = _words(claimed.get("minLength", 0), claimed.get("maxLength", 99))
        return words[(number % TONES + 3 * position) % len(words)] if words else None
    return _inner(claimed, number, position)


def _inner(claimed: Mapping[str, Any], number: int, position: int) -> Any:
    """Give an object whose numbers vary; None where it has none."""
    found = {
        name: value
        for name, inner in claimed.get("properties", {}).items()
        if comes_back(inner) and (value := _value(inner, number, position)) is not None
    }
    return found or None


@functools.cache
def _words(shortest: int, longest: int) -> tuple[str, ...]:
    """Give the words that fit: with others in between, no order would be sure."""
    return tuple(word for word in WORDS if shortest <= len(word) <= longest)


def _fits(claimed: Mapping[str, Any], value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(claimed).is_valid(value))


def numbered_id(resource: Resource, mark: str, number: int) -> Any:
    """Give an ID that begins with the mark and sorts by the number.

    Numbers below 26³; where the server alone makes IDs, or makes them numbers, the
    ID is left to it.
    """
    rule = resource.id
    if not rule.writable or rule.type != "string":
        return LEFT_OUT
    lower = [sign for sign in sorted(rule.alphabet) if "a" <= sign <= "z"]
    signs = lower or sorted(rule.alphabet)
    tail = ""
    for _ in range(3):
        number, digit = divmod(number, len(signs))
        tail = signs[digit] + tail
    return stem(resource, mark) + tail


def stem(resource: Resource, mark: str) -> str:
    """Give what the IDs of a collection begin with."""
    return mark[: resource.id.max_length - 3]


# ---------------------------------------------------------------------- narrowing


def narrowed(target: Target, collection: Collection) -> Collection:
    """Find a claimed filter or search that lists a collection's items alone.

    Waits for a list that follows its writes late.
    """
    place = collection.place
    if place.fresh:
        if place.resource.eventual:
            _seen(target, collection)
        return collection
    for query, clause in narrowings(target, collection):
        tried = replace(collection, narrow=query, narrowed_by=clause)
        if _narrows(target, tried):
            return tried
    whole = replace(collection, narrow=None)
    if place.resource.eventual:
        _seen(target, whole)
    return whole


def narrowings(target: Target, collection: Collection) -> list[tuple[Query, str]]:
    """Give the parameters that may list a collection's items alone, best first."""
    profile, resource = target.profile, collection.place.resource
    rule, mark = profile.lists.get("filter"), collection.mark
    found: list[tuple[Query, str]] = []
    if rule and "nested" in rule and resource.extension in resource.filterable:
        name = f"{resource.extension}{rule['nested']}Mark{target.session.prefix}"
        found.append((((name, mark),), "verbs.list.filter"))
    if rule and "wildcard" in rule:
        member, wild = resource.id.member, rule["wildcard"]
        if member in resource.filterable and resource.id.writable:
            begins = stem(resource, mark) + wild
            found.append((((member, begins),), "verbs.list.filter"))
        if resource.label in resource.filterable:
            found.append((((resource.label, wild + mark),), "verbs.list.filter"))
    if "search" in profile.query and resource.label in resource.searchable:
        found.append((((profile.query["search"], mark),), "verbs.list.search"))
    return found


def _narrows(target: Target, tried: Collection) -> bool:
    """Say whether a list holds nothing but the collection's items."""
    listed = target.page(tried.place, list(tried.narrow or ()))
    if not listed.success:
        return False
    found = _seen(target, tried).counts.keys()
    return bool(found) and found <= tried.ids and not _listed_otherwise(target, tried)


def _listed_otherwise(target: Target, tried: Collection) -> bool:
    """Say whether items are listed though the list is narrowed to others."""
    narrow = narrowed_to_nothing(target, tried)
    return bool(page_of(target.page(tried.place, narrow)).items)


def narrowed_to_nothing(target: Target, collection: Collection) -> Query:
    """Give parameters that narrow a list as a collection's do, but to no item."""
    resource = collection.place.resource
    own, other = (stem(resource, m) for m in (collection.mark, target.new_id(resource)))
    return tuple((n, v.replace(own, other)) for n, v in collection.narrow or ())


def neighbours(target: Target, resource: Resource) -> tuple[Place, Place]:
    """Make two places under parents that are namesakes, where that can be."""
    one = target.fresh_place(resource)
    parent = target.profile.resources[resource.parents[-1]]
    made = {"CREATE", "GET"} <= set(parent.verbs) and parent.id.writable
    if parent.scope == "parent" and made:
        above = target.fresh_place(parent)
        body = target.body(parent, **{parent.id.member: one.parents[-1]})
        answer = target.post(above, body)
        if not answer.refusal:
            id_ = str(item_of(answer)[parent.id.member])
            return one, Place(resource, (*above.parents, id_), one.fresh)
    return one, target.fresh_place(resource)


def _seen(target: Target, tried: Collection) -> Walk:
    """Walk the list, again and again if it is late, until it shows every item."""
    size = largest(target.profile)
    found: Walk = until(
        target,
        tried.place,
        lambda: walk(target, tried.place, Reading(size, tuple(tried.narrow or ()))),
        lambda seen: tried.ids <= seen.counts.keys(),
    )
    return found
