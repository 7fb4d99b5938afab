"""What the checks of this chapter share: what to ask for, whose a success is.

No checks here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance import Exchange, Item, Operation, Place, Resource, Target
from conformance.errors import Disturbed
from conformance.expect import page_of, refused, waits_for
from conformance.profile import has_type, makeable
from conformance.strategies import allows

#: Verbs that name one item.
ON_ITEMS = ("GET", "SAVE", "PATCH", "DELETE")
WRITES_TO_ITEMS = ("SAVE", "PATCH", "DELETE")
#: What is wrong with a text past the length that is claimed.
TOO_LONG = "a text longer than is claimed"
#: What no scalar property takes.
_OF_NO_TYPE = {"of": ["another", "type"]}
#: What hardly any pattern fits and no enumeration has.
_NO_WORD = "?!"


class TooLong(str):
    """A text longer than its property may be."""

    __slots__ = ()


def triable(operation: Operation) -> bool:
    """Say whether there is something to try the operation on."""
    resource, verb = operation.resource, operation.verb
    readable = verb == "GET" and "LIST" in resource.verbs
    return verb in ("LIST", "CREATE") or makeable(resource) or readable


def subject(target: Target, operation: Operation) -> Item:
    """Give an item that the operation may be tried on, whatever becomes of it.

    Raises:
        Disturbed: Nothing can be made and nothing is listed.
    """
    resource, verb = operation.resource, operation.verb
    if verb in ("LIST", "CREATE"):
        return target.missing(target.place(resource))
    if makeable(resource):
        lasting = verb == "GET"
        return target.shared(resource) if lasting else target.create(resource)
    if verb == "GET" and "LIST" in resource.verbs:
        return _listed(target, resource)
    raise Disturbed(f"no item of {resource.name} can be made or found")


def _listed(target: Target, resource: Resource) -> Item:
    place = target.place(resource)
    for entry in page_of(target.page(place)).items:
        if isinstance(entry, dict) and resource.id.member in entry:
            return place.item(entry[resource.id.member])
    raise Disturbed(f"no item of {resource.name} is listed")


def orphanage(target: Target, resource: Resource) -> Place:
    """Give a collection under a parent that is not there."""
    place = target.place(resource)
    parent = target.profile.resources[resource.parents[-1]]
    ghost = target.missing(Place(parent))
    return Place(resource, (*place.parents[:-1], ghost.id))


def code_of(answer: Exchange, what: str, owner: str) -> int:
    """Give the code that a wrong request was refused with.

    Args:
        answer: The answer.
        what: What was wrong.
        owner: The clause that judges whether it is refused at all.

    Raises:
        Waits: It was not refused.
    """
    if answer.success:
        words = f"{what} was not refused: {answer.words}"
        raise waits_for(owner, words, answer.operation)
    return refused(answer, what).status


def absence_code(answer: Exchange, what: str, owner: str) -> int:
    """Give the code that a request for what is not there was refused with.

    Arguments as in `code_of`.

    Raises:
        Waits: It was not refused, or for the token, which is right.
    """
    code = code_of(answer, what, owner)
    if code == 401 and answer.valid_token:
        words = f"a valid token was refused: {answer.words}"
        raise waits_for("oauth.lifetime", words, answer.operation)
    return code


def bad_bodies(
    target: Target, operation: Operation, item: Item
) -> list[tuple[str, dict[str, Any], str | None]]:
    """Give bodies that are wrong: what, how to send it, who owns its being taken.

    Nobody does where the source leaves the freedom to take it.
    """
    resource, verb = operation.resource, operation.verb
    malformed = "json.malformed_request"
    found: list[tuple[str, dict[str, Any], str | None]] = [
        ("an unfinished body", {"raw": b'{"unfinished": '}, malformed),
        ("a text as body", {"raw": b'"text"'}, malformed),
    ]
    whole = {} if verb == "PATCH" else body_for(target, verb, item)
    if resource.required and verb != "PATCH":
        left = {n: v for n, v in whole.items() if n != resource.required[0]}
        owner = "verbs.create.required" if verb == "CREATE" else None
        found.append((f"a body without {resource.required[0]}", {"body": left}, owner))
        found.append(("a body without anything", {"body": {}}, owner))
    scalar = _scalar(resource)
    if len(scalar) > 1:
        wrong = dict.fromkeys(scalar, _OF_NO_TYPE)
        found.append(("many wrong values at once", {"body": whole | wrong}, None))
    for name, wrong, owner in _bad_values(resource):
        what = TOO_LONG if isinstance(wrong, TooLong) else f"a wrong {name}"
        found.append((what, {"body": whole | {name: wrong}}, owner))
    return found


def body_for(target: Target, verb: str, item: Item) -> dict[str, Any]:
    """Give a right body for a verb."""
    if verb == "CREATE":
        return target.body(item.resource)
    return (
        target.save_body(item) if verb == "SAVE" else target.patch_body(item.resource)
    )


def _bad_values(resource: Resource) -> list[tuple[str, Any, str | None]]:
    """Give one value of a wrong type, one too long text, one impossible date."""
    found: list[tuple[str, Any, str | None]] = []
    claims = {n: resource.properties[n] for n in resource.compared}
    texts = resource.texts()
    scalar = _scalar(resource)
    bounded = [n for n in texts if "maxLength" in claims[n]]
    dates = resource.dates(written=True)
    if scalar:
        found.append((scalar[0], _OF_NO_TYPE, None))
    if bounded:
        size = int(claims[bounded[-1]]["maxLength"]) + 1
        found.append((bounded[-1], TooLong("a" * size), None))
    found += [(name, _NO_WORD, None) for name in _fitting_nothing(claims)]
    if dates:
        found.append((dates[0], "2030-02-30T00:00:00Z", "dates.bad_date_refused"))
    return found


def _fitting_nothing(claims: Mapping[str, Any]) -> list[str]:
    """Name one property with a pattern and one with an enumeration."""
    text = {n: c for n, c in claims.items() if has_type(c, "string")}
    closed = [n for n, c in text.items() if not allows(c, _NO_WORD)]
    found = (
        [name for name in closed if word in text[name]][:1]
        for word in ("pattern", "enum")
    )
    return list(dict.fromkeys(name for names in found for name in names))


def _scalar(resource: Resource) -> list[str]:
    """Name the compared properties that hold neither objects nor arrays."""
    claims = {n: resource.properties[n] for n in resource.compared}
    return [n for n, c in claims.items() if not {"object", "array"} & _types(c)]


def _types(claimed: Any) -> set[str]:
    return {kind for kind in ("object", "array") if has_type(claimed, kind)}


def send_body(target: Target, verb: str, item: Item, how: dict[str, Any]) -> Exchange:
    """Send a wrong body to a verb."""
    given = {"body": None, "deliberate": True, **how}
    if verb == "CREATE":
        return target.post(item.place, **given)
    call = target.put if verb == "SAVE" else target.patch
    return call(item, **given)


def unclaimed(target: Target, resource: Resource) -> Iterator[Exchange]:
    """Try what the resource has not: on an item of ours, and on IDs nobody has.

    Collections are left alone, unless they stand under a parent of ours.
    """
    place = target.place(resource)
    ghost = target.missing(place)
    yield target.put(ghost, target.body(resource), method="POST", deliberate=True)
    missing = [verb for verb in WRITES_TO_ITEMS if verb not in resource.verbs]
    items = (
        [ghost, target.create(resource)] if missing and makeable(resource) else [ghost]
    )
    for verb in missing:
        for item in items:
            yield target.perform(verb, item, deliberate=True)
    if "CREATE" not in resource.verbs and resource.parents:
        yield target.perform("CREATE", ghost, deliberate=True)
