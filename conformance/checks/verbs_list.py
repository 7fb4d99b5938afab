"""HTTP Methods, LIST: what the pages of a list hold."""

from conformance import Profile, Resource, Target, must
from conformance.expect import insist, noted, unjudged, waits_for
from conformance.seeding import (
    Collection,
    ours,
    seedable,
)
from conformance.walking import Reading, Walk, largest, walk


def _sizes(profile: Profile, listable: Resource) -> list[int | None]:
    del listable
    sizes = [1, 7] if "page_size" in profile.query else []
    return [*(n for n in sizes if n <= (largest(profile) or n)), None]


@must("verbs.list.contains", only=seedable, draws=_sizes, cost=16)
def check_pages_hold_each_item_once(
    target: Target, listable: Resource, payload: int | None
) -> None:
    """A list, read page by page, MUST hold each item exactly once."""
    collection = target.collection(listable)
    if collection.narrow is None and payload is not None:
        raise unjudged("other people's items stand in the list: largest pages only")
    _insist_once(target, collection, ours(target, collection, Reading(payload)))


@must(
    "verbs.list.contains",
    when=largest,
    only=lambda resource: {"LIST", "CREATE"} <= set(resource.verbs),
    cost=250,
)
def check_one_item_more_than_the_largest_page(
    target: Target, typical: Resource
) -> None:
    """A list of one item more than the largest page MUST hold each exactly once."""
    crowd = target.crowd(typical)
    target.cite(page.answer for page in crowd.walk.pages)
    wrong = _wrong(crowd.collection, crowd.walk)
    insist(not wrong, _told(crowd.collection, crowd.walk, wrong))
    if len(crowd.walk.pages) < 2:
        noted(f"{len(crowd.collection.items)} items were listed on one page")


def _insist_once(target: Target, collection: Collection, found: Walk) -> None:
    """Insist that a walk met each item of the collection once."""
    wrong = _wrong(collection, found)
    if wrong and collection.narrow:
        _insist_on_narrowing(target, collection, wrong)
    insist(not wrong, _told(collection, found, wrong))


def _told(collection: Collection, found: Walk, wrong: dict[str, int]) -> str:
    pages = f"{len(found.pages)} pages of {len(collection.items)} items"
    listed = {id_: f"{count} times" for id_, count in sorted(wrong.items())[:3]}
    return f"over {pages}, {len(wrong)} not once: {listed}"


def _wrong(collection: Collection, found: Walk) -> dict[str, int]:
    counts = found.counts
    return {id_: counts[id_] for id_ in collection.ids if counts[id_] != 1}


def _insist_on_narrowing(
    target: Target, collection: Collection, wrong: dict[str, int]
) -> None:
    """Leave to its own row a filter or search that hides items."""
    if any(wrong.values()):
        return
    most, limit = largest(target.profile), target.config.list_pages
    if not wrong.keys() - ours(target, collection, Reading(most)).counts.keys():
        # Another size of page shows them, so that it is no filter that hides them.
        return
    whole = walk(target, collection.place, Reading(most, limit=limit))
    if wrong.keys() <= whole.counts.keys():
        cause = f"{dict(collection.narrow or ())} hides {sorted(wrong)[:3]}"
        operation = f"{collection.place.resource.name}-LIST"
        raise waits_for(collection.narrowed_by, cause, operation)
