"""HTTP Methods, PATCH: updating an item by what was sent."""

from typing import Any

from conformance import LEFT_OUT, Item, Place, Profile, Resource, Target, must, should
from conformance.checks._verbs import (
    around,
    done,
    gettable,
    gone,
    insist_on_children,
    kept,
    made_if_taken,
    seen,
    steady,
)
from conformance.checks._verbs_values import (
    Values,
    changed,
    longest_values,
    other_values,
    plain,
    textual,
    valid_changes,
    wrong_values,
)
from conformance.expect import (
    edge,
    insist,
    item_of,
    noted,
    refused,
    succeeded,
    taken,
    turned_down,
    untouched,
)
from conformance.profile import has_type
from conformance.strategies import allows
from conformance.values import default_of, numeric, same, short

MERGES = "verbs.patch.merges"


def _each_property(profile: Profile, patchable: Resource) -> list[list[Values]]:
    """Give each property another value in turn, all at once, long: one list."""
    del profile
    other, back = _together(patchable)
    changes = (*_singly(other), other, back, *_subtle(patchable, back))
    return [[change for change in changes if change]]


def _together(resource: Resource) -> tuple[Values, Values]:
    """Give all of the profile's other values, and all of its first ones."""
    values = other_values(resource)
    other = {n: v for n, v in values.items() if n not in resource.extensions}
    return other, {name: resource.example.get(name, other[name]) for name in other}


def _subtle(resource: Resource, values: Values) -> list[Values]:
    """Give changes that are easily taken for none, and the longest text."""
    texts = [name for name in textual(resource) if isinstance(values.get(name), str)]
    free = [name for name in texts if name not in resource.required]
    claims = resource.properties
    return [
        {name: values[name].swapcase() for name in texts},
        {name: 0 for name in values if _holds_zero(claims[name])},
        {name: "" for name in free if not claims[name].get("minLength")},
        longest_values(resource),
    ]


def _holds_zero(claimed: Values) -> bool:
    counted = numeric(claimed) and "x-scale" not in claimed
    return counted and allows(claimed, 0)


def _singly(values: Values) -> list[Values]:
    return [{name: value} for name, value in values.items()]


@must(
    MERGES,
    draws=_each_property,
    only=gettable,
    warns="An empty body SHOULD be taken, and null for a required property refused.",
    cost=20,
)
def check_patch_keeps_what_was_not_sent(
    target: Target, patchable: Resource, payload: list[dict[str, Any]]
) -> None:
    """PATCH MUST change the properties that were sent, and no other."""
    item = target.create(patchable)
    before = item_of(target.get(item))
    for change in payload:
        answer = target.patch(item, change)
        if answer.refusal and change not in _together(patchable):
            # A value may be wrong beside what the item has: a least above its most.
            continue
        done(answer, MERGES)
        after = kept(target, item, change, MERGES)
        _insist_on_rest(target, item, change, before, after)
        before = after
    answer = target.patch(item, {})
    turned_down(answer, "an empty body")
    _insist_on_rest(target, item, {}, before, item_of(target.get(item)))
    _look_at_null(target, item, before)


def _look_at_null(target: Target, item: Item, before: Values) -> None:
    """See what null does to a required property; the others stay as they are."""
    claims = item.resource.properties
    compared = [
        name
        for name in item.resource.required
        if name in item.resource.compared and not has_type(claims[name], "null")
    ]
    for name in compared[-1:]:
        answer = target.patch(item, {name: None}, deliberate=True)
        after = item_of(target.get(item))
        null = after.get(name) in (None, "")
        edge(answer.refusal or not null, f"{name} was set to null: {answer.words}")
        _insist_on_rest(target, item, {name: None}, before, after)


def _insist_on_rest(
    target: Target, item: Item, change: Values, before: Values, after: Values
) -> None:
    """Insist that what a change does not name is as it was."""
    rest = [name for name in item.resource.compared if name not in change]
    words = changed(item.resource, before, after, rest)
    if words:
        steady(target, item, after)
    insist(not words, f"after PATCH of {', '.join(sorted(change))}: {words}")


def _optional(resource: Resource) -> list[str]:
    """Name what has another value and an item can be made without."""
    return [n for n in other_values(resource) if n not in resource.required]


@must(
    MERGES,
    only=lambda patchable: gettable(patchable) and bool(_optional(patchable)),
    cost=9,
)
def check_patch_gives_what_was_not_there(target: Target, patchable: Resource) -> None:
    """PATCH MUST give an item what it was made without, or what null had cleared."""
    change, names = other_values(patchable), _optional(patchable)
    item = _without(target, target.place(patchable), names)
    nulls = dict.fromkeys(n for n in patchable.nullable() if n in names)
    for first in ({}, nulls):
        if first:
            target.patch(item, first)
        answer = target.patch(item, change)
        if answer.refusal and answer.status not in (401, 403):
            refused(answer, "what was not there")
            noted(f"what was not there is not taken: {answer.words}")
            continue
        succeeded(answer)
        kept(target, item, change, MERGES)


def _without(target: Target, place: Place, names: list[str]) -> Item:
    """Make an item without some properties, where it is taken without them."""
    resource, left_out = place.resource, dict.fromkeys(names, LEFT_OUT)
    if "CREATE" in resource.verbs:
        body = target.body(resource, **left_out)
        answer = target.post(place, body)
        if answer.success:
            return place.item(item_of(answer)[resource.id.member], body)
    return target.create(place)


def _own_or_referring(resource: Resource) -> list[str]:
    """Name what no fixed value fits: it is unique, or refers to an item."""
    claims = resource.properties
    return [n for n in resource.compared if claims[n].keys() & {"x-unique", "x-refers"}]


@must(
    MERGES,
    only=lambda patchable: gettable(patchable) and bool(_own_or_referring(patchable)),
    cost=8,
)
def check_patch_changes_unique_values_and_references(
    target: Target, patchable: Resource
) -> None:
    """PATCH MUST change what is unique or refers to an item, where it takes that."""
    item = target.create(patchable)
    before = item_of(target.get(item))
    for name in _own_or_referring(patchable):
        change = {name: _another(target, patchable, name)}
        answer = target.patch(item, change) if change[name] is not None else None
        if answer is None or answer.refusal:
            # Who an item belongs to may be fixed.
            noted(f"another {name} is not taken")
            continue
        succeeded(answer)
        after = kept(target, item, change, MERGES)
        _insist_on_rest(target, item, change, before, after)
        before = after
    control = _sure_change(patchable)
    if control:
        done(target.patch(item, control), MERGES)
        kept(target, item, control, MERGES)


def _sure_change(resource: Resource) -> dict[str, Any]:
    """Give a change that must be taken: one value alone may be wrong beside others.

    Nothing where all that there is to change is unique, or refers to an item.
    """
    known = {n: resource.example[n] for n in plain(resource) if n in resource.example}
    return dict(_together(resource)[0]) or known


def _changeable(patchable: Resource) -> bool:
    return gettable(patchable) and bool(_sure_change(patchable))


def _another(target: Target, resource: Resource, name: str) -> Any:
    """Give another valid value of such a property; None where none can be made."""
    referred = resource.properties[name].get("x-refers")
    if referred is not None:
        holder = target.profile.resources.get(referred)
        if holder is None or holder.parents:
            return None
        id_ = target.create(holder).id
        return [id_] if has_type(resource.properties[name], "array") else id_
    if name not in resource.example:
        return None
    return target.session.unique_value(target.unit, resource, name)


@must(MERGES, only=_changeable, cost=10)
def check_patch_changes_no_other_item(target: Target, patchable: Resource) -> None:
    """PATCH MUST NOT change any other item."""
    place = target.fresh_place(patchable)
    item, beside = target.create(place), around(target, place)
    watched = seen(target, beside)
    change = _sure_change(patchable)
    done(target.patch(item, change), MERGES)
    for one, was in zip(beside, watched, strict=True):
        untouched(was, target.get(one), f"PATCH of {item.path}")
    insist_on_children(target, item, lambda: target.patch(item, change), "PATCH")


@must(
    MERGES,
    draws=lambda _profile, typical: valid_changes(typical),
    only=lambda typical: gettable(typical) and "PATCH" in typical.verbs,
    cost=5,
)
def check_patch_stores_any_valid_change(
    target: Target, typical: Resource, payload: dict[str, Any]
) -> None:
    """PATCH MUST store every valid change of several properties at once."""
    item = target.create(typical)
    taken(target.patch(item, payload))
    kept(target, item, payload, MERGES)


#: A member of every kind; each must outlive a PATCH of another.
_EVERY_KIND: Values = {
    "Stays@run": "stays",
    "Counts@run": 7,
    "Holds@run": True,
    "Lists@run": ["one", "two"],
    "Wraps@run": {"inner": "kept"},
}


def _objects(resource: Resource) -> list[list[Any]]:
    """Give of each object: the property, a value, and one other member to send."""
    found: list[list[Any]] = []
    for name in resource.compared:
        whole, other = resource.example.get(name), resource.other.get(name)
        if name in resource.extensions:
            found.append([name, _EVERY_KIND, {"Comes@run": "comes"}])
        if isinstance(whole, dict) and isinstance(other, dict):
            new = [{m: v} for m, v in other.items() if v != whole.get(m)]
            found += [[name, whole, new[0]]] if new else []
    return found


@must(
    MERGES,
    draws=lambda _profile, patchable: _objects(patchable),
    only=lambda patchable: gettable(patchable) and bool(_objects(patchable)),
    warns="PATCH SHOULD keep the members of an object that were not sent.",
    cost=6,
)
def check_patch_stores_members_of_an_object(
    target: Target, patchable: Resource, payload: tuple[str, Values, Values]
) -> None:
    """PATCH of a member of an object MUST store it, and change no other property."""
    name, whole, part = payload
    item = made_if_taken(target, patchable, {name: whole})
    before = item_of(target.get(item))
    answer = target.patch(item, {name: part})
    if whole != patchable.example.get(name):
        taken(answer)
    in_part = name in patchable.extensions or not answer.refusal
    edge(in_part, f"{name} is not taken in part: {answer.words}")
    if in_part:
        done(answer, MERGES)
        after = kept(target, item, {name: part}, MERGES)
        held, now = before.get(name) or {}, after.get(name) or {}
        rest = [m for m in whole if m not in part and held.get(m) not in (None, "", {})]
        lost = [m for m in rest if now.get(m) in (None, "", {})]
        mixed = name in patchable.extensions and 0 < len(lost) < len(rest)
        insist(not mixed, f"{name} was merged, and yet lost {lost}")
        edge(not lost, f"{name} was replaced whole: it lost {lost}")
    _insist_on_rest(target, item, {name: part}, before, item_of(target.get(item)))


@should(
    "verbs.patch.null",
    only=lambda patchable: (
        gettable(patchable)
        and any(n in patchable.example for n in patchable.nullable())
    ),
    cost=8,
)
def check_null_clears(target: Target, patchable: Resource) -> None:
    """PATCH with null SHOULD clear an optional property."""
    item = target.create(patchable)
    names = [n for n in patchable.nullable() if n in patchable.example]
    for name in names:
        answer = target.patch(item, {name: None})
        if answer.refusal:
            done(target.patch(item, _sure_change(patchable)), MERGES)
        done(answer, "verbs.patch.null", f"null for {name}")
    shown = item_of(target.get(item))
    uncleared = [n for n in names if not _cleared(patchable, n, shown)]
    wrong = _no_defaults(target, item, shown, uncleared) if uncleared else {}
    insist(not wrong, f"after PATCH with null still {short(wrong)}")


def _cleared(resource: Resource, name: str, shown: Values) -> bool:
    return shown.get(name) in (None, "", {}, [], default_of(resource, name))


def _no_defaults(
    target: Target, item: Item, shown: Values, names: list[str]
) -> dict[str, Any]:
    """Give what shows other values than an item that was made without them."""
    change = _sure_change(item.resource)
    done(target.patch(item, change), MERGES)
    kept(target, item, change, MERGES)
    left_out = dict.fromkeys(names, LEFT_OUT)
    fresh = item_of(target.get(target.create(item.place, **left_out)))
    return {n: shown[n] for n in names if not same(fresh.get(n), shown.get(n))}


def _own(resource: Resource) -> list[str]:
    """Name the unique values of which others like them can be made."""
    claims, known = resource.properties, resource.example
    return [n for n in resource.compared if "x-unique" in claims[n] and n in known]


@must(
    "verbs.patch.missing",
    only=lambda patchable: (
        _changeable(patchable) or (gettable(patchable) and bool(_own(patchable)))
    ),
    cost=8,
)
def check_patch_of_a_missing_item_is_refused(
    target: Target, patchable: Resource
) -> None:
    """PATCH of an item that is not there MUST be refused and create nothing."""
    item = target.create(patchable)
    missing = target.missing(item.place)
    change = _sure_change(patchable)
    if change:
        done(target.patch(item, change), MERGES)
    # What is unique may be fixed where an item is there.
    own = {name: _another(target, patchable, name) for name in _own(patchable)}
    gone(target, missing, "verbs.get.missing", "an item that never was is served")
    answer = target.patch(missing, change or own)
    gone(target, missing, "verbs.patch.missing", f"PATCH made it: {answer.words}")
    refused(answer, "PATCH of an item that is not there")
    if change:
        done(target.patch(item, change), MERGES)


@must(
    "verbs.patch.missing",
    only=lambda patchable: _changeable(patchable) and patchable.scope == "parent",
    cost=6,
)
def check_patch_under_another_parent_is_refused(
    target: Target, patchable: Resource
) -> None:
    """PATCH under a parent that the item is not of MUST be refused and do nothing."""
    item, change = target.create(patchable), _sure_change(patchable)
    elsewhere = target.fresh_place(patchable).item(item.id)
    gone(target, elsewhere, "verbs.get.missing", "served under another parent")
    before = succeeded(target.get(item))
    answer = target.patch(elsewhere, change)
    untouched(before, target.get(item), f"PATCH of {elsewhere.path}")
    refused(answer, "PATCH under a parent that the item is not of")


def _good_and_bad(profile: Profile, patchable: Resource) -> list[list[Values]]:
    """Give bodies with one bad property between good ones: one list of them."""
    del profile
    bodies: list[Values] = []
    wrongs = [*wrong_values(patchable).items(), *_out_of_bounds(patchable).items()]
    for name, wrong in wrongs:
        good = [n for n in other_values(patchable) if n != name]
        half = len(good) // 2 + 1
        order = [*good[:half], name, *good[half:]]
        bodies.append({n: wrong if n == name else patchable.other[n] for n in order})
    return [[body for body in bodies if len(body) > 1]]


def _out_of_bounds(resource: Resource) -> dict[str, Any]:
    """Give values of the right type that are refused late, once all are read."""
    found: dict[str, Any] = {}
    for name in plain(resource):
        claimed = resource.properties[name]
        if "enum" in claimed and has_type(claimed, "string"):
            found[name] = "NoneOfThese"
        elif numeric(claimed) and "maximum" in claimed:
            found[name] = claimed["maximum"] + 1
        elif has_type(claimed, "string") and "maxLength" in claimed:
            found[name] = "x" * min(int(claimed["maxLength"]) + 1, 5000)
    return found


@must(
    "verbs.patch.atomic",
    draws=_good_and_bad,
    only=lambda patchable: gettable(patchable) and len(other_values(patchable)) > 1,
    cost=14,
)
def check_patch_is_all_or_nothing(
    target: Target, patchable: Resource, payload: list[dict[str, Any]]
) -> None:
    """PATCH MUST change nothing when one of several properties is refused."""
    item, refusals = target.create(patchable), 0
    before = item_of(target.get(item))
    for body in payload:
        answer = target.patch(item, body, deliberate=True)
        refusals += answer.refusal
        after = item_of(target.get(item))
        words = "" if answer.success else changed(patchable, before, after)
        insist(not words, f"refused, and yet {words}: {answer.words}")
        before = after
    good = other_values(patchable)
    done(target.patch(item, good), MERGES, "PATCH of the good properties alone")
    if not refusals:
        noted("no bad property was refused")
