"""HTTP Methods, LIST: pages, their sizes and the figures that they tell."""

from collections.abc import Sequence
from math import ceil
from typing import TypeGuard

from conformance import Operation, Profile, Resource, Target, must, should
from conformance.errors import Waits
from conformance.expect import (
    Page,
    edge,
    ids_of,
    insist,
    noted,
    page_of,
    succeeded,
    turned_down,
    unjudged,
    waits_for,
)
from conformance.seeding import Collection, narrowed_to_nothing, seedable
from conformance.walking import Reading, follow, largest, page_query, until

FIGURES = ("page", "page_size", "total_count", "total_pages", "item_range", "next")


def _tells(profile: Profile) -> bool:
    return any(figure in profile.lists for figure in FIGURES)


def _pages(profile: Profile) -> bool:
    return bool({"page", "page_size"} & profile.query.keys())


def _page(
    target: Target, collection: Collection, size: int | None, number: int | None
) -> Page:
    reading = Reading(size, collection.narrow or ())
    query = page_query(target.profile, reading, number)
    return page_of(target.page(collection.place, query))


# -------------------------------------------------------------------------- figures


@must("verbs.list.meta", when=lambda profile: any(map(_listed, profile.operations())))
def check_lists_tell_where_they_end(profile: Profile) -> None:
    """A list MUST tell where it ends: by a total, its pages, or a link to the next.

    Reading: a list that can't be walked page by page, to an end that its own figures
    tell, is not the list of items.
    """
    ends = [
        name for name in ("total_count", "total_pages", "next") if name in profile.lists
    ]
    insist(ends, "the profile claims neither total nor next page of a list")


def _listed(operation: Operation) -> bool:
    return operation.verb == "LIST"


@must(
    "verbs.list.meta",
    when=_tells,
    only=seedable,
    warns="The size that a list tells SHOULD be the one that was asked for.",
    cost=8,
)
def check_figures_agree_with_the_items(
    target: Target, profile: Profile, listable: Resource
) -> None:
    """The page, totals and range that a list tells MUST agree with its items."""
    collection = target.collection(listable)
    exact = len(collection.items) if collection.narrow is not None else None
    if exact is None and "total_count" in profile.lists:
        noted("other people's items stand in the list: its total was not compared")
    size = min(7, largest(profile) or 7) if "page_size" in profile.query else None
    first = _page(target, collection, size, None)
    _insist_on_figures(profile, first, exact, size)
    last = ceil(exact / size) if exact is not None and size else 1
    for number in range(2, last + 1) if "page" in profile.query else ():
        page = _page(target, collection, size, number)
        _insist_on_figures(profile, page, exact, size, number)
    if size is not None:
        whole = _page(target, collection, None, None)
        _insist_on_figures(profile, whole, exact, None)
        _look_at_a_full_page(target, profile, collection)


def _look_at_a_full_page(
    target: Target, profile: Profile, collection: Collection
) -> None:
    """Insist on the figures of a page that holds the whole list and is full by it."""
    exact = len(collection.items)
    told = {"total_count", "total_pages"} & profile.lists.keys()
    fits = exact <= (largest(profile) or exact)
    if told and fits and collection.narrow is not None:
        page = _page(target, collection, exact, None)
        _insist_on_figures(profile, page, exact, exact)


@must(
    "verbs.list.meta",
    when=lambda profile: bool(largest(profile)) and "total_count" in profile.lists,
    only=lambda resource: {"LIST", "CREATE"} <= set(resource.verbs),
    cost=250,
)
def check_the_total_of_a_long_list(target: Target, typical: Resource) -> None:
    """The total of a list MUST count items past the largest page."""
    crowd = target.crowd(typical)
    target.cite(page.answer for page in crowd.walk.pages)
    first, items = crowd.walk.pages[0], crowd.collection.items
    total = first.total_count
    # Where nothing narrows it, the list holds other people's items as well.
    more = crowd.collection.narrow is None and _whole(total) and total > len(items)
    wanted = f"a total of {total!r} for {len(items)} items"
    insist(more or total == len(items), f"{wanted}: {first.answer.words}")


@must(
    "verbs.list.meta",
    when=lambda profile: "total_count" in profile.lists,
    only=lambda nested: {"LIST", "CREATE", "DELETE"} <= set(nested.verbs),
    cost=9,
)
def check_a_total_leaves_out_what_was_deleted(target: Target, nested: Resource) -> None:
    """The total that a list tells MUST NOT count what was deleted."""
    place, member = target.fresh_place(nested), nested.id.member
    # The server's own, where it fills the place itself.
    first = [] if place.fresh else ids_of(page_of(target.page(place)).items, member)
    gone, left = target.create(place), target.create(place)
    page_of(target.page(place))
    succeeded(target.delete(gone))
    wanted = sorted([*first, left.id])

    def told(page: Page) -> tuple[list[str], int | None]:
        return sorted(ids_of(page.items, member)), page.total_count

    seen: Page = until(
        target,
        place,
        lambda: page_of(target.page(place)),
        lambda page: told(page) == (wanted, len(wanted)),
    )
    shown, total = told(seen)
    if shown != wanted:
        cause = f"of {len(wanted) + 1} items one was deleted, the list shows {shown}"
        raise waits_for("verbs.delete.removes", cause, f"{nested.name}-DELETE")
    insist(
        total == len(wanted),
        f"a total of {total!r} for {len(wanted)}: {seen.answer.words}",
    )


def _searched(nested: Resource) -> bool:
    """Say whether a search looks at what any item may be called."""
    label = nested.label
    free = label is not None and "x-unique" not in nested.properties[label]
    return free and label in nested.searchable


@must(
    "verbs.list.meta",
    when=lambda profile: "search" in profile.query and "total_count" in profile.lists,
    only=lambda nested: seedable(nested) and _searched(nested),
    cost=5,
)
def check_a_total_follows_the_search(target: Target, nested: Resource) -> None:
    """The total of a search MUST count what it found, and no more."""
    place, label = target.fresh_place(nested), nested.label or ""
    words = [nested.labelled(word) for word in ("amber", "birch", "cedar")]
    try:
        items = [target.create(place, **{label: word}) for word in words]
    except Waits:
        items = [target.create(place) for _ in words]
    word = (target.profile.query["search"], words[0].split("x")[0])
    query = page_query(target.profile, Reading(largest(target.profile), (word,)), None)

    def look() -> Page:
        return page_of(target.page(place, query))

    found = until(target, place, look, lambda page: page.total_count == len(page.items))
    met = ids_of(found.items, nested.id.member)
    # Of others' items, come and gone meanwhile, or on another page, nothing is known.
    sure = place.fresh and items[0].id in met and len(met) < len(items)
    sure &= found.page_size is None or len(met) < found.page_size
    insist(
        not sure or found.total_count == len(met),
        f"a total of {found.total_count!r} for {len(met)}: {found.answer.words}",
    )
    if not sure:
        noted("the search found others' items too, or not ours alone")


@must("verbs.list.meta", when=lambda profile: "next" in profile.lists, only=seedable)
def check_the_next_link_leads_on(target: Target, listable: Resource) -> None:
    """The links to the next page MUST lead through the same list, to its end."""
    collection = target.collection(listable)
    size = 5 if "page_size" in target.profile.query else None
    if collection.narrow:
        # Stands in the list that is not narrowed.
        target.shared(listable)
    first = _page(target, collection, size, None)
    if not first.next:
        shown = {*ids_of(first.items, listable.id.member)}
        missed = collection.ids - shown if size is None else ()
        if not collection.own:
            raise unjudged("somebody's items come and go")
        insist(
            not missed and len(first.items) >= len(collection.items),
            f"no link, and only {len(first.items)} items: {first.answer.words}",
        )
        return
    page, seen = first, set(ids_of(first.items, listable.id.member))
    for _ in range(ceil(len(collection.items) / (size or 1))):
        page = page_of(follow(target, collection.place, page))
        listed = ids_of(page.items, listable.id.member)
        fresh = [id_ for id_ in listed if id_ not in seen]
        seen.update(fresh)
        insist(fresh or not page.next, f"leads to nothing new: {page.answer.words}")
        if not page.next or collection.narrow is None:
            break
    _insist_on_own(collection, seen, page)


def _insist_on_own(collection: Collection, seen: set[str], page: Page) -> None:
    """Insist that links led to a collection's items alone, and to all of them."""
    if collection.narrow is not None:
        strange, missed = seen - collection.ids, collection.ids - seen
        words = f"the links led to {sorted(strange)[:3]} of others"
        insist(not strange, f"{words}: {page.answer.words}")
        insist(not missed, f"the links left out {sorted(missed)[:3]}")


@must(
    "verbs.list.meta",
    when=_tells,
    only=seedable,
    warns="The size that an empty list tells SHOULD be the one that was asked for.",
)
def check_figures_of_an_empty_list(
    target: Target, profile: Profile, nested: Resource
) -> None:
    """A list of no items, and then of one, MUST tell so."""
    place = target.fresh_place(nested)
    empty = page_of(target.page(place))
    if empty.items and not place.fresh:
        noted("the server itself fills a new place: no empty list was seen")
        _insist_on_figures(profile, empty, None, None)
        return
    insist(not empty.items, f"a new place is not empty: {empty.answer.words}")
    _insist_on_figures(profile, empty, 0, None)
    target.create(place)

    one: Page = until(
        target, place, lambda: page_of(target.page(place)), lambda page: page.items
    )
    _insist_on_figures(profile, one, 1, None)


@must(
    "verbs.list.meta",
    when=_tells,
    only=lambda resource: seedable(resource) and not resource.parents,
    warns="The size that an empty list tells SHOULD be the one that was asked for.",
)
def check_figures_of_a_list_narrowed_to_nothing(
    target: Target, profile: Profile, shared: Resource
) -> None:
    """A list that is narrowed to no item MUST tell so."""
    collection = target.collection(shared)
    narrow = narrowed_to_nothing(target, collection)
    empty = page_of(target.page(collection.place, narrow))

    exact = 0 if narrow and not empty.items else None
    _insist_on_figures(profile, empty, exact, None)


def _insist_on_figures(
    profile: Profile, page: Page, total: int | None, size: int | None, number: int = 1
) -> None:
    """Insist on every figure that the profile names.

    Args:
        profile: Names them.
        page: What was answered.
        total: Items of the whole list; None: what the page tells of them.
        size: What was asked for; None: nothing.
        number: Of the page.
    """
    named, where = profile.lists, page.answer.words
    told = page.page_size if "page_size" in named else None
    if "page" in named:
        insist(
            _whole(page.page) and page.page == number,
            f"page {page.page!r} instead of {number}: {where}",
        )
    if "page_size" in named:
        default = named.get("default_size")
        insist(
            _whole(told) and told in (size or told, default),
            f"page size {told!r} instead of {size or default}: {where}",
        )
        edge(size in (None, told), f"tells {told!r}, asked for {size}: {where}")
    if "total_count" in named:
        wanted = page.total_count if total is None else total
        insist(
            _whole(page.total_count) and page.total_count == wanted,
            f"a total of {page.total_count!r} instead of {wanted}: {where}",
        )
        total = page.total_count
    _insist_on_ends(
        profile, page, total, size or told or named.get("default_size"), number
    )


def _insist_on_ends(
    profile: Profile, page: Page, total: int | None, size: int | None, number: int
) -> None:
    named, where, held = profile.lists, page.answer.words, len(page.items)
    if "total_pages" in named and total is not None and size:
        # Whether an empty list has one page or none is nowhere said.
        wanted = {ceil(total / size)} if total else {0, 1}
        insist(
            _whole(page.total_pages) and page.total_pages in wanted,
            f"{page.total_pages!r} pages instead of {min(wanted)}: {where}",
        )
    if "item_range" in named and size and held:
        start = (number - 1) * size
        insist(
            page.item_range == (start + 1, start + held),
            f"range {page.item_range} instead of {(start + 1, start + held)}: {where}",
        )
    if "item_range" in named and not held and page.item_range is not None:
        first, last = page.item_range
        insist(first - last in (0, 1), f"range {page.item_range} of no item: {where}")
    if "next" in named and total is not None and size:
        more = number * size < total
        insist(
            bool(page.next) == more,
            f"next is {page.next!r} on page {number} of {ceil(total / size)}: {where}",
        )


def _whole(figure: object) -> TypeGuard[int]:
    return isinstance(figure, int) and not isinstance(figure, bool)


# ---------------------------------------------------------------------------- sizes


@must(
    "verbs.list.page_size",
    when=_pages,
    only=seedable,
    warns="A page past the end SHOULD be an empty one.",
    cost=6,
)
def check_page_and_size_are_honoured(
    target: Target, profile: Profile, listable: Resource
) -> None:
    """A list MUST give the page that was asked for, with as many items as asked."""
    collection = target.collection(listable)
    asked = min(7, largest(profile) or 7) if "page_size" in profile.query else None
    first = _page(target, collection, asked, None)
    if asked is not None:
        _insist_on_count(first, [min(asked, len(collection.items))])
        one = _page(target, collection, 1, 3 if "page" in profile.query else None)
        _insist_on_count(one, [1])
    if largest(profile):
        _insist_on_largest(profile, _page(target, collection, largest(profile), None))
    if "page" in profile.query:
        second = _page(target, collection, asked, 2)
        seen = set(ids_of(first.items, listable.id.member))
        again = bool(second.items) and seen >= set(
            ids_of(second.items, listable.id.member)
        )
        insist(not again, f"page 2 is page 1 again: {second.answer.words}")
        _insist_on_the_rest(target, collection, second, asked)


@must(
    "verbs.list.page_size",
    when=largest,
    only=lambda resource: {"LIST", "CREATE"} <= set(resource.verbs),
    cost=250,
)
def check_the_largest_size_is_honoured(
    target: Target, profile: Profile, typical: Resource
) -> None:
    """A list of more items MUST give as many as the largest size that is claimed."""
    crowd = target.crowd(typical)
    first = crowd.walk.pages[0]
    target.cite([first.answer])
    most, ours = largest(profile) or 0, len(crowd.collection.ids)
    if crowd.collection.narrow is None and ours < most:
        # Others' items stand on the page as well.
        _insist_on_count(first, range(ours, most + 1))
    else:
        _insist_on_count(first, [min(most, ours)])


def _insist_on_count(page: Page, wanted: Sequence[int]) -> None:
    words = " to ".join(str(end) for end in dict.fromkeys((wanted[0], wanted[-1])))
    insist(
        len(page.items) in wanted,
        f"{len(page.items)} items instead of {words}: {page.answer.words}",
    )


def _insist_on_the_rest(
    target: Target, collection: Collection, second: Page, asked: int | None
) -> None:
    """Insist on the size of the second page, and that nothing stands past the end."""
    size, count = asked or target.profile.lists.get("default_size"), collection.items
    if collection.narrow is not None and size:
        _insist_on_count(second, [min(size, max(len(count) - size, 0))])
        _insist_on_end(target, collection, asked, len(count) // size + 2)


def _insist_on_largest(profile: Profile, page: Page) -> None:
    """Insist that the largest size is not cut, as far as the figures tell."""
    told, default = page.page_size, profile.lists.get("default_size")
    insist(
        "page_size" not in profile.lists or told in (largest(profile), default),
        f"cut to {told!r}: {page.answer.words}",
    )


def _insist_on_end(
    target: Target, collection: Collection, size: int | None, number: int
) -> None:
    reading = Reading(size, collection.narrow or ())
    answer = target.page(collection.place, page_query(target.profile, reading, number))
    if not turned_down(answer, "a page past the end"):
        held = len(page_of(answer).items)
        insist(not held, f"{held} items past the end: {answer.words}")


def _bad_limits(profile: Profile, listable: Resource) -> list[tuple[str, str]]:
    del listable
    top = largest(profile)
    pages = [("page", value) for value in ("0", "-1", "99999999999", "two")]
    sizes = [("page_size", value) for value in ("0", "-7")]
    sizes += [("page_size", str(top + 1))] if top else []
    return [(word, v) for word, v in pages + sizes if word in profile.query]


@should("verbs.list.limits", when=_pages, only=seedable, draws=_bad_limits, cost=1)
def check_senseless_pages_are_refused_or_bounded(
    target: Target, profile: Profile, listable: Resource, payload: tuple[str, str]
) -> None:
    """A page or size out of bounds SHOULD be refused or brought within them."""
    collection, (word, value) = target.collection(listable), payload
    query = [*(collection.narrow or ()), (profile.query[word], value)]
    answer = target.page(collection.place, query, deliberate=True)
    insist(answer.status, "no answer")
    if answer.refusal:
        return
    page, top = page_of(answer), largest(profile) or 10**6
    beyond = payload == ("page", "99999999999")
    insist(page.items or beyond, f"an empty page: {answer.words}")
    insist(len(page.items) <= top, f"{len(page.items)} items: {answer.words}")
    for figure in (page.page_size, None if beyond else page.page):
        insist(
            figure is None or (_whole(figure) and 1 <= figure <= top),
            f"tells {figure!r}, out of bounds: {answer.words}",
        )
