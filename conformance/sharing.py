"""What a run finds out or makes once, for all of its rows. No verdicts here."""

import contextlib

from conformance.errors import Breach, Disturbed, NotProvided, Waits
from conformance.exchange import Exchange
from conformance.expect import ids_of, item_of, page_of
from conformance.places import Item, Place
from conformance.profile import Resource
from conformance.session import Unit
from conformance.target import Target
from conformance.walking import until


def filled(resource: Resource, unit: Unit) -> bool:
    """Say whether a new parent has items already, which the server made."""
    if not {"LIST", "GET"} <= {*resource.verbs}:
        return False
    target = unit.target
    with contextlib.suppress(Waits, Breach, Disturbed, NotProvided):
        place = target.new_place(resource)

        def look() -> list[str]:
            return ids_of(page_of(target.page(place)).items, resource.id.member)

        # A list that follows its writes late may show later what is there at once.
        ids = until(target, place, look, bool)
        # What a list alone shows there is the list's mistake.
        return bool(ids) and target.get(place.item(ids[0])).success
    return False


def emptied(item: Item, target: Target) -> bool:
    """Remove what the server itself has put under an item that the run has made.

    Returns:
        Whether anything was removed.
    """
    found = False
    for below in target.profile.children(item.resource):
        place = Place(below, (*item.place.parents, item.id))
        for one in _of_the_server(place, target):
            answer = target.delete(one)
            if answer.refusal and emptied(one, target):
                answer = target.delete(one)
            found |= answer.success
    return found


def _of_the_server(place: Place, target: Target) -> list[Item]:
    """List what stands on the first page of a collection and is none of ours."""
    if not {"LIST", "DELETE"} <= {*place.resource.verbs}:
        return []
    late_s = target.profile.lists.get("eventual_s", 0)
    with contextlib.suppress(Waits, Breach, Disturbed, NotProvided):
        for wait_s in (0, *[1] * int(late_s if place.resource.eventual else 0)):
            if wait_s:
                target.pause(wait_s)
            shown = page_of(target.page(place)).items
            items = map(place.item, ids_of(shown, place.resource.id.member))
            found = [one for one in items if not target.session.made(one.path)]
            if found:
                return found
    return []


def refer(place: Place, unit: Unit) -> None:
    """Make the item that others refer to; one that is there already will do."""
    target, resource = unit.target, place.resource
    id_ = target.session.reference(resource)
    answer = target.post(place, target.body(resource, **{resource.id.member: id_}))
    if answer.status != 409:
        item_of(answer)


def lanes(target: Target) -> int:
    """Say how many connections the server holds at once: 16, 8, 4, 2 or 1."""

    def look(lane: Target) -> Exchange:
        path = lane.profile.base_path + "/"
        return lane.anonymous.send("GET", path, operation="look")

    for count in (16, 8, 4, 2):
        found = target.together([look] * count)
        if not any(isinstance(result, Disturbed) for result in found):
            return count
    look(target)  # if it answers at all: else that is what is the matter
    return 1
