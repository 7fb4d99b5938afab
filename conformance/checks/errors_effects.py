"""Error Handling: a refusal leaves no trace, and a success is one."""

from collections.abc import Iterator
from typing import Any

from conformance import (
    Exchange,
    Item,
    Operation,
    Place,
    Profile,
    Resource,
    Target,
    must,
)
from conformance.checks._errors import (
    answered,
    api,
    denied,
    entries_of,
    holds,
    judged,
    missing_place,
    others,
    too_long,
    truncated,
    value_of,
    wrong_type,
)
from conformance.expect import (
    ids_of,
    insist,
    item_of,
    page_of,
    succeeded,
    unjudged,
    untouched,
    waits_for,
)
from conformance.profile import METHODS, has_type, makeable
from conformance.values import at, errors_in, short

#: What may tell that a body is a list.
_ENVELOPE = ("items", "page", "page_size", "total_count", "total_pages", "next")

# ---------------------------------------------------------------- a refusal is no write


def _readable(operation: Operation) -> bool:
    """Say whether a new item, should there be one, can be seen."""
    resource = operation.resource
    listed = bool(resource.parents) and "LIST" in resource.verbs
    counted = operation.verb == "CREATE" and listed and not resource.eventual
    made = operation.verb in ("CREATE", "SAVE")
    return made and (_named(resource) or counted)


def _named(resource: Resource) -> bool:
    """Say whether an item can be looked for by an ID of ours."""
    return resource.id.writable and "GET" in resource.verbs


@must("errors.nothing_stored", only=_readable, cost=13)
def check_refused_write_makes_no_item(target: Target, operation: Operation) -> None:
    """A CREATE or SAVE that is not answered with success MUST NOT make an item.

    Reading: a 4xx says that the request failed, and an effect contradicts that.
    """
    resource, verb = operation.resource, operation.verb
    # Some row made it by a right body: a refusal of everything proves nothing.
    target.shared(resource)
    place = _place(target, operation)
    _insist_on_none(target, place, "verbs.list.isolated", "a new list is not empty")
    hows = list(_wrong_wholes(target, resource))
    meant = [_meant(target, place, how) for how in hows]
    wrong = [
        item
        for item, how in zip(meant, hows, strict=True)
        if denied(_write(target, verb, item, how))
    ]
    if not wrong:
        raise unjudged("no wrong body was refused")

    if wrong == meant:
        words = f"a refused {verb} made what the list shows"
        _insist_on_none(target, place, "errors.nothing_stored", words)
    for item in wrong if _named(resource) else ():
        _insist_on_absence(target, item, f"a refused {verb} made {item.path}")
        _insist_it_is_free(target, verb, item)


def _place(target: Target, operation: Operation) -> Place:
    """Give a place; for CREATE one whose list nobody else changes, where there is."""
    whole = operation.verb == "CREATE" and "LIST" in operation.resource.verbs
    found = target.fresh_place if whole else target.place
    return found(operation.resource)


def _wrong_wholes(target: Target, resource: Resource) -> Iterator[dict[str, Any]]:
    """Give whole bodies with an ID of ours: one that is invalid, one that is cut."""
    wrong = too_long(resource) or wrong_type(resource)
    body = target.body(resource)
    if wrong:
        yield {"body": {**body, **wrong}}
    body = target.body(resource)
    yield {"body": body, "raw": truncated(target, body)}


def _meant(target: Target, place: Place, how: dict[str, Any]) -> Item:
    """Name the item that a body would make."""
    id_ = how["body"].get(place.resource.id.member)
    return target.missing(place) if id_ is None else place.item(id_)


def _write(target: Target, verb: str, item: Item, how: dict[str, Any]) -> Exchange:
    match verb:
        case "CREATE":
            return target.post(item.place, deliberate=True, **how)
        case "SAVE":
            return target.put(item, deliberate=True, **how)
        case _:
            return target.patch(item, deliberate=True, **how)


def _insist_on_none(target: Target, place: Place, clause: str, words: str) -> None:
    """Insist that a list of our own shows nothing, where there is one to trust.

    Raises:
        Breach: It shows something, and the clause is the row's own.
        Waits: It does, for another row's fault.
    """
    resource = place.resource
    if not place.fresh or resource.eventual or "LIST" not in resource.verbs:
        return
    answer = target.page(place)
    shown = ids_of(page_of(answer).items, resource.id.member)
    if shown:
        raise waits_for(clause, f"{words}: {short(shown)}", answer.operation)


def _insist_on_absence(target: Target, item: Item, words: str) -> None:
    """Insist that an item is not there; one that never was tells GET's own fault."""
    answer = answered(target.get(item))
    if answer.success and target.get(target.missing(item.place)).success:
        cause = "an item that never was is served"
        raise waits_for("verbs.get.missing", cause, answer.operation)
    insist(denied(answer), words)


def _insist_it_is_free(target: Target, verb: str, item: Item) -> None:
    """Insist that an ID that was refused with its body can be taken with a right one.

    Where an ID that nobody tried can't be taken either, another row judges that.
    """
    answer = _write(target, verb, item, _right(target, verb, item))
    if answer.status in (401, 403):
        succeeded(answer)
    if answer.refusal:
        other = target.missing(item.place)
        control = _write(target, verb, other, _right(target, verb, other))
        words = f"a refused {verb} left its ID taken: {answer.words}"
        insist(not control.success, words)


def _right(target: Target, verb: str, item: Item) -> dict[str, Any]:
    if verb == "SAVE":
        return {"body": target.save_body(item)}
    return {"body": target.body(item.resource, **{item.resource.id.member: item.id})}


def _updating(operation: Operation) -> bool:
    resource = operation.resource
    readable = "GET" in resource.verbs and makeable(resource)
    return operation.verb in ("SAVE", "PATCH") and readable


@must("errors.nothing_stored", only=_updating, cost=7)
def check_refused_update_changes_nothing(target: Target, operation: Operation) -> None:
    """A SAVE or PATCH that is not answered with success MUST NOT change the item.

    Reading: a 4xx says that the request failed, and an effect contradicts that.
    """
    item = target.create(operation.resource)
    before, refused = succeeded(target.get(item)), 0
    for how in _wrong_changes(target, operation.verb, item):
        if denied(_write(target, operation.verb, item, how)):
            refused += 1
        else:
            # Taken, as the clause allows: what follows is compared with that.
            before = succeeded(target.get(item))
    if not refused:
        raise unjudged("no wrong body was refused")

    untouched(before, target.get(item), f"a refused {operation.verb}")


def _wrong_changes(target: Target, verb: str, item: Item) -> Iterator[dict[str, Any]]:
    """Give bodies with good changes in them: one that is invalid, one that is cut."""
    resource, good = item.resource, others(item.resource)
    whole = target.save_body(item, **good) if verb == "SAVE" else good
    wrong = too_long(resource) or wrong_type(resource)
    if wrong:
        yield {"body": {**whole, **wrong}}
    yield {"body": whole, "raw": truncated(target, whole or {"a": 1})}


@must(
    "errors.nothing_stored",
    only=lambda deletable: "GET" in deletable.verbs and makeable(deletable),
    cost=7,
)
def check_refused_delete_removes_nothing(target: Target, deletable: Resource) -> None:
    """A DELETE that is not answered with success MUST NOT remove anything.

    Reading: a 4xx says that the request failed, and an effect contradicts that.
    """
    item = target.create(deletable)
    before = succeeded(target.get(item))
    # Success here is verbs.delete.again's: the item stays, whatever is answered.
    denied(target.delete(target.missing(item.place)))
    # Of an item that stands beside its parents, no path names a missing one.
    if any(f"{{{name}}}" in deletable.item_path for name in deletable.parents):
        astray = missing_place(target, deletable).item(item.id)
        answer = target.delete(astray)
        if not denied(answer):
            raise waits_for("verbs.parent_missing", answer.words, answer.operation)

    untouched(before, target.get(item), "a refused DELETE")


# ------------------------------------------------------------ a success is no error


@must("errors.no_false_success", passive=True, of=judged, only=api)
def check_success_is_no_error(exchange: Exchange, profile: Profile) -> None:
    """An answer of 2xx MUST NOT be an error, nor lack all that was asked for."""
    if exchange.success:
        wrong = _false(profile, exchange, value_of(exchange))
        body = exchange.answer.body if exchange.answer else b""
        insist(not wrong, f"{wrong}: {exchange.words}: {short(body)}")


def _false(profile: Profile, exchange: Exchange, value: Any) -> str:
    """Say what is false about a success; nothing when it is one."""
    name, _, verb = exchange.operation.rpartition("-")
    resource = profile.resources.get(name)
    if resource is None or exchange.sent.method != METHODS.get(verb):
        return "an error" if errors_in(profile, value) else ""
    if exchange.status == 204:
        return ""
    if verb == "LIST":
        return "" if _listed(profile, exchange, value) else "no list"
    if verb == "GET":
        return "" if _item(resource, value) else "no item"
    return "an error" if _error(profile, resource, value) else ""


def _listed(profile: Profile, exchange: Exchange, value: Any) -> bool:
    """Say whether a body is a list; that it is empty may be spelt as null."""
    lists = profile.lists
    items = at(value, lists["items"])
    if items is not None:
        return isinstance(items, list)
    if not lists["items"]:
        return bool(exchange.answer and exchange.answer.body)
    known = any(holds(value, lists[name]) for name in _ENVELOPE if name in lists)
    counted = at(value, lists["total_count"]) if "total_count" in lists else None
    return known and counted in (0, None) and not _says_error(value)


def _item(resource: Resource, value: Any) -> bool:
    """Say whether a body is an item, as far as what it has tells.

    Where nothing is required, all but the ID may be absent, and so left out.
    """
    if not isinstance(value, dict) or resource.id.member not in value:
        return False
    needed = {*resource.required} & {*resource.compared}
    return not needed or any(name in value for name in resource.compared)


def _error(profile: Profile, resource: Resource, value: Any) -> bool:
    """Say whether what a write answered is an error; it need not be an item."""
    if not isinstance(value, dict) or resource.id.member in value:
        return False
    told = entries_of(profile, value) if "list" in profile.errors else None
    return bool(told or errors_in(profile, value) or _says_error(value))


def _says_error(value: Any) -> bool:
    members = value if isinstance(value, dict) else {}
    names = [name for name in members if name.casefold() in ("error", "errors")]
    return any(members[name] for name in names)


@must("errors.no_false_success", only=lambda r: bool(r.required) and makeable(r))
def check_item_has_what_it_needs(target: Target, gettable: Resource) -> None:
    """A 2xx answer to GET MUST have the item's own required members."""
    item = item_of(target.get(target.shared(gettable)))
    claims = gettable.properties
    needed = [
        name
        for name in gettable.required
        if name in gettable.compared and not has_type(claims[name], "null")
    ]
    missing = [name for name in needed if item.get(name) is None]
    insist(not missing, f"an item without {', '.join(missing)}")
