"""Crowds: many items made, listed and removed several at once. No verdicts here."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.errors import Disturbed, NotProvided, Waits
from conformance.exchange import Exchange
from conformance.expect import item_of
from conformance.places import LEFT_OUT, Item
from conformance.profile import Resource
from conformance.seeding import Collection, extension, narrowed, ours
from conformance.session import Unit
from conformance.target import Target
from conformance.walking import Reading, Walk, largest

#: More items than this are not made, however large a page may be.
CROWD = 300


@dataclass(frozen=True, slots=True)
class Crowd:
    """One item more than the largest page holds, made without IDs, several at once.

    Attributes:
        created: The answers to their creation.
        listed: What a walk through their list met; they are gone again.
        trouble: Why there is no such walk.
    """

    collection: Collection
    created: tuple[Exchange, ...]
    listed: Walk | None = None
    trouble: Exception | None = None

    @property
    def walk(self) -> Walk:
        """Give the walk.

        Raises:
            Waits: There is none, because of what another row judges.
            Disturbed: There is none, for want of an answer.
            NotProvided: There is none, for want of what the owner did not give.
        """
        if self.listed is None:
            raise self.trouble or Disturbed("the list was not read")
        return self.listed


def gather(unit: Unit, resource: Resource) -> Crowd:
    """Make, list and remove the run's crowd of a resource, as a unit of its own."""
    target = unit.target
    place, mark = target.fresh_place(resource), target.new_id(resource)
    size = largest(target.profile)
    bodies = [
        _crowded(target, resource, mark) for _ in range(min(size or 99, CROWD) + 1)
    ]
    answers = _dealt_out(
        target,
        len(bodies),
        lambda lane, n: lane.twice(lambda: lane.post(place, bodies[n])),
    )
    member = resource.id.member
    items = [
        Item(place, str(item_of(answer)[member]), body, answer)
        for answer, body in zip(answers, bodies, strict=True)
        if not answer.refusal
    ]
    crowd = Crowd(Collection(place, tuple(items), mark), tuple(answers))
    try:
        return _listed(target, crowd, size)
    finally:
        _disperse(target, items)


def _crowded(target: Target, resource: Resource, mark: str) -> dict[str, Any]:
    changes: dict[str, Any] = {resource.id.member: LEFT_OUT}
    if resource.label and "x-unique" not in resource.properties[resource.label]:
        changes[resource.label] = f"amber {mark}"
    for name in resource.extensions:
        changes[name] = extension(target.session.prefix, mark, 0)
    return target.body(resource, **changes)


def _listed(target: Target, crowd: Crowd, size: int | None) -> Crowd:
    if size is None or "LIST" not in crowd.collection.place.resource.verbs:
        return crowd
    try:
        collection = narrowed(target, crowd.collection)
        listed = ours(target, collection, Reading(size))
    except (Waits, Disturbed, NotProvided) as trouble:
        return replace(crowd, trouble=trouble)
    return replace(crowd, collection=collection, listed=listed)


def _disperse(target: Target, items: Sequence[Item]) -> None:
    """Delete many items, several at once; what stays is left to the clean-up."""
    if items and "DELETE" in items[0].resource.verbs:
        with contextlib.suppress(Disturbed):
            _dealt_out(target, len(items), lambda lane, n: lane.delete(items[n]))


def _dealt_out(
    target: Target, count: int, act: Callable[[Target, int], Exchange]
) -> list[Exchange]:
    """Do something for each number, the numbers dealt out to simultaneous lanes."""
    lanes = min(target.lanes(), count)
    if lanes <= 1:
        return [act(target, number) for number in range(count)]
    answers: dict[int, Exchange] = {}

    def share(first: int) -> Callable[[Target], Exchange]:
        def call(lane: Target) -> Exchange:
            for number in range(first, count, lanes):
                answers[number] = act(lane, number)
            return answers[first]

        return call

    for result in target.together([share(first) for first in range(lanes)]):
        if isinstance(result, Disturbed):
            raise result
    return [answers[number] for number in range(count)]
