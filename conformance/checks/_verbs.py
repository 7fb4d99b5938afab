"""What a server shows of an item, and whose fault a lack is: for the verbs' checks.

No checks here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from conformance import Exchange, Item, Place, Profile, Resource, Target
from conformance.checks._verbs_values import Values, changed, different, told
from conformance.errors import Disturbed, Waits
from conformance.expect import (
    FIRST,
    insist,
    item_of,
    noted,
    page_of,
    succeeded,
    unjudged,
    untouched,
    waits_for,
)
from conformance.profile import makeable

STORES = FIRST["CREATE"]
#: Clause → the simpler ways of writing that own what they get wrong as well.
_SIMPLER = {FIRST["CREATE"]: (), "verbs.save.replaces": ("CREATE", "SAVE")}


def gettable(resource: Resource) -> bool:
    """Say whether items can be made, and then read one by one."""
    return makeable(resource) and "GET" in resource.verbs


def operation(resource: Resource, verb: str) -> str:
    """Name an operation as exchanges do."""
    return f"{resource.name}-{verb}"


def done(answer: Exchange, clause: str, what: str = "a right request") -> Exchange:
    """Insist on a success; a refusal that no token explains is the clause's."""
    if answer.refusal and answer.status not in (401, 403):
        words = f"{what} was refused: {answer.words}"
        raise waits_for(clause, words, answer.operation)
    return succeeded(answer)


def made_at(target: Target, place: Place, answer: Exchange, clause: str) -> Exchange:
    """Insist that an item was made; what a missing parent refuses is its maker's."""
    if answer.refusal and place.parents:
        parent = target.profile.resources[place.resource.parents[-1]]
        item = Place(parent, place.parents[:-1]).item(place.parents[-1])
        if "GET" in parent.verbs and look(target, item) is None:
            words = f"the parent is not there: {item.path}"
            raise waits_for(FIRST["GET"], words, operation(parent, "GET"))
    return done(answer, clause)


def made_if_taken(
    target: Target, resource: Resource, changes: Mapping[str, Any]
) -> Item:
    """Make an item with values of ours; a refusal of them leaves nothing to judge."""
    try:
        return target.create(resource, **changes)
    except Waits:
        target.create(resource)
        raise unjudged(f"values of ours for {', '.join(changes)} are refused") from None


def written(target: Target, place: Place, body: Values, verb: str) -> Item:
    """Make an item by POST, or by PUT at the ID that the body gives.

    Raises:
        Waits: It was refused, for another row's clause.
    """
    member = place.resource.id.member
    if verb == "CREATE":
        made = item_of(target.post(place, body))
        return place.item(made[member], body)
    item = place.item(body[member], body)
    succeeded(target.put(item, body))
    return item


def look(target: Target, item: Item) -> dict[str, Any] | None:
    """Give what the server shows of an item; None when it says that there is none."""
    if "GET" not in item.resource.verbs:
        return listed(target, item)
    answer = target.get(item)
    if answer.refusal and answer.status not in (401, 403):
        return None
    return item_of(answer)


def listed(target: Target, item: Item) -> dict[str, Any] | None:
    """Give what a list shows of an item; None when it does not or can't be read.

    The second source, for telling a wrong read from a wrong write.
    """
    member = item.resource.id.member
    found = entries(target, item)
    return next((e for e in found if str(e.get(member)) == item.id), None)


def served(target: Target, item: Item, words: str) -> Exchange:
    """Insist that GET serves an item; what a list shows all the same is GET's to show.

    Args:
        target: The target.
        item: What was written, or must have been left.
        words: What it means for the row when it is not there.
    """
    shown = target.get(item)
    if shown.refusal and listed(target, item) is not None:
        cause = f"a list shows what GET does not: {shown.words}"
        raise waits_for(FIRST["GET"], cause, shown.operation)
    if shown.status in (401, 403):
        return succeeded(shown)
    insist(not shown.refusal, f"{words}: {shown.words}")
    return shown


def entries(target: Target, item: Item) -> list[dict[str, Any]]:
    """Give what a list shows of an item and, under parents of ours, of others.

    Empty when there is no list, or when it can't be read: that is judged elsewhere.
    """
    if "LIST" not in item.resource.verbs:
        return []
    try:
        found = page_of(target.page(item.place, narrowing(target, item))).items
    except (Waits, Disturbed):
        return []
    member = item.resource.id.member
    return [
        entry
        for entry in found
        if isinstance(entry, dict)
        and (item.place.fresh or str(entry.get(member)) == item.id)
    ]


def narrowing(target: Target, item: Item) -> dict[str, Any]:
    """Give the list parameters that narrow a list to one item, as far as claimed."""
    lists, member = target.profile.lists, item.resource.id.member
    asked: dict[str, Any] = {}
    if "page_size" in target.profile.query and "largest_size" in lists:
        asked[target.profile.query["page_size"]] = lists["largest_size"]
    if not item.place.fresh and countable(target, item.place):
        asked[member] = item.id
    return asked


def countable(target: Target, place: Place) -> bool:
    """Say whether a list there surely shows an item of ours, or its lack."""
    filtered = place.resource.id.member in place.resource.filterable
    narrow = filtered and "filter" in target.profile.lists
    return "LIST" in place.resource.verbs and (place.fresh or narrow)


def kept(target: Target, item: Item, sent: Values, clause: str) -> dict[str, Any]:
    """Insist that an item just written shows what was sent.

    Without GET only what a list shows can be compared.

    Args:
        target: The target.
        item: The item.
        sent: Properties that must come back.
        clause: Whose fault it is when they were not stored.

    Raises:
        Breach: They do not come back, and it is the row's own fault.
        Waits: They do not, for another row's fault.
    """
    shown = look(target, item)
    if shown is None and "GET" in item.resource.verbs:
        words = f"what was written is not there: {item.path}"
        owner = clause if listed(target, item) is None else FIRST["GET"]
        raise waits_for(owner, words, operation(item.resource, "GET"))
    wrong = different(item.resource, sent, shown or sent)
    if wrong:
        raise blame(target, item, sent, wrong, clause)
    insist(not wrong, "differs")
    return shown or {}


def blame(
    target: Target, item: Item, sent: Values, wrong: list[str], clause: str
) -> Exception:
    """Give the signal for a difference between what was written and what is shown.

    Reading is wrong when a second look or a list shows what was sent; making is
    wrong when a new item made with the same values shows the same difference.
    """
    resource = item.resource
    again = look(target, item) or {}
    words = f"{item.path} shows {told(wrong, sent, again)}"
    sources = (again, listed(target, item))
    if any(_shows(source, resource, sent, wrong) for source in sources):
        return waits_for(FIRST["GET"], words, operation(resource, "GET"))
    for verb in _SIMPLER.get(clause, ("CREATE",)):
        if not _made_right(target, item.place, sent, wrong, verb):
            return waits_for(FIRST[verb], words, operation(resource, verb))
    return waits_for(clause, words, operation(resource, "GET"))


def _shows(
    source: Values | None, resource: Resource, sent: Values, names: list[str]
) -> bool:
    whole = source is not None and all(name in source for name in names)
    return bool(whole and source and not different(resource, sent, source, names))


def _made_right(
    target: Target, place: Place, sent: Values, wrong: list[str], verb: str
) -> bool:
    """Say whether an item made with the same values shows them, if one can be made."""
    resource = place.resource
    unique = [n for n, c in resource.properties.items() if "x-unique" in c]
    values = {name: sent[name] for name in wrong if name not in unique}
    if verb not in resource.verbs or (verb == "SAVE" and not resource.id.writable):
        return True
    body = target.body(resource, **values)
    try:
        made = written(target, place, body, verb)
    except Waits:
        return True
    shown = look(target, made)
    return shown is not None and not different(resource, values, shown)


def gone(target: Target, item: Item, clause: str, words: str) -> None:
    """Insist that an item is not there, controlled by one that never was."""
    shown = look(target, item)
    if shown is not None and look(target, target.missing(item.place)) is not None:
        cause = "an item that never was is served"
        raise waits_for("verbs.get.missing", cause, operation(item.resource, "GET"))
    if shown is not None:
        raise waits_for(clause, words, operation(item.resource, "GET"))
    insist(shown is None, words)


def around(target: Target, place: Place) -> list[Item]:
    """Give what stands around a new item: its parent, and another of its place.

    The parent first: a look at the other one may already touch it.
    """
    above: list[Item] = []
    if place.parents:
        parent = target.profile.resources[place.resource.parents[-1]]
        holder = Place(parent, place.parents[:-1]).item(place.parents[-1])
        above = [holder] if "GET" in parent.verbs else []
    return [*above, target.create(place)]


def below(target: Target, item: Item) -> list[Item]:
    """Make something under an item, where something can stand there and be read."""
    children = [r for r in target.profile.children(item.resource) if gettable(r)]
    return [
        target.create(Place(resource, (*item.place.parents, item.id)))
        for resource in children[:1]
    ]


def insist_on_children(
    target: Target, item: Item, write: Callable[[], Exchange], what: str
) -> None:
    """Insist that what stands under an item outlives a write to it, if that is taken.

    Something under an item may bind what the item can be.
    """
    children = below(target, item)
    watched = seen(target, children)
    answer = write() if children else None
    if answer is None or (answer.refusal and answer.status not in (401, 403)):
        noted(f"{what} with nothing under it alone was looked at")
        return
    succeeded(answer)
    for one, was in zip(children, watched, strict=True):
        untouched(was, target.get(one), f"{what} above it")


def seen(target: Target, items: list[Item]) -> list[Exchange]:
    """Look at items twice and give the second answers: what a look does is GET's."""
    for one in items:
        target.get(one)
    return [succeeded(target.get(one)) for one in items]


def steady(target: Target, item: Item, shown: Values) -> None:
    """Leave it to its own row when GET does not show the same twice."""
    words = changed(item.resource, shown, look(target, item) or {})
    if words:
        raise waits_for(FIRST["GET"], words, operation(item.resource, "GET"))


def queries(
    profile: Profile, resource: Resource, body: Any
) -> list[list[tuple[str, str]]]:
    """Give ways of asking a list that fit an item with that body, none at all first."""
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
