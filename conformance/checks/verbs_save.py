"""HTTP Methods, SAVE: PUT creates an item at its ID, or replaces it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from conformance import LEFT_OUT, Exchange, Item, Profile, Resource, Target, must
from conformance.checks._verbs import (
    around,
    done,
    entries,
    gettable,
    insist_on_children,
    kept,
    made_at,
    seen,
    written,
)
from conformance.checks._verbs_values import (
    ABSENT,
    Values,
    changed,
    left_over,
    longest_values,
    other_values,
    plain,
)
from conformance.errors import NotJudged
from conformance.expect import insist, item_of, noted, taken, untouched, waits_for
from conformance.values import at, default_of, same, short

CREATES = "verbs.save.creates"
REPLACES = "verbs.save.replaces"
IDEMPOTENT = "verbs.save.idempotent"


def _new(profile: Profile, savable: Resource) -> list[dict[str, Any]]:
    """Give what the example is changed by: nothing, then its longest values."""
    del profile
    return [{}, longest_values(savable)]


@must(
    CREATES,
    draws=_new,
    only=lambda savable: savable.id.writable,
    cost=4,
)
def check_put_creates_at_a_new_id(
    target: Target, savable: Resource, payload: dict[str, Any]
) -> None:
    """SAVE at an ID that nobody has MUST create the item there."""
    body = target.body(savable, **payload)
    item = target.place(savable).item(body[savable.id.member], body)
    answer = target.put(item, body)
    made_at(target, item.place, taken(answer) if payload else answer, CREATES)

    _insist_on_id(item, answer)
    kept(target, item, body, CREATES)


def _insist_on_id(item: Item, answer: Exchange) -> None:
    """Leave it to its own row when the item was made under another ID."""
    member = item.resource.id.member
    made = answer.value.get(member) if isinstance(answer.value, Mapping) else None
    if made is not None and str(made).casefold() != item.id.casefold():
        words = f"PUT at {item.id} made {made!r}"
        raise waits_for("ids.chosen_on_save", words, answer.operation)


def _replace(
    target: Target, item: Item, body: Values, *, generated: bool = False
) -> None:
    """Put an item; when PUT can't even create, another row judges that."""
    answer = target.put(item, body)
    if generated:
        taken(answer)
    if answer.refusal and item.resource.id.writable:
        written(target, item.place, target.body(item.resource), "SAVE")
    done(answer, REPLACES)


def _replace_if_made(target: Target, item: Item, body: Values) -> None:
    """Put values that nobody says go together, where POST makes an item of them."""
    resource, place = item.resource, item.place
    answer = target.put(item, body)
    if answer.refusal:
        values = {name: body.get(name, LEFT_OUT) for name in plain(resource)}
        twin = target.body(resource, **values)
        if "CREATE" in resource.verbs:
            taken(target.post(place, twin))
        else:
            taken(target.put(place.item(twin[resource.id.member]), twin))
        _replace(target, item, body)
    else:
        done(answer, REPLACES)


def _extended(profile: Profile, savable: Resource) -> list[dict[str, Any]]:
    """Give nothing of ours, and the extension, if any, two members of this run."""
    del profile
    both = {"Stays@run": "stays", "Goes@run": "goes"}
    extended = dict.fromkeys(savable.extensions, both)
    return [{}, extended] if extended else [{}]


@must(REPLACES, draws=_extended, only=gettable, cost=9)
def check_put_replaces_the_whole_item(
    target: Target, savable: Resource, payload: dict[str, Any]
) -> None:
    """SAVE MUST replace the whole item by what was sent, and leave nothing else."""
    item = target.create(savable)
    old = target.save_body(item, **{**_unlike_defaults(savable), **payload})
    replace = partial(_replace, generated=True) if payload else _replace_if_made
    try:
        replace(target, item, old)
    except NotJudged:
        old = target.save_body(item)
        _replace(target, item, old)
    kept(target, item, old, REPLACES)
    for part in (_parts(savable, old), {}):
        less = _optional_left_out(savable) | part
        body = target.save_body(item, **less)
        try:
            replace(target, item, body)
        except NotJudged as refused:
            # One property, or one member of an object, may need another.
            noted(str(refused))
            continue
        stale = _stale(target, item, old, body)
        if stale:
            fresh = item_of(target.get(target.create(item.place, **less)))
            stale = {n: v for n, v in stale.items() if not same(v, at(fresh, n))}
        insist(not stale, f"PUT without it left {short(stale)} in {item.path}")
        old = body


def _unlike_defaults(resource: Resource) -> dict[str, Any]:
    """Give every property another value, and none its default where that can be."""
    other = other_values(resource)
    return {
        name: resource.example.get(name, value)
        if value == default_of(resource, name)
        else value
        for name, value in other.items()
    }


def _clearable(resource: Resource) -> list[str]:
    """Name the nullable properties that the example gives another value than unset."""
    return [
        name
        for name in resource.nullable()
        if resource.example.get(name) not in (*ABSENT, default_of(resource, name))
    ]


@must(
    REPLACES,
    only=lambda savable: gettable(savable) and bool(_clearable(savable)),
    cost=5,
)
def check_put_with_null_keeps_nothing(target: Target, savable: Resource) -> None:
    """SAVE with null for an optional property MUST NOT leave what it held."""
    item, claims = target.create(savable), savable.properties
    nulls = dict.fromkeys(_clearable(savable))
    before = item_of(target.get(item))
    answer = target.put(item, target.save_body(item, **nulls))
    if answer.refusal:
        insist(answer.refusal, answer.words)
        return
    shown = item_of(target.get(item))
    stale = {
        n: shown[n]
        for n in nulls
        if shown.get(n) not in ABSENT and same(before.get(n), shown[n], claims[n])
    }
    if stale:
        fresh = target.create(item.place, **dict.fromkeys(stale, LEFT_OUT))
        unset = item_of(target.get(fresh))
        stale = {n: v for n, v in stale.items() if not same(v, unset.get(n), claims[n])}
    insist(not stale, f"PUT with null left {short(stale)} in {item.path}")


@must(REPLACES, only=gettable, cost=10)
def check_put_changes_no_other_item(target: Target, savable: Resource) -> None:
    """SAVE MUST NOT change any other item."""
    place = target.fresh_place(savable)
    item, beside = target.create(place), around(target, place)
    watched = seen(target, beside)
    body = target.save_body(item, **other_values(savable))
    _replace(target, item, body)
    for one, was in zip(beside, watched, strict=True):
        untouched(was, target.get(one), f"PUT of {item.path}")
    insist_on_children(target, item, lambda: target.put(item, body), "PUT")


def _optional_left_out(resource: Resource) -> dict[str, Any]:
    return dict.fromkeys(set(resource.compared) - set(resource.required), LEFT_OUT)


def _parts(resource: Resource, whole: Values) -> dict[str, Any]:
    """Give objects with no more than the members they need, one at the least."""
    made = {}
    for name in resource.compared:
        value = whole.get(name)
        if isinstance(value, dict) and value:
            needed = resource.properties[name].get("required", list(value)[:1])
            made[name] = {part: value[part] for part in needed if part in value}
    return made


def _stale(target: Target, item: Item, old: Values, body: Values) -> dict[str, Any]:
    """Give what was not sent and is shown as before, at whatever depth."""
    shown = item_of(target.get(item))
    resource = item.resource
    compared = {name: old[name] for name in resource.compared if name in old}
    return left_over(resource.properties, body, compared, shown)


@must(IDEMPOTENT, only=gettable, cost=8)
def check_put_twice_is_put_once(target: Target, savable: Resource) -> None:
    """SAVE MUST leave the same state when it is repeated."""
    item = target.create(target.fresh_place(savable))
    body = target.save_body(item, **other_values(savable))
    _replace(target, item, body)
    once = kept(target, item, body, REPLACES)
    again = target.put(item, body)
    if again.refusal:
        _replace(target, item, target.save_body(item))
    done(again, IDEMPOTENT, "the same PUT again")
    twice = kept(target, item, body, IDEMPOTENT)

    words = changed(savable, once, twice)
    insist(not words, f"after the same PUT again {words}")
    count = len(_ours(target, item))
    insist(count <= 1, f"after the same PUT again a list has it {count} times")
    if "LIST" in savable.verbs and not count:
        noted("the item was not on the first page of its list, so only GET was asked")


def _ours(target: Target, item: Item) -> list[dict[str, Any]]:
    """Give what a list has of the item; of all items, where no other was made."""
    member = item.resource.id.member
    return [
        entry
        for entry in entries(target, item)
        if item.place.fresh or str(entry.get(member)) == item.id
    ]
