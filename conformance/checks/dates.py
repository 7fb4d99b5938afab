"""Date Format: every date-time in every answer is ISO 8601, in UTC."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance import Exchange, Profile, Resource, Watched, must
from conformance.dates import IMPOSSIBLE, Moment, looks_like_a_date, read
from conformance.expect import edge, insist, noted, resource_of
from conformance.values import at

_SHOWING = ("LIST", "CREATE", "GET", "SAVE", "PATCH")


def _succeeded(exchange: Exchange) -> bool:
    """Leave out what a check made wrong on purpose: its own clause judges that."""
    return exchange.success and not exchange.deliberate


def _typed(schema: Mapping[str, Any], formats: tuple[str, ...]) -> bool:
    """Say whether a schema has a date, at whatever depth."""
    inner = [*schema.get("properties", {}).values()]
    if isinstance(schema.get("items"), Mapping):
        inner.append(schema["items"])
    return schema.get("format") in formats or any(_typed(p, formats) for p in inner)


def _shows_dates(watched: Watched) -> bool:
    resource = watched.resource
    known = resource is not None and _typed(resource.schema, ("date-time", "date"))
    return known and watched.verb in _SHOWING


def _shows_times(watched: Watched) -> bool:
    resource = watched.resource
    known = resource is not None and _typed(resource.schema, ("date-time",))
    return known and watched.verb in _SHOWING


@must(
    "dates.iso8601",
    passive=True,
    of=_succeeded,
    only=_shows_dates,
    warns="It SHOULD be written in the common form, with date, time and offset.",
)
def check_dates_are_iso8601(exchange: Exchange, profile: Profile) -> None:
    """Every date-time MUST be an ISO 8601 date-time that exists in the calendar."""
    for where, form, value in _dates(exchange, profile):
        if form is None:
            noted(f"{where} looks like a date, but the profile gives it no format")
            continue
        if _ours(value):
            continue
        moment = read(value) if isinstance(value, str) else None
        insist(moment, f"{where} is {value!r}: {exchange.words}")
        if moment is not None:
            whole = moment.timed or form == "date"
            edge(whole, f"{where} is {value!r}, a date without a time")
            edge(not moment.rare, f"{where} is {value!r}: {', '.join(moment.rare)}")


def _ours(value: object) -> bool:
    """Say whether we wrote an impossible date: dates.bad_date_refused judges that."""
    return isinstance(value, str) and value.startswith(tuple(d for _, d in IMPOSSIBLE))


@must(
    "dates.utc",
    passive=True,
    of=_succeeded,
    only=_shows_times,
    warns="The offset SHOULD be ``Z`` or ``+00:00``, not ``-00:00``.",
)
def check_dates_are_in_utc(exchange: Exchange, profile: Profile) -> None:
    """Every date-time MUST be given in UTC and say so.

    Reading: in ISO 8601 a date-time without a designator is local time.
    """
    for where, form, value in _dates(exchange, profile):
        moment = read(value) if isinstance(value, str) and form else None
        if moment is not None and moment.timed:
            insist(moment.utc, f"{where} is {value!r}: {exchange.words}")
            edge(_zero_is_positive(moment), f"{where} is {value!r}")


def _zero_is_positive(moment: Moment) -> bool:
    return not (moment.offset or "").startswith("-")


def _dates(
    exchange: Exchange, profile: Profile
) -> Iterator[tuple[str, str | None, Any]]:
    """Give path, claimed format and value of every date in an answer.

    Text without a format that looks like a date has None for it.
    """
    resource, value = resource_of(exchange), exchange.value
    listed = exchange.operation.endswith("-LIST")
    items = at(value, profile.lists["items"]) if listed else [value]
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield from _in_item(resource, item)


def _in_item(
    resource: Resource, item: Mapping[str, Any]
) -> Iterator[tuple[str, str | None, Any]]:
    pending: list[tuple[str, Any, Mapping[str, Any]]] = [("", item, resource.schema)]
    while pending:
        where, value, schema = pending.pop()
        form = schema.get("format")
        if form in ("date-time", "date"):
            if value not in (None, "", {}):
                yield where, form, value
        elif isinstance(value, dict):
            inner = schema.get("properties", {})
            pending += [
                (f"{where}.{name}".lstrip("."), part, inner.get(name, {}))
                for name, part in value.items()
                if _may_hold_one(part, inner.get(name, {}))
            ]
        elif isinstance(value, list):
            within = schema.get("items", {})
            pending += [(f"{where}[]", part, within) for part in value]
        elif isinstance(value, str) and looks_like_a_date(value):
            yield where, None, value


def _may_hold_one(value: object, schema: Mapping[str, Any]) -> bool:
    """Leave out at a glance most of what can't be a date, nor hold one."""
    if isinstance(value, str) and "format" not in schema:
        return value[:4].isdigit()
    return isinstance(value, dict | list) or "format" in schema
