"""Date Format: dates that clients write, with other offsets and impossible ones."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from conformance import Exchange, Item, Operation, Profile, Resource, Target, must
from conformance.bodies import Raw, as_json
from conformance.checks._controls import insist_on_refusal, insist_on_values
from conformance.dates import IMPOSSIBLE, Moment, read, spelt
from conformance.errors import Waits
from conformance.expect import (
    edge,
    insist,
    item_of,
    noted,
    turned_down,
    unjudged,
    waits_for,
)
from conformance.values import at, holds
from conformance.walking import Reading, Walk, largest, until, walk
from conformance.writing import (
    aim,
    leaves,
    placed,
    read_back,
    waves,
    writes_of,
    writing,
    written,
)

#: Each turns wrong when the offset is dropped, and in its own way.
_WITH_OFFSET = (
    "2030-05-06T12:00:00-06:00",  # noon; day and month can change places
    "2028-02-29T23:30:00-06:00",  # a leap day that is March in UTC
    "2030-01-01T00:00:00+05:30",  # midnight; a year that has not begun in UTC
    "2028-03-01T04:15:00+05:30",  # March that is a leap day in UTC
    "2031-12-31T23:59:59-06:00",  # a year that is over in UTC
    "2030-07-08T00:00:00-06:00",  # midnight in summer
    "2030-09-10T21:45:00-03:30",  # west of Greenwich, and not by whole hours
    "2030-10-27T02:30:00+01:00",  # the second of its name in Europe's clocks
    "2030-11-03T01:30:00-05:00",  # the second of its name in America's
    "1950-07-01T06:00:00-06:00",  # before what many systems count from
    "2030-05-06T12:00:00.250-06:00",  # a fraction before the offset
)


_FRACTION = re.compile(r"\.\d+")


def _written_dates(resource: Resource, *formats: str) -> list[tuple[str, str]]:
    """Give path and format of the dates that a client may write."""
    return [
        (path, claimed["format"])
        for path, claimed in leaves(resource)
        if claimed.get("format") in formats
    ]


def _takes_times(resource: Resource) -> bool:
    return written(resource) and bool(_written_dates(resource, "date-time"))


def _offsets(profile: Profile, resource: Resource) -> list[list[Mapping[str, Any]]]:
    """Every date with an offset in every property, by whichever verb is next."""
    del profile
    paths = [path for path, _ in _written_dates(resource, "date-time")]
    turns = len(_WITH_OFFSET)
    return waves(
        resource,
        [
            placed(
                resource,
                {p: _WITH_OFFSET[(n + at_) % turns] for at_, p in enumerate(paths)},
            )
            for n in range(turns)
        ],
    )


@must(
    "dates.offset_converted",
    only=_takes_times,
    draws=_offsets,
    cost=14,
    warns="It SHOULD be taken, and come back to the second.",
)
def check_offsets_are_converted(
    target: Target, resource: Resource, payload: list[Mapping[str, Any]]
) -> None:
    """A date written with an offset MUST come back as the same instant."""
    last: tuple[Item, Mapping[str, Any]] | None = None
    refused, warned = "", False
    for change, answer, item in writing(target, resource, payload):
        if item is None:
            refused = answer.words
            if _taken_in_utc(target, resource, change):
                warned = turned_down(answer, "an offset")
            continue
        found = read_back(target, item, answer)
        wrong = _wrong_instants(resource, change, item_of(found), found)
        insist_on_values(target, answer, wrong, [*change])
        last = (item, change)
    if last is None and not warned:
        raise unjudged(f"no such dates are taken, in UTC either: {refused}")
    if last is not None and "LIST" in resource.verbs:
        _insist_on_the_list(target, *last)


def _taken_in_utc(
    target: Target, resource: Resource, change: Mapping[str, Any]
) -> bool:
    """Say whether the same instants are taken when they are written in UTC.

    One may be wrong beside another: an end before its beginning.
    """
    try:
        target.create(resource, **_in_utc(change))
    except Waits:
        return False
    return True


def _in_utc(value: Any) -> Any:
    """Give a value with every date that was written with an offset in UTC."""
    if isinstance(value, Mapping):
        return {name: _in_utc(part) for name, part in value.items()}
    moment = read(value) if value in _WITH_OFFSET else None
    if moment is None or moment.seconds is None:
        return value
    # With its fraction: that may be what is refused.
    fraction = _FRACTION.search(value)
    return spelt(int(moment.seconds))[:19] + (fraction[0] if fraction else "") + "Z"


def _insist_on_the_list(target: Target, item: Item, change: Mapping[str, Any]) -> None:
    """Insist that the list shows the instants too, where it shows the item."""
    resource, profile = item.resource, target.profile
    member = resource.id.member
    filtered = "filter" in profile.lists and member in resource.filterable
    query = ((member, item.id),) if filtered else ()
    reading = Reading(size=largest(profile), query=query, limit=3)

    def wrong(seen: Walk) -> list[str] | None:
        shown, answer = seen.of([item.id]), seen.pages[-1].answer
        if not shown:
            return None
        return _wrong_instants(resource, change, shown[0], answer, summary=True)

    found = until(
        target,
        item.place,
        lambda: walk(target, item.place, reading),
        lambda seen: wrong(seen) == [],
    )
    if wrong(found) is None:
        noted("the item was not on the first pages of its list")
    insist(not wrong(found), f"in the list: {'; '.join(wrong(found) or [])}")


def _wrong_instants(
    resource: Resource,
    sent: Mapping[str, Any],
    shown: Mapping[str, Any],
    answer: Exchange,
    *,
    summary: bool = False,
) -> list[str]:
    """Say which instants changed; a fraction cut or rounded is no change.

    A summary, as lists may show, changes nothing by what it leaves out.

    Raises:
        Waits: One is no instant, which other clauses judge.
    """
    wrong = []
    for path, _ in _written_dates(resource, "date-time"):
        if summary and not holds(shown, path):
            continue
        got, written = at(shown, path), at(sent, path)
        was = read(written) if isinstance(written, str) else None
        words = f"{path}: sent {written}, got {got!r}"
        now = read(got) if isinstance(got, str) else None
        if got not in (None, "", {}) and (now is None or now.seconds is None):
            clause = "dates.utc" if now and now.timed else "dates.iso8601"
            raise waits_for(clause, words, answer.operation)
        if was and was.seconds is not None:
            off = _off(now, was.seconds)
            # A fraction may be cut or rounded.
            whole = off is None or not 0 < off <= 1 or was.seconds % 1
            edge(whole, words)
            wrong += [] if off is not None and off <= 1 else [words]
    return wrong


def _off(now: Moment | None, seconds: Decimal) -> Decimal | None:
    return abs(now.seconds - seconds) if now and now.seconds is not None else None


def _takes_dates(operation: Operation) -> bool:
    resource, writes = operation.resource, writes_of(operation.resource)
    dated = _written_dates(resource, "date-time", "date")
    return operation.verb in writes and written(resource) and bool(dated)


@must("dates.bad_date_refused", only=_takes_dates, cost=9)
def check_impossible_dates_are_refused(target: Target, operation: Operation) -> None:
    """A date that does not exist MUST be refused, with nothing stored.

    Reading: what is stored is returned, and an impossible date can't be returned
    in ISO 8601; the page's 400 is for a wrong request.
    """
    resource = operation.resource
    trial = aim(target, resource, operation.verb)
    insist_on_refusal(target, trial, _impossible(resource, trial.other))


def _impossible(resource: Resource, body: Mapping[str, Any]) -> list[Raw]:
    """Give a right body with one wrong date: every kind in both formats."""
    made = []
    for form in ("date-time", "date"):
        kinds = [k for k in IMPOSSIBLE if form == "date-time" or "T" not in k[1]]
        paths = [path for path, _ in _written_dates(resource, form)]
        for number in range(max(len(kinds), len(paths)) if paths else 0):
            words, text = kinds[number % len(kinds)]
            path = paths[number % len(paths)]
            if form == "date-time" and text[0] == "2" and "T" not in text:
                text += "T12:00:00Z"
            wrong = {**body, **placed(resource, {path: text})}
            made.append(Raw(f"{words} as {path}", as_json(wrong)))
    return made
