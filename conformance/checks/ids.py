"""Writeable IDs: an ID is generated when none is given, and kept when one is."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from conformance import (
    LEFT_OUT,
    Exchange,
    Place,
    Profile,
    Resource,
    Target,
    must,
    should,
)
from conformance.checks._verbs import served
from conformance.checks._verbs_values import unlike
from conformance.expect import (
    allowed,
    edge,
    insist,
    item_after,
    item_of,
    noted,
    succeeded,
    turned_down,
    unjudged,
    unsuccessful,
    waits_for,
)

#: IDs taken behind a generated one, and creations that might run into them.
SUCCESSORS = 2
#: IDs tried for that: in a busy collection the next ones are taken soon.
TRIED = 20
#: How often that is done.
ROUNDS = 3
#: Characters of an ID that no limit or code is taken for.
_NO_NUMBER = 6


def _chooses(resource: Resource) -> bool:
    return resource.id.writable and resource.id.type == "string"


def _chosen_by_put(resource: Resource) -> bool:
    return _chooses(resource) and "GET" in resource.verbs


def _saved(resource: Resource) -> bool:
    return _chosen_by_put(resource) and "SAVE" in resource.verbs


# ------------------------------------------------------------------------ generated


@must(
    "ids.generated",
    warns="A generated ID SHOULD be text, and null SHOULD be taken as no ID.",
    cost=8,
)
def check_an_id_is_made_when_none_is_given(target: Target, creatable: Resource) -> None:
    """POST without an ID MUST make one, return it and serve the item under it."""
    member = creatable.id.member
    place = target.place(creatable)
    body = target.body(creatable, **{member: LEFT_OUT})
    answer = target.post(place, body)
    if answer.status in (401, 403):
        succeeded(answer)
    if answer.refusal and creatable.id.writable:
        target.create(place)
        insist(condition=False, words=f"a POST without ID was refused: {answer.words}")
    _insist_on_made(target, place, body, answer)
    if creatable.id.writable:
        body = target.body(creatable, **{member: None})
        answer = target.post(place, body)
        if not turned_down(answer, "null as ID"):
            _insist_on_made(target, place, body, answer)


def _insist_on_made(
    target: Target, place: Place, body: dict[str, Any], answer: Exchange
) -> None:
    resource = place.resource
    made = item_of(answer)[resource.id.member]
    insist(
        isinstance(made, str | int) and not isinstance(made, bool) and made != "",
        f"the ID is {made!r}: {answer.words}",
    )
    edge(
        resource.id.type == "integer" or isinstance(made, str),
        f"the generated ID {made!r} is no text: {answer.words}",
    )
    if "GET" in resource.verbs:
        shown = served(target, place.item(made), "no item under the ID returned")
        wrong = unlike(resource, body, item_of(shown))
        insist(not wrong, f"another item under the ID returned: {wrong}")


@must(
    "ids.generated_unique",
    only=lambda resource: "CREATE" in resource.verbs,
    cost=250,
)
def check_generated_ids_are_unique(target: Target, typical: Resource) -> None:
    """Generated IDs MUST NOT repeat, though many are made at once."""
    created = target.crowd(typical).created
    member = typical.id.member
    if all(answer.refusal for answer in created):
        raise waits_for("ids.generated", f"none was made: {created[0].words}")
    ids = [str(item_of(answer)[member]) for answer in created if not answer.refusal]
    repeated = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    refusals = [answer for answer in created if answer.refusal]
    strange = [a for a in created if a.success and str(item_of(a)[member]) in repeated]
    target.cite([*created[:1], *strange, *refusals])
    if "" in ids:
        raise waits_for("ids.generated", "an ID told is empty")

    insist(not repeated, f"{len(repeated)} of {len(ids)} IDs twice: {repeated[:3]}")
    for answer in refusals:
        if answer.status in (401, 403):
            succeeded(answer)
        words = f"{len(refusals)} of {len(created)} creations were refused"
        insist(not _clashed(answer, member, ids), f"{words}: {answer.words}")
    if refusals:
        # There may be as many items as its owner allows.
        noted(f"{len(refusals)} of {len(created)} creations: {refusals[0].words}")


def _clashed(answer: Exchange, member: str, ids: Iterable[str]) -> bool:
    """Say whether a refusal is of an ID in use, which nobody but the server chose.

    That no more items may be made is refused as well. It may name the member, and a
    number that is as short as an ID.
    """
    told = (answer.answer.text or "") if answer.answer else ""
    long = (id_ for id_ in ids if len(id_) >= _NO_NUMBER)
    quoted = any(f'"{id_}"' in told or f"'{id_}'" in told for id_ in long)
    named = {str(value) for value in _under(member, answer.value)}
    return answer.status == 409 or quoted or not named.isdisjoint(ids)


def _under(member: str, value: Any) -> Iterator[Any]:
    """Give what stands under a name anywhere in JSON."""
    if isinstance(value, dict):
        if member in value:
            yield value[member]
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _under(member, part)


@must(
    "ids.generated_unique",
    only=lambda resource: (
        "CREATE" in resource.verbs and resource.id.writable and "GET" in resource.verbs
    ),
    cost=22,
)
def check_generated_ids_avoid_chosen_ones(target: Target, typical: Resource) -> None:
    """A generated ID MUST NOT be one in use, chosen by a client or made before."""
    # Once it is made, its many creations no longer run ahead of a counter.
    target.crowd(typical)
    place, known, taken = target.fresh_place(typical), set[str](), set[str]()
    for _ in range(ROUNDS):
        made = _generated(target, place, known)
        taken |= _take(target, place, _successors(typical, made))
        known |= {made, *taken}
        for _ in range(SUCCESSORS):
            known.add(_generated(target, place, known))
        known = _with_one_fewer(target, place, made, known)
    # What nobody may choose, a client can't have taken.
    if not taken and any(_choosable(typical, id_) for id_ in known):
        raise unjudged(f"no successor of {sorted(known)[:3]} could be taken")


def _choosable(resource: Resource, id_: str) -> bool:
    rule = resource.id
    return len(id_) <= rule.max_length and set(id_) <= set(rule.alphabet)


def _generated(target: Target, place: Place, known: set[str]) -> str:
    """Create without an ID; insist that the one made is not among those known."""
    member = place.resource.id.member
    answer = target.post(place, target.body(place.resource, **{member: LEFT_OUT}))
    if answer.refusal and not known:
        raise waits_for("ids.generated", f"none was made: {answer.words}")
    allowed(answer, f"a POST without ID, {sorted(known)[:3]} being taken,")
    made = str(item_of(answer)[member])
    if not made:
        raise waits_for("ids.generated", f"the ID told is empty: {answer.words}")
    insist(made not in known, f"made {made!r}, which is in use: {answer.words}")
    return made


def _with_one_fewer(
    target: Target, place: Place, id_: str, known: set[str]
) -> set[str]:
    """Delete an item and create another; give the IDs then in use.

    Whoever counts the items there are would make the same ID again.
    """
    if "DELETE" not in place.resource.verbs:
        return known
    succeeded(target.delete(place.item(id_)))
    left = known - {id_}
    return left | {_generated(target, place, left)}


def _take(target: Target, place: Place, ids: list[str]) -> set[str]:
    """Choose some of these IDs; in a list of others' only those that are free."""
    taken: set[str] = set()
    for id_ in ids:
        if len(taken) == SUCCESSORS:
            break
        if place.fresh or target.get(place.item(id_)).status == 404:
            body = _labelled(target, place.resource, id_)
            taken |= {id_} if target.post(place, body).success else set()
    return taken


def _labelled(target: Target, resource: Resource, id_: str) -> dict[str, Any]:
    """Give a body with an ID that lacks the run's prefix, which stands elsewhere."""
    whole = int(id_) if resource.id.type == "integer" else id_
    body = target.body(resource, **{resource.id.member: LEFT_OUT})
    return {**body, resource.id.member: whole}


def _successors(resource: Resource, id_: str) -> list[str]:
    """Give the IDs that a counter would make next; none where it is no counter's."""
    head = id_.rstrip("0123456789")
    number = id_[len(head) :]
    steps = range(1, TRIED + 1)
    if number:
        return [f"{head}{int(number) + step:0{len(number)}}" for step in steps]
    signs = sorted(resource.id.alphabet)
    last = signs.index(id_[-1]) if id_[-1] in signs else 0
    return [id_[:-1] + signs[(last + step) % len(signs)] for step in steps]


# --------------------------------------------------------------------------- chosen


def _tails(profile: Profile, creatable: Resource) -> list[str]:
    """Give what follows the run's own ID: the alphabet in pieces, the longest, none."""
    del profile
    rule = creatable.id
    room = max(rule.max_length - 20, 1)
    pieces = [rule.alphabet[n : n + room] for n in range(0, len(rule.alphabet), room)]
    # The longest ID holds the whole alphabet where there is room for it.
    return [*(pieces if len(pieces) > 1 else ()), "longest", "shortest", "digits"]


@must(
    "ids.chosen_on_create",
    only=_chooses,
    draws=_tails,
    warns="An ID of one character SHOULD be taken.",
    cost=5,
)
def check_post_keeps_the_id_given(
    target: Target, creatable: Resource, payload: str
) -> None:
    """POST MUST keep the ID that it is given, exactly."""
    place, rule = target.place(creatable), creatable.id
    id_ = _own_id(target, place, payload)
    answer = target.post(place, _labelled(target, creatable, id_))
    if payload == "shortest" and answer.status == 409:
        # Whether an ID that was deleted serves again is no more than a SHOULD.
        raise unjudged(f"{id_!r} may have been used before: {answer.words}")
    short = payload == "shortest" and rule.min_length == 1
    if short and turned_down(answer, "an ID of length 1"):
        insist(answer.refusal, "refused")
        return
    if answer.refusal:
        target.create(place)
    kept = item_of(allowed(answer, f"the ID {id_!r}, within what is claimed,"))
    insist(kept[rule.member] == id_, f"{id_!r} became {kept[rule.member]!r}")
    if "GET" in creatable.verbs:
        shown = served(target, place.item(id_), "no item under the ID given")
        got = item_of(shown)[rule.member]
        insist(got == id_, f"GET of {id_!r} shows {got!r}")


def _grows(creatable: Resource) -> bool:
    text = creatable.id.type == "string" and "GET" in creatable.verbs
    return _chooses(creatable) and text and _ends(creatable) != ""


def _ends(resource: Resource) -> str:
    """Give two characters of the alphabet that differ in more than their case."""
    signs = dict.fromkeys(resource.id.alphabet.casefold())
    found = [sign for sign in signs if sign in resource.id.alphabet][:2]
    return "".join(found) if len(found) > 1 else ""


@must("ids.chosen_on_create", only=_grows, cost=6)
def check_long_ids_that_end_otherwise_are_two(
    target: Target, creatable: Resource
) -> None:
    """Two IDs of the greatest length that differ at their end MUST both be kept."""
    place = target.place(creatable)
    stem = _own_id(target, place, "longest")[:-1]
    made = [place.item(f"{stem}{end}") for end in _ends(creatable)]
    for item in made:
        answer = target.post(place, _labelled(target, creatable, item.id))
        allowed(answer, f"the ID {item.id!r}, of the greatest length,")
    for item in made:
        got = item_of(served(target, item, "no item under the ID given"))
        insist(got[creatable.id.member] == item.id, f"GET of {item.id!r} shows {got}")


def _own_id(target: Target, place: Place, tail: str) -> str:
    """Give an ID to choose; one too short for the run's prefix only if it is free."""
    rule, own = place.resource.id, target.new_id(place.resource)
    if tail == "longest":
        return (own + rule.alphabet * rule.max_length)[: rule.max_length]
    if tail not in ("shortest", "digits"):
        return (own + tail)[: rule.max_length]
    if tail == "digits":
        return _of_digits(target, place, own)
    for sign in own[:-4:-1] if "GET" in place.resource.verbs else ():
        id_ = sign * rule.min_length
        if target.get(place.item(id_)).status == 404:
            return id_
    raise unjudged("no ID of the shortest length is known to be free")


def _of_digits(target: Target, place: Place, own: str) -> str:
    """Give an ID that whoever takes it for a number would shorten."""
    rule = place.resource.id
    id_ = f"00{zlib.crc32(own.encode()):010}"[: rule.max_length]
    fits = rule.min_length <= len(id_) and {*"0123456789"} <= set(rule.alphabet)
    if not fits or "GET" not in place.resource.verbs:
        raise unjudged("no ID of digits alone is claimed and known to be free")
    if target.get(place.item(id_)).status != 404:
        raise unjudged(f"{id_} is not known to be free")
    return id_


@must("ids.chosen_on_save", only=_chosen_by_put, cost=12)
def check_put_keeps_the_id_of_its_path(target: Target, savable: Resource) -> None:
    """PUT MUST keep the ID in its path, whether the body repeats or lacks it."""
    place, member = target.place(savable), savable.id.member
    for lacking in (False, True):
        item = target.missing(place)
        body = target.save_body(item, **({member: LEFT_OUT} if lacking else {}))
        answer = target.put(item, body)
        if lacking and answer.refusal:
            continue
        kept = item_after(target, item, answer)[member]
        insist(str(kept) == item.id, f"{item.id!r} became {kept!r}: {answer.words}")
        shown = served(target, item, "no item under the ID in the path")
        got = item_of(shown)[member]
        insist(str(got) == item.id, f"GET of {item.id!r} shows {got!r}")


@must("ids.chosen_on_save", only=_chosen_by_put, cost=6)
def check_put_with_another_id_in_its_body_makes_one_item(
    target: Target, savable: Resource
) -> None:
    """PUT whose body has another ID MUST make one item, under either ID."""
    place, member = target.place(savable), savable.id.member
    item, other = target.missing(place), target.missing(place)
    answer = target.put(item, target.save_body(item, **{member: other.id}))
    found = [one.id for one in (item, other) if target.get(one).success]
    if answer.refusal:
        insist(not found, f"refused, and yet served under {found}: {answer.words}")
        return
    there = place.item(found[0]) if found else item
    told = item_after(target, there, answer)[member]
    if not found:
        served(target, place.item(told), "served under neither ID")
    insist(len(found) == 1, f"served under {found or 'neither ID'}: {answer.words}")
    insist([str(told)] == found, f"told {told!r}, served under {found}")


# -------------------------------------------------------------------------- refused


def _bad_ids(resource: Resource, own: str) -> list[str]:
    """Give IDs outside what is claimed; each carries the run's prefix."""
    rule = resource.id
    base = own[: max(rule.max_length - 4, 1)]
    strange = [f"{base} x", f"{base}/x", f"{base}.x", f"../{base}", f"{base}\u00e9"]
    longest = (own + rule.alphabet * rule.max_length)[: rule.max_length + 1]
    return [*(id_ for id_ in strange if set(id_) - set(rule.alphabet)), longest]


@should("ids.alphabet_refused", only=_chooses, cost=14)
def check_post_refuses_ids_outside_the_alphabet(
    target: Target, creatable: Resource
) -> None:
    """POST SHOULD refuse an ID outside the alphabet, or too long."""
    place, member = target.place(creatable), creatable.id.member
    target.create(place)
    for id_ in _bad_ids(creatable, target.new_id(creatable)):
        body = target.body(creatable, **{member: id_})
        answer = target.post(place, body, deliberate=True)
        unsuccessful(answer, f"the ID {id_!r}")
    empty = target.post(place, target.body(creatable, **{member: ""}), deliberate=True)
    if empty.success:
        made = item_of(empty)[member]
        insist(made not in ("", None), f"an empty ID was kept: {empty.words}")
    target.create(place)


@should("ids.alphabet_refused", only=_saved, cost=14)
def check_put_refuses_ids_outside_the_alphabet(
    target: Target, typical: Resource
) -> None:
    """PUT SHOULD refuse an ID in its path outside the alphabet, or too long."""
    place = target.place(typical)
    control = target.missing(place)
    item_after(target, control, target.put(control, target.save_body(control)))
    for id_ in _bad_ids(typical, target.new_id(typical)):
        item = place.item(id_)
        body = target.save_body(control, **{typical.id.member: LEFT_OUT})
        answer = target.put(item, body, deliberate=True)
        unsuccessful(answer, f"the ID {id_!r} in the path")
    item_after(target, control, target.put(control, target.save_body(control)))
