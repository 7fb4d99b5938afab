"""Date Format: the stamps that the server itself puts on items."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from conformance import Exchange, Item, Operation, Resource, Target, must, should
from conformance.caller import After
from conformance.checks._controls import insist_on_write
from conformance.checks._verbs_values import unlike
from conformance.dates import guess, http_date, read
from conformance.expect import (
    edge,
    insist,
    item_of,
    resource_of,
    succeeded,
    unjudged,
    waits_for,
)
from conformance.writing import aim, read_back, write, written

_QUARTER_S = 900
#: No clock on Earth shows more than fourteen hours from UTC.
_FARTHEST = 14 * 4
_NEAR_S = 5
_FAR_S = 300
#: Longer than the tick of a stamp in whole seconds.
_TICK_S = 1.1


def _stamps(resource: Resource, *kinds: str) -> list[str]:
    """Name the properties in which the server stamps creation or update."""
    return [
        name
        for name, claimed in resource.properties.items()
        if claimed.get("x-stamp") in kinds
    ]


def _stamped(resource: Resource) -> bool:
    return written(resource) and bool(_stamps(resource, "created", "updated"))


def _seconds(answer: Exchange, name: str) -> Decimal | None:
    """Give a stamp in seconds since the epoch; None when the item shows none.

    Raises:
        Waits: It is no instant, which other clauses judge.
    """
    shown = item_of(answer).get(name)
    if shown in (None, "", {}):
        return None
    moment = read(shown) if isinstance(shown, str) else None
    if moment is None or moment.seconds is None:
        clause = "dates.utc" if moment and moment.timed else "dates.iso8601"
        raise waits_for(clause, f"{name} is {shown!r}", answer.operation)
    return moment.seconds


def _named(answer: Exchange, name: str) -> bool:
    """Say whether a stamp is shown and names its instant."""
    meant = guess(item_of(answer).get(name))
    return meant is not None and meant.sure


@dataclass(frozen=True, slots=True)
class _Off:
    """How far a new stamp is from the answer's own ``Date``, and from our clock."""

    served: Decimal
    ours: Decimal

    @property
    def zone(self) -> int:
        """Give the quarter-hours of a time zone that it is off by; 0 for none."""
        quarters = round(self.served / _QUARTER_S)
        exact = abs(self.served - quarters * _QUARTER_S) <= _NEAR_S
        return quarters if exact and abs(quarters) <= _FARTHEST else 0


@must(
    "dates.truly_utc",
    only=_stamped,
    warns="It SHOULD be within five minutes of the time, ours and the server's own.",
)
def check_stamps_are_truly_utc(target: Target, resource: Resource) -> None:
    """A stamp labelled UTC MUST NOT be local time."""
    _insist_on_utc(_new_stamps(target, resource), _new_stamps(target, resource))


def _insist_on_utc(first: Mapping[str, _Off], second: Mapping[str, _Off]) -> None:
    """Insist that stamps, each made twice, are not off by a time zone."""
    shown = [name for name in first if name in second]
    if not shown:
        raise unjudged("the item shows no stamp")
    for name in shown:
        one, zone = first[name], second[name].zone
        hours = f"{one.served / 3600:+.2f} h off the answer's own Date"
        near = abs(one.served) <= _FAR_S
        insist(not zone or one.zone != zone, f"{name} is twice {hours}")
        edge(near, f"{name} is {hours}")
        edge(not near or abs(one.ours) <= _FAR_S, f"{name} is {one.ours:+.0f} s off us")


def _new_stamps(target: Target, resource: Resource) -> dict[str, _Off]:
    """Create an item and say how far its stamps are from the time."""
    item, names = target.create(resource), _stamps(resource, "created", "updated")
    return _offs(target, item, item.exchange or target.get(item), names)


def _offs(
    target: Target, item: Item, answer: Exchange, names: Sequence[str]
) -> dict[str, _Off]:
    """Say how far the stamps of an item just written are from the time."""
    if not all(_named(answer, name) for name in names):
        answer = read_back(target, item, answer)
    ours, date = Decimal(str(target.now())), http_date(answer.header("date"))
    clock = ours if date is None else Decimal(date)
    found = {name: _seconds(answer, name) for name in names}
    return {n: _Off(s - clock, s - ours) for n, s in found.items() if s is not None}


def _updated_stamps(target: Target, operation: Operation) -> dict[str, _Off]:
    """Update an item and say how far its last-updated stamp is from the time."""
    trial = aim(target, operation.resource, operation.verb)
    answer = succeeded(write(target, operation.verb, trial.item, trial.other))
    found = target.get(trial.item)
    insist_on_write(answer, trial, found)
    return _offs(target, trial.item, found, _stamps(operation.resource, "updated"))


def _keeps_a_creation_stamp(operation: Operation) -> bool:
    return _is_update(operation) and bool(_stamps(operation.resource, "created"))


def _moves_an_update_stamp(operation: Operation) -> bool:
    return _is_update(operation) and bool(_stamps(operation.resource, "updated"))


def _is_update(operation: Operation) -> bool:
    offered = operation.resource.verbs
    return operation.verb in ("SAVE", "PATCH") and "GET" in offered


@should("dates.created_stable", only=_keeps_a_creation_stamp, cost=6)
def check_an_update_keeps_the_creation_stamp(
    target: Target, operation: Operation
) -> Iterator[After]:
    """An update SHOULD NOT change the creation stamp."""
    trial = aim(target, operation.resource, operation.verb)
    before = target.get(trial.item)
    yield target.after(_TICK_S)
    succeeded(write(target, operation.verb, trial.item, trial.other))

    # A PUT replaces the item, so its stamp may start anew.
    _insist_on_creation(before, target.get(trial.item), anew=operation.verb == "SAVE")


@should(
    "dates.created_stable",
    only=lambda renamable: (
        {"PATCH", "GET"} <= {*renamable.verbs}
        and "PATCH" in renamable.id.rename
        and bool(_stamps(renamable, "created"))
    ),
    cost=6,
)
def check_a_rename_keeps_the_creation_stamp(
    target: Target, renamable: Resource
) -> Iterator[After]:
    """A rename SHOULD NOT change the creation stamp."""
    item = target.create(renamable)
    before = target.get(item)
    yield target.after(_TICK_S)
    renamed = _renamed(target, item)

    _insist_on_creation(before, target.get(renamed), anew=False)


def _renamed(target: Target, item: Item) -> Item:
    name = target.new_id(item.resource)
    answer = target.patch(item, {item.resource.id.member: name})
    if answer.refusal:
        words = f"the rename was refused: {answer.words}"
        raise waits_for("ids.renamed", words, answer.operation)
    succeeded(answer)
    return item.place.item(name)


def _insist_on_creation(before: Exchange, after: Exchange, *, anew: bool) -> None:
    for name in _stamps(resource_of(before), "created"):
        was, now = _seconds(before, name), _seconds(after, name)
        if was is None:
            raise unjudged(f"{name} is not shown: {before.words}")
        # One source of it may keep fewer digits than another.
        rested = now is not None and abs(now - was) < 1
        later = now is not None and now > was
        insist(rested or (anew and later), f"{name} was {was}, is {now}")


@should("dates.updated_advances", only=_moves_an_update_stamp, cost=6)
def check_an_update_moves_its_stamp(
    target: Target, operation: Operation
) -> Iterator[After]:
    """An update SHOULD move the last-updated stamp forward."""
    resource, verb = operation.resource, operation.verb
    trial = aim(target, resource, verb)
    before = target.get(trial.item)
    yield target.after(_TICK_S)
    answer = succeeded(write(target, verb, trial.item, trial.other))
    after = target.get(trial.item)
    insist_on_write(answer, trial, after)
    if unlike(resource, trial.other, item_of(before)):
        _insist_on_advance(before, after)
    elif not (resource.extensions and verb == "PATCH"):
        raise unjudged("no other value is known: nothing was updated")
    for name in resource.extensions if verb == "PATCH" else ():
        yield target.after(_TICK_S)
        inner = {name: {target.new_id(resource): "stamped"}}
        succeeded(write(target, verb, trial.item, inner))
        _insist_on_advance(after, target.get(trial.item))


def _insist_on_advance(before: Exchange, after: Exchange) -> None:
    for name in _stamps(resource_of(before), "updated"):
        was, now = _seconds(before, name), _seconds(after, name)
        insist(_advanced(was, now), f"{name} was {was}, is {now}")


def _advanced(was: Decimal | None, now: Decimal | None) -> bool:
    """Say whether a stamp moved; one of whole minutes may be within its tick."""
    if now is None:
        return False
    return was is None or now > was or (now == was and now % 60 == 0)


@must(
    "dates.truly_utc",
    only=_moves_an_update_stamp,
    cost=10,
    warns="It SHOULD be within five minutes of the time, ours and the server's own.",
)
def check_stamps_of_updates_are_truly_utc(target: Target, operation: Operation) -> None:
    """A last-updated stamp labelled UTC MUST NOT be local time."""
    first = _updated_stamps(target, operation)
    _insist_on_utc(first, _updated_stamps(target, operation))
