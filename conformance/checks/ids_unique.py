"""Writeable IDs: an ID is unique in its scope, and free outside of it."""

from collections.abc import Callable
from typing import Any

from conformance import Exchange, Item, Place, Profile, Resource, Target, must, should
from conformance.checks._verbs import served
from conformance.checks._verbs_values import unlike
from conformance.errors import Disturbed
from conformance.expect import (
    allowed,
    insist,
    item_after,
    item_of,
    succeeded,
    unsuccessful,
    untouched,
    waits_for,
)

#: Other identities that try to take an ID once more.
CONTEXTS = 2


def _chosen(resource: Resource) -> bool:
    needed = {"CREATE", "GET"} <= set(resource.verbs)
    return needed and resource.id.writable


def _insist_on_id(answer: Exchange | Disturbed, item: Item) -> None:
    """Leave to its own row an ID that the server changed."""
    if isinstance(answer, Disturbed):
        return
    told = item_of(answer)[item.resource.id.member]
    if str(told) != item.id:
        cause = f"the ID {item.id!r} became {told!r}"
        operation = f"{item.resource.name}-CREATE"
        raise waits_for("ids.chosen_on_create", cause, operation)


def _create(target: Target, place: Place, id_: str, **changes: Any) -> Item:
    """Make an item with an ID; one that the server changed is another row's."""
    item = target.create(place, **{place.resource.id.member: id_}, **changes)
    if item.exchange is not None:
        _insist_on_id(item.exchange, place.item(id_))
    return item


def _second(target: Target, item: Item) -> dict[str, Any]:
    """Give a body with an item's ID and, as far as they are known, other values."""
    resource = item.resource
    unique = [n for n, c in resource.properties.items() if "x-unique" in c]
    other = {n: v for n, v in resource.other.items() if n not in unique}
    return target.body(resource, **{**other, resource.id.member: item.id})


def _insist_on_one(target: Target, item: Item, what: str) -> None:
    """Insist that a second POST of an item's ID is refused, with no effect on it."""
    before = target.get(item)
    succeeded(before)
    unsuccessful(target.post(item.place, _second(target, item)), what)
    untouched(before, target.get(item), what)


# ----------------------------------------------------------------------- duplicates


@must("ids.duplicate_refused", only=_chosen, cost=14)
def check_a_second_post_of_an_id_is_refused(
    target: Target, creatable: Resource
) -> None:
    """POST of an ID in use MUST be refused and leave the first item untouched."""
    place, member = target.place(creatable), creatable.id.member
    item = _create(target, place, target.new_id(creatable))
    _insist_on_one(target, item, "a second POST of an ID")
    if "PATCH" in creatable.id.rename and "PATCH" in creatable.verbs:
        new = target.missing(place)
        answer = target.patch(item, {member: new.id})
        if answer.success and str(item_after(target, new, answer)[member]) == new.id:
            _insist_on_one(target, new, "a second POST of an ID that was renamed to")
    if "SAVE" in creatable.verbs:
        saved = target.missing(place)
        if target.put(saved, target.save_body(saved)).success:
            _insist_on_one(target, saved, "a second POST of an ID that PUT chose")
    item_of(target.post(place, _second(target, target.missing(place))))


def _rounds(profile: Profile, creatable: Resource) -> list[int]:
    return list(range(2 if creatable in profile.typical() else 1))


@must("ids.duplicate_race", only=_chosen, draws=_rounds, cost=40)
def check_one_of_many_simultaneous_posts_wins(
    target: Target, creatable: Resource, payload: int
) -> None:
    """Of simultaneous POSTs of one ID exactly one MUST win."""
    # What a budget allows: all that can be at once for one resource of each scope.
    most = 16 if creatable in target.profile.typical() else 8
    lanes = min(target.lanes(), most)
    if lanes == 1:
        raise Disturbed("the server does not hold two connections at once")
    item = target.missing(target.place(creatable))
    bodies = [_raced(target, item, lane) for lane in range(lanes)]
    answers = target.together([_posting(item, body) for body in bodies])
    won = [n for n, a in enumerate(answers) if isinstance(a, Exchange) and a.success]
    silent = [answer for answer in answers if isinstance(answer, Disturbed)]
    for number in won:
        _insist_on_id(answers[number], item)
    words = f"{len(won)} of {lanes} simultaneous POSTs won, round {payload + 1}"
    insist(len(won) <= 1, words)
    if silent:
        raise silent[0]
    if not won:
        _insist_on_creation(target, item.place)
    insist(won, words)
    wrong = unlike(creatable, bodies[won[0]], item_of(target.get(item)))
    insist(not wrong, f"the item is not the winner's: {wrong}")


def _insist_on_creation(target: Target, place: Place) -> None:
    """Leave to its own row that an undisturbed POST creates nothing either."""
    item_of(target.post(place, _second(target, target.missing(place))))


def _posting(item: Item, body: dict[str, Any]) -> Callable[[Target], Exchange]:
    return lambda lane: lane.post(item.place, body)


def _raced(target: Target, item: Item, lane: int) -> dict[str, Any]:
    """Give one racer's body: its label tells it from the others."""
    body = target.body(item.resource, **{item.resource.id.member: item.id})
    label = item.resource.label
    if label and "x-unique" not in item.resource.properties[label]:
        body[label] = item.resource.labelled(f"racer {lane}")
    return body


# --------------------------------------------------------------------------- scopes


@must("ids.shared_scope", only=_chosen, cost=14)
def check_an_id_is_refused_twice_whatever_the_context(
    target: Target, shared: Resource
) -> None:
    """An organisation-wide ID MUST be refused twice, whoever asks and wherever."""
    item = _create(target, target.place(shared), target.new_id(shared))
    before = target.get(item)
    for speaker, place in _contexts(target, item):
        control = speaker.post(place, _second(speaker, speaker.missing(place)))
        if control.refusal:
            continue
        answer = speaker.post(place, _second(speaker, item))
        who = f"as {answer.identity or 'nobody'}" + " elsewhere" * (place != item.place)
        unsuccessful(answer, f"a second POST of an organisation-wide ID, {who},")
    again = target.post(item.place, _second(target, item))
    unsuccessful(again, "a second POST of an organisation-wide ID")
    untouched(before, target.get(item), "a second POST of its ID")


def _contexts(target: Target, item: Item) -> list[tuple[Target, Place]]:
    """List whom to speak as and where: other clients and users, another parent."""
    roles = item.resource.roles.get("CREATE", ())
    first = item.exchange.identity if item.exchange else None
    known = {i.name: (i.client_id, i.username) for i in target.identities()}
    own = known.get(first or "", ("", ""))
    able = [i for i in target.identities() if i.name != first and i.may(roles)]
    # First who differs in both, client and user.
    able.sort(key=lambda i: (i.client_id == own[0]) + (i.username == own[1]))
    found = [(target.using(identity), item.place) for identity in able[:CONTEXTS]]
    if item.resource.parents:
        found.append((target, target.fresh_place(item.resource)))
    return found


def _others(profile: Profile, creatable: Resource) -> list[str]:
    """Name the next resource, in the profile's order, whose IDs look the same."""
    ring = [r for r in profile.resources.values() if _chosen(r) or r is creatable]
    start = ring.index(creatable)
    rule = creatable.id
    return [
        other.name
        for other in (*ring[start + 1 :], *ring[:start])
        if set(other.id.alphabet) <= set(rule.alphabet)
        and (other.id.type, other.id.max_length) == (rule.type, rule.max_length)
    ][:1]


def _some_share(profile: Profile) -> bool:
    return any(_others(profile, resource) for resource in profile.resources.values())


@should("ids.per_resource", only=_chosen, draws=_others, when=_some_share)
def check_two_resources_may_share_an_id(
    target: Target, creatable: Resource, payload: str
) -> None:
    """An ID in use by another resource SHOULD be taken."""
    other = target.shared(target.profile.resources[payload])
    body = target.body(creatable, **{creatable.id.member: other.id})
    answer = target.post(target.place(creatable), body)
    allowed(answer, f"the ID of an item of {payload}")
    served(target, other, f"the item of {payload} vanished")


# ----------------------------------------------------------------------------- case


def _cased(resource: Resource) -> bool:
    return _chosen(resource) and {"a", "A"} <= set(resource.id.alphabet)


@must("ids.case", only=_cased, cost=9)
def check_ids_that_differ_in_case_lose_no_item(
    target: Target, creatable: Resource
) -> None:
    """A second ID that differs in case alone MUST NOT cost an item."""
    place = target.place(creatable)
    stem = target.new_id(creatable)[: creatable.id.max_length - 2]
    lower = _create(target, place, f"{stem}za")
    before = target.get(lower)
    upper = place.item(f"{stem}zA")
    body = _second(target, upper)
    answer = target.post(place, body)
    untouched(before, target.get(lower), f"POST of {upper.id!r}")
    if not answer.success:
        return
    _insist_on_id(answer, upper)
    _insist_on_both(target, lower, upper, body)


def _insist_on_both(
    target: Target, lower: Item, upper: Item, body: dict[str, Any]
) -> None:
    shown = target.get(upper)
    insist(not shown.refusal, f"{upper.id!r} was taken and is not there: {shown.words}")
    wrong = unlike(upper.resource, body, item_of(shown))
    insist(not wrong, f"{upper.id!r} shows another item: {wrong}")
    if "DELETE" in upper.resource.verbs:
        succeeded(target.delete(lower))
        untouched(shown, target.get(upper), f"DELETE of {lower.id!r}")
